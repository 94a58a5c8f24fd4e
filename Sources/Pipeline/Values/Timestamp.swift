package import Foundation

/// A moment of wall-clock time in whole milliseconds since 1970 (UTC). Arithmetic saturates instead of overflowing.
package struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(_ date: Date) { self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded())) }

    package static let distantFuture = Timestamp(milliseconds: .max)
    package static let distantPast = Timestamp(milliseconds: .min)

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    package static func + (time: Timestamp, span: Duration) -> Timestamp {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(span.wholeMilliseconds)
        return Timestamp(milliseconds: overflow ? (span < .zero ? .min : .max) : sum)
    }

    package static func - (time: Timestamp, span: Duration) -> Timestamp { time + (.zero - span) }

    package static func - (a: Timestamp, b: Timestamp) -> Duration {
        let (difference, overflow) = a.milliseconds.subtractingReportingOverflow(b.milliseconds)
        return .milliseconds(overflow ? (a < b ? Int64.min : .max) : difference)
    }

    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// RFC 3339 in UTC with milliseconds: `2026-05-01T12:00:00.000Z`.
    package var description: String { Self.years.contains(milliseconds) ? plainDescription : formattedDescription }

    /// From 1970 to the end of 9999.
    private static let years: ClosedRange<Int64> = 0...253_402_300_799_999

    /// Written down directly: every event of a run has its time.
    private var plainDescription: String {
        let (days, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        // Days of the Gregorian calendar in eras of 400 years that begin with March.
        let (era, day) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func write(_ number: Int64, from scale: Int64, _ end: UInt8) {
            var scale = scale
            while scale > 0 {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / scale % 10))
                scale /= 10
            }
            text.append(end)
        }
        write(year, from: 1000, UInt8(ascii: "-"))
        write(month, from: 10, UInt8(ascii: "-"))
        write(dayOfYear - (153 * march + 2) / 5 + 1, from: 10, UInt8(ascii: "T"))
        write(rest / 3_600_000, from: 10, UInt8(ascii: ":"))
        write(rest / 60_000 % 60, from: 10, UInt8(ascii: ":"))
        write(rest / 1000 % 60, from: 10, UInt8(ascii: "."))
        write(rest % 1000, from: 100, UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// The same of any moment.
    private var formattedDescription: String {
        let fraction = (milliseconds % 1000 + 1000) % 1000
        let second = Date(timeIntervalSince1970: Double((milliseconds - fraction) / 1000))
        let digits = String(repeating: "0", count: 3 - String(fraction).count) + String(fraction)
        return second.formatted(Date.ISO8601FormatStyle()).dropLast() + "." + digits + "Z"
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, saturating.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return seconds < 0 ? .min : .max }
        let fraction = attoseconds / 1_000_000_000_000_000
        let rest: Int64 = attoseconds % 1_000_000_000_000_000 > 0 ? 1 : 0
        let (sum, over) = milliseconds.addingReportingOverflow(fraction + rest)
        return over ? (seconds < 0 ? .min : .max) : sum
    }

    /// Reads `90s`, `15m`, `2h`, `1d`, `500ms`. Nil for anything else or beyond ten years.
    package init?(flowbatch text: some StringProtocol) {
        let digits = text.prefix(while: { $0.isASCII && $0.isNumber })
        guard digits.count <= 12, let count = Int64(digits) else { return nil }
        let unit: Int64
        switch text.dropFirst(digits.count) {
        case "ms": unit = 1
        case "s": unit = 1000
        case "m": unit = 60_000
        case "h": unit = 3_600_000
        case "d": unit = 86_400_000
        default: return nil
        }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow, milliseconds <= 3650 * 86_400_000 else { return nil }
        self = .milliseconds(milliseconds)
    }

    /// For people: `850ms`, `45s`, `2m 05s`, `1h 20m`, `3d 4h`.
    package var shortText: String {
        let milliseconds = max(0, wholeMilliseconds)
        let seconds = milliseconds / 1000
        func pad(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch seconds {
        case 0: return "\(milliseconds)ms"
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m \(pad(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3600)h \(pad(seconds % 3600 / 60))m"
        default: return "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
        }
    }
}
