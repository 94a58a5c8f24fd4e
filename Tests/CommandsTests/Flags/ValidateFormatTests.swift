import Foundation
import Testing

/// `validate --format`: the same findings for people, programs, workflow annotations and code scanning.
@Suite struct ValidateFormatTests {
    private func validated(_ format: String) async throws -> Flowbatch.Result {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]), to: "good.yaml")
        try workspace.write(Campaigns.pictures(["cat"]).replacing("prompt:", with: "promt:"), to: "bad.yaml")
        let result = try await Flowbatch.run(["validate", "good.yaml", "bad.yaml", "--format", format], in: workspace)
        #expect(result.exitCode == 65, "\(result.everything)")
        return result
    }

    @Test func textHasPlaceCaretCodeAndSuggestion() async throws {
        let text = try await validated("text").output
        for part in ["bad.yaml:9:", "error[FB", "^", "promt", "`prompt`"] { #expect(text.contains(part), "\(part): \(text)") }
        #expect(!text.contains("good.yaml"))
    }

    @Test func jsonHasTheSameAsFields() async throws {
        let findings = try #require(
            try JSONSerialization.jsonObject(with: Data(try await validated("json").output.utf8)) as? [[String: Any]])
        let unknown = try #require(findings.first { ($0["message"] as? String)?.contains("promt") == true })
        #expect(unknown["file"] as? String == "bad.yaml" && unknown["line"] as? Int == 9 && unknown["severity"] as? String == "error")
        #expect((unknown["code"] as? String)?.hasPrefix("FB") == true && unknown["column"] is Int && unknown["suggestion"] is String)
    }

    @Test func githubHasAnAnnotationAFinding() async throws {
        let lines = try await validated("github").output.split(separator: "\n")
        #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("::error file=bad.yaml,line=") }, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("::error file=bad.yaml,line=9,") && $0.contains("promt") })
    }

    @Test func sarifHasResultsWithRegions() async throws {
        let log = try #require(
            try JSONSerialization.jsonObject(with: Data(try await validated("sarif").output.utf8)) as? [String: Any])
        #expect(log["version"] as? String == "2.1.0")
        let run = try #require((log["runs"] as? [[String: Any]])?.first)
        let results = try #require(run["results"] as? [[String: Any]])
        let result = try #require(results.first { (($0["message"] as? [String: Any])?["text"] as? String)?.contains("promt") == true })
        #expect((result["ruleId"] as? String)?.hasPrefix("FB") == true && result["level"] as? String == "error")
        let location = try #require((result["locations"] as? [[String: Any]])?.first?["physicalLocation"] as? [String: Any])
        #expect((location["artifactLocation"] as? [String: Any])?["uri"] as? String == "bad.yaml")
        #expect((location["region"] as? [String: Any])?["startLine"] as? Int == 9)
    }

    @Test(arguments: ["text", "json", "github", "sarif"])
    func aCampaignWithoutProblemsEndsWithZero(format: String) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.run(["validate", "campaign.yaml", "--format", format], in: workspace)
        #expect(result.exitCode == 0 && !result.output.contains("error["), "\(result.everything)")
    }

    @Test func anUnknownFormatIsWrongUsage() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.run(["validate", "campaign.yaml", "--format", "xml"], in: workspace)
        #expect(result.exitCode == 64 && result.errors.contains("sarif"), "\(result.everything)")
    }
}
