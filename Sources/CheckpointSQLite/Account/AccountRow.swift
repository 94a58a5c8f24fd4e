import GRDB
import Pipeline

/// One account within a transaction, by its number in the file.
struct AccountRow {
    let id: Int64
    let pausedUntil: Timestamp?
    let longestWindow: Duration
    private let account: AccountID

    /// Nil where the account was never used.
    init?(_ account: AccountID, in db: Database) throws {
        var found: (id: Int64, longest: Int64, pause: Int64?)?
        try AccountSchema.accounts.forEach(key: [account.provider, account.label], in: db) { row in
            var row = row
            let id: Int64 = try row.next()
            // Provider and label, which were asked for.
            row.skip()
            row.skip()
            found = (id, try row.next(), try row.nextIfAny())
        }
        guard let found else { return nil }
        self.account = account
        id = found.id
        longestWindow = .milliseconds(found.longest)
        pausedUntil = found.pause.map { Timestamp(milliseconds: $0) }
    }

    /// The account, entered where it is new.
    static func make(_ account: AccountID, in db: Database) throws -> AccountRow {
        if let row = try AccountRow(account, in: db) { return row }
        let last = try Int64.fetchOne(db.cachedStatement(sql: "SELECT MAX(id) FROM accounts")) ?? 0
        try AccountSchema.accounts.write([last + 1, account.provider, account.label, 0, nil], in: db)
        guard let row = try AccountRow(account, in: db) else { throw DamagedRow("accounts", "\(account) cannot be entered") }
        return row
    }

    /// The longest window that `limits` or any before them ask for; remembered.
    func remember(_ limits: AccountLimits, in db: Database) throws -> Duration {
        let longest = limits.requests.map(\.rate.window).reduce(longestWindow, max)
        if longest > longestWindow {
            try write(longest, pausedUntil, in: db)
        }
        return longest
    }

    /// Keeps the later of two pauses.
    func pause(until: Timestamp, in db: Database) throws {
        guard until > pausedUntil ?? .distantPast else { return }
        try write(longestWindow, until, in: db)
    }

    private func write(_ longestWindow: Duration, _ pausedUntil: Timestamp?, in db: Database) throws {
        try AccountSchema.accounts.write(
            [id, account.provider, account.label, longestWindow.wholeMilliseconds, pausedUntil?.milliseconds], in: db)
    }
}
