import Foundation
import Pipeline

/// What the account store refused for lack of money: what a price was refused, a higher one need not ask for; a lower one may still fit.
struct SpendRefusals: Sendable {
    private struct Refusal {
        /// The least amount that was refused.
        var amount: Decimal
        /// When it makes sense to ask again.
        var until: Timestamp
    }

    private var byUnit: [String: Refusal] = [:]
    /// When the limits said last that money is left again.
    private(set) var freeAt: Timestamp?

    /// When something may fit again; nil where nothing is refused.
    var nextTry: Timestamp? { byUnit.values.map(\.until).min() }

    func covers(_ price: Price, at now: Timestamp) -> Bool {
        guard let money = price.money, let refusal = byUnit[money.unit], refusal.until > now else { return false }
        return money.amount >= refusal.amount
    }

    /// The account refused `price` until `freeAt`; it is asked again at `until`.
    mutating func add(_ price: Money, until: Timestamp, freeAt: Timestamp?, now: Timestamp) {
        let known = byUnit[price.unit].flatMap { $0.until > now ? $0 : nil }
        byUnit[price.unit] = Refusal(amount: min(price.amount, known?.amount ?? price.amount), until: min(until, known?.until ?? until))
        self.freeAt = freeAt
    }

    /// Money came back: whatever was refused may fit now.
    mutating func forget() { byUnit = [:] }
}
