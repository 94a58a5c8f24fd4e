import Foundation
package import Pipeline

/// What one attempt's lines in the ledger come to.
package struct AttemptBalance: Hashable, Sendable {
    /// An amount that nobody knows counts in no sum, and is not forgotten.
    private enum Unknown: Hashable { case reserved, charged }

    package private(set) var reserved = Amounts()
    package private(set) var charged = Amounts()
    package private(set) var refunded = Amounts()
    package private(set) var released = Amounts()
    package private(set) var isEmpty = true
    /// Whether it was ever charged, be it an amount that nobody knows.
    private(set) var isCharged = false
    /// The last word on what it cost is the price list's.
    package private(set) var isEstimated = true
    private var unknown: Unknown?

    package init() {}

    /// Held back and neither charged nor released yet. Kept line by line: the difference of large sums may have more digits than a sum has.
    package private(set) var open = Amounts()
    /// What it cost so far: what was charged less what was refunded.
    package private(set) var cost = Amounts()

    /// It is or may be billed at a price that nobody knows.
    package var isCostUnknown: Bool { unknown == .charged }

    /// It may be billed, at a price that nobody knows.
    package var isReservationUnknown: Bool { unknown == .reserved }

    /// One line a unit, also of a job that cost nothing; none where nothing was charged, or all of it is taken to be refunded.
    package var lines: [CostLine] {
        charged.units.compactMap { unit in
            let amount = cost[unit]
            if amount == 0, isEstimated, refunded[unit] != 0 { return nil }
            return CostLine(money: Money(amount, unit), estimated: isEstimated)
        }
    }

    mutating func add(_ entry: LedgerEntry) {
        isEmpty = false
        switch (entry.kind, entry.amount) {
        case (.reserved, let amount?):
            reserved += amount
            open += amount
        case (.released, let amount?):
            released += amount
            open -= amount
        case (.refunded, let amount?):
            refunded += amount
            cost -= amount
        case (.charged, let amount?):
            charged += amount
            open -= amount
            cost += amount
            if !entry.isEstimated { unknown = nil }
        case (.reserved, nil): unknown = .reserved
        case (.charged, nil): unknown = .charged
        case (.released, nil), (.refunded, nil): unknown = nil
        }
        switch entry.kind {
        case .charged: (isCharged, isEstimated) = (true, entry.isEstimated)
        case .refunded: isEstimated = entry.isEstimated
        case .reserved, .released: break
        }
    }

    /// Takes in the lines that `record`, as it stands now, asks for.
    ///
    /// - Returns: them; none where they are there already.
    package mutating func book(_ record: JobRecord, _ booking: Booking) -> [LedgerEntry] {
        let lines = entries(for: record, booking)
        for line in lines { add(line) }
        return lines
    }

    // MARK: what lines a stage asks for

    /// The lines that bring the ledger from here to what `record` says; none where it says so already.
    func entries(for record: JobRecord, _ booking: Booking) -> [LedgerEntry] {
        var page = Page(balance: self, record: record, booking: booking)
        let price = record.intent.price.money
        switch record.stage {
        case .intended, .held:
            page.takeBack()
            page.reserve(price)
        case .refused: page.release()
        case .accepted, .abandoned: page.charge(price)
        case .ended(_, _, let cost?, _, _): page.settle(cost)
        case .ended where booking.isRefunded: page.refund(price)
        case .ended: page.charge(price)
        }
        return page.entries
    }

    /// Lines being written.
    private struct Page {
        var balance: AttemptBalance
        let record: JobRecord
        let booking: Booking
        var entries: [LedgerEntry] = []

        mutating func write(_ kind: LedgerEntry.Kind, _ amount: Money?, isEstimated: Bool = true) {
            let entry = LedgerEntry(
                key: record.intent.key, account: record.intent.account, job: record.stage.remoteID, kind: kind, amount: amount,
                isEstimated: isEstimated, run: booking.run, at: booking.at)
            balance.add(entry)
            entries.append(entry)
        }

        /// Holds back just `price`: what a new intent asks for may be another amount than the last one.
        mutating func reserve(_ price: Money?) {
            if let price {
                if !balance.isEmpty, balance.unknown == nil, balance.open == Amounts([price]) { return }
            } else if balance.unknown == .reserved {
                return
            }
            release()
            write(.reserved, price)
        }

        /// It was charged for a job that a person named, and is not known to be that job.
        mutating func takeBack() {
            for money in balance.cost.all { write(.refunded, money) }
            if balance.unknown == .charged { write(.refunded, nil) }
        }

        mutating func release() {
            for money in balance.open.all { write(.released, money) }
            if balance.unknown == .reserved { write(.released, nil) }
        }

        /// The provider has it, or may: by its price list.
        mutating func charge(_ price: Money?) {
            guard let price else {
                if balance.isCharged, balance.unknown == .charged || !balance.cost.isZero { return }
                if balance.unknown == nil { write(.reserved, nil) }
                return write(.charged, nil)
            }
            if balance.isCharged, balance.cost == Amounts([price]) { return }
            move(to: price, isEstimated: true)
            release()
        }

        /// The provider said what it cost.
        mutating func settle(_ cost: Money) {
            if balance.isCharged, !balance.isEstimated, balance.unknown == nil, balance.cost == Amounts([cost]) { return }
            for other in balance.cost.all where other.unit != cost.unit { write(.refunded, other, isEstimated: false) }
            move(to: cost, isEstimated: false)
            release()
        }

        /// It was billed when it was taken, and its end is one that is not billed.
        mutating func refund(_ price: Money?) {
            if !balance.isCharged { charge(price) }
            takeBack()
        }

        /// Brings what it cost in `amount`'s unit to `amount`.
        private mutating func move(to amount: Money, isEstimated: Bool) {
            let before = balance.cost[amount.unit]
            guard let more = Self.difference(amount.amount, before) else {
                write(.refunded, Money(before, amount.unit), isEstimated: isEstimated)
                return take(amount, isEstimated: isEstimated)
            }
            if more < 0 { return write(.refunded, Money(-more, amount.unit), isEstimated: isEstimated) }
            take(Money(more, amount.unit), isEstimated: isEstimated)
        }

        /// Charges what is reserved for it, and reserves in the same moment what is lacking.
        private mutating func take(_ amount: Money, isEstimated: Bool) {
            let open = balance.open[amount.unit]
            if let lacking = Self.difference(amount.amount, open) {
                if lacking > 0 { write(.reserved, Money(lacking, amount.unit), isEstimated: isEstimated) }
            } else {
                write(.released, Money(open, amount.unit))
                write(.reserved, amount, isEstimated: isEstimated)
            }
            write(.charged, amount, isEstimated: isEstimated)
        }

        /// Nil where it has more digits than an amount may have: then whole amounts are written instead, which have no more.
        private static func difference(_ a: Decimal, _ b: Decimal) -> Decimal? {
            let difference = a - b
            guard Decimal(exactly: "\(difference)") == difference, b + difference == a else { return nil }
            return difference
        }
    }
}
