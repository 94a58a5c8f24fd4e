import Foundation
import Pipeline
import Scheduling
import Testing

@Suite struct PollPolicyTests {
    private static func free(_ count: Int, slots: Int, seconds: Int = 60) -> Plan {
        var plan = RequestEconomyTests.plan(count, slots: slots, expected: seconds)
        plan = Plan(
            campaign: plan.campaign, manifestPath: plan.manifestPath, instances: plan.instances, transfers: [],
            accounts: plan.accounts.map { account in
                var account = account
                account.limits.requests = []
                return account
            }, budgets: [])
        return plan
    }

    private func bound(_ plan: Plan, _ durations: [Duration]) -> Duration {
        LowerBound(of: plan, now: Timestamp(milliseconds: 0)) { .whole(plan.instances[$0], duration: durations[$0]) }.span
    }

    /// With requests to spare, whether there is no limit or the work is small.
    @Test(arguments: [true, false])
    func withRequestsToSpareAnEndIsNoticedWithinTheLeastInterval(isLimited: Bool) {
        let count = 12
        let plan = isLimited ? RequestEconomyTests.plan(count, slots: 3) : Self.free(count, slots: 3)
        let durations = LogNormal(mean: .seconds(60), variation: 0.3).sample(count, seed: 61)
        var run = PacedRun(plan) { durations[$0] }
        run.run()
        #expect(run.exitCode == .done)
        #expect(run.delays.count == count)
        #expect(run.delays.allSatisfy { $0.delay <= .milliseconds(3020) }, "\(run.delays.map(\.delay))")
        #expect(run.sendTimes.count <= 600)
    }

    @Test(arguments: [3, 5, 6])
    func whereSlotsBindTheRunTakesLittleMoreThanTheBound(slots: Int) {
        for variation in [0.1, 0.5] {
            let count = 50 * slots
            let durations = LogNormal(mean: .seconds(60), variation: variation).sample(count, seed: 62)
            for expected in [30, 60, 90] {
                let plan = Self.free(count, slots: slots, seconds: expected)
                var run = PacedRun(plan) { durations[$0] }
                run.run()
                let bound = bound(plan, durations)
                // Half the least interval for each job on a slot, and 2 %.
                let most = bound + .milliseconds(1500 * count / slots) + bound / 50
                #expect(run.exitCode == .done)
                #expect(run.mostRunning == slots)
                #expect(
                    run.makespan <= most, "\(slots) slots, variation \(variation), \(expected) s expected: \(run.makespan), bound \(bound)")
            }
        }
    }

    @Test(arguments: [3, 5, 6])
    func withKnownDurationsTheRunTakesTwoPercentMoreThanTheBound(slots: Int) {
        let count = 50 * slots
        let plan = Self.free(count, slots: slots)
        let durations = [Duration](repeating: .seconds(60), count: count)
        var run = PacedRun(plan, known: DurationModel(median: .seconds(60), spread: 0)) { durations[$0] }
        run.run()
        let bound = bound(plan, durations)
        #expect(run.makespan <= bound + bound / 50, "\(run.makespan), bound \(bound)")
        let few = Self.free(slots + 1, slots: slots)
        var short = PacedRun(few, known: DurationModel(median: .seconds(60), spread: 0)) { _ in .seconds(60) }
        short.run()
        let least = self.bound(few, durations)
        #expect(short.makespan <= least + least / 50 + .seconds(60), "\(short.makespan), bound \(least)")
    }

    /// Six jobs of two hours would use up the hour's requests in its first half; jobs on the seventh slot go on all the while.
    @Test func longJobsLeaveEnoughForOthers() {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.timeout = .seconds(20_000)
        builder.limits.threads = 7
        builder.limits.requests = [RequestLimit(rate: Rate(count: 600, window: .seconds(3600)), calls: [.submit, .poll])]
        for _ in 0..<6 { builder.add(.t2v, seconds: 3600) }
        for number in 0..<110 { builder.add(.t2i, prompt: "\(number)", seconds: 60) }
        var run = PacedRun(builder.plan) { $0 < 6 ? .seconds(7200) : .seconds(60) }
        run.run()
        #expect(run.exitCode == .done)
        #expect(run.delays.count == 116)
        #expect(run.noticed(from: .zero, to: .seconds(3600)) >= 50, "\(run.noticed(from: .zero, to: .seconds(3600)))")
        for hour in 0..<2 {
            #expect(
                run.noticed(from: .seconds(3600 * hour + 1800), to: .seconds(3600 * hour + 3600)) >= 20, "the half hour does not starve")
        }
    }

    @Test func theSameRunIsTheSame() {
        let durations = LogNormal(mean: .seconds(60), variation: 0.3).sample(150, seed: 63)
        let runs = (0..<2).map { _ in
            var run = PacedRun(RequestEconomyTests.plan(150, slots: 5)) { durations[$0] }
            run.run()
            return run.sendTimes
        }
        #expect(runs[0] == runs[1])
    }
}
