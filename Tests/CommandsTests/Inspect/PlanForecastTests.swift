import Foundation
import Testing

/// `plan` looks ahead: times, plans, deadlines.
@Suite struct PlanForecastTests {
    private func json(_ workspace: Workspace, _ arguments: [String]) async throws -> [String: Any] {
        let result = try await Flowbatch.run(["plan", "campaign.yaml", "--json"] + arguments, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    @Test("`plan` says where a binding limit is an assumption")
    func theBindingLimit() async throws {
        let workspace = try Workspace()
        // Two hundred and fifty pictures take more than the 600 requests of an hour, a limit that nobody documents.
        try workspace.write(Campaigns.pictures((1...250).map { "cat\($0)" }, overlay: "providers: { flow: { limits: { threads: 40 } } }"))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace)
        #expect(plan.exitCode == 0, "\(plan.everything)")
        #expect(
            plan.output.contains(
                "this limit is an assumption: requests: 600/hour (no hourly limit documented)"), "\(plan.output)")
        try workspace.write(
            Campaigns.pictures(
                (1...250).map { "cat\($0)" }, overlay: "providers: { flow: { limits: { threads: 40, requests: 600/hour } } }"))
        let own = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace)
        #expect(own.output.contains("Bound by the 600/hour requests of flow/default"), "\(own.output)")
        #expect(!own.output.contains("this limit is an assumption"), "the campaign set it: \(own.output)")
    }

    @Test func theForecastIsThatOfTheSandboxRun() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((1...9).map { "cat\($0)" }))
        let speed = 10
        let report = try await json(workspace, ["--sandbox=\(speed)"])
        let forecast = try #require(report["forecast"] as? [String: Any])
        #expect(forecast["method"] as? String == "simulation")
        #expect((forecast["binding"] as? [String: Any])?["limit"] as? String == "threads")
        let seconds = try #require(forecast["seconds"] as? Int)
        let start = ContinuousClock.now
        let result = try await Flowbatch.run(["run", "campaign.yaml", "--sandbox=\(speed)", "--render", "none"], in: workspace)
        let took = Double((ContinuousClock.now - start).components.seconds)
        #expect(result.exitCode == 0, "\(result.everything)")
        // Three rounds of three seconds; the sandbox's own durations vary, and so does a busy machine.
        #expect((9...14).contains(seconds), "\(seconds) s foretold")
        #expect(took > Double(seconds) * 0.5, "\(took) s taken, \(seconds) s foretold")
        let after = try await json(workspace, ["--sandbox=\(speed)"])
        #expect((after["forecast"] as? [String: Any])?["seconds"] as? Int ?? 99 <= 1, "nothing is left")
    }

    @Test func everyPlanOfAProviderIsCompared() async throws {
        let workspace = try Workspace()
        let names = (1...60).map { "cat\($0)" }
        try workspace.write(Campaigns.pictures(names, overlay: "providers: { flow: { limits: { threads: 2 } } }"))
        let report = try await json(workspace, ["--compare-plans"])
        let comparison = try #require((report["comparisons"] as? [[String: Any]])?.first)
        let rows = try #require(comparison["rows"] as? [[String: Any]])
        #expect(
            rows.compactMap { ($0["plan"] as? [String])?.joined(separator: "+") } == [
                "prepaid", "prepaid+turbo", "monthly", "monthly+turbo", "bulk", "bulk+turbo",
            ])
        #expect(rows.compactMap { $0["current"] as? Bool } == [true, false, false, false, false, false])
        #expect(rows.compactMap { $0["threads"] as? Int } == [2, 6, 3, 6, 3, 6], "the campaign's threads are for its own plan")
        let costs = rows.map { (($0["cost"] as? [[String: Any]])?.first?["amount"] as? String) ?? "" }
        #expect(costs == ["6000", "12000", "6000", "12000", "6000", "12000"])
        #expect((comparison["fastest"] as? [String])?.last == "turbo")
        #expect(comparison["cheapest"] as? [String] == ["monthly"], "as cheap as the campaign's, and done sooner")
        // Turbo costs more than the budget holds, and a campaign that stops half-way is not done sooner.
        try workspace.write(Campaigns.pictures(names, overlay: "budget: 7000 VND"))
        let budget = try await Flowbatch.run(["plan", "campaign.yaml", "--compare-plans"], in: workspace)
        #expect(budget.output.contains("Best within the budget, a plan's own fee aside: prepaid\n"), "\(budget.output)")
        #expect(!budget.output.contains("Done first: prepaid + turbo"), "\(budget.output)")
    }

    @Test func whatMayBeSpentIsHeldAgainstEveryPlan() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((1...30).map { "cat\($0)" }))
        let report = try await json(workspace, ["--compare-plans", "--max-cost", "4000 VND"])
        let check = try #require((report["max_cost"] as? [[String: Any]])?.first)
        #expect(check["verdict"] as? String == "within" && (check["planned"] as? [String: Any])?["amount"] as? String == "3000")
        let comparison = try #require((report["comparisons"] as? [[String: Any]])?.first)
        let rows = try #require(comparison["rows"] as? [[String: Any]])
        #expect(rows.compactMap { $0["within_budget"] as? Bool } == [true, false, true, false, true, false], "turbo costs twice as much")
        #expect((comparison["best_for_budget"] as? [String])?.last != "turbo")
        let short = try await Flowbatch.run(["plan", "campaign.yaml", "--max-cost", "1000 VND"], in: workspace)
        #expect(short.output.contains("--max-cost 1,000 VND: NOT enough for 3,000 VND at most"), "\(short.output)")
        #expect(short.output.contains("with something left undone"), "\(short.output)")
        let wrong = try await Flowbatch.run(["plan", "campaign.yaml", "--max-cost", "much"], in: workspace)
        #expect(wrong.exitCode == 64 && wrong.errors.contains("200000 VND"), "\(wrong.everything)")
    }

    @Test func aDeadlineIsHeldAgainstTheForecastAndFindsThePlanThatMeetsIt() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((1...60).map { "cat\($0)" }))
        // More than ten minutes at three threads, more than five at six.
        let due = try await Flowbatch.run(["plan", "campaign.yaml", "--deadline", "8m"], in: workspace)
        #expect(due.exitCode == 0)
        #expect(due.output.contains("missed by") && due.output.contains("`plan: [prepaid, turbo]` of flow: met"), "\(due.output)")
        let easy = try await json(workspace, ["--deadline", "3h"])
        #expect((easy["deadline"] as? [String: Any])?["verdict"] as? String == "met")
        #expect(easy["comparisons"] == nil, "no other plan is needed")
        let hopeless = try await Flowbatch.run(["plan", "campaign.yaml", "--deadline", "1m"], in: workspace)
        #expect(hopeless.output.contains("No plan of flow would meet it"), "\(hopeless.output)")
    }

    @Test func aDeadlineThatIsNoTimeIsAUsageError() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.run(["plan", "campaign.yaml", "--deadline", "soon"], in: workspace)
        #expect(result.exitCode == 64 && result.errors.contains("18:00"), "\(result.everything)")
    }
}
