import Foundation
import Pipeline

/// What may still be promised: every price is reserved before its submission and settled after its end, so reserved plus spent never passes a budget.
struct BudgetLedger: Sendable {
    private let budgets: [Budget]
    private let maxCost: [Money]
    private var spent: [String: Amounts]
    private var reserved: [String: Amounts] = [:]
    private var thisRun = Amounts()

    init(budgets: [Budget], maxCost: [Money], spent: [String: Amounts]) {
        self.budgets = budgets
        self.maxCost = maxCost
        self.spent = spent
    }

    /// Nil where `price` at `provider` may be promised now, else why not.
    func refusal(of price: Price, provider: String) -> String? {
        let applying = budgets.filter { $0.provider == nil || $0.provider == provider }
        guard let money = price.money else {
            guard !applying.isEmpty || !maxCost.isEmpty else { return nil }
            return "its price is unknown, so a budget cannot cover it; set the price under `providers.\(provider).prices`"
        }
        if money.amount == 0 { return nil }
        for budget in applying {
            guard budget.limit.unit == money.unit else {
                return "the budget is in \(budget.limit.unit) and the price in \(money.unit); set a budget in \(money.unit)"
            }
            let promised = total(unit: money.unit, provider: budget.provider)
            if promised + money.amount > budget.limit.amount {
                return "budget of \(budget.limit): \(Money(promised, money.unit)) spent or reserved, \(money) more needed; raise `budget`"
            }
        }
        if !maxCost.isEmpty {
            guard let limit = maxCost.first(where: { $0.unit == money.unit }) else {
                return "--max-cost gives no amount in \(money.unit)"
            }
            if thisRun[money.unit] + money.amount > limit.amount {
                return "--max-cost \(limit): \(Money(thisRun[money.unit], money.unit)) spent or reserved in this run, \(money) more needed"
            }
        }
        return nil
    }

    /// `inThisRun`: it counts towards `--max-cost` too; what an earlier run submitted does not.
    mutating func reserve(_ money: Money, provider: String, inThisRun: Bool) {
        reserved[provider, default: Amounts()] += money
        if inThisRun { thisRun += money }
    }

    /// The reservation is over; `charged` is what it came to (nil: nothing).
    mutating func settle(_ money: Money, charged: Money?, provider: String, inThisRun: Bool) {
        reserved[provider, default: Amounts()] -= money
        if inThisRun { thisRun -= money }
        if let charged {
            spent[provider, default: Amounts()] += charged
            if inThisRun { thisRun += charged }
        }
    }

    private func total(unit: String, provider: String?) -> Decimal {
        if let provider { return (spent[provider] ?? Amounts())[unit] + (reserved[provider] ?? Amounts())[unit] }
        return spent.values.reduce(0) { $0 + $1[unit] } + reserved.values.reduce(0) { $0 + $1[unit] }
    }
}
