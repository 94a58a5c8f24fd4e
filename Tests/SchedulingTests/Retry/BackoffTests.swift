import Pipeline
import Scheduling
import Testing

@Suite struct BackoffTests {
    @Test func waitsDoubleWithJitterUpToTheMaximum() {
        let backoff = Backoff(RetryPolicy(attempts: 9, initialInterval: .seconds(5), backoff: 2, maxInterval: .seconds(120)))
        var random = SplitMix64(seed: 7)
        for (failures, seconds) in [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 120), (60, 120), (Int.max - 1, 120)] {
            for _ in 0..<50 {
                let delay = backoff.delay(afterFailures: failures, using: &random)
                #expect(delay >= .milliseconds(seconds * 500) && delay <= .seconds(seconds), "\(failures) failures: \(delay)")
            }
        }
    }

    @Test func policiesThatMakeNoSenseStillWait() {
        var random = SplitMix64(seed: 1)
        let backoff = Backoff(RetryPolicy(attempts: 0, initialInterval: .zero, backoff: 0, maxInterval: .zero))
        #expect(backoff.delay(afterFailures: 0, using: &random) >= .zero)
        #expect(backoff.delay(afterFailures: -3, using: &random) <= .milliseconds(2))
    }
}
