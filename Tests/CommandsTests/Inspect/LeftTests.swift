import Foundation
import Sandbox
import Testing

/// Nothing paid is lost: what an edited campaign no longer asks for is named, with its cost and what brings it here.
@Suite struct LeftTests {
    private func left(_ workspace: Workspace) throws -> [[String: Any]] {
        let data = try Data(contentsOf: workspace.url("outputs/test-sandbox/run.json"))
        let summary = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(summary["left"] as? [[String: Any]])
    }

    private func told(_ workspace: Workspace, _ words: [String]) async throws {
        let run = try await Flowbatch.runSandbox(workspace)
        #expect(run.exitCode == 0, "\(run.everything)")
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        for text in [run.errors, status.output] { for word in words { #expect(text.contains(word), "\(word): \(text)") } }
    }

    /// - Parameter stage: how far the job got before its run was killed.
    @Test(arguments: ["accepted", "unfetched"])
    func aJobOfAnEarlierForm(stage: String) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let failpoint = stage == "accepted" ? "accepted-recorded=kill" : "slot-released=kill"
        let killed = try await Flowbatch.run(
            ["run", "campaign.yaml", "--sandbox=600", "--render", "none"], in: workspace,
            environment: ["FLOWBATCH_FAILPOINTS": failpoint])
        #expect(killed.exitCode != 0, "\(killed.everything)")
        let job = try #require(try await workspace.ledger().entries.first?.jobID)
        try workspace.write(Campaigns.pictures(["dog"]))
        let what = stage == "accepted" ? "taken by the provider for 100 VND, not fetched" : "made for 100 VND, not fetched"
        try await told(workspace, [job, what, "flowbatch download flow \(job) --campaign campaign.yaml --sandbox"])
        let entry = try #require(try left(workspace).first)
        #expect(entry["job"] as? String == job && entry["stage"] as? String == stage && entry["instance"] as? String == "picture[cat]")
    }

    @Test func aSubmissionOfUnknownFate() async throws {
        let workspace = try Workspace()
        let doubtful = "providers: { flow: { reconcile: { listing: { complete: false } } } }"
        try workspace.write(Campaigns.pictures(["cat"], overlay: doubtful))
        try workspace.write(
            #"{"faults": [{"fault": "close_before_accepting", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 2)
        try workspace.write(Campaigns.pictures(["dog"], overlay: doubtful))
        try await told(workspace, ["may have been billed (100 VND)", "flowbatch resolve campaign.yaml --sandbox=600 "])
        let entry = try #require(try left(workspace).first)
        #expect(entry["job"] == nil && entry["stage"] as? String == "unknown")
    }

    @Test func whatWasFetchedIsNotLeft() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(Campaigns.pictures(["dog"]))
        #expect(try await !Flowbatch.runSandbox(workspace).errors.contains("Left by an earlier form"))
        #expect(try left(workspace).isEmpty)
    }
}
