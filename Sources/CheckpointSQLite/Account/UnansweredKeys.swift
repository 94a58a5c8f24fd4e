import Checkpoint
import GRDB
import Pipeline
import Scheduling

/// The keys under which a request left whose slot's time is over without a reply, within a transaction: nothing is sent under them again
/// before it is known what became of it.
struct UnansweredKeys {
    let account: Int64
    let db: Database

    /// When the request left, at the earliest; nil where none did.
    subscript(key: String) -> UnansweredSubmission? {
        get throws {
            var submission: UnansweredSubmission?
            try AccountSchema.unanswered.forEach(key: [account, key], in: db) { submission = try Self.submission($0) }
            return submission
        }
    }

    func all() throws -> [UnansweredSubmission] {
        var submissions: [UnansweredSubmission] = []
        try AccountSchema.unanswered.forEach(where: "account = ?", arguments: [account], in: db) {
            submissions.append(try Self.submission($0))
        }
        return submissions
    }

    /// Whatever was known of the key before stays.
    func add(_ submission: UnansweredSubmission) throws {
        guard try self[submission.key] == nil else { return }
        try AccountSchema.unanswered.write(
            [
                account, submission.key, submission.campaign, submission.fingerprint?.operation.rawValue, submission.fingerprint?.prompt,
                submission.since.milliseconds,
            ], in: db)
    }

    /// It is known what became of it.
    func remove(_ key: String) throws {
        try db.cachedStatement(sql: "DELETE FROM unanswered WHERE account = ? AND key = ?").execute(
            arguments: .init(stored: [account, key]))
    }

    private static func submission(_ row: CheckedRow) throws -> UnansweredSubmission {
        var values = row
        // The account, which was asked for.
        values.skip()
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
