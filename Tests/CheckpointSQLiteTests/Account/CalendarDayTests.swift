import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Scheduling
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

    /// Asks for a slot in each moment: granted, or denied until when.
    private func answers(_ limits: AccountLimits, images: Int, price: Money?, at moments: [String]) throws -> [LeaseAnswer] {
        let folder = try TemporaryFolder()
        let store = try SQLiteAccountStore(path: folder.file("accounts.sqlite")) { _ in true }
        return try moments.enumerated().map { number, text in
            let slot = LeaseRequest.Slot(key: "\(number)", fingerprint: nil, images: images, price: price)
            let holder = LeaseHolder(run: "run-\(number)", processID: Int32(number + 1), campaign: "campaign \(number)")
            // What is still under way at midnight counts on the next day too.
            defer { try? store.release(slot.key, account: Samples.flow, by: holder, returnImages: false) }
            return try store.lease(
                LeaseRequest(account: Samples.flow, call: .submit, slot: slot), limits: limits, holder: holder, finished: [:],
                now: Timestamp(try Date(text, strategy: .iso8601))
            ).answer
        }
    }

    private static let moments = ["2026-05-01T16:00:00Z", "2026-05-01T16:59:59Z", "2026-05-01T17:00:00Z", "2026-05-01T23:59:59Z"]

    @Test("Daily caps are calendar days in the definition's zone") func aCapIsFreeAgainAtMidnightThere() throws {
        func answers(zone: String) throws -> [LeaseAnswer] {
            try self.answers(
                AccountLimits(threads: nil, requests: [], dailyImages: 4, dayZone: zone, imagesFrom: [.t2i]), images: 3, price: nil,
                at: Self.moments)
        }
        let there = Timestamp(try Date("2026-05-01T17:00:00Z", strategy: .iso8601))
        let next = Timestamp(try Date("2026-05-02T17:00:00Z", strategy: .iso8601))
        let granted = LeaseAnswer.granted(requestsLeft: nil)
        #expect(
            try answers(zone: "Asia/Ho_Chi_Minh") == [
                granted, .denied(.dailyImages, until: there), granted, .denied(.dailyImages, until: next),
            ])
        let midnight = Timestamp(try Date("2026-05-02T00:00:00Z", strategy: .iso8601))
        #expect(try answers(zone: "UTC") == [granted] + Array(repeating: .denied(.dailyImages, until: midnight), count: 3))
    }

    @Test("Budget covers all runs of the campaign's name, `--max-cost` this run, `limits.spend: 500000 VND/day` the account")
    func theAccountsMoneyOfADayIsFreeAgainAtMidnightThere() throws {
        let limits = AccountLimits(
            threads: nil, requests: [], dailyImages: nil, dayZone: "Asia/Ho_Chi_Minh", imagesFrom: [],
            spend: [try #require(SpendLimit("500000 VND/day"))])
        let answers = try answers(limits, images: 0, price: Money(300_000, "VND"), at: Self.moments)
        let there = Timestamp(try Date("2026-05-01T17:00:00Z", strategy: .iso8601))
        let next = Timestamp(try Date("2026-05-02T17:00:00Z", strategy: .iso8601))
        let granted = LeaseAnswer.granted(requestsLeft: nil)
        // Every one of them is another campaign's.
        #expect(answers == [granted, .denied(.spend, until: there), granted, .denied(.spend, until: next)])
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
