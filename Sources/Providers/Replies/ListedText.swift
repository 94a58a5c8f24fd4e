import Foundation
import Pipeline

/// How texts and times of a listing are read so that a provider's tidying never makes a job look like another.
enum ListedText {
    /// The prompt as both sides are compared by: Unicode's composed form, outer space gone, inner space single.
    static func normalized(_ prompt: String) -> String {
        prompt.precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// A listed prompt; nil where the listing shows none, or only its beginning.
    static func prompt(_ value: Value?) -> String? {
        guard let text = value?.text, !text.hasSuffix("…"), !text.hasSuffix("...") else { return nil }
        return normalized(text)
    }

    /// A time as ISO 8601, or as seconds or milliseconds since 1970; nil for anything else.
    static func time(_ value: Value?) -> Timestamp? {
        switch value {
        case .int(let number)?: epoch(Decimal(number))
        case .number(let number)?: epoch(number)
        case .text(let text)?: iso8601(text) ?? Decimal(exactly: text[...]).flatMap(epoch)
        default: nil
        }
    }

    /// Beyond the year 5138 in seconds it can only be milliseconds.
    private static func epoch(_ number: Decimal) -> Timestamp? {
        guard number > 0 else { return nil }
        let milliseconds = number < 100_000_000_000 ? number * 1000 : number
        guard milliseconds < Decimal(Int64.max) else { return nil }
        return Timestamp(milliseconds: NSDecimalNumber(decimal: milliseconds).int64Value)
    }

    /// Without a zone the hour is anybody's guess, and a guess could make a job look too old to be the one sought.
    private static func iso8601(_ text: String) -> Timestamp? {
        let joined = text.replacing(#/^(\d{4}-\d{2}-\d{2})[T ]/#, maxReplacements: 1) { "\($0.1)T" }
        guard joined.wholeMatch(of: #/\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})/#) != nil else { return nil }
        // Fractions of any length; the formatter knows none or three digits.
        return (try? Date(joined.replacing(#/\.\d+/#, with: ""), strategy: .iso8601)).map(Timestamp.init)
    }
}
