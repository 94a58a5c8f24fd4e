import Checkpoint
import GRDB
import Pipeline

/// The keys under which a request left whose slot's time is over without a reply, within a transaction: nothing is sent under them again
/// before it is known what became of it.
struct UnansweredKeys {
    let account: Int64
    let db: Database

    /// When the request left, at the earliest; nil where none did.
    subscript(key: String) -> Timestamp? {
        get throws {
            let statement = try db.cachedStatement(sql: "SELECT since FROM unanswered WHERE account = ? AND key = ?")
            return try Int64.fetchOne(statement, arguments: .init(stored: [account, key])).map { Timestamp(milliseconds: $0) }
        }
    }

    func add(_ key: String, since: Timestamp) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO unanswered (account, key, since) VALUES (?, ?, ?)")
            .execute(arguments: .init(stored: [account, key, since.milliseconds]))
    }

    /// It is known what became of it.
    func remove(_ key: String) throws {
        try db.cachedStatement(sql: "DELETE FROM unanswered WHERE account = ? AND key = ?").execute(
            arguments: .init(stored: [account, key]))
    }
}
