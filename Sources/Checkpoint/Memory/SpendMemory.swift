import Foundation
import Pipeline
import Scheduling

/// The money that counts towards one account's spending limits.
struct SpendMemory: Sendable {
    private struct Piece {
        let key: String
        /// Nil while nobody knows the price; its place in time is kept for the charge.
        var money: Money?
        var at: Timestamp
    }

    private var pieces: [Piece] = []

    func contains(_ key: String) -> Bool { pieces.contains { $0.key == key } }

    mutating func count(_ price: Money?, for key: String, at now: Timestamp) { pieces.append(Piece(key: key, money: price, at: now)) }

    /// Takes back what was counted last for `key`.
    mutating func uncount(_ key: String) {
        if let position = pieces.lastIndex(where: { $0.key == key }) { pieces.remove(at: position) }
    }

    /// Counts `charged` instead of what was counted last for `key`.
    mutating func settle(_ key: String, _ charged: Money) {
        if let position = pieces.lastIndex(where: { $0.key == key }) { pieces[position].money = charged }
    }

    mutating func correctTimes(now: Timestamp) {
        for position in pieces.indices where AccountRules.isImpossible(pieces[position].at, now: now) { pieces[position].at = now }
    }

    mutating func prune(now: Timestamp, limits: AccountLimits) {
        let horizon = now - AccountRules.spendMemory(limits)
        pieces.removeAll { $0.at <= horizon }
    }

    /// - Parameter own: the key whose last count does not stand in the wish's way, because the wish takes it over.
    func spending(wish: Money?, own: String?, limits: AccountLimits, now: Timestamp) -> [AccountUsage.Spending] {
        limits.spend.map { limit in
            let first = limit.firstCounted(at: now, limits: limits)
            let left = own.flatMap { own in pieces.lastIndex { $0.key == own } }
            let counted = pieces.enumerated().compactMap { position, piece -> CountedMoney? in
                guard position != left, piece.at >= first, let money = piece.money, money.unit == limit.amount.unit else { return nil }
                return CountedMoney(money: money, at: piece.at)
            }
            let spent = counted.reduce(Decimal(0)) { $0 + $1.money.amount }
            return limit.spending(spent: spent, wish: wish, limits: limits, now: now) { counted.sorted { $0.at < $1.at } }
        }
    }

    /// What counts since `first` and is known.
    func recent(since first: Timestamp) -> [AccountSnapshot.Spent] {
        pieces.filter { $0.at >= first }.compactMap { piece in
            piece.money.map { AccountSnapshot.Spent(key: piece.key, counted: CountedMoney(money: $0, at: piece.at)) }
        }.sorted { $0.counted.at < $1.counted.at }
    }
}
