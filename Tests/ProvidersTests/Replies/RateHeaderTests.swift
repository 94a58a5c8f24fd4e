import Definitions
import Pipeline
import Testing

@testable import Providers

@Suite struct RateHeaderTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func reading(_ headers: [String: String], _ names: RateHeaders? = nil) -> RateReading? {
        RateHeaderReader(names: names).reading(headers, now: Self.now)
    }

    @Test func theUsualNames() {
        let wanted = RateReading(limit: 600, remaining: 12, resetsAt: Self.now + .seconds(90))
        #expect(
            reading(["x-ratelimit-limit": "600", "x-ratelimit-remaining": "12", "x-ratelimit-reset": "1800000090"]) == wanted)
        #expect(reading(["ratelimit-limit": "600", "ratelimit-remaining": "12", "ratelimit-reset": "90"]) == wanted)
        #expect(
            reading(["x-ratelimit-limit": "600", "x-ratelimit-remaining": "12", "x-ratelimit-reset": "1m30s"]) == wanted)
        #expect(reading(["x-ratelimit-remaining": "12"]) == RateReading(remaining: 12))
    }

    /// The server's clock is an hour behind ours.
    @Test func aMomentIsToldByTheServersClock() {
        let read = reading([
            "x-ratelimit-remaining": "1", "x-ratelimit-reset": "1799996460", "date": "Fri, 15 Jan 2027 07:00:00 GMT",
        ])
        #expect(read?.resetsAt == Self.now + .seconds(60))
    }

    @Test func theDraftOfTheIETF() {
        let policy = #""burst";q=10;w=1, "hour";q=600;w=3600"#
        #expect(
            reading(["ratelimit": #""hour";r=50;t=30"#, "ratelimit-policy": policy])
                == RateReading(limit: 600, remaining: 50, resetsAt: Self.now + .seconds(30), window: .seconds(3600)))
        #expect(
            reading(["ratelimit": #""burst";r=9;t=1, "hour";r=3;t=1800"#, "ratelimit-policy": policy])
                == RateReading(limit: 600, remaining: 3, resetsAt: Self.now + .seconds(1800), window: .seconds(3600)))
        #expect(
            reading(["ratelimit": "limit=100, remaining=50, reset=5", "ratelimit-policy": "100;w=60"])
                == RateReading(limit: 100, remaining: 50, resetsAt: Self.now + .seconds(5), window: .seconds(60)))
    }

    @Test func theDefinitionsOwnNames() {
        let names = RateHeaders(
            limit: "X-RateLimit-Limit-Requests", remaining: "X-RateLimit-Remaining-Requests", reset: "X-RateLimit-Reset-Requests",
            resetForm: .goDuration)
        let headers = [
            "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "6m0s",
            "x-ratelimit-remaining": "0",
        ]
        #expect(reading(headers, names) == RateReading(limit: 60, remaining: 7, resetsAt: Self.now + .seconds(360)))
        #expect(reading(["x-ratelimit-remaining": "0"], names) == nil)
    }

    @Test(arguments: [
        [:], ["x-ratelimit-remaining": "-1"], ["x-ratelimit-remaining": "many"], ["ratelimit": "r"], ["ratelimit": ""],
        ["ratelimit": #""a";r=99999999999999999999"#], ["x-ratelimit-remaining": "9999999999"],
    ])
    func whatCannotBeReadSaysNothing(headers: [String: String]) { #expect(reading(headers) == nil) }

    @Test func aReadingIsOfALimitWhoseWindowIsNearlyAsLong() {
        let limit = RequestLimit(rate: Rate(count: 600, window: .seconds(3600)), calls: [.poll])
        #expect(RateReading(remaining: 1).isOf(limit))
        #expect(RateReading(remaining: 1, window: .seconds(3599)).isOf(limit))
        #expect(!RateReading(remaining: 1, window: .seconds(60)).isOf(limit))
    }
}
