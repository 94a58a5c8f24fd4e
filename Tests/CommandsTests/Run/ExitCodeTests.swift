import Foundation
import Sandbox
import Testing

/// Ends that come from outside the campaign: each with its exit code, what was spent, and what to do.
@Suite struct ExitCodeTests {
    private let key = "sk-never-to-be-seen-4711"

    private func server(_ workspace: Workspace, _ change: (inout SandboxConfiguration) -> Void = { _ in }) async throws -> SandboxServer {
        var configuration = SandboxConfiguration(speed: 600, stateDirectory: workspace.url("server"), apiKeys: [key], render: .none)
        change(&configuration)
        return try await SandboxServer.start(configuration)
    }

    private func environment(_ server: SandboxServer, key: String? = nil) -> [String: String] {
        ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": key ?? self.key]
    }

    @Test func aWrongKeyEndsWith77AndIsNowhereToBeRead() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let server = try await server(workspace)
        let wrong = "sk-wrong-but-secret-0815"
        let result = try await Flowbatch.run(
            ["run", "campaign.yaml", "--events", "events.jsonl"], in: workspace, environment: environment(server, key: wrong))
        await server.stop()
        #expect(result.exitCode == 77, "\(result.everything)")
        #expect(result.errors.contains("nothing was billed"))
        #expect(!result.everything.contains(wrong))
        expectNoTrace(of: wrong, in: workspace)
    }

    private func expectNoTrace(of secret: String, in workspace: Workspace) {
        for file in workspace.files() {
            let data = (try? Data(contentsOf: file)) ?? Data()
            #expect(data.range(of: Data(secret.utf8)) == nil, "\(file.path) holds the key")
        }
    }

    /// The campaign against any server that speaks the provider's document, at the provider's own pace; the key leaves no trace.
    @Test func theSameCampaignRunsAgainstAnyServerThatSpeaksTheDocument() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        let server = try await server(workspace)
        let result = try await Flowbatch.run(
            ["run", "campaign.yaml", "--events", "events.jsonl"], in: workspace, environment: environment(server))
        let ledger = await server.ledger()
        await server.stop()
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(ledger.entries.count == 2)
        #expect(try workspace.summary("outputs/test").totals.cost.map(\.amount) == ["200"])
        expectNoTrace(of: key, in: workspace)
        #expect(!result.everything.contains(key))
    }

    @Test func aDailyQuotaOfTheProviderEndsWithFive() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], count: 3))
        let server = try await server(workspace) { $0.dailyImages = 2 }
        let result = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: environment(server))
        await server.stop()
        #expect(result.exitCode == 5, "\(result.everything)")
        #expect(result.errors.contains("run the same command again"))
    }

    @Test func aServerThatIsDownEndsWith69() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let server = try await server(workspace)
        let environment = environment(server)
        await server.stop()
        let result = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: environment)
        #expect(result.exitCode == 69, "\(result.everything)")
        #expect(result.errors.contains("nothing was sent or billed"))
    }

    @Test func withoutAKeyOrAddressItEndsWith78() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let nothing = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace)
        #expect(nothing.exitCode == 78)
        #expect(nothing.errors.contains("FLOW_BASE_URL"))
        let noKey = try await Flowbatch.run(
            ["run", "campaign.yaml"], in: workspace, environment: ["FLOW_BASE_URL": "https://example.invalid"])
        #expect(noKey.exitCode == 78)
        #expect(noKey.errors.contains("FLOW_API_KEY"))
        let plain = try await Flowbatch.run(
            ["run", "campaign.yaml"], in: workspace, environment: ["FLOW_BASE_URL": "http://example.invalid", "FLOW_API_KEY": "k"])
        #expect(plain.exitCode == 78, "\(plain.everything)")
    }

    @Test func aBrokenManifestEndsWith65AndListsEveryProblem() async throws {
        let workspace = try Workspace()
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            steps:
              a:
                uses: t2i
                with: { promt: cat, aspect_ratio: "5:4" }
              b:
                uses: upscale
                with: { image: "${{ steps.c.image }}", resolution: 8K }
            """)
        for arguments in [["run", "campaign.yaml", "--sandbox"], ["validate", "campaign.yaml"], ["plan", "campaign.yaml"]] {
            let result = try await Flowbatch.run(arguments, in: workspace)
            #expect(result.exitCode == 65, "\(arguments): \(result.everything)")
            for word in ["campaign.yaml:7:", "campaign.yaml:10:", "promt", "prompt", "5:4", "8K", "steps.c", "^"] {
                #expect(result.everything.contains(word), "\(arguments) says nothing of \(word): \(result.everything)")
            }
        }
    }

    @Test func aMissingFileEndsWith66() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain().replacing("product.png", with: "nowhere.png"))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 66, "\(result.everything)")
        #expect(result.errors.contains("nowhere.png"))
        let none = try await Flowbatch.run(["run", "missing.yaml"], in: workspace)
        #expect(none.exitCode == 66)
    }

    @Test func wrongUsageEndsWith64() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        for arguments in [
            ["run", "campaign.yaml", "--nonsense"], ["run", "campaign.yaml", "--sandbox", "--only", ","],
            ["run", "campaign.yaml", "--max-cost", "5"], ["dance"],
            ["run", "campaign.yaml", "--sandbox=0"], ["run", "campaign.yaml", "--sandbox", "--only", "dog"], ["providers", "flw"],
        ] {
            let result = try await Flowbatch.run(arguments, in: workspace)
            #expect(result.exitCode == 64, "\(arguments): \(result.everything)")
        }
    }

    @Test func aSecondRunOfTheCampaignEndsWithSevenAndNamesTheFirst() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        try workspace.write(#"{"faults": [{"fault": "stuck_job"}]}"#, to: "faults.json")
        let first = try Flowbatch.start(
            ["run", "campaign.yaml", "--sandbox=5", "--render", "none", "--faults", "faults.json", "--events", "-"], in: workspace)
        await first.hasWritten("run.started")
        let second = try await Flowbatch.run(["run", "campaign.yaml", "--sandbox=5", "--render", "none"], in: workspace)
        #expect(second.exitCode == 7, "\(second.everything)")
        #expect(second.errors.contains("\(first.process.processIdentifier)"))
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=5"], in: workspace)
        #expect(status.exitCode == 0, "\(status.everything)")
        #expect(status.output.contains("\(first.process.processIdentifier)"))
        first.send(SIGINT)
        #expect(await first.result().exitCode == 6)
    }

    @Test func stateThatCannotBeWrittenEndsWith74() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write("x", to: "blocked")
        let result = try await Flowbatch.runSandbox(workspace, ["--state", "blocked/state.sqlite"])
        #expect(result.exitCode == 74, "\(result.everything)")
        let output = try await Flowbatch.runSandbox(workspace, ["--output", "blocked/out"])
        #expect(output.exitCode == 74, "\(output.everything)")
        #expect(try await workspace.ledger().entries.isEmpty)
    }

    @Test func someFailedEndsWithOneAndTheRestIsDone() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        try workspace.write(#"{"faults": [{"fault": "fail_job", "endpoint": "upscale-image", "requests": [1]}]}"#, to: "faults.json")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"])
        #expect(result.exitCode == 1, "\(result.everything)")
        let summary = try workspace.summary()
        #expect(summary.steps.count { $0.status == "failed" } == 1)
        #expect(summary.steps.count { $0.status == "skipped" } == 1)
        #expect(summary.totals.done == 9)
    }
}
