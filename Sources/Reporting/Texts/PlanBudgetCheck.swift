import Foundation
package import Pipeline

extension PlanReport {
    /// The plan held against one budget, as a run would.
    package struct BudgetCheck: Sendable, Hashable, Codable {
        package enum Verdict: String, Sendable, Hashable, Codable {
            case within
            case exceeded
            /// Something to be sent has no known price, so it would not be admitted.
            case unknown
        }

        /// Left out: counts every provider.
        package let provider: String?
        package let limit: Money
        /// In earlier runs.
        package let spent: Money
        /// For submissions of unknown fate, which may have been billed.
        package let reserved: Money
        package let reservedJobs: Int
        /// Those of them that wait for a person's decision.
        package let reservedHeld: Int
        /// By what is still to be paid for.
        package let planned: Money
        package let unknownPrices: Int
        package let verdict: Verdict

        private enum CodingKeys: String, CodingKey {
            case provider, limit, spent, reserved, planned, verdict
            case unknownPrices = "unknown_prices"
            case reservedJobs = "reserved_jobs"
            case reservedHeld = "reserved_held"
        }

        init(
            _ budget: Budget, spent: [AccountID: Amounts], reserved: [AccountID: Reservation],
            planned: [AccountID: (cost: Amounts, unknown: Int)]
        ) {
            let unit = budget.limit.unit
            let before = spent.filter { budget.covers($0.key) }.reduce(Decimal(0)) { $0 + $1.value[unit] }
            let held = reserved.filter { budget.covers($0.key) }.values.reduce(into: Reservation()) { $0 += $1 }
            let planned = planned.filter { budget.covers($0.key) }
            let cost = planned.reduce(Decimal(0)) { $0 + $1.value.cost[unit] }
            let unknown = planned.reduce(0) { $0 + $1.value.unknown }
            provider = budget.scope?.name
            limit = budget.limit
            self.spent = Money(before, unit)
            self.reserved = Money(held.sums[unit], unit)
            reservedJobs = held.jobs
            reservedHeld = held.held
            self.planned = Money(cost, unit)
            unknownPrices = unknown
            // What is promised already never stops a run that sends nothing more.
            let isTooMuch = before + held.sums[unit] + cost > budget.limit.amount && (cost > 0 || before > budget.limit.amount)
            verdict = isTooMuch ? .exceeded : unknown > 0 ? .unknown : .within
        }
    }
}
