import Checkpoint
import GRDB
import Pipeline
import Scheduling

/// The keys under which a request left whose slot's time is over without a reply, within a transaction: nothing is sent under them again
/// before it is known what became of it.
struct UnansweredKeys {
    let account: Int64
    let db: Database

    private static let columns = "key, campaign, operation, prompt, since"

    /// When the request left, at the earliest; nil where none did.
    subscript(key: String) -> UnansweredSubmission? {
        get throws {
            let statement = try db.cachedStatement(sql: "SELECT \(Self.columns) FROM unanswered WHERE account = ? AND key = ?")
            return try Row.fetchOne(statement, arguments: .init(stored: [account, key])).map(Self.submission)
        }
    }

    func all() throws -> [UnansweredSubmission] {
        let statement = try db.cachedStatement(sql: "SELECT \(Self.columns) FROM unanswered WHERE account = ?")
        return try Row.fetchAll(statement, arguments: .init(stored: [account])).map(Self.submission)
    }

    func add(_ submission: UnansweredSubmission) throws {
        try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO unanswered (account, \(Self.columns)) VALUES (?, ?, ?, ?, ?, ?)"
        ).execute(
            arguments: .init(stored: [
                account, submission.key, submission.campaign, submission.fingerprint?.operation.rawValue, submission.fingerprint?.prompt,
                submission.since.milliseconds,
            ]))
    }

    /// It is known what became of it.
    func remove(_ key: String) throws {
        try db.cachedStatement(sql: "DELETE FROM unanswered WHERE account = ? AND key = ?").execute(
            arguments: .init(stored: [account, key]))
    }

    private static func submission(_ row: Row) throws -> UnansweredSubmission {
        var values = CheckedRow(table: "unanswered", values: Array(row.databaseValues))
        let key: String = try values.next()
        let campaign: String? = try values.nextIfAny()
        let operation: String? = try values.nextIfAny()
        let prompt: String? = try values.nextIfAny()
        let fingerprint = try operation.map { name in
            guard let operation = Operation(rawValue: name) else { throw DamagedRow("unanswered", "unknown operation \(name)") }
            return SubmissionFingerprint(operation: operation, prompt: prompt)
        }
        return UnansweredSubmission(
            key: key, campaign: campaign, fingerprint: fingerprint, since: Timestamp(milliseconds: try values.next()), isUnderWay: false)
    }
}
