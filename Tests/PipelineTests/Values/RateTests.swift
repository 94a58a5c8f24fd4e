import Pipeline
import Testing

@Suite struct RateTests {
    @Test(arguments: [
        ("600/hour", 600, Duration.seconds(3600)), ("3000/day", 3000, .seconds(86_400)), ("5/second", 5, .seconds(1)),
        ("1/minute", 1, .seconds(60)),
        ("120/24s", 120, .seconds(24)), ("10/500ms", 10, .milliseconds(500)),
    ])
    func readsAndWrites(text: String, count: Int, window: Duration) throws {
        let rate = try #require(Rate(text))
        #expect(rate == Rate(count: count, window: window))
        #expect(Rate(rate.description) == rate)
    }

    @Test(arguments: [
        "", "600", "/hour", "600/", "0/hour", "-1/hour", "600/hours", "600 / hour", "1000001/hour", "1/0s", "1/2/3", "1.5/hour", "x/hour",
    ])
    func refuses(text: String) {
        #expect(Rate(text) == nil)
    }
}
