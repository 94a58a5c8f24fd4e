import Pipeline
import Scheduling
import Testing

/// A quota that only the provider knows of, and what its replies say of the limit.
@Suite struct QuotaTests {
    private static let pause = Duration.seconds(7 * 3600)
    private static let quotas: [CallFailure] = [
        CallFailure(.throttled(retryAfter: pause), "too many"), CallFailure(.quota, "used up", retryAfter: pause),
    ]

    private func simulation(_ count: Int = 6) -> Simulation {
        var builder = PlanBuilder()
        builder.limits.threads = 2
        for number in 0..<count { builder.add(.t2i, prompt: "p\(number)") }
        return Simulation(builder.plan, seed: 51)
    }

    /// The third submission meets it, while the first two jobs run.
    @Test(arguments: quotas)
    func aPauseOfHoursEndsTheRunWithTheTimeToComeBack(quota: CallFailure) {
        var simulation = simulation()
        simulation.failure = { call, number in call == .submit && number >= 2 ? quota : nil }
        simulation.run()
        #expect(simulation.exitCode == .quota)
        #expect(simulation.provider.charges.count == 2, "what ran is brought home, and nothing more is tried")
        #expect(simulation.violation == nil)
        let stops = simulation.events.compactMap { if case .runStopping(_, let reason, .quota, _) = $0 { reason } else { nil } }
        #expect(stops.count == 1 && stops[0].contains("run the same command again at 20"), "\(stops)")
        #expect(!simulation.events.contains { if case .stepRetried = $0 { true } else { false } }, "a try was used up")
        simulation.failure = { _, _ in nil }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 6)
    }

    @Test(arguments: quotas)
    func waitingForItSubmitsAgainWhenTheTimeHasCome(quota: CallFailure) {
        var simulation = simulation()
        simulation.options.waitForQuota = true
        simulation.failure = { call, number in call == .submit && number == 3 ? quota : nil }
        let begin = simulation.now
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.now - begin >= Self.pause)
        #expect(simulation.provider.charges.count == 6)
        #expect(simulation.steps < 3000, "\(simulation.steps) events: it waits busily")
    }

    @Test(arguments: [
        CallFailure(.throttled(retryAfter: .seconds(600)), "too many"), CallFailure(.quota, "used up", retryAfter: .seconds(600)),
    ])
    func aPauseOfMinutesIsWaitedFor(throttle: CallFailure) {
        var simulation = simulation()
        simulation.failure = { call, number in call == .submit && number == 3 ? throttle : nil }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 6)
    }

    @Test func thatOthersUseTheKeyIsToldOnce() {
        var builder = PlanBuilder()
        builder.add(.t2i)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        var machine = RunMachine(plan: builder.plan, restored: RestoredCampaign(), options: MachineOptions(seed: 1), now: now)
        _ = machine.start(now: now)
        func told(_ left: Int, _ others: Int) -> [Int] {
            machine.handle(.metered(PlanBuilder.account, RateStanding(left: left, others: others), resetsAt: nil), now: now).compactMap {
                if case .report(.limitShared(_, let requests)) = $0 { requests } else { nil }
            }
        }
        #expect(told(590, 0) == [])
        #expect(told(500, 90) == [90])
        #expect(told(400, 99) == [])
    }
}
