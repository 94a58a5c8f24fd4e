import Foundation

/// What an account spends at most within a stretch of time, over all campaigns of the user (`limits.spend`): `500000 VND/day`.
package struct SpendLimit: Hashable, Sendable, Codable, CustomStringConvertible {
    package enum Period: Hashable, Sendable, Codable {
        /// A calendar day of the definition's zone, as the daily cap of images counts it.
        case day
        /// Every stretch of that length.
        case rolling(Duration)
    }

    package let amount: Money
    package let period: Period

    package init(amount: Money, period: Period) {
        self.amount = amount
        self.period = period
    }

    /// Reads `AMOUNT UNIT/second|minute|hour|day` or `AMOUNT UNIT/DURATION`; nil for anything else and for negative amounts. Only the word
    /// `day` is a calendar day; `24h` and `1d` are any 24 hours.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let amount = Money(String(parts[0])), amount.amount >= 0 else { return nil }
        guard parts[1] != "day" else {
            self.init(amount: amount, period: .day)
            return
        }
        guard let window = Duration(window: parts[1]) else { return nil }
        self.init(amount: amount, period: .rolling(window))
    }

    /// `500,000 VND/day`.
    package var description: String {
        switch period {
        case .day: "\(amount)/day"
        case .rolling(.seconds(86_400)): "\(amount)/24h"
        case .rolling(let window): "\(amount)/\(window.windowText)"
        }
    }
}
