import Foundation
import Pipeline
import Scheduling
import Testing

/// The promises of spending once and losing nothing, over crashes at random moments under faults.
@Suite struct CrashTests {
    private static let rounds = UInt64(ProcessInfo.processInfo.environment["FLOWBATCH_CRASH_ROUNDS"] ?? "") ?? 250

    @Test(arguments: [false, true])
    func crashesAtRandomMomentsPayEveryJobOnceAndLoseNothing(keysAreHonoured: Bool) async {
        let base = UInt64(ProcessInfo.processInfo.environment["FLOWBATCH_SEED"] ?? "") ?? UInt64.random(in: 0...UInt64.max / 2)
        print("crash rounds: \(Self.rounds), seed \(base)")
        for round in 0..<Self.rounds {
            await Task.yield()
            if !isKept(base &+ round, keysAreHonoured) { return }
        }
    }

    /// A request for a state that failed at a job's timeout, or a reply for many jobs that did not tell of it, passed for a job that still runs.
    @Test(
        arguments: [
            (950_578_190_780_276_807, true), (8_874_465_861_506_160_670, true), (2_461_379_387_852_438_500, true),
            (4_790_290_230_507_761_250, false),
        ] as [(UInt64, Bool)])
    func aQuestionWithoutAnAnswerIsNoTimeout(seed: UInt64, keysAreHonoured: Bool) {
        #expect(isKept(seed, keysAreHonoured))
    }

    private func isKept(_ seed: UInt64, _ keysAreHonoured: Bool) -> Bool {
        var random = SplitMix64(seed: seed)
        let chains = Int.random(in: 1...4, using: &random)
        var builder = PlanBuilder.chains(chains, threads: Bool.random(using: &random) ? 3 : 6, samePrompt: Bool.random(using: &random))
        if Bool.random(using: &random) {
            builder.poll.batch = BatchPlan(mostJobs: Bool.random(using: &random) ? nil : Int.random(in: 1...4, using: &random))
            builder.limits.requests = [RequestLimit(rate: Rate(count: 20, window: .seconds(120)), calls: Set(CallKind.allCases))]
        }
        if keysAreHonoured { builder.recovery = RecoveryPlan(key: KeyPlan(lifetime: .seconds(86_400))) }
        var simulation = Simulation(builder.plan, seed: seed)
        // Else chance alone has one submission in some ten thousand worlds sent so often in vain that it is held.
        simulation.options.freeRetry.attempts = 20
        simulation.provider.honoursKeys = keysAreHonoured
        let losses = keysAreHonoured ? 8 : Int.random(in: 2...9, using: &random)
        simulation.losesReply = { number in
            var chance = SplitMix64(seed: seed &* 1000 &+ UInt64(number))
            return Int.random(in: 0..<losses, using: &chance) == 0
        }
        let failures = Int.random(in: 5...30, using: &random)
        simulation.failure = { call, number in
            number % failures == 3 ? CallFailure(call == .submit ? .notSent : .lost, "fault") : nil
        }
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            simulation.run(crashAfter: Int.random(in: 0...250, using: &random))
            simulation.now = simulation.now + .seconds(Int64.random(in: 0...300, using: &random))
        }
        let machine = simulation.run()
        let open = builder.plan.instances.indices.filter { machine.standing(of: $0).status != .succeeded }
        #expect(simulation.violation == nil, "seed \(seed)")
        #expect(simulation.exitCode == .done, "seed \(seed): \(open.map { machine.standing(of: $0) })")
        #expect(simulation.provider.charges.count == chains * 6, "seed \(seed)")
        #expect(simulation.provider.charges.values.allSatisfy { $0 == 1 }, "seed \(seed)")
        return simulation.violation == nil && simulation.exitCode == .done
    }
}
