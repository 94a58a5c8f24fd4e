import Checkpoint
import GRDB
import Pipeline
import Scheduling

/// Which attempts of a sub-job were granted, within a transaction: who asks for one may not know of a later one.
struct AttemptTable {
    let account: Int64
    let db: Database

    private static let fates = """
        SELECT attempts.job, attempts.attempt, attempts.key, known_jobs.remote_id, known_jobs.at, unanswered.since
        FROM attempts
        LEFT JOIN known_jobs ON known_jobs.account = attempts.account AND known_jobs.key = attempts.key
        LEFT JOIN unanswered ON unanswered.account = attempts.account AND unanswered.key = attempts.key
        """
    private static let order = "ORDER BY attempts.job, attempts.attempt, known_jobs.at, known_jobs.remote_id DESC"

    func add(_ attempt: LeaseRequest.Slot.Attempt, key: String) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO attempts (account, job, attempt, key) VALUES (?, ?, ?, ?)").execute(
            arguments: .init(stored: [account, attempt.job, attempt.number, key]))
    }

    /// The last attempt that left after `attempt`; nil where none did.
    func later(than attempt: LeaseRequest.Slot.Attempt, isAlive: (LeaseHolder) -> Bool) throws -> RememberedAttempt? {
        let statement = try db.cachedStatement(
            sql: "\(Self.fates) WHERE attempts.account = ? AND attempts.job = ? AND attempts.attempt > ? \(Self.order)")
        let rows = try Row.fetchAll(statement, arguments: .init(stored: [account, attempt.job, attempt.number]))
        return rows.isEmpty ? nil : try remembered(rows, isAlive: isAlive).last
    }

    /// Of all `jobs`, in one query; by job and attempt.
    func all(of jobs: [String], isAlive: (LeaseHolder) -> Bool) throws -> [RememberedAttempt] {
        let statement = try db.cachedStatement(
            sql: "\(Self.fates) WHERE attempts.account = ? AND attempts.job IN (SELECT value FROM json_each(?)) \(Self.order)")
        return try remembered(Row.fetchAll(statement, arguments: .init(stored: [account, StoredJSON.text(of: jobs)])), isAlive: isAlive)
    }

    private func remembered(_ rows: [Row], isAlive: (LeaseHolder) -> Bool) throws -> [RememberedAttempt] {
        if rows.isEmpty { return [] }
        let slots = Dictionary(
            try SlotTable(account: account, db: db).all().compactMap { $0.unanswered(isAlive: isAlive) }.map { ($0.key, $0) },
            uniquingKeysWith: { first, _ in first })
        var attempts: [RememberedAttempt] = []
        for row in rows {
            var values = CheckedRow(table: "attempts", values: Array(row.databaseValues))
            let job: String = try values.next()
            let attempt: Int = try values.next()
            let key: String = try values.next()
            let remoteID: String? = try values.nextIfAny()
            let acceptedAt = try values.nextIfAny(Int64.self).map { Timestamp(milliseconds: $0) }
            let left = try values.nextIfAny(Int64.self).map { Timestamp(milliseconds: $0) }
            let fate: RememberedAttempt.Fate
            if let remoteID, let acceptedAt {
                fate = .accepted(remoteID: remoteID, at: acceptedAt)
            } else if let since = [slots[key]?.since, left].compactMap(\.self).min() {
                fate = .unanswered(since: since, isUnderWay: slots[key]?.isUnderWay ?? false)
            } else {
                continue
            }
            // A key that was accepted more than once counts as the job it became last.
            if attempts.last?.key == key { attempts.removeLast() }
            attempts.append(RememberedAttempt(job: job, attempt: attempt, key: key, fate: fate))
        }
        return attempts
    }
}
