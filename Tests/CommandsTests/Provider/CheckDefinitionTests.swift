import Foundation
import Testing

/// `flowbatch providers check FILE`, offline.
@Suite struct CheckDefinitionTests {
    private static let flow = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../../../manifests/providers/flow.yaml").standardizedFileURL

    private func workspace(_ change: (String) -> String = { $0 }) throws -> Workspace {
        let workspace = try Workspace()
        try workspace.write(change(String(contentsOf: Self.flow, encoding: .utf8)), to: "studio.yaml")
        return workspace
    }

    @Test func whatWasUnderstoodIsShown() async throws {
        let result = try await Flowbatch.run(["providers", "check", "studio.yaml"], in: try workspace())
        #expect(result.exitCode == 0, "\(result.everything)")
        for words in [
            "Flow AI (flow) at $FLOW_BASE_URL/public/api/v1", "takes prompt*, references*, aspect_ratio, count", "POST reference-to-image",
            "GET jobs/{job}, every 3s to 5s", "/limits/requests", "no hourly limit documented",
        ] { #expect(result.output.contains(words), "\(words): \(result.output)") }
        #expect(result.errors == "studio.yaml: no problems\n")
    }

    @Test func everyProblemIsToldInOnePass() async throws {
        let broken = try workspace { $0.replacing("title: Flow AI", with: "titel: Flow AI").replacing("http: 402", with: "http: 902") }
        let result = try await Flowbatch.run(["providers", "check", "studio.yaml"], in: broken)
        #expect(result.exitCode == 65)
        for words in [
            "error[FB2002]: the definition lacks `title`", "error[FB2001]: the definition has no key `titel`",
            "help: did you mean `title`?",
            "error[FB2004]", "3 errors", "`flowbatch explain FB2001 FB2002 FB2004` says more about them",
        ] { #expect(result.output.contains(words), "\(words): \(result.output)") }
        #expect(result.output.matches(of: /flowbatch explain/).count == 1)
    }

    @Test(arguments: ["json", "github", "sarif"])
    func problemsComeInEveryForm(format: String) async throws {
        let broken = try workspace { $0.replacing("title: Flow AI", with: "titel: Flow AI") }
        let result = try await Flowbatch.run(["providers", "check", "studio.yaml", "--format", format], in: broken)
        #expect(result.exitCode == 65 && result.errors.isEmpty, "\(result.everything)")
        #expect(result.output.contains("FB2001") && result.output.contains("FB2002"), "\(result.output)")
        if format != "github" { _ = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) }
        let fine = try await Flowbatch.run(["providers", "check", "studio.yaml", "--format", format], in: try workspace())
        #expect(fine.exitCode == 0 && !fine.output.contains("FB20"), "\(fine.everything)")
    }

    @Test func aDefinitionThatIsNotThereIsAMissingInput() async throws {
        let result = try await Flowbatch.run(["providers", "check", "nowhere.yaml"], in: try Workspace())
        #expect(result.exitCode == 66 && result.errors.contains("there is no definition at nowhere.yaml"), "\(result.errors)")
    }

    /// The name of a provider is still all that `providers` needs.
    @Test func aProvidersNameNeedsNoSubcommand() async throws {
        let workspace = try Workspace()
        let flow = try await Flowbatch.run(["providers", "flow"], in: workspace)
        #expect(flow.exitCode == 0 && flow.output.contains("reference-to-image"))
        #expect(try await Flowbatch.run(["providers", "flwo"], in: workspace).exitCode == 64)
    }
}
