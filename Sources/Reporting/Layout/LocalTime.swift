package import Foundation
package import Pipeline

/// Moments as people read them, in one time zone. Given from outside, so that texts can be tested.
package struct LocalTime: Sendable {
    private let calendar: Calendar

    /// - Parameter zone: usually the machine's (`TimeZone.current`).
    package init(zone: TimeZone) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        self.calendar = calendar
    }

    /// The time of an IANA zone; nil where the system does not know the name.
    package init?(zoneName: String) {
        guard let zone = TimeZone(identifier: zoneName) else { return nil }
        self.init(zone: zone)
    }

    /// The zone's name: `Asia/Ho_Chi_Minh`.
    package var zoneName: String { calendar.timeZone.identifier }

    /// `14:02:11`.
    package func clock(_ time: Timestamp) -> String {
        let parts = parts(of: time)
        return "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second))"
    }

    /// `14:02`, with the day where it is another one than `now`'s: `14:02 tomorrow`, `14:02 on 2026-05-03`.
    package func moment(_ time: Timestamp, now: Timestamp) -> String {
        let parts = parts(of: time)
        // Rounded up to the minute, so that nobody comes back too early.
        if (parts.second ?? 0) > 0 || time.milliseconds % 1000 > 0 {
            let start = Self.bounded(time).milliseconds / 60_000 * 60_000
            return moment(Timestamp(milliseconds: start) + .seconds(60), now: now)
        }
        let clock = "\(two(parts.hour)):\(two(parts.minute))"
        let today = calendar.startOfDay(for: Self.bounded(now).date)
        let days = calendar.dateComponents([.day], from: today, to: calendar.startOfDay(for: Self.bounded(time).date)).day ?? 0
        switch days {
        case 0: return clock
        case 1: return "\(clock) tomorrow"
        default: return "\(clock) on \(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
        }
    }

    /// When a wait ends: to the second where that is soon, else to the minute.
    package func end(_ time: Timestamp, now: Timestamp) -> String {
        time - now < .seconds(600) ? clock(time) : moment(time, now: now)
    }

    /// `text` with its moments (`2026-05-01T07:02:11.000Z`), as programs and other parts write them, in local time.
    func localised(_ text: String, now: Timestamp) -> String {
        guard text.contains("Z") else { return text }
        return text.replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z/) { match in
            guard let date = try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(String(match.output)) else {
                return String(match.output)
            }
            return end(Timestamp(date), now: now)
        }
    }

    /// `2026-05-01 14:02:11`.
    package func dateAndClock(_ time: Timestamp) -> String {
        let parts = parts(of: time)
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day)) \(clock(time))"
    }

    /// When the next calendar day begins here.
    func nextMidnight(after time: Timestamp) -> Timestamp? {
        calendar.nextDate(
            after: Self.bounded(time).date, matching: DateComponents(hour: 0, minute: 0, second: 0), matchingPolicy: .nextTime
        )
        .map { Timestamp($0) }
    }

    private func parts(of time: Timestamp) -> DateComponents {
        calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: Self.bounded(time).date)
    }

    /// Within the years 1970 to 9999, where every calendar function is at home.
    private static func bounded(_ time: Timestamp) -> Timestamp {
        min(max(time, Timestamp(milliseconds: 0)), Timestamp(milliseconds: 253_402_200_000_000))
    }

    private func two(_ number: Int?) -> String {
        let number = number ?? 0
        return number < 10 ? "0\(number)" : "\(number)"
    }
}
