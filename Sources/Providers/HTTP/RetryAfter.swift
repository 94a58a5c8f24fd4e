import Definitions
import Foundation
import Pipeline

/// The pause a server asks for in `Retry-After` (RFC 9110, 10.2.3): seconds, or a date in any of the three HTTP forms.
enum RetryAfter {
    /// The pause from `now`, never negative, at most 30 days; nil where the value is neither form.
    static func pause(_ value: String, now: Timestamp) -> Duration? {
        let text = value.trimmingCharacters(in: .whitespaces)
        if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
            return .seconds(min(Int64(text) ?? .max, longest))
        }
        guard let date = date(text) else { return nil }
        return min(max(Timestamp(date) - now, .zero), .seconds(longest))
    }

    /// The pause until a rate limit's reset, in the form that a definition names.
    static func pause(_ value: String, as form: RateHeaders.ResetForm, now: Timestamp) -> Duration? {
        switch form {
        case .seconds, .httpDate: return pause(value, now: now)
        case .epochSeconds:
            guard let seconds = Int64(value), (0...253_402_300_799).contains(seconds) else { return nil }
            return min(max(Timestamp(milliseconds: seconds * 1000) - now, .zero), .seconds(longest))
        case .goDuration: return goDuration(value)
        }
    }

    /// A date as headers write it.
    static func moment(_ text: String) -> Timestamp? { date(text.trimmingCharacters(in: .whitespaces)).map(Timestamp.init) }

    private static let longest: Int64 = 30 * 86_400

    /// `6m0s`, `1.5s`, `250ms`: Go's way of writing durations.
    private static func goDuration(_ text: String) -> Duration? {
        var milliseconds = 0.0
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while let part = rest.prefixMatch(of: #/(\d{1,9}(?:\.\d{1,9})?)(ms|h|m|s)/#), let number = Double(part.1) {
            let unit: Double =
                switch part.2 {
                case "h": 3_600_000
                case "m": 60_000
                case "s": 1000
                default: 1
                }
            milliseconds += number * unit
            rest = rest[part.range.upperBound...]
        }
        guard rest.isEmpty else { return nil }
        return .milliseconds(Int64(min(milliseconds.rounded(.up), Double(longest * 1000))))
    }

    /// IMF-fixdate, and the two obsolete forms a recipient must still accept.
    private static func date(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.isLenient = false
        for format in ["EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'", "EEE MMM d HH:mm:ss yyyy"] {
            formatter.dateFormat = format
            if let date = formatter.date(from: text) { return date }
        }
        return nil
    }
}
