import Checkpoint
import Foundation
import GRDB
import Pipeline
import Scheduling

/// The money that counts towards an account's spending limits, within a transaction.
struct SpendCount {
    let account: Int64
    let db: Database

    /// - Parameter without: keys whose last count does not matter: what a wish takes over, what a dead run never used.
    func spending(wish: Money?, without keys: [String], limits: AccountLimits, now: Timestamp) throws -> [AccountUsage.Spending] {
        guard !limits.spend.isEmpty else { return [] }
        let left = Set(try keys.compactMap { try last(of: $0) })
        return try limits.spend.map { limit in
            let first = limit.firstCounted(at: now, limits: limits)
            let spent = try sum(of: limit.amount.unit, since: first, without: left)
            return try limit.spending(spent: spent, wish: wish, limits: limits, now: now) {
                try pieces(of: limit.amount.unit, since: first, without: left)
            }
        }
    }

    private func sum(of unit: String, since first: Timestamp, without left: Set<Int64>) throws -> Decimal {
        guard left.isEmpty else { return try pieces(of: unit, since: first, without: left).reduce(0) { $0 + $1.money.amount } }
        // Grouped, because SQLite adds in floating point: there are few different prices.
        let statement = try db.cachedStatement(
            sql: "SELECT amount, COUNT(*) FROM spends WHERE account = ? AND unit = ? AND at >= ? GROUP BY amount")
        return try Row.fetchAll(statement, arguments: .init(stored: [account, unit, first.milliseconds])).reduce(0) { sum, row in
            var values = CheckedRow(table: "spends", values: Array(row.databaseValues))
            return try sum + amount(&values) * Decimal(values.next(Int.self))
        }
    }

    /// The oldest first.
    private func pieces(of unit: String, since first: Timestamp, without left: Set<Int64>) throws -> [CountedMoney] {
        let statement = try db.cachedStatement(
            sql: "SELECT id, amount, at FROM spends WHERE account = ? AND unit = ? AND at >= ? ORDER BY at, id")
        return try Row.fetchAll(statement, arguments: .init(stored: [account, unit, first.milliseconds])).compactMap { row in
            var values = CheckedRow(table: "spends", values: Array(row.databaseValues))
            if left.contains(try values.next()) { return nil }
            return CountedMoney(money: Money(try amount(&values), unit), at: Timestamp(milliseconds: try values.next()))
        }
    }

    private func amount(_ values: inout CheckedRow) throws -> Decimal {
        let text: String = try values.next()
        guard let amount = Decimal(exactly: text[...]) else { throw DamagedRow("spends", "\(text) is not an amount") }
        return amount
    }

    /// The row that was counted last for `key`.
    private func last(of key: String) throws -> Int64? {
        return try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT MAX(id) FROM spends WHERE account = ? AND key = ?"),
            arguments: .init(stored: [account, key]))
    }

    func isCounted(_ key: String) throws -> Bool { try last(of: key) != nil }

    /// An unknown price counts nothing in no unit; its place in time is kept for the charge.
    func count(_ price: Money?, for key: String, now: Timestamp) throws {
        try AccountSchema.spends.insert([account, key, price?.amountText ?? "0", price?.unit ?? "", now.milliseconds], in: db)
    }

    /// Takes back what was counted last for `key`.
    func uncount(_ key: String) throws {
        guard let row = try last(of: key) else { return }
        try db.cachedStatement(sql: "DELETE FROM spends WHERE id = ?").execute(arguments: .init(stored: [row]))
    }

    /// Counts `charged` instead of what was counted last for `key`.
    func settle(_ key: String, _ charged: Money) throws {
        guard let row = try last(of: key) else { return }
        try AccountSchema.spends.set(
            ["amount": charged.amountText, "unit": charged.unit], where: "id = ?", arguments: [row], in: db)
    }

    /// Brings back to `now` what only a clock set back since can have put ahead of it.
    func correctTimes(now: Timestamp) throws {
        try AccountSchema.spends.set(
            ["at": now.milliseconds], where: "account = ? AND at > ?",
            arguments: [account, (now + AccountRules.clockSkew).milliseconds], in: db)
    }

    func prune(now: Timestamp, limits: AccountLimits) throws {
        try db.cachedStatement(sql: "DELETE FROM spends WHERE account = ? AND at <= ?")
            .execute(arguments: .init(stored: [account, (now - AccountRules.spendMemory(limits)).milliseconds]))
    }

    /// What counts since `first` and is known, the oldest first.
    func recent(since first: Timestamp) throws -> [AccountSnapshot.Spent] {
        let statement = try db.cachedStatement(
            sql: "SELECT key, unit, amount, at FROM spends WHERE account = ? AND unit <> '' AND at >= ? ORDER BY at, id")
        return try Row.fetchAll(statement, arguments: .init(stored: [account, first.milliseconds])).map { row in
            var values = CheckedRow(table: "spends", values: Array(row.databaseValues))
            let key: String = try values.next()
            let unit: String = try values.next()
            let money = Money(try amount(&values), unit)
            return AccountSnapshot.Spent(key: key, counted: CountedMoney(money: money, at: Timestamp(milliseconds: try values.next())))
        }
    }
}
