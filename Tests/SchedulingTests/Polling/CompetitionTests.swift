import Foundation
import Pipeline
import Scheduling
import Testing

/// What competes for requests, and that none of them is wasted, or sent too early.
@Suite struct CompetitionTests {
    private static func seed() -> UInt64 {
        ProcessInfo.processInfo.environment["FLOWBATCH_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...1_000_000)
    }

    private func unlimited(_ count: Int, slots: Int) -> Plan {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.limits.threads = slots
        builder.limits.requests = []
        for _ in 0..<count { builder.add(.t2v, seconds: 60) }
        return builder.plan
    }

    /// Between the end of one job and the submission of the next lie only the writes that order demands, a millisecond each here.
    @Test func aFreedSlotIsRefilledAtOnce() {
        let seed = Self.seed()
        print("freed slots: seed \(seed)")
        var random = SplitMix64(seed: seed)
        for round in 0..<12 {
            let slots = Int.random(in: 1...6, using: &random)
            let count = 60
            let spread = LogNormal(mean: .seconds(60), variation: Double.random(in: 0.05...0.8, using: &random))
            let durations = spread.sample(count, seed: random.next())
            var run = PacedRun(unlimited(count, slots: slots)) { durations[$0] }
            run.run()
            #expect(run.exitCode == .done, "seed \(seed), round \(round)")
            for (number, freed) in run.releases.prefix(count - slots).enumerated() {
                let refilled = run.submissions[number + slots]
                #expect(
                    refilled - freed <= .milliseconds(20),
                    "seed \(seed), round \(round): slot \(number) stood empty for \(refilled - freed)")
            }
        }
    }

    @Test func withRequestsToSpareAnEndIsNoticedWithinTheLeastInterval() {
        let seed = Self.seed()
        print("noticed ends: seed \(seed)")
        var random = SplitMix64(seed: seed)
        var late = 0
        var all = 0
        for _ in 0..<12 {
            let spread = LogNormal(mean: .seconds(60), variation: Double.random(in: 0.05...0.5, using: &random))
            let durations = spread.sample(100, seed: random.next())
            var run = PacedRun(unlimited(100, slots: Int.random(in: 1...6, using: &random))) { durations[$0] }
            run.run()
            all += run.delays.count
            late += run.delays.count { $0.delay > .milliseconds(3010) }
        }
        // One in a thousand ends sooner than anything that was learned would have it.
        #expect(late * 200 <= all, "seed \(seed): \(late) of \(all)")
    }

    /// Hours that are simulated; `FLOWBATCH_ECONOMY_HOURS=24` for a day.
    private static let hours = ProcessInfo.processInfo.environment["FLOWBATCH_ECONOMY_HOURS"].flatMap { Int($0) } ?? 3

    /// A server that counts rolling windows, fixed ones, or a bucket of tokens refuses nothing; and of each hour's requests nearly all are used.
    @Test(arguments: [Set<CallKind>([.submit, .poll]), Set(CallKind.allCases)])
    func everyRequestOfAnHourIsUsedAndNoneIsTooMany(calls: Set<CallKind>) {
        let count = Self.hours * 330
        let durations = LogNormal(mean: .seconds(60), variation: 0.3).sample(count, seed: 91)
        var run = PacedRun(RequestEconomyTests.plan(count, slots: 6, calls: calls)) { durations[$0] }
        run.run(until: .seconds(3600 * Self.hours))
        let times = run.sendTimes.map { Double(($0 - run.start).wholeMilliseconds) / 1000 }
        for offset in [0.0, 1800, 3599] {
            let byHour = Dictionary(grouping: times) { Int(($0 + offset) / 3600) }
            #expect(byHour.values.allSatisfy { $0.count <= 600 }, "a fixed window")
        }
        for (first, last) in zip(times, times.dropFirst(600)) { #expect(last - first >= 3600, "a rolling window") }
        var tokens = 600.0
        var before = 0.0
        for time in times {
            tokens = min(600, tokens + (time - before) / 6)
            before = time
            #expect(tokens >= 0.999, "a bucket")
            tokens -= 1
        }
        var least = 600
        for hour in 0..<Self.hours {
            let used = times.count { Int($0 / 3600) == hour }
            least = min(least, used)
            // Where downloads count too, what is kept back for them is not always used in time.
            #expect(used >= (calls.contains(.fetch) ? 576 : 588), "hour \(hour): \(used) of 600")
        }
        print("requests of 600 used in the worst of \(Self.hours) hours: \(least)\(calls.contains(.fetch) ? ", downloads counted" : "")")
    }
}
