import Foundation
package import Pipeline

/// What submissions came to by the ledger: the one place that sums, for reports, budgets and runs.
///
/// Sums are exact, by unit, and remember whether any part of them is an estimate, what has no known price, and what is only reserved.
package struct CostSum: Sendable {
    private var sums: [String: (amount: Decimal, estimated: Bool)] = [:]
    /// Jobs that are or may be billed at a price that nobody knows; none of those that are only reserved.
    package private(set) var unknownPrices = 0
    /// What submissions of unknown fate may have cost.
    package private(set) var reserved = Reservation()

    package init() {}

    package init(of records: some Sequence<JobRecord>, in ledger: Ledger) {
        for record in records { add(record, ledger[record.intent.key]) }
    }

    /// The same account by account.
    package static func byAccount(_ records: some Sequence<JobRecord>, in ledger: Ledger) -> [AccountID: CostSum] {
        records.reduce(into: [:]) { sums, record in
            sums[record.intent.account, default: CostSum()].add(record, ledger[record.intent.key])
        }
    }

    private mutating func add(_ record: JobRecord, _ balance: AttemptBalance) {
        for line in balance.lines {
            let before = sums[line.money.unit] ?? (0, false)
            sums[line.money.unit] = (before.amount + line.money.amount, before.estimated || line.estimated)
        }
        if balance.isCostUnknown { unknownPrices += 1 }
        guard record.stage.isOpen else { return }
        reserved.add(balance.open, isUnknown: balance.isReservationUnknown, isHeld: record.stage.isHeld)
    }

    /// One line a unit, by unit.
    package var lines: [CostLine] {
        sums.sorted { $0.key < $1.key }.map { CostLine(money: Money($0.value.amount, $0.key), estimated: $0.value.estimated) }
    }

    /// The same without what is an estimate and what is not.
    package var amounts: Amounts { Amounts(lines.map(\.money)) }
}

extension JobStage {
    /// Whether it waits for a person to decide.
    package var isHeld: Bool { if case .held = self { true } else { false } }
}
