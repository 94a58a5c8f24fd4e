import Foundation
import Testing

@Suite struct InspectTests {
    @Test func thePlanPricesTheCampaignAndTellsWhatIsDone() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let before = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--json"], in: workspace)
        #expect(before.exitCode == 0, "\(before.everything)")
        #expect(before.output.contains(#""amount" : "21000""#), "\(before.output)")
        #expect(!FileManager.default.fileExists(atPath: workspace.url(".flowbatch").path), "a plan leaves no state")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let after = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(after.output.contains("11 done") || after.output.contains("nothing to"), "\(after.output)")
    }

    @Test func statusTellsHowTheLastRunEnded() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let never = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(never.exitCode == 0, "\(never.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(status.output.contains("21,000 VND"), "\(status.output)")
    }

    @Test func eventsAreOneObjectALineInOrder() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.runSandbox(workspace, ["--events", "-", "--progress", "none"])
        #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.errors)")
        let events = try result.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(events.map { $0["seq"] as? Int } == Array(1...events.count))
        #expect(try String(contentsOf: workspace.url("outputs/test-sandbox/events.jsonl"), encoding: .utf8) == result.output)
        let types = events.compactMap { $0["type"] as? String }
        #expect(types.first == "run.started" && types.last == "run.finished")
        for type in ["step.submitted", "job.accepted", "job.ended", "artifact.saved", "step.finished"] { #expect(types.contains(type)) }
    }

    @Test func providersTellWhatIsAssumed() async throws {
        let workspace = try Workspace()
        let list = try await Flowbatch.run(["providers"], in: workspace)
        #expect(list.exitCode == 0 && list.output.contains("Flow AI"))
        let flow = try await Flowbatch.run(["providers", "flow"], in: workspace)
        for word in ["t2i", "aspect_ratio", "turbo", "FLOW_API_KEY", "100 VND", "no hourly limit documented"] {
            #expect(flow.output.contains(word), "\(word): \(flow.output)")
        }
    }

    @Test func onlyRunsWhatIsNamedAndWhatItNeeds() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let result = try await Flowbatch.runSandbox(workspace, ["--only", "hd[16:9,1]"])
        #expect(result.exitCode == 0, "\(result.everything)")
        let summary = try workspace.summary()
        #expect(summary.steps.filter { $0.status == "succeeded" }.map(\.step).sorted() == ["hd", "product", "scene"])
    }

    @Test func theExampleIsValid() async throws {
        let workspace = try Workspace()
        let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../../examples/advertising/campaign.yaml"
        )
        .standardizedFileURL
        let result = try await Flowbatch.run(["validate", example.path], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
    }
}
