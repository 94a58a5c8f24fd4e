package import Checkpoint
import Foundation
package import Pipeline

/// Exact sums by unit that remember whether any part of them is an estimate, what has no known price, and what is only reserved.
package struct CostSum: Sendable {
    private var sums: [String: (amount: Decimal, estimated: Bool)] = [:]
    /// Jobs that are or may be billed at a price that nobody knows; none of those that are only reserved.
    package private(set) var unknownPrices = 0
    /// What submissions of unknown fate may have cost.
    package private(set) var reserved = Reservation()

    /// What recorded submissions cost, or will.
    ///
    /// - Parameter refunded: the ends that each account does not bill.
    package init(of records: some Sequence<JobRecord>, refunded: [AccountID: Set<JobOutcome>]) {
        for record in records { add(record, refunded: refunded[record.intent.account] ?? []) }
    }

    private mutating func add(_ record: JobRecord, refunded: Set<JobOutcome>) {
        if let charge = record.charge(refunded: refunded) {
            let before = sums[charge.money.unit] ?? (0, false)
            sums[charge.money.unit] = (before.amount + charge.money.amount, before.estimated || charge.estimated)
            return
        }
        switch record.stage {
        case .intended: reserved.add(record.intent.price, isHeld: false)
        case .held: reserved.add(record.intent.price, isHeld: true)
        case .refused: break
        case .accepted, .abandoned: unknownPrices += 1
        case .ended(_, let outcome, _, _, _): if !refunded.contains(outcome) { unknownPrices += 1 }
        }
    }

    /// One line a unit, by unit.
    package var lines: [CostLine] {
        sums.sorted { $0.key < $1.key }.map { CostLine(money: Money($0.value.amount, $0.key), estimated: $0.value.estimated) }
    }

    /// The same without what is an estimate and what is not.
    package var amounts: Amounts { lines.reduce(into: Amounts()) { $0 += $1.money } }
}

extension CostSum {
    /// What recorded submissions cost, or will, account by account.
    package static func byAccount(
        _ records: some Sequence<JobRecord>, refunded: [AccountID: Set<JobOutcome>]
    ) -> [AccountID: CostSum] {
        records.reduce(into: [:]) { sums, record in
            let account = record.intent.account
            sums[account, default: CostSum()].add(record, refunded: refunded[account] ?? [])
        }
    }

    private init() {}
}
