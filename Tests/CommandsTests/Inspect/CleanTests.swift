import Foundation
import Sandbox
import Testing

@Suite struct CleanTests {
    private struct Report: Decodable {
        struct Item: Decodable {
            let kind, path: String
            let bytes: Int
        }

        struct Kept: Decodable {
            let flags: String
            let files: Int
        }

        let kept: [Kept]
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
        try workspace.write(Campaigns.pictures(["bee"]).replacing("name: test", with: "name: other"), to: "other.yaml")
        let other = try await Flowbatch.run(["run", "other.yaml", "--sandbox=600", "--render", "none"], in: workspace)
        #expect(other.exitCode == 0, "\(other.everything)")
        try workspace.write("mine", to: "outputs/test-sandbox/picture/mine.png")
        #expect(try await clean(workspace, ["--sandbox"]).items.isEmpty, "current results, and those of others, are referred to")
        let everything = ["--sandbox", "--everything"]
        let shown = try await clean(workspace, everything)
        for path in ["test-sandbox/picture/cat.png", "other-sandbox/picture/bee.png"] {
            #expect(shown.items.contains { $0.path == "outputs/" + path } && exists(workspace, ".flowbatch"))
        }
        let text = try await Flowbatch.run(["clean", "campaign.yaml"] + everything, in: workspace)
        #expect(text.output.contains("all that it keeps, current results of other, test included"), "\(text.output)")
        _ = try await clean(workspace, everything + ["--yes"])
        let given = ["campaign.yaml", "other.yaml", "product.png"].map { workspace.url($0).path }
        let left = Set(workspace.files().map(\.path)).subtracting(given)
        #expect(left == [workspace.url("outputs/test-sandbox/picture/mine.png").path], "\(left)")
        #expect(!exists(workspace, ".flowbatch") && !exists(workspace, "outputs/other-sandbox"))
        for wrong in [everything + ["--state", "s.sqlite"], ["--everything"]] {
            let result = try await Flowbatch.run(["clean", "campaign.yaml"] + wrong, in: workspace)
            #expect(result.exitCode == 64, "\(result.everything)")
        }
        // It starts anew; without files of others the folders go too.
        try FileManager.default.removeItem(at: workspace.url("outputs/test-sandbox/picture/mine.png"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 2)
        _ = try await clean(workspace, everything + ["--yes"])
        #expect(!exists(workspace, ".flowbatch") && !exists(workspace, "outputs"))
    }

    @Test func inTheSandboxOnlyWhatNobodyRefersToGoesToo() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(Campaigns.pictures(["dog"]))
        let gone = try await clean(workspace, ["--sandbox", "--yes"])
        #expect(gone.items.map(\.path) == ["outputs/test-sandbox/picture/cat.png"] && gone.records == 1)
        #expect(!exists(workspace, "outputs/test-sandbox/picture/cat.png") && exists(workspace, "outputs/test-sandbox/picture/dog.png"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 2, "the dog is known still")
    }

    /// The manifest is a pipe, so the program stands still while it reads it: what a run could change by then would be deleted as unplanned.
    @Test func noRunCanBeginBetweenTheLookAndTheDeed() async throws {
        let workspace = try Workspace()
        let campaign = Campaigns.pictures(["cat"])
        try workspace.write(campaign)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(mkfifo(workspace.url("pipe.yaml").path, 0o600) == 0)
        let cleaning = try Flowbatch.start(["clean", "pipe.yaml", "--sandbox", "--yes", "--json"], in: workspace)
        // Opening returns when the other side has opened it too.
        let pipe = try FileHandle(forWritingTo: workspace.url("pipe.yaml"))
        let run = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture"])
        #expect(run.exitCode == 7, "\(run.everything)")
        try pipe.write(contentsOf: Data(campaign.utf8))
        try pipe.close()
        let result = await cleaning.result()
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)).items.isEmpty)
        #expect(exists(workspace, "outputs/test-sandbox/picture/cat.png"))
    }

    @Test func whatOtherValuesBroughtAboutIsKept() async throws {
        let workspace = try Workspace()
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            vars: { season: summer }
            env: [MARKET]
            steps:
              picture:
                uses: t2i
                with: { prompt: "${{ vars.season }} in ${{ env.MARKET | default('VN') }}" }
                save: "${{ vars.season }}-${{ env.MARKET | default('VN') }}.png"
            """)
        let winter = ["--var", "season=winter"]
        for more in [[], winter, ["--env", "MARKET"]] {
            let run = try await Flowbatch.run(
                ["run", "campaign.yaml", "--sandbox=600", "--render", "none"] + more, in: workspace, environment: ["MARKET": "TH"])
            #expect(run.exitCode == 0, "\(run.everything)")
        }
        let base = try await clean(workspace, ["--sandbox", "--yes"])
        #expect(base.items.isEmpty && base.records == 0)
        #expect(base.kept.map(\.flags) == ["--env MARKET (TH)", "--var season=winter"] && base.kept.allSatisfy { $0.files == 1 })
        let text = try await Flowbatch.run(["clean", "campaign.yaml", "--sandbox"] + winter, in: workspace)
        #expect(text.output.contains("made with no --var") && text.output.contains("--all-variants"), "\(text.output)")
        let all = try await clean(workspace, ["--sandbox", "--all-variants", "--yes"] + winter)
        #expect(all.items.map(\.path) == ["outputs/test-sandbox/summer-TH.png", "outputs/test-sandbox/summer-VN.png"])
        #expect(exists(workspace, "outputs/test-sandbox/winter-VN.png"))
    }

    @Test func paidJobsStayTheirCampaignsOwn() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(Campaigns.pictures(["owl"]))
        #expect(try await clean(workspace, ["--sandbox", "--yes"]).records == 2)
        try workspace.write(
            Campaigns.pictures(["bee"], overlay: "budget: 150 VND").replacing("name: test", with: "name: other"), to: "other.yaml")
        let other = try await Flowbatch.run(["run", "other.yaml", "--sandbox=600", "--render", "none"], in: workspace)
        #expect(other.exitCode == 0, "what the first one paid does not count here: \(other.everything)")
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox"], in: workspace)
        #expect(status.output.contains("200 VND"), "and it still does there: \(status.output)")
        #expect(!status.output.contains("Left by an earlier form"), "what was cleaned away is not told of: \(status.output)")
    }

    @Test func theOnlyResultThereIsStaysUntilItsSuccessorIsMade() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let stopped = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture", "--max-cost", "100 VND"])
        #expect(stopped.exitCode == 3, "\(stopped.everything)")
        #expect(try await clean(workspace, ["--sandbox"]).items.isEmpty, "one of them has no successor yet")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await clean(workspace, ["--sandbox"]).items.map(\.kind) == ["superseded", "superseded"])
    }
}
