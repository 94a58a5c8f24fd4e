import Checkpoint
import Foundation
import Pipeline
import Testing

@Suite struct CalendarDayTests {
    private func day(_ text: String, _ zone: String, length: Duration = .seconds(86_400)) throws -> [String] {
        let moment = Timestamp(try Date(text, strategy: .iso8601))
        let limits = AccountLimits(
            threads: nil, requests: [], dailyImages: nil, dayZone: zone, dayLength: length, imagesFrom: [])
        let day = CalendarDay(of: moment, limits: limits)
        return [day.start.description, day.end.description]
    }

    @Test("Daily caps are calendar days in the definition's zone") func aDayIsTheCalendarsInItsZone() throws {
        let day = try day("2026-05-01T16:59:59Z", "Asia/Ho_Chi_Minh")
        #expect(day == ["2026-04-30T17:00:00.000Z", "2026-05-01T17:00:00.000Z"])
        #expect(try self.day("2026-05-01T17:00:00Z", "Asia/Ho_Chi_Minh").first == "2026-05-01T17:00:00.000Z")
    }

    @Test func aDayInWhichTheClockChangesIsShorterOrLonger() throws {
        #expect(try day("2026-03-29T12:00:00Z", "Europe/Berlin") == ["2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"])
        #expect(try day("2026-10-25T12:00:00Z", "Europe/Berlin") == ["2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"])
    }

    @Test func anUnknownZoneIsUTC() throws {
        #expect(try day("2026-05-01T23:59:59Z", "Mars/Olympus") == ["2026-05-01T00:00:00.000Z", "2026-05-02T00:00:00.000Z"])
    }

    @Test func aScaledDayIsCountedFrom1970() throws {
        let day = try day("1970-01-01T00:00:25Z", "Asia/Ho_Chi_Minh", length: .seconds(10))
        #expect(day == ["1970-01-01T00:00:20.000Z", "1970-01-01T00:00:30.000Z"])
    }

    @Test(arguments: [Int64.min, -1, 0, 1_777_000_000_000, Int64.max / 2])
    func anyMomentHasADay(milliseconds: Int64) {
        for length in [Duration.zero, .seconds(-5), .milliseconds(1), .seconds(86_400), .seconds(1_000_000)] {
            let limits = AccountLimits(
                threads: nil, requests: [], dailyImages: nil, dayZone: "Asia/Ho_Chi_Minh", dayLength: length, imagesFrom: [])
            let moment = Timestamp(milliseconds: milliseconds)
            let day = CalendarDay(of: moment, limits: limits)
            #expect(day.start <= moment && moment <= day.end && day.start < day.end)
        }
    }
}
