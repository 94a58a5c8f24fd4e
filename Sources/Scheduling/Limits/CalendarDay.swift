import Foundation
package import Pipeline

/// The day that a daily cap counts in.
package struct CalendarDay: Hashable, Sendable {
    package let start: Timestamp
    /// When the next day begins.
    package let end: Timestamp

    /// The day that holds `moment`: a calendar day of `limits.dayZone` (UTC where the zone is not known), or, where `limits.dayLength` is
    /// under 24 hours (a provider faster than life), one of the equal spans of that length since the zone's midnight of 1970.
    package init(of moment: Timestamp, limits: AccountLimits) {
        let day = CalendarDay(ofWall: moment - limits.dayLead, limits)
        self.init(start: day.start + limits.dayLead, end: day.end + limits.dayLead)
    }

    private init(ofWall moment: Timestamp, _ limits: AccountLimits) {
        let length = limits.dayLength.wholeMilliseconds
        if length >= Self.fullDay, let day = Self.calendarDay(of: moment, zone: limits.dayZone) {
            self = day
        } else {
            let offset = TimeZone(identifier: limits.dayZone)?.secondsFromGMT(for: moment.date) ?? 0
            let shift = Duration.seconds(offset)
            let day = Self.span(of: moment + shift, length: min(max(1, length), Self.fullDay))
            self.init(start: day.start - shift, end: day.end - shift)
        }
    }

    private init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// Nil where the zone is not known, or the moment is out of a calendar's reach.
    private static func calendarDay(of moment: Timestamp, zone: String) -> CalendarDay? {
        guard reach.contains(moment), let zone = TimeZone(identifier: zone) else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let start = calendar.startOfDay(for: moment.date)
        // Half a day into the next one: a day in which the clock changes has 23 or 25 hours.
        let next = calendar.startOfDay(for: start.addingTimeInterval(36 * 3600))
        return CalendarDay(start: Timestamp(start), end: Timestamp(next))
    }

    private static func span(of moment: Timestamp, length: Int64) -> CalendarDay {
        let (quotient, remainder) = moment.milliseconds.quotientAndRemainder(dividingBy: length)
        let (start, overflow) = (remainder < 0 ? quotient - 1 : quotient).multipliedReportingOverflow(by: length)
        let first = overflow ? .distantPast : Timestamp(milliseconds: start)
        return CalendarDay(start: first, end: first + .milliseconds(length))
    }

    private static let fullDay: Int64 = 86_400_000
    /// From 1970 to about the year 9900.
    private static let reach = Timestamp(milliseconds: 0)...Timestamp(milliseconds: 250_000_000_000_000)
}
