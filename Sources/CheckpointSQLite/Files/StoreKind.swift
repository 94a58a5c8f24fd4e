import GRDB

/// What tells one kind of store file from another, and from files that are none of ours.
struct StoreKind: Sendable {
    /// In the file's header, where `file(1)` and SQLite look for it.
    let applicationID: Int32
    /// For people: `campaign state`.
    let noun: String
    /// The version of the schema that this program writes; in the header as `user_version`.
    let version: Int
    /// From nothing to `version`. The last migration leaves `user_version` at `version`.
    let migrator: DatabaseMigrator
    /// Those of its tables whose rows are all checked when it is opened.
    var checkedWhole: [CheckedTable] = []
    /// What losing it means, for the advice on a damaged one.
    let loss: String
}

extension StoreKind {
    /// Gives `body` a file in this version: `db` itself, or where that is older, a copy in memory that is brought up to date.
    func upToDate<Result>(_ db: Database, _ body: (Database) throws -> Result) throws -> Result {
        guard try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0 < version else { return try body(db) }
        let copy = try DatabaseQueue()
        try copy.inDatabase { try db.backup(to: $0) }
        try migrator.migrate(copy)
        return try copy.inDatabase(body)
    }
}
