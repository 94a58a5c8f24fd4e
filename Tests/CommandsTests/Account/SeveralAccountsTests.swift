import Foundation
import Sandbox
import Testing

/// Two accounts of one provider in one campaign: each with its own key, plan, limits and bills.
@Suite struct SeveralAccountsTests {
    private static let campaign = """
        flowbatch: 1
        name: test
        provider: flow
        providers:
          flow: { plan: prepaid, prices: { video: 5000 VND } }
          flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY, plan: turbo, prices: { image: 250 VND, video: 4000 VND } }
        steps:
          picture:
            uses: t2i
            for_each: [cat, dog]
            with: { prompt: "a ${{ each.item }}" }
          clip:
            uses: i2v
            provider: flow-b
            for_each: ${{ steps.picture.images }}
            with: { image: "${{ each.item }}", prompt: slow push-in }
          again:
            uses: i2v
            provider: flow-b
            for_each: ${{ steps.picture.images }}
            with: { image: "${{ each.item }}", prompt: fast push-in }
        """

    /// How the embedded sandbox tells the accounts apart.
    private let labels = ["", "-sandbox-b"].map { SandboxLedger.account(ofKey: "embedded-sandbox-key\($0)") }

    private func server(_ workspace: Workspace, keys: Set<String>) async throws -> SandboxServer {
        try await SandboxServer.start(
            SandboxConfiguration(speed: 600, stateDirectory: workspace.url("server"), apiKeys: keys, render: .none))
    }

