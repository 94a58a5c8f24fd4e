import Foundation
package import Pipeline

/// What may still be promised: every price is reserved before its submission and settled after its end, so reserved plus spent never passes a budget.
package struct BudgetLedger: Sendable {
    private let budgets: [Budget]
    private let maxCost: [Money]
    private var spent: [AccountID: Amounts]
    private var reserved: [AccountID: Amounts] = [:]
    private var thisRun = Amounts()

    package init(budgets: [Budget], maxCost: [Money], spent: [AccountID: Amounts]) {
        self.budgets = budgets
        self.maxCost = maxCost
        self.spent = spent
    }

    /// Why something may not be promised.
    package struct Refusal: Equatable {
        /// What stands in the way; one reason of each kind is told at the end.
        package enum Kind: Hashable {
            case unknownPrice
            case budget(Int)
            case maxCost
            case spend

            /// The same without saying which.
            package var obstacle: MoneyObstacle {
                switch self {
                case .unknownPrice: .unknownPrice
                case .budget: .budget
                case .maxCost: .maxCost
                case .spend: .spendLimit
                }
            }
        }

        package let kind: Kind
        package let reason: String
    }

    /// Nil where `price` at `account` may be promised now, else why not.
    ///
    /// - Parameter spend: the account's own limits; how much of them is left only the account store knows, but what can never fit is refused
    ///   here.
    package func refusal(of price: Price, account: AccountID, spend: [SpendLimit] = []) -> Refusal? {
        let applying = budgets.enumerated().filter { $0.element.covers(account) }
        guard let money = price.money else {
            let names = [applying.isEmpty ? nil : "a budget", maxCost.isEmpty ? nil : "--max-cost", spend.isEmpty ? nil : "`limits.spend`"]
            let named = names.compactMap(\.self)
            guard !named.isEmpty else { return nil }
            return Refusal(
                kind: .unknownPrice,
                reason:
                    "its price is unknown, so \(named.joined(separator: " or ")) cannot cover it; set the price under \(Self.prices(of: account))"
            )
        }
        if money.amount == 0 { return nil }
        for (position, budget) in applying {
            if let reason = refusal(of: money, by: budget) { return Refusal(kind: .budget(position), reason: reason) }
        }
        if let reason = refusalByMaxCost(of: money) { return Refusal(kind: .maxCost, reason: reason) }
        return Self.refusal(of: money, spend: spend).map { Refusal(kind: .spend, reason: $0) }
    }

    private func refusal(of money: Money, by budget: Budget) -> String? {
        guard budget.limit.unit == money.unit else {
            return "the budget is in \(budget.limit.unit) and the price in \(money.unit); set a budget in \(money.unit)"
        }
        let promised = total(unit: money.unit, of: budget)
        guard promised + money.amount > budget.limit.amount else { return nil }
        return "budget of \(budget.limit): \(Money(promised, money.unit)) spent or reserved, \(money) more needed; raise `budget`"
    }

    private func refusalByMaxCost(of money: Money) -> String? {
        guard !maxCost.isEmpty else { return nil }
        guard let limit = maxCost.first(where: { $0.unit == money.unit }) else { return "--max-cost gives no amount in \(money.unit)" }
        guard thisRun[money.unit] + money.amount > limit.amount else { return nil }
        return "--max-cost \(limit): \(Money(thisRun[money.unit], money.unit)) spent or reserved in this run, \(money) more needed"
    }

    private static func refusal(of money: Money, spend: [SpendLimit]) -> String? {
        guard !spend.isEmpty else { return nil }
        let applying = spend.filter { $0.amount.unit == money.unit }
        if applying.isEmpty {
            return "`limits.spend` gives no amount in \(money.unit), in which the price is; add one"
        }
        guard let small = applying.first(where: { money.amount > $0.amount.amount }) else { return nil }
        return "one job costs \(money), more than `limits.spend` of \(small) ever allows; raise it"
    }

    /// `inThisRun`: it counts towards `--max-cost` too; what an earlier run submitted does not.
    package mutating func reserve(_ money: Money, account: AccountID, inThisRun: Bool) {
        reserved[account, default: Amounts()] += money
        if inThisRun { thisRun += money }
    }

    /// The reservation is over; `charged` is what it came to (nil: nothing).
    mutating func settle(_ money: Money, charged: Money?, account: AccountID, inThisRun: Bool) {
        reserved[account, default: Amounts()] -= money
        if inThisRun { thisRun -= money }
        if let charged {
            spent[account, default: Amounts()] += charged
            if inThisRun { thisRun += charged }
        }
    }

    /// Where an account's prices are set. Names of the campaign are not known here: an account with a label is named by it.
    private static func prices(of account: AccountID) -> String {
        let isOnlyOne = [AccountID.defaultLabel, AccountID.sandboxLabel].contains(account.label)
        return isOnlyOne ? "`providers.\(account.provider).prices`" : "`prices` of the provider that has the account \(account)"
    }

    private func total(unit: String, of budget: Budget) -> Decimal {
        func sum(_ amounts: [AccountID: Amounts]) -> Decimal {
            amounts.reduce(0) { budget.covers($1.key) ? $0 + $1.value[unit] : $0 }
        }
        return sum(spent) + sum(reserved)
    }
}
