import Foundation
import Sandbox
import Testing

/// The sentences of **Budget**, with the built program and the sandbox's books.
@Suite struct BudgetTests {
    @Test("Budget covers all runs of the campaign's name, `--max-cost` this run, `limits.spend: 500000 VND/day` the account")
    func whatEachOfThemCovers() async throws {
        let workspace = try Workspace()
        let names = (1...6).map { "cat\($0)" }
        // The budget: what one run left of it is all the next one has, whatever the pictures are by then.
        try workspace.write(Campaigns.pictures(names, overlay: "budget: 250 VND"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 3)
        try workspace.write(Campaigns.pictures(names.map { $0 + "x" }, overlay: "budget: 350 VND"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 3)
        #expect(try await workspace.ledger().totals.charged == "300")
        // The flag: every run anew.
        try workspace.write(Campaigns.pictures(names))
        for charged in ["400", "500"] {
            #expect(try await Flowbatch.runSandbox(workspace, ["--max-cost", "100 VND"]).exitCode == 3)
            #expect(try await workspace.ledger().totals.charged == charged)
        }
        // The account: another campaign finds only what this one left.
        let limit = "providers: { flow: { limits: { spend: 700 VND/3650d } } }"
        try workspace.write(Campaigns.pictures(["dog1", "dog2", "dog3"], overlay: limit).replacing("name: test", with: "name: other"))
        let other = try await Flowbatch.runSandbox(workspace)
        #expect(other.exitCode == 3, "\(other.everything)")
        #expect(other.errors.contains("700 VND"), "\(other.errors)")
        #expect(try await workspace.ledger().totals.charged == "700")
    }

    @Test(
        "Under any of them an instance with an unknown price is not admitted: the rest runs, then exit 3 names what to set",
        arguments: [("budget: 1000000 VND", [String]()), ("", ["--max-cost", "1000000 VND"]), ("spend", [])])
    func unknownPrices(overlay: String, flags: [String]) async throws {
        let workspace = try Workspace()
        let spend = "providers: { flow: { limits: { spend: 1000000 VND/day } } }"
        try workspace.write(
            Campaigns.pictures(
                ["cat", "dog"], overlay: overlay == "spend" ? spend : overlay,
                extra: """
                      clip:
                        uses: t2v
                        with: { prompt: "a walk" }
                    """))
        let result = try await Flowbatch.runSandbox(workspace, flags)
        #expect(result.exitCode == 3, "\(result.everything)")
        #expect(result.errors.contains("providers.flow.prices"), "\(result.errors)")
        let summary = try workspace.summary()
        #expect(summary.steps.filter { $0.status == "succeeded" }.map(\.step) == ["picture", "picture"])
        #expect(summary.steps.first { $0.step == "clip" }?.reason?.contains("price is unknown") == true)
        #expect(try await workspace.ledger().entries.count == 2)
    }

    @Test("Unknown never counts as 0")
    func unknownIsNotZero() async throws {
        let workspace = try Workspace()
        let clips = """
            flowbatch: 1
            name: test
            provider: flow
            budget: 0 VND
            steps:
              clip: { uses: t2v, with: { prompt: "a walk" } }
            """
        try workspace.write(clips)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 3, "a free job would be admitted")
        #expect(try await workspace.ledger().entries.isEmpty)
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(plan.output.contains("unknown for 1 job"), "\(plan.output)")
        try workspace.write(clips.replacing("provider: flow", with: "provider: flow\nproviders: { flow: { prices: { video: 0 VND } } }"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
    }

    @Test("A cost the provider did not report is marked `estimated`")
    func estimatedCosts() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let folder = workspace.url("outputs/test-sandbox")
        let summary = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("run.json"))) as? [String: Any])
        let step = try #require((summary["steps"] as? [[String: Any]])?.first)
        #expect((step["cost"] as? [String: Any])?["estimated"] as? Bool == true)
        let events = try String(contentsOf: folder.appendingPathComponent("events.jsonl"), encoding: .utf8).split(separator: "\n")
        let ended = try #require(events.first { $0.contains(#""type":"job.ended""#) })
        #expect(ended.contains(#""cost":{"amount":"100","estimated":true,"unit":"VND"}"#), "\(ended)")
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(status.output.contains("100 VND (estimated)"), "\(status.output)")
    }

    @Test func statusNamesTheMoneyThatIsWaitedFor() async throws {
        let workspace = try Workspace()
        let overlay = "providers: { flow: { limits: { spend: [200 VND/3650d, 10000 VND/day] } } }"
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"], overlay: overlay))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 3, "\(result.everything)")
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(status.output.contains("for what the account may spend, 200 VND/"), "\(status.output)")
        #expect(status.output.contains("200 VND of 200 VND/"), "\(status.output)")
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"], overlay: "budget: 200 VND"))
        let budget = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(budget.output.contains("for money: budget of 200 VND: 200 VND spent or reserved, 100 VND more needed"), "\(budget.output)")
    }

    @Test func waitingForTheAccountsMoneyFinishesTheCampaign() async throws {
        let workspace = try Workspace()
        // An hour of the provider is six seconds of this run.
        try workspace.write(
            Campaigns.pictures(["cat", "dog", "owl"], overlay: "providers: { flow: { limits: { spend: 200 VND/hour } } }"))
        let result = try await Flowbatch.runSandbox(workspace, ["--wait-quota"])
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try await workspace.ledger().totals.charged == "300")
    }

    @Test func aLimitInAUnitOfNothingIsRefused() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.runSandbox(workspace, ["--max-cost", "100 credits"])
        #expect(result.exitCode == 64, "\(result.everything)")
        #expect(result.errors.contains("the campaign's prices are in VND, none is in credits; nothing was sent"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: workspace.url("outputs").path))
    }

    @Test func theHintNamesWhatStoodInTheWay() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        let flag = try await Flowbatch.runSandbox(workspace, ["--max-cost", "100 VND"])
        #expect(flag.exitCode == 3 && flag.errors.contains("next      the same command goes on, with as much again"), "\(flag.errors)")
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"], overlay: "budget: 100 VND"))
        let budget = try await Flowbatch.runSandbox(workspace)
        #expect(
            budget.exitCode == 3 && budget.errors.contains("next      raise `budget`, then run the same command again"), "\(budget.errors)")
    }

    @Test func peopleAreToldTheLocalTime() async throws {
        let workspace = try Workspace()
        let overlay = "providers: { flow: { limits: { spend: 100 VND/3650d } } }"
        try workspace.write(Campaigns.pictures(["cat", "dog"], overlay: overlay))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 3 && result.errors.contains("is used up until "), "\(result.errors)")
        #expect(!result.errors.contains("000Z"), "\(result.errors)")
    }
}
