import Foundation
import Sandbox
import Testing

/// `flowbatch audit` against the sandbox's own books.
@Suite struct AuditTests {
    private func audit(_ workspace: Workspace, _ more: [String] = []) async throws -> Flowbatch.Result {
        try await Flowbatch.run(["audit", "campaign.yaml", "--sandbox=600"] + more, in: workspace)
    }

    @Test func booksThatAgreeEndWithZero() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let nothing = try await audit(workspace)
        #expect(nothing.exitCode == 0 && nothing.output.contains("no difference"), "\(nothing.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let result = try await audit(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(result.output.contains("12 jobs on record, 21,000 VND (estimated); 12 jobs in the account's listing"), "\(result.output)")
        #expect(try await workspace.ledger().entries.count == 12, "an audit submits nothing")
    }

    @Test func jobsThatTheAccountDoesNotListAreNamed() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let ids = try workspace.summary().steps.flatMap(\.jobs)
        try FileManager.default.removeItem(at: workspace.url(".flowbatch/sandbox/server"))
        let result = try await audit(workspace)
        #expect(result.exitCode == 1, "\(result.everything)")
        for id in ids { #expect(result.output.contains("job \(id) of picture["), "\(result.output)") }
        #expect(result.output.contains("2 differences"))
    }

    @Test func jobsThatNoRecordExplainsAreNamed() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["stranger"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let id = try #require(try workspace.summary().steps.first?.jobs.first)
        for file in workspace.files() where file.path.contains(".sqlite") { try FileManager.default.removeItem(at: file) }
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let result = try await audit(workspace, ["--json"])
        #expect(result.exitCode == 1, "\(result.everything)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let account = try #require((report["accounts"] as? [[String: Any]])?.first)
        let differences = try #require(account["differences"] as? [[String: Any]])
        #expect(differences.count == 1)
        #expect(differences[0]["kind"] as? String == "unexplained" && differences[0]["job"] as? String == id)
    }

    @Test func whereNothingWasSentNobodyIsAsked() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try await Provider.serving(workspace) { provider in
            // Something has to be on record, or there is nothing to ask about.
            _ = try await Flowbatch.run(["run", "campaign.yaml", "--max-cost", "0 VND"], in: workspace, environment: provider.environment)
        }
        let empty = try await Flowbatch.run(["audit", "campaign.yaml"], in: workspace)
        #expect(empty.exitCode == 0, "nothing was submitted, so no account is asked: \(empty.everything)")
    }
}
