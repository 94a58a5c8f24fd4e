import GRDB
import Pipeline

/// One account within a transaction, by its number in the file.
struct AccountRow {
    let id: Int64
    let pausedUntil: Timestamp?
    private let longestWindow: Duration

    /// Nil where the account was never used.
    init?(_ account: AccountID, in db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "SELECT id, longest_window_ms, paused_until FROM accounts WHERE provider = ? AND label = ?")
        guard let row = try Row.fetchOne(statement, arguments: .init(stored: [account.provider, account.label])) else { return nil }
        var values = CheckedRow(table: "accounts", values: Array(row.databaseValues))
        id = try values.next()
        longestWindow = .milliseconds(try values.next(Int64.self))
        pausedUntil = try values.nextIfAny(Int64.self).map { Timestamp(milliseconds: $0) }
    }

    /// The account, entered where it is new.
    static func make(_ account: AccountID, in db: Database) throws -> AccountRow {
        if let row = try AccountRow(account, in: db) { return row }
        try db.cachedStatement(sql: "INSERT INTO accounts (provider, label) VALUES (?, ?)").execute(
            arguments: .init(stored: [account.provider, account.label]))
        guard let row = try AccountRow(account, in: db) else { throw DamagedRow("accounts", "\(account) cannot be entered") }
        return row
    }

    /// The longest window that `limits` or any before them ask for; remembered.
    func remember(_ limits: AccountLimits, in db: Database) throws -> Duration {
        let longest = limits.requests.map(\.rate.window).reduce(longestWindow, max)
        if longest > longestWindow {
            try db.cachedStatement(sql: "UPDATE accounts SET longest_window_ms = ? WHERE id = ?")
                .execute(arguments: .init(stored: [longest.wholeMilliseconds, id]))
        }
        return longest
    }

    /// Keeps the later of two pauses.
    func pause(until: Timestamp, in db: Database) throws {
        guard until > pausedUntil ?? .distantPast else { return }
        try db.cachedStatement(sql: "UPDATE accounts SET paused_until = ? WHERE id = ?").execute(
            arguments: .init(stored: [until.milliseconds, id]))
    }
}
