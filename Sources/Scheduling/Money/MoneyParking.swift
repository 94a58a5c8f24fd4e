import Foundation
import HeapModule
import Pipeline

/// The jobs of one account that money holds up, by their price: what a budget, `--max-cost` or the account's spending limits do not let through.
///
/// Whoever asks says which prices may go. So money that comes back moves one job and not all of them: every operation takes O(log n) in jobs,
/// and the number of different prices besides.
struct MoneyParking: Sendable {
    private var parked: [Price: Heap<Ready>] = [:]

    var isEmpty: Bool { parked.isEmpty }

    /// The prices held up, each with its best job; those of the best jobs first.
    var heads: [(price: Price, ready: Ready)] {
        parked.compactMap { price, jobs in jobs.min.map { (price: price, ready: $0) } }.sorted { $0.ready < $1.ready }
    }

    mutating func park(_ ready: Ready, price: Price) { parked[price, default: Heap()].insert(ready) }

    /// The best job of a price that may go; nil where there is none.
    mutating func popFirst(where mayGo: (Price) -> Bool) -> JobReference? {
        guard let best = heads.first(where: { mayGo($0.price) }) else { return nil }
        parked[best.price]?.removeMin()
        if parked[best.price]?.isEmpty ?? true { parked[best.price] = nil }
        return best.ready.reference
    }
}

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
