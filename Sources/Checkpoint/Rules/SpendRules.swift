package import Foundation
package import Pipeline
package import Scheduling

/// Money that counts towards an account's spending limits from a moment on: reserved with the lease, settled with the job's end.
package struct CountedMoney: Hashable, Sendable {
    package let money: Money
    package let at: Timestamp

    package init(money: Money, at: Timestamp) {
        self.money = money
        self.at = at
    }
}

extension SpendLimit {
    /// The first moment that counts in the stretch that holds `now`.
    package func firstCounted(at now: Timestamp, limits: AccountLimits) -> Timestamp {
        switch period {
        case .day: CalendarDay(of: now, limits: limits).start
        case .rolling(let window): now - window + .milliseconds(1)
        }
    }

    /// How much of the limit is used up at `now`.
    ///
    /// - Parameters:
    ///   - spent: the sum of what counts since `firstCounted`, in the limit's unit.
    ///   - wish: what is to be spent beside it.
    ///   - counted: that money piece by piece, the oldest first; asked for only where the wish does not fit.
    package func spending(
        spent: Decimal, wish: Money?, limits: AccountLimits, now: Timestamp, counted: () throws -> [CountedMoney]
    ) rethrows -> AccountUsage.Spending {
        guard let wish, wish.unit == amount.unit, spent + wish.amount > amount.amount else {
            return AccountUsage.Spending(spent: spent, freeAt: nil)
        }
        switch period {
        case .day: return AccountUsage.Spending(spent: spent, freeAt: CalendarDay(of: now, limits: limits).end)
        case .rolling(let window):
            var left = spent
            for piece in try counted() {
                left -= piece.money.amount
                if left + wish.amount <= amount.amount {
                    return AccountUsage.Spending(spent: spent, freeAt: AccountRules.freeAt(oldest: piece.at, window: window, now: now))
                }
            }
            return AccountUsage.Spending(spent: spent, freeAt: now + window)
        }
    }
}
