package import Checkpoint
import Foundation
import GRDB
package import Pipeline
package import Scheduling

/// The accounts' memory in one SQLite file (`FLOWBATCH_HOME/accounts.sqlite`), shared by all runs of a user.
///
/// Every operation is one transaction that excludes other writers, so what two processes are granted together never exceeds a limit.
package final class SQLiteAccountStore: AccountStore {
    private let connection: StoreConnection
    private let isAlive: @Sendable (LeaseHolder) -> Bool
    private let memory: AccountRecollection

    /// Opens the state at `path` for a run; makes file and folder where they are missing.
    ///
    /// - Parameter isAlive: whether a holder's run still lives (`RunLiveness`).
    /// - Throws: `.damaged`, `.newerVersion`, `.cannotWrite`; nothing is changed then.
    package init(path: String, isAlive: @escaping @Sendable (LeaseHolder) -> Bool) throws(CheckpointError) {
        memory = AccountRecollection()
        connection = try StoreConnection(writing: StoreFile(path, AccountSchema.kind), memory: memory)
        self.isAlive = isAlive
    }

    /// Opens the state at `path` only to look at it, without making or changing anything; nil where there is none.
    ///
    /// - Throws: `.damaged`, `.newerVersion`, `.cannotWrite`.
    package init?(readingPath path: String, isAlive: @escaping @Sendable (LeaseHolder) -> Bool) throws(CheckpointError) {
        guard let connection = try StoreConnection(reading: StoreFile(path, AccountSchema.kind)) else { return nil }
        self.connection = connection
        memory = AccountRecollection()
        self.isAlive = isAlive
    }

    /// The store in the time of a process that has `host`'s: what it takes and gives is that process's time, what is on record follows the
    /// accounts' clock. A writer puts that clock on record where this is the first process of a boot.
    ///
    /// - Throws: `.cannotWrite`, `.damaged`.
    package func following(_ host: HostTime) throws(CheckpointError) -> ClockedAccountStore {
        let clock: AccountClock
        if connection.isWriter {
            clock = try connection.write { db in
                memory.forget()
                return try ClockRow(db: db).clock(of: host, keeping: true)
            }
        } else {
            clock = try connection.read { try ClockRow(db: $0).clock(of: host, keeping: false) }
        }
        return ClockedAccountStore(self, lead: clock.lead(at: host))
    }

    private init(_ connection: StoreConnection, memory: AccountRecollection, isAlive: @escaping @Sendable (LeaseHolder) -> Bool) {
        self.connection = connection
        self.memory = memory
        self.isAlive = isAlive
    }

    package func together(_ body: (any AccountStore) -> Void) throws(CheckpointError) {
        try connection.together { body(SQLiteAccountStore($0, memory: memory, isAlive: isAlive)) }
    }

    package func lease(
        _ request: LeaseRequest, limits: AccountLimits, holder: LeaseHolder, finished: [SendTicket: Timestamp], now: Timestamp
    ) throws(CheckpointError) -> LeaseReply {
        try connection.write { db in
            let ledger = AccountLedger(account: try row(request.account, db), db: db, memory: memory) { [memory, isAlive] in
                $0 == holder || memory.isAlive($0, isAlive)
            }
            try ledger.log.finish(finished)
            return try ledger.lease(request, limits: limits, holder: holder, now: now)
        }
    }

    package func finish(_ sends: [SendTicket: Timestamp], account: AccountID) throws(CheckpointError) {
        try connection.write { db in try ledger(account, db).log.finish(sends) }
    }

    package func markSending(
        _ key: String, account: AccountID, by holder: LeaseHolder, expiresAt: Timestamp
    ) throws(CheckpointError) {
        try connection.write { db in
            let ledger = try ledger(account, db)
            let slots = ledger.slots
            guard let slot = try slots[key], slot.mayLeave(for: holder), try ledger.job(of: key) == nil else {
                throw CheckpointError.missingSlot(key, account: account)
            }
            try slots.write(slot.sending(expiresAt: expiresAt))
        }
    }

    package func markRunning(
        _ key: String, account: AccountID, remoteID: String?, images: Int, price: Money?, holder: LeaseHolder, now: Timestamp,
        expiresAt: Timestamp
    ) throws(CheckpointError) {
        try connection.write { db in
            try ledger(account, db).run(
                key, remoteID: remoteID, images: images, price: price, holder: holder, now: now, expiresAt: expiresAt)
        }
    }

    package func disown(_ remoteID: String, of key: String, account: AccountID, since: Timestamp) throws(CheckpointError) {
        try connection.write { db in try ledger(account, db).disown(remoteID, of: key, since: since) }
    }

    package func release(
        _ key: String, account: AccountID, by holder: LeaseHolder, returnImages: Bool, charged: Money?, took: ObservedDuration?
    ) throws(CheckpointError) {
        try connection.write { db in
            let ledger = try ledger(account, db)
            guard try ledger.slots[key]?.mayBeFreed(by: holder, isAlive: isAlive) ?? true else { return }
            try ledger.release(key, returnImages: returnImages, charged: charged)
            if let took { try ledger.durations.learn(took) }
        }
    }

    package func pause(_ account: AccountID, until: Timestamp) throws(CheckpointError) {
        try connection.write { db in
            try ledger(account, db).account.pause(until: until, in: db)
            memory.rows[account] = nil
        }
    }

    package func meter(
        _ reading: RateReading, account: AccountID, limits: AccountLimits, asked: Timestamp, now: Timestamp
    ) throws(CheckpointError) -> RateStanding? {
        guard let metered = MeteredLimit(reading, limits: limits, now: now) else { return nil }
        return try connection.write { db in
            let log = try ledger(account, db).log
            try log.closeAbandoned(now: now, isAlive: isAlive)
            try log.correctTimes(now: now)
            if let time = metered.forgottenBefore { try log.forget(metered.limit, endedBefore: time) }
            let others = metered.others(beside: try log.window(of: metered.limit, now: min(asked, now)).sent)
            try log.add(others, metered.call, endedAt: metered.countedAt)
            return metered.standing(sent: try log.window(of: metered.limit, now: now).sent, others: others)
        }
    }

    package func upload(of sha256: String, account: AccountID) throws(CheckpointError) -> String? {
        try connection.readInTurn { db in
            guard let account = try AccountRow(account, in: db) else { return nil }
            var reference: String?
            try AccountSchema.uploads.forEach(key: [account.id, sha256], in: db) { row in
                var row = row
                // Account and content, which were asked for.
                row.skip()
                row.skip()
                reference = try row.next()
            }
            return reference
        }
    }

    package func uploads(of sha256s: Set<String>, account: AccountID) throws(CheckpointError) -> [String: String] {
        if sha256s.isEmpty { return [:] }
        return try connection.read { db in
            guard let account = try AccountRow(account, in: db) else { return [:] }
            return try Self.uploads(of: sha256s, account, in: db)
        }
    }

    static func uploads(of sha256s: Set<String>, _ account: AccountRow, in db: Database) throws -> [String: String] {
        var references: [String: String] = [:]
        let wanted = try StoredJSON.text(of: sha256s.sorted())
        try AccountSchema.uploads.forEach(
            where: "account = ? AND sha256 IN (SELECT value FROM json_each(?))", arguments: [account.id, wanted], in: db
        ) { row in
            var row = row
            // The account, which was asked for.
            row.skip()
            let sha256: String = try row.next()
            references[sha256] = try row.next(String.self)
        }
        return references
    }

    package func recordUpload(of sha256: String, account: AccountID, reference: String, now: Timestamp) throws(CheckpointError) {
        try connection.write { db in
            try AccountSchema.uploads.write([ledger(account, db).account.id, sha256, reference, now.milliseconds], in: db)
        }
    }

    package func forgetUpload(of sha256: String, account: AccountID) throws(CheckpointError) {
        try connection.write { db in
            try db.cachedStatement(sql: "DELETE FROM uploads WHERE account = ? AND sha256 = ?")
                .execute(arguments: .init(stored: [ledger(account, db).account.id, sha256]))
        }
    }

    package func explainedJobs(among ids: [String], account: AccountID) throws(CheckpointError) -> Set<String> {
        try connection.read { db in
            guard let account = try AccountRow(account, in: db) else { return [] }
            let ledger = AccountLedger(account: account, db: db, isAlive: isAlive)
            return Set(try ids.filter { try ledger.isKnown($0) })
        }
    }

    package func unanswered(of account: AccountID) throws(CheckpointError) -> [UnansweredSubmission] {
        try connection.read { db in
            guard let account = try AccountRow(account, in: db) else { return [] }
            return try AccountLedger(account: account, db: db, isAlive: isAlive).unansweredSubmissions()
        }
    }

    package func attempts(of jobs: [String], account: AccountID) throws(CheckpointError) -> [RememberedAttempt] {
        try connection.read { db in
            guard let account = try AccountRow(account, in: db) else { return [] }
            return try AttemptTable(account: account.id, db: db).all(of: jobs, isAlive: isAlive)
        }
    }

    package func acceptedJobs(of keys: [String], account: AccountID) throws(CheckpointError) -> [String: String] {
        try connection.read { db in
            guard let account = try AccountRow(account, in: db) else { return [:] }
            return try AccountLedger(account: account, db: db, isAlive: isAlive).remoteIDs(of: keys)
        }
    }

    package func knownJobs(among ids: [String], account: AccountID) throws(CheckpointError) -> [String: KnownJob] {
        try connection.read { db in
            guard let account = try AccountRow(account, in: db) else { return [:] }
            let ledger = AccountLedger(account: account, db: db, isAlive: isAlive)
            var jobs: [String: KnownJob] = [:]
            for id in ids { jobs[id] = try ledger.known(id) }
            return jobs
        }
    }

    package func standing(of account: AccountID, limits: AccountLimits, now: Timestamp) throws(CheckpointError) -> AccountStanding {
        try connection.read { db in
            guard let row = try AccountRow(account, in: db) else {
                let unused = limits.requests.map { _ in AccountUsage.Window(sent: 0, freeAt: nil) }
                return AccountStanding(
                    usage: AccountUsage(
                        windows: unused, slotsInUse: 0, imagesToday: 0, nextDay: CalendarDay(of: now, limits: limits).end,
                        fingerprintBusy: false, pausedUntil: nil,
                        spending: limits.spend.map { _ in AccountUsage.Spending(spent: 0, freeAt: nil) }),
                    slots: [])
            }
            return try AccountLedger(account: row, db: db, isAlive: isAlive).standing(limits: limits, now: now)
        }
    }

    package func snapshot(of account: AccountID, limits: AccountLimits, now: Timestamp) throws(CheckpointError) -> AccountSnapshot {
        try connection.read { db in
            guard let row = try AccountRow(account, in: db) else { return AccountSnapshot() }
            return try AccountLedger(account: row, db: db, isAlive: isAlive).snapshot(limits: limits, now: now)
        }
    }

    private func ledger(_ account: AccountID, _ db: Database) throws -> AccountLedger {
        AccountLedger(account: try row(account, db), db: db, memory: memory) { [memory, isAlive] in memory.isAlive($0, isAlive) }
    }

    /// The account within a transaction that writes, entered where it is new.
    private func row(_ account: AccountID, _ db: Database) throws -> AccountRow {
        if let known = memory.rows[account] { return known }
        let row = try AccountRow.make(account, in: db)
        memory.rows[account] = row
        return row
    }
}
