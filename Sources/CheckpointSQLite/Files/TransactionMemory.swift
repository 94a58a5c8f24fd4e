import GRDB

/// What a writer remembers of its file from one transaction to the next, so that it need not read it again. Used by the thread that is in a
/// transaction of the connection alone.
protocol TransactionMemory: AnyObject, Sendable {
    /// What SQLite counts up when another connection has committed; nil before the first transaction.
    var version: Int64? { get set }
    /// A transaction begins.
    func begin()
    /// Somebody else has written, or something was rolled back: what is remembered may not be so.
    func forget()
}

extension TransactionMemory {
    /// Forgets what another process has changed since the last transaction, at the beginning of the next.
    func begin(in db: Database) throws {
        let version = try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA data_version"))
        if version == nil || version != self.version { forget() }
        self.version = version
        begin()
    }
}
