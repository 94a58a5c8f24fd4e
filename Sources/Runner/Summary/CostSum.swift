package import Checkpoint
import Foundation
package import Pipeline

/// Exact sums by unit that remember whether any part of them is an estimate.
package struct CostSum: Sendable {
    private var sums: [String: (amount: Decimal, estimated: Bool)] = [:]

    /// What recorded submissions cost, or will.
    ///
    /// - Parameter refunded: the ends that each account does not bill.
    package init(of records: some Sequence<JobRecord>, refunded: [AccountID: Set<JobOutcome>]) {
        for record in records {
            guard let charge = record.charge(refunded: refunded[record.intent.account] ?? []) else { continue }
            let before = sums[charge.money.unit] ?? (0, false)
            sums[charge.money.unit] = (before.amount + charge.money.amount, before.estimated || charge.estimated)
        }
    }

    /// One line a unit, by unit.
    package var lines: [CostLine] {
        sums.sorted { $0.key < $1.key }.map { CostLine(money: Money($0.value.amount, $0.key), estimated: $0.value.estimated) }
    }
}
