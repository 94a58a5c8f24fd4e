/// Money that may have been billed: the prices of submissions whose fate is unknown. Every budget counts it until each is settled, and
/// nobody calls it spent.
package struct Reservation: Sendable, Hashable {
    package private(set) var sums = Amounts()
    package private(set) var jobs = 0
    /// Of them, those that wait for a person's decision; the next run asks about the others.
    package private(set) var held = 0
    /// Of them, those whose price nobody knows.
    package private(set) var unknownPrices = 0

    package init() {}

    /// Adds one submission.
    package mutating func add(_ amounts: Amounts, isUnknown: Bool, isHeld: Bool) {
        jobs += 1
        if isHeld { held += 1 }
        for money in amounts.all { sums += money }
        if isUnknown { unknownPrices += 1 }
    }

    package static func += (sum: inout Reservation, other: Reservation) {
        for money in other.sums.all { sum.sums += money }
        sum.jobs += other.jobs
        sum.held += other.held
        sum.unknownPrices += other.unknownPrices
    }

    package var isEmpty: Bool { jobs == 0 }

    /// One line a unit; the plan's prices, so all of them are estimated.
    package var lines: [CostLine] { sums.all.map { CostLine(money: $0, estimated: true) } }
}
