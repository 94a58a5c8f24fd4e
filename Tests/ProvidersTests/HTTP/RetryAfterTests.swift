import Definitions
import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct RetryAfterTests {
    /// 6 November 1994, 08:49:00 GMT.
    private let now = Timestamp(milliseconds: 784_111_740_000)

    @Test func secondsAndDates() {
        #expect(RetryAfter.pause("120", now: now) == .seconds(120))
        #expect(RetryAfter.pause(" 0 ", now: now) == .zero)
        #expect(RetryAfter.pause("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == .seconds(37))
        #expect(RetryAfter.pause("Sunday, 06-Nov-94 08:49:37 GMT", now: now) == .seconds(37))
        #expect(RetryAfter.pause("Sun Nov  6 08:49:37 1994", now: now) == .seconds(37))
        #expect(RetryAfter.pause("Sun, 06 Nov 1994 08:00:00 GMT", now: now) == .zero, "a date that is over asks for no pause")
    }

    @Test func boundsAndNonsense() {
        #expect(RetryAfter.pause("99999999999999999999999", now: now) == .seconds(30 * 86_400))
        #expect(RetryAfter.pause("Fri, 31 Dec 9999 23:59:59 GMT", now: now) == .seconds(30 * 86_400))
        for text in ["", "-5", "soon", "1.5", "1e9", "2024-01-01T00:00:00Z", "Sun, 06 Nov 1994 08:49:37 PST"] {
            #expect(RetryAfter.pause(text, now: now) == nil, "\(text)")
        }
    }

    @Test func resetsOfRateLimits() {
        #expect(RetryAfter.pause("784111800", as: .epochSeconds, now: now) == .seconds(60))
        #expect(RetryAfter.pause("784111700", as: .epochSeconds, now: now) == .zero)
        #expect(RetryAfter.pause("-1", as: .epochSeconds, now: now) == nil)
        #expect(RetryAfter.pause("6m0s", as: .goDuration, now: now) == .seconds(360))
        #expect(RetryAfter.pause("1h2m3.5s", as: .goDuration, now: now) == .milliseconds(3_723_500))
        #expect(RetryAfter.pause("250ms", as: .goDuration, now: now) == .milliseconds(250))
        for text in ["", "6", "6x", "m"] { #expect(RetryAfter.pause(text, as: .goDuration, now: now) == nil) }
        #expect(RetryAfter.pause("17", as: .seconds, now: now) == .seconds(17))
    }
}
