import Pipeline
import Scheduling
import Testing

@Suite struct TokenBucketTests {
    private let start = Timestamp(milliseconds: 0)

    @Test func itRefillsAtTheMeanRateAndNeverAboveTheLimit() {
        var bucket = TokenBucket(rate: Rate(count: 600, window: .seconds(3600)))
        bucket.synchronise(left: 0, at: start)
        #expect(bucket.tokens(at: start) == 0)
        #expect(bucket.tokens(at: start + .seconds(60)) == 10)
        #expect(bucket.tokens(at: start + .seconds(1800)) == 300)
        #expect(bucket.tokens(at: start + .seconds(9999)) == 600)
    }

    @Test func theLogsWordReplacesTheEstimate() {
        var bucket = TokenBucket(rate: Rate(count: 10, window: .seconds(10)))
        #expect(bucket.tokens(at: start) == 10)
        bucket.synchronise(left: 99, at: start)
        #expect(bucket.tokens(at: start) == 10)
        bucket.synchronise(left: 3, at: start + .seconds(1))
        #expect(bucket.tokens(at: start) == 3, "a clock that goes back takes nothing away")
    }
}