    /// A picture made at one account goes into clips at the other: fetched here, uploaded there, once a content.
    @Test func aPictureIsHandedFromOneAccountToTheOther() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let (ledger, statistics) = try await workspace.books { (await $0.ledger(), await $0.statistics()) }
        let made = Dictionary(grouping: ledger.entries, by: \.account)
        #expect(Set(made.keys) == Set(labels))
        #expect(made[labels[0]]?.map(\.type) == ["text-to-image", "text-to-image"])
        #expect(made[labels[0]]?.map(\.amount) == ["100", "100"])
        #expect(made[labels[1]]?.map(\.type) == Array(repeating: "image-to-video", count: 4))
        #expect(made[labels[1]]?.map(\.amount) == Array(repeating: "4000", count: 4))
        // Four clips of two pictures: two uploads.
        #expect(Set(made[labels[1]]?.flatMap(\.imagePaths) ?? []).count == 2)
        #expect(statistics.requests["upload-image"] == 2)
        let summary = try workspace.summary()
        #expect(summary.totals.cost.map(\.amount) == [ledger.totals.charged] && summary.totals.steps == 6)
        // Nothing of it is sent or paid again.
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try workspace.summary().totals.requests == 0)
    }

    @Test(
        "Transfers (hidden uploads of a result for the next step) are nodes of the plan keyed by content and account: they take requests, no slot, and are counted in requests, not in steps"
    )
    func transfers() async throws {
        let workspace = try Workspace()
        // One content under two names, for both accounts: one upload each.
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            providers:
              flow: { limits: { threads: 1 } }
              flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY, limits: { threads: 1 } }
            steps:
              a: { uses: r2i, for_each: [x, y], with: { prompt: "${{ each.item }}", references: [product.png, copy.png] } }
              b: { uses: r2i, provider: flow-b, with: { prompt: x, references: [copy.png] } }
              c: { uses: r2i, provider: flow-b, with: { prompt: z, references: "${{ steps.a.images }}" } }
            """)
        try FileManager.default.copyItem(at: workspace.url("product.png"), to: workspace.url("copy.png"))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--json"], in: workspace)
        let planned = try #require(try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any])
        let totals = try #require(planned["totals"] as? [String: Any])
        #expect(totals["instances"] as? Int == 4, "\(plan.output)")
        #expect(planned["transfers"] as? Int == 4, "one content for two accounts, two results for one: \(plan.output)")
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let summary = try workspace.summary()
        #expect(summary.totals.steps == 4 && summary.steps.map(\.step).sorted() == ["a", "a", "b", "c"])
        let (statistics, ledger) = try await workspace.books { (await $0.statistics(), await $0.ledger()) }
        #expect(statistics.requests["upload-image"] == 4, "one content for two accounts, two results for one")
        // The step that takes the results was given those two pictures, in their order.
        let taken = try #require(ledger.entries.first { $0.prompts == ["z"] }).imagePaths
        let uploads = workspace.files().filter { $0.path.contains("/server/uploads/") }
        let given = try taken.map { path in
            let name = try #require(path.split(separator: "/").last?.split(separator: ".").first)
            return try Data(contentsOf: try #require(uploads.first { $0.lastPathComponent.hasPrefix(name) }))
        }
        let made = try ["a/x.png", "a/y.png"].map { try Data(contentsOf: workspace.url("outputs/test-sandbox/" + $0)) }
        #expect(given == made && Set(made).count == 2)
        #expect(statistics.totalRequests == summary.totals.requests, "uploads are among the requests")
        #expect(statistics.accounts.values.allSatisfy { $0.peakOutstandingJobs == 1 && $0.submissionsOverThreads == 0 })
    }

    /// Limits hold for each key by itself: three threads here, six there.
    @Test func limitsHoldForEachAccountByItself() async throws {
        let workspace = try Workspace()
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            providers:
              flow: { plan: prepaid }
              flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY, plan: turbo }
            steps:
              a: { uses: t2i, for_each: [1, 2, 3, 4, 5, 6, 7, 8], with: { prompt: "a ${{ each.item }}" } }
              b: { uses: t2i, provider: flow-b, for_each: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], with: { prompt: "b ${{ each.item }}" } }
            """)
        let result = try await Flowbatch.runSandbox(workspace, speed: 20)
        #expect(result.exitCode == 0, "\(result.everything)")
        let (ledger, seen) = try await workspace.books(speed: 20) { (await $0.ledger(), await $0.statistics().accounts) }
        #expect(labels.map { seen[$0]?.peakOutstandingJobs } == [3, 6])
        #expect(labels.map { seen[$0]?.submissionsOverThreads } == [0, 0])
        // Turbo has a price of its own.
        #expect(ledger.totals.charged == "\(8 * 100 + 14 * 200)")
    }

    @Test func eachHasItsOwnCredits() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let result = try await Flowbatch.runSandbox(workspace, ["--credits", "5000"])
        #expect(result.exitCode == 4, "\(result.everything)")
        #expect(result.errors.contains("sandbox-b"), "\(result.errors)")
        let ledger = try await workspace.ledger()
        #expect(ledger.entries.count { $0.account == labels[0] } == 2)
        #expect(ledger.entries.count { $0.account == labels[1] } == 1)
    }

    /// The key goes by the account's own variable, or the file that it names; a missing one is named before anything is sent.
    @Test func aMissingKeyNamesTheAccountsOwnVariable() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let server = try await server(workspace, keys: ["key-a", "key-b"])
        let environment = ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": "key-a"]
        let missing = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: environment)
        #expect(missing.exitCode == 78, "\(missing.everything)")
        #expect(missing.errors.contains("FLOW_B_API_KEY") && missing.errors.contains("account `b`"), "\(missing.errors)")
        #expect(await server.statistics().totalRequests == 0)
        try workspace.write("key-b\n", to: "b.key")
        let result = try await Flowbatch.run(
            ["run", "campaign.yaml", "--only", "clip"], in: workspace,
            environment: environment.merging(["FLOW_B_API_KEY_FILE": workspace.url("b.key").path]) { $1 })
        let ledger = await server.ledger()
        await server.stop()
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(Set(ledger.entries.map(\.account)) == Set(["key-a", "key-b"].map(SandboxLedger.account(ofKey:))))
    }

    @Test("`account` is a label (`providers.X.account`, default `default`), never derived from key or host: rotating a key re-pays nothing")
    func rotatingAKeyRePaysNothing() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        func run(_ first: String, _ second: String) async throws -> (Flowbatch.Result, Int) {
            let server = try await server(workspace, keys: [first, second])
            let result = try await Flowbatch.run(
                ["run", "campaign.yaml", "--only", "clip"], in: workspace,
                environment: ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": first, "FLOW_B_API_KEY": second])
            let jobs = await server.ledger().entries.count
            await server.stop()
            return (result, jobs)
        }
        let before = try await run("old-a", "old-b")
        #expect(before.0.exitCode == 0 && before.1 == 4, "\(before.0.everything)")
        // Another key, another port: nothing is asked for again.
        let after = try await run("new-a", "new-b")
        #expect(after.0.exitCode == 0 && after.1 == 4, "\(after.0.everything)")
        #expect(try workspace.summary("outputs/test").totals.requests == 0)
    }

    /// 77 stops one account; what the other has is finished.
    @Test func aRefusedKeyStopsThatAccountOnly() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let server = try await server(workspace, keys: ["key-a"])
        let result = try await Flowbatch.run(
            ["run", "campaign.yaml"], in: workspace,
            environment: ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": "key-a", "FLOW_B_API_KEY": "sk-wrong-4711"])
        let ledger = await server.ledger()
        await server.stop()
        #expect(result.exitCode == 77, "\(result.everything)")
        #expect(result.errors.contains("FLOW_B_API_KEY") && !result.errors.contains("check FLOW_API_KEY"), "\(result.errors)")
        #expect(!result.everything.contains("sk-wrong-4711"))
        #expect(ledger.entries.map(\.type) == ["text-to-image", "text-to-image"])
        #expect(try workspace.summary("outputs/test").steps.filter { $0.status == "succeeded" }.map(\.step) == ["picture", "picture"])
    }

    @Test func oneKeyForTwoAccountsIsToldOf() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let server = try await server(workspace, keys: ["key-a"])
        let result = try await Flowbatch.run(
            ["run", "campaign.yaml", "--only", "picture"], in: workspace,
            environment: ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": "key-a", "FLOW_B_API_KEY": "key-a"])
        await server.stop()
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(result.errors.contains("flow/b and flow/default have the same key"), "\(result.errors)")
        #expect(!result.everything.contains("key-a"))
    }

    @Test func statusTellsTheAccountsApart() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        // Without a speed it takes the run's: an hour is six seconds.
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox"], in: workspace)
        #expect(status.output.contains("Flow AI (sandbox) ") && status.output.contains("Flow AI (sandbox-b)"), "\(status.output)")
        #expect(status.output.contains("of 600/6s"), "\(status.output)")
        let other = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=60"], in: workspace)
        #expect(other.output.contains("of 600/minute"), "\(other.output)")
    }
}
