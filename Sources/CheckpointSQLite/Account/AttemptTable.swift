import Checkpoint
import GRDB
import Pipeline
import Scheduling

/// Which attempts of a sub-job were granted, within a transaction: who asks for one may not know of a later one.
struct AttemptTable {
    let account: Int64
    let db: Database

    private struct Granted {
        let job: String
        let attempt: Int
        let key: String
    }

    func add(_ attempt: LeaseRequest.Slot.Attempt, key: String) throws {
        try AccountSchema.attempts.write([account, attempt.job, attempt.number, key], in: db)
    }

    /// The last attempt that left after `attempt`; nil where none did.
    func later(than attempt: LeaseRequest.Slot.Attempt, isAlive: (LeaseHolder) -> Bool) throws -> RememberedAttempt? {
        let later = try granted(where: "job = ? AND attempt > ?", [attempt.job, attempt.number])
        return try remembered(later, isAlive: isAlive).last
    }

    /// Of all `jobs`, in a few queries however many they are; by job and attempt.
    func all(of jobs: [String], isAlive: (LeaseHolder) -> Bool) throws -> [RememberedAttempt] {
        let granted = try granted(where: "job IN (SELECT value FROM json_each(?))", [StoredJSON.text(of: jobs)])
        return try remembered(granted, isAlive: isAlive)
    }

    private func granted(where condition: String, _ arguments: [any DatabaseValueConvertible]) throws -> [Granted] {
        var granted: [Granted] = []
        try AccountSchema.attempts.forEach(
            where: "account = ? AND " + condition, arguments: [account] + arguments, order: "job, attempt", in: db
        ) { row in
            var row = row
            // The account, which was asked for.
            row.skip()
            granted.append(Granted(job: try row.next(), attempt: try row.next(), key: try row.next()))
        }
        return granted
    }

    private func remembered(_ granted: [Granted], isAlive: (LeaseHolder) -> Bool) throws -> [RememberedAttempt] {
        if granted.isEmpty { return [] }
        let accepted = try accepted(granted.map(\.key))
        let left = UnansweredSubmission.merged(
            try SlotTable(account: account, db: db).all().compactMap { $0.unanswered(isAlive: isAlive) },
            try UnansweredKeys(account: account, db: db).all())
        let unanswered = Dictionary(left.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        return granted.compactMap { attempt in
            let fate: RememberedAttempt.Fate
            if let job = accepted[attempt.key] {
                fate = .accepted(remoteID: job.remoteID, at: job.at)
            } else if let submission = unanswered[attempt.key] {
                fate = .unanswered(since: submission.since, isUnderWay: submission.isUnderWay)
            } else {
                return nil
            }
            return RememberedAttempt(job: attempt.job, attempt: attempt.attempt, key: attempt.key, fate: fate)
        }
    }

    /// By key; one that was accepted more than once counts as the job it became last.
    private func accepted(_ keys: [String]) throws -> [String: (remoteID: String, at: Timestamp)] {
        var jobs: [String: (remoteID: String, at: Timestamp)] = [:]
        try AccountSchema.knownJobs.forEach(
            where: "account = ? AND key IN (SELECT value FROM json_each(?))", arguments: [account, StoredJSON.text(of: keys)],
            order: "at, remote_id DESC", in: db
        ) { row in
            var row = row
            row.skip()
            let remoteID: String = try row.next()
            let key: String = try row.next()
            jobs[key] = (remoteID, Timestamp(milliseconds: try row.next()))
        }
        return jobs
    }
}
