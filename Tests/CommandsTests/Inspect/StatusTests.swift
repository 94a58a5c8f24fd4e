import Foundation
import Testing

/// What `status` names, and with which next step.
@Suite struct StatusTests {
    private func status(_ workspace: Workspace, _ arguments: [String] = ["--sandbox=600"]) async throws -> String {
        let result = try await Flowbatch.run(["status", "campaign.yaml"] + arguments, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return result.output
    }

    @Test func whatFailedIsNamedWithItsReasonAndTheNextStep() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        try workspace.write(
            #"{"faults": [{"fault": "fail_job", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 1)
        let text = try await status(workspace)
        let failed = try #require(text.components(separatedBy: "\n\n").first { $0.hasPrefix("Failed:") }, "\(text)")
        #expect(failed.contains("picture[") && failed.contains("job "), "\(failed)")
        #expect(text.contains("flowbatch run campaign.yaml --sandbox=600 --rerun 'picture["), "\(text)")
    }

    @Test func aLostFileIsFetchedByTheNextRunAndRunsNowhere() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let path = try #require(try workspace.summary().steps.first?.artifacts.first?.path)
        try FileManager.default.removeItem(at: workspace.url("outputs/test-sandbox/" + path))
        let text = try await status(workspace)
        #expect(!text.contains("Running:"), "\(text)")
        #expect(text.contains("for the next run: its file \(path) is gone; fetched again from "), "\(text)")
    }

    @Test func runsOfTheSandboxAreHintedAt() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await status(workspace, []).contains("no run yet\n"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await status(workspace, []).contains("there are runs in the sandbox: add --sandbox"))
        for arguments in [["runs"], ["runs", "campaign.yaml"]] {
            let runs = try await Flowbatch.run(arguments, in: workspace)
            #expect(runs.output == "No run yet; there are runs in the sandbox: add --sandbox.\n", "\(runs.everything)")
        }
    }
}
