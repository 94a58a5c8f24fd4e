import Foundation
import Pipeline

/// When everything has to be done, as `--deadline` says it.
struct Deadline: Equatable {
    let at: Timestamp

    static let forms =
        "a time (18:00), a day and time (2026-05-01T18:00) in this machine's zone, with Z or an offset in that one, or a duration (3h)"

    /// Reads `18:00` (the next one), `2026-05-01T18:00[:SS][Z|+07:00]` (a space will do for the T), a day alone (its end), or a duration from
    /// now. Nil for anything else.
    init?(_ text: String, now: Timestamp, zone: TimeZone) {
        if let span = Duration(flowbatch: text) {
            at = now + span
            return
        }
        let parts = text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "T" || $0 == " " }).map(String.init)
        var calendar = Calendar(identifier: .gregorian)
        switch parts.count {
        case 1 where text.contains(":"):
            calendar.timeZone = zone
            guard let clock = Self.clock(text),
                let next = calendar.nextDate(
                    after: now.date.addingTimeInterval(-0.001), matching: clock, matchingPolicy: .nextTime, direction: .forward)
            else { return nil }
            at = Timestamp(next)
        case 1:
            calendar.timeZone = zone
            guard let day = Self.day(text, calendar), let end = calendar.date(byAdding: .day, value: 1, to: day) else { return nil }
            at = Timestamp(end)
        case 2:
            let (time, offset) = Self.withoutOffset(parts[1])
            calendar.timeZone = offset ?? zone
            guard let clock = Self.clock(time), let day = Self.day(parts[0], calendar),
                let moment = calendar.date(
                    bySettingHour: clock.hour ?? 0, minute: clock.minute ?? 0, second: clock.second ?? 0, of: day)
            else { return nil }
            at = Timestamp(moment)
        default: return nil
        }
    }

    /// `18:00` or `18:00:30`.
    private static func clock(_ text: String) -> DateComponents? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isASCII) }) else {
            return nil
        }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count, (0...23).contains(numbers[0]), numbers.dropFirst().allSatisfy({ (0...59).contains($0) }) else {
            return nil
        }
        return DateComponents(hour: numbers[0], minute: numbers[1], second: numbers.count > 2 ? numbers[2] : 0)
    }

    private static func day(_ text: String, _ calendar: Calendar) -> Date? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard parts.count == 3, numbers.count == 3, parts[0].count == 4 else { return nil }
        let components = DateComponents(year: numbers[0], month: numbers[1], day: numbers[2])
        guard let date = calendar.date(from: components) else { return nil }
        // A day that does not exist (31 April) would be read as another.
        return calendar.dateComponents([.year, .month, .day], from: date) == components ? date : nil
    }

    private static func withoutOffset(_ text: String) -> (time: String, zone: TimeZone?) {
        if text.hasSuffix("Z") { return (String(text.dropLast()), TimeZone(secondsFromGMT: 0)) }
        guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }), let offset = clock(String(text[text.index(after: sign)...]))
        else {
            return (text, nil)
        }
        let seconds = (offset.hour ?? 0) * 3600 + (offset.minute ?? 0) * 60
        return (String(text[..<sign]), TimeZone(secondsFromGMT: text[sign] == "-" ? -seconds : seconds))
    }
}
