import Pipeline
import Scheduling
import Testing

@Suite struct RequestSupplyTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)
    private let rate = Rate(count: 600, window: .seconds(3600))

    private func hourly(_ supply: RequestSupply, over horizon: Duration, at now: Timestamp) -> Double {
        supply.sustainableRate(over: horizon, at: now) * 3_600_000
    }

    @Test func whatIsLeftOfARollingWindowHasToLastUntilItsFirstRequestsComeBack() {
        var supply = RequestSupply(rate: rate)
        #expect(abs(hourly(supply, over: .seconds(7200), at: start) - 600) < 1)
        #expect(hourly(supply, over: .seconds(600), at: start) == 3600, "what ends within ten minutes may use all of it")
        // A burst: 300 within a minute.
        for second in 0..<60 {
            for _ in 0..<5 { supply.spend(at: start + .seconds(second)) }
        }
        let now = start + .seconds(60)
        #expect(supply.available(at: now) == 300)
        let pace = hourly(supply, over: .seconds(7200), at: now)
        #expect((295...315).contains(pace), "300 for 59 minutes: \(pace)")
        #expect(supply.available(within: .seconds(3500), at: now) == 300)
        #expect(supply.available(within: .seconds(3600), at: now) == 600)
        #expect(abs(supply.available(within: .seconds(30), at: start + .seconds(3600)) - 450) < 30)
    }

    @Test func theLogsWordReplacesTheEstimate() {
        var supply = RequestSupply(rate: rate)
        supply.synchronise(left: 0, at: start)
        #expect(supply.available(at: start) < 1)
        #expect(abs(supply.available(within: .seconds(1800), at: start) - 300) < 15, "nothing is known of when: evenly")
        supply.synchronise(left: 200, at: start + .seconds(1))
        #expect(abs(supply.available(at: start + .seconds(1)) - 200) < 1, "what came back sooner than thought was the oldest")
        #expect(abs(supply.available(within: .seconds(1000), at: start + .seconds(1)) - 200) < 1)
        supply.synchronise(left: 100, at: start + .seconds(2))
        #expect(abs(supply.available(at: start + .seconds(2)) - 100) < 1, "somebody else sends too")
        supply.synchronise(left: -5, at: start + .seconds(3))
        #expect(abs(supply.available(at: start + .seconds(3))) < 1)
    }

    @Test func aFixedWindowGivesAllBackAtItsEnd() {
        var supply = RequestSupply(rate: rate, semantics: .fixed)
        supply.synchronise(left: 100, at: start, resetsAt: start + .seconds(1000))
        #expect(supply.available(within: .seconds(999), at: start) == 100)
        #expect(supply.available(within: .seconds(1000), at: start) == 700)
        #expect(supply.available(within: .seconds(4600), at: start) == 1300)
        #expect(hourly(supply, over: .seconds(7200), at: start) == 360, "100 for 1000 s")
        #expect(hourly(supply, over: .seconds(500), at: start) == 720, "what ends before may use all of it")
        #expect(supply.available(at: start + .seconds(1000)) == 600)
        supply.spend(at: start + .seconds(1001))
        #expect(
            supply.available(within: .seconds(3000), at: start + .seconds(1001)) == 599, "the next window begins with its first request")
    }

    @Test func aBucketTricklesBack() {
        var supply = RequestSupply(rate: rate, semantics: .bucket)
        supply.synchronise(left: 100, at: start)
        #expect(supply.available(within: .seconds(60), at: start) == 110)
        #expect(hourly(supply, over: .seconds(1800), at: start) == 800, "100 in half an hour, and what comes in")
    }

    /// The estimate follows a log that is exact, whatever is sent.
    @Test func itFollowsARollingLog() {
        var random = SplitMix64(seed: 51)
        for _ in 0..<20 {
            let rate = Rate(count: Int.random(in: 5...700, using: &random), window: .seconds(Int.random(in: 10...4000, using: &random)))
            var supply = RequestSupply(rate: rate)
            var log: [Timestamp] = []
            var now = start
            for _ in 0..<400 {
                now = now + .milliseconds(Int64.random(in: 0...rate.window.wholeMilliseconds / 100, using: &random))
                log.removeAll { now - $0 >= rate.window }
                guard log.count < rate.count else { continue }
                log.append(now)
                supply.spend(at: now)
                supply.synchronise(left: rate.count - log.count, at: now)
                let horizon = Duration.milliseconds(Int64.random(in: 0...rate.window.wholeMilliseconds, using: &random))
                let exact = rate.count - log.count + log.count { $0 + rate.window <= now + horizon }
                let cell = log.count { abs(($0 + rate.window - now - horizon).wholeMilliseconds) <= rate.window.wholeMilliseconds / 32 }
                #expect(abs(supply.available(within: horizon, at: now) - Double(exact)) <= Double(cell) + 1)
            }
        }
    }
}
