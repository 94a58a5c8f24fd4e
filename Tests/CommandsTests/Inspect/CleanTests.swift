import Foundation
import Sandbox
import Testing

@Suite struct CleanTests {
    private struct Report: Decodable {
        struct Item: Decodable {
            let kind, path: String
            let bytes: Int
        }

        let items: [Item]
        let records, bytes: Int
        let deleted: Bool
    }

    private let key = "sk-clean-4711"

    private func clean(_ workspace: Workspace, _ more: [String] = []) async throws -> Report {
        let result = try await Flowbatch.run(["clean", "campaign.yaml", "--json"] + more, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    }

    private func exists(_ workspace: Workspace, _ path: String) -> Bool {
        FileManager.default.fileExists(atPath: workspace.url(path).path)
    }

    @Test func onlyWhatNobodyRefersToGoesAndOnlyWhenAsked() async throws {
        func campaign(_ steps: KeyValuePairs<String, String>) -> String {
            "flowbatch: 1\nname: test\nprovider: flow\nsteps:\n"
                + steps.map { "  \($0):\n    uses: t2i\n    with: { prompt: \($0) }\n    save: \($1)\n" }.joined()
        }
        let workspace = try Workspace()
        let server = try await SandboxServer.start(
            SandboxConfiguration(speed: 600, stateDirectory: workspace.url("server"), apiKeys: [key], render: .none))
        let environment = ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": key]
        func run() async throws {
            let result = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: environment)
            #expect(result.exitCode == 0, "\(result.everything)")
        }
        // Another campaign of the folder shares the state file; its job is at the provider.
        try workspace.write(Campaigns.pictures(["bee"]).replacing("name: test", with: "name: other"), to: "other.yaml")
        let other = try Flowbatch.start(["run", "other.yaml", "--events", "-"], in: workspace, environment: environment)
        other.send(SIGINT, onceWritten: "job.accepted")
        #expect(await other.result().exitCode == 6)

        try workspace.write(campaign(["cat": "cat.png", "dog": "dog.png", "owl": "owl.png", "fox": "fox.png"]))
        try await run()
        #expect(try workspace.summary("outputs/test").totals.cost.map(\.amount) == ["400"], "what the other one costs is its own")
        #expect(try await clean(workspace).items.isEmpty)

        // The dog takes the cat's place, the owl is dropped, the fox was edited and then dropped; a download broke. Files that are not ours lie in
        // all the places.
        try workspace.write(campaign(["dog": "cat.png"]))
        try workspace.write("edited", to: "outputs/test/fox.png")
        try await run()
        try workspace.write("half", to: "outputs/test/.parts/0-0.part")
        let foreign = ["outputs/test/mine.png", "outputs/test/.superseded/mine.png", "outputs/test/.parts/mine"]
        for path in foreign { try workspace.write("mine", to: path) }

        let before = Set(workspace.files().map(\.path))
        let shown = try await clean(workspace)
        #expect(!shown.deleted && shown.items.map(\.kind) == ["download", "superseded", "unplanned"], "\(shown)")
        #expect(shown.items.contains { $0.path == "outputs/test/owl.png" && $0.bytes > 0 })
        #expect(shown.bytes == shown.items.reduce(0) { $0 + $1.bytes } && shown.records == 3)
        let text = try await Flowbatch.run(["clean", "campaign.yaml"], in: workspace)
        #expect(text.output.contains("Nothing was deleted") && text.output.contains("--yes"), "\(text.output)")
        #expect(Set(workspace.files().map(\.path)) == before, "only shown")

        #expect(try await clean(workspace, ["--yes"]).deleted)
        for item in shown.items { #expect(!exists(workspace, item.path), "\(item.path)") }
        for path in foreign + ["outputs/test/fox.png", "outputs/test/cat.png"] { #expect(exists(workspace, path), "\(path)") }
        let again = try await clean(workspace)
        #expect(again.items.isEmpty && again.records == 0, "\(again)")
        // What was paid stays on record: the next run still knows what the campaign cost, and makes nothing again.
        try await run()
        let summary = try workspace.summary("outputs/test")
        #expect(summary.totals.requests == 0 && summary.totals.cost.map(\.amount) == ["400"])
        let status = try await Flowbatch.run(["status", "other.yaml"], in: workspace)
        #expect(status.output.contains("gw-"), "the other campaign's job is still known: \(status.output)")
        await server.stop()
    }

    @Test(arguments: ["-y", "-f", "--force"])
    func theOtherWordsForYes(flag: String) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write("half", to: "outputs/test/.parts/0-0.part")
        #expect(try await clean(workspace, [flag]).deleted)
        #expect(!exists(workspace, "outputs/test/.parts"))
    }

    @Test func aCampaignThatIsBeingRunIsLeftAlone() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write(#"{"faults": [{"fault": "stuck_job"}]}"#, to: "faults.json")
        let running = try Flowbatch.start(
            ["run", "campaign.yaml", "--sandbox=60", "--render", "none", "--events", "-", "--faults", "faults.json"], in: workspace)
        await running.hasWritten("job.accepted")
        for more in [[], ["--yes"]] {
            let result = try await Flowbatch.run(["clean", "campaign.yaml", "--sandbox"] + more, in: workspace)
            #expect(result.exitCode == 7 && result.errors.contains("nothing was deleted"), "\(result.everything)")
        }
        running.send(SIGINT)
        #expect(await running.result().exitCode == 6)
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=60"], in: workspace)
        #expect(status.output.contains("gw-"), "its job is still known: \(status.output)")
    }

    @Test func theSandboxGoesWithEverythingItMade() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write("mine", to: "outputs/test-sandbox/picture/mine.png")
        let shown = try await clean(workspace, ["--sandbox"])
        #expect(shown.items.contains { $0.path == "outputs/test-sandbox/picture/cat.png" } && exists(workspace, ".flowbatch"))
        _ = try await clean(workspace, ["--sandbox", "--yes"])
        let left = Set(workspace.files().map(\.path)).subtracting([workspace.url("campaign.yaml").path, workspace.url("product.png").path])
        #expect(left == [workspace.url("outputs/test-sandbox/picture/mine.png").path], "\(left)")
        #expect(!exists(workspace, ".flowbatch"))
        let state = try await Flowbatch.run(["clean", "campaign.yaml", "--sandbox", "--state", "s.sqlite"], in: workspace)
        #expect(state.exitCode == 64, "\(state.everything)")
        // It starts anew.
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 2)
    }
}
