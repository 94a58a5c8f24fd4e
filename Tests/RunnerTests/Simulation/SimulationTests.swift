import Foundation
import Testing

/// Whole runs, simulated: every promise of `reliability.md` is held after every event of worlds in which anything fails at any moment.
@Suite struct SimulationTests {
    /// Where the seeds begin: the same worlds every time, so that a change alone can break them; `FLOWBATCH_FIRST_SEED=random` looks at others.
    private static let base = environment("FLOWBATCH_FIRST_SEED").map { UInt64($0) ?? .random(in: 0...UInt64.max / 2) } ?? 1_000_000
    private static let worlds = environment("FLOWBATCH_WORLDS").flatMap { Int($0) } ?? 10_000
    private static let seed = environment("FLOWBATCH_SEED").flatMap { UInt64($0) }
    private static let shards = 4

    private static func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

    /// One world a seed; `FLOWBATCH_SEED` replays one and prints what happens in it.
    @Test(arguments: 0..<shards)
    func everyPromiseIsKeptWhateverFailsWheneverItFails(shard: Int) async {
        if let seed = Self.seed {
            if shard == 0 { replay(seed) }
            return
        }
        var counts = (worlds: 0, events: 0, runs: 0, crashes: 0)
        let clock = ContinuousClock.now
        for number in stride(from: shard, to: Self.worlds, by: Self.shards) {
            await Task.yield()
            let seed = Self.base &+ UInt64(number)
            let world = World(seed: seed)
            world.run()
            counts.worlds += 1
            counts.events += world.events
            counts.runs += world.runs
            counts.crashes += world.crashes
            if let violation = world.violation {
                Issue.record("seed \(seed): \(violation); FLOWBATCH_SEED=\(seed) replays it")
            }
        }
        print(
            "simulated \(counts.worlds) worlds from seed \(Self.base) in \(ContinuousClock.now - clock): \(counts.runs) runs, "
                + "\(counts.crashes) crashes, \(counts.events) events")
    }

    private func replay(_ seed: UInt64) {
        let world = World(seed: seed, isTraced: true)
        world.run()
        print(world.trace.lines.joined(separator: "\n"))
        #expect(world.violation == nil)
    }

    @Test func aSeedReplaysExactly() async {
        for number in 0..<200 {
            await Task.yield()
            let seed = Self.base &- UInt64(number)
            let (first, second) = (World(seed: seed), World(seed: seed, isTraced: number % 50 == 0))
            first.run()
            second.run()
            #expect(first.trace.hash == second.trace.hash && first.events == second.events, "seed \(seed)")
            #expect(first.events > 10)
        }
    }

    /// The proof is proven: without any one of these, the simulation finds the promise that breaks.
    @Test(arguments: [
        (Mutation.noIntentWrite, Promise.spentOnce), (.noStoreSync, .spentOnce), (.noFileSync, .storeTellsTheTruth),
        (.noSlotHold, .neverOver), (.noReconciliation, .spentOnce), (.noRivals, .ownResult),
        (.noRefundLine, .ledgerTellsTheTruth), (.noAccountClock, .neverOver),
    ])
    func eachLinkOfTheOrderOfWritesIsNeeded(mutation: Mutation, promise: Promise) async throws {
        for number in 0..<3000 {
            await Task.yield()
            let seed = Self.base &+ UInt64(number)
            let world = World(seed: seed, mutation: mutation)
            world.run()
            guard let violation = world.violation, violation.promise == promise else { continue }
            print("\(mutation) breaks in world \(number + 1), seed \(seed): \(violation)")
            return
        }
        Issue.record("\(mutation): nothing broke in 3000 worlds from seed \(Self.base)")
    }
}
