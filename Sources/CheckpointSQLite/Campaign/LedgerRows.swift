import Checkpoint
import Foundation
import GRDB
import Pipeline

/// A campaign's ledger as rows, within a transaction.
enum LedgerRows {
    /// Adds the lines that a submission's record asks for.
    ///
    /// - Returns: what its lines come to then.
    static func book(_ record: JobRecord, _ booking: Booking, _ memory: CampaignRecollection, in db: Database) throws -> AttemptBalance {
        let key = record.intent.key
        var balance = try memory.balances[key] ?? balance(of: key, in: db)
        let entries = balance.book(record, booking)
        memory.lastPosition = try add(entries, after: memory.lastPosition, in: db)
        return balance
    }

    private static func balance(of key: JobKey, in db: Database) throws -> AttemptBalance {
        var ledger = Ledger()
        try CampaignSchema.ledger.forEach(
            where: "identity = ? AND job = ? AND attempt = ?", arguments: [key.identity.hex, key.job, key.attempt], order: "position",
            in: db
        ) { ledger.add(try LedgerEntry($0)) }
        return ledger[key]
    }

    /// - Returns: the position of the last line.
    @discardableResult
    private static func add(_ entries: [LedgerEntry], after last: Int64? = nil, in db: Database) throws -> Int64? {
        if entries.isEmpty { return last }
        var position = try last ?? Int64.fetchOne(db.cachedStatement(sql: "SELECT MAX(position) FROM ledger")) ?? 0
        for entry in entries {
            position += 1
            try CampaignSchema.ledger.write(entry.values(at: position), in: db)
        }
        return position
    }

    /// All lines. A file of a version that kept no ledger, which a reader may meet, has the lines that its stages ask for.
    ///
    /// - Throws: `DamagedRow`, also where a line is missing, or where they do not come to what the submissions' stages say.
    static func all(of state: CheckpointState, in db: Database) throws -> Ledger {
        guard try db.tableExists(CampaignSchema.ledger.name) else {
            return Ledger(derivedFrom: state.jobs.values, runs: state.runs)
        }
        var ledger = Ledger()
        var position = 0 as Int64
        try CampaignSchema.ledger.forEach(order: "position", in: db) { source in
            position += 1
            var row = source
            guard try row.next(Int64.self) == position else { throw DamagedRow("ledger", "line \(position) is missing") }
            ledger.add(try LedgerEntry(source))
        }
        for record in state.jobs.values where !ledger.agrees(with: record) {
            throw DamagedRow("ledger", "the lines of \(record.intent.key) do not come to what its stage says")
        }
        guard ledger.keys.count == state.jobs.count else { throw DamagedRow("ledger", "it has lines of a submission that is not there") }
        return ledger
    }

    /// Gives a file of a version that kept no ledger the lines that its stages ask for.
    static func fill(from db: Database) throws {
        var records: [JobRecord] = []
        try CampaignSchema.jobs.forEach(in: db) { records.append(try JobRow($0).settledRecord) }
        var runs: [RunRecord] = []
        try CampaignSchema.runs.forEach(order: "position", in: db) { runs.append(try RunRecord($0, campaigns: [:])) }
        try add(Ledger(derivedFrom: records, runs: runs).entries, in: db)
    }
}

extension LedgerEntry {
    fileprivate func values(at position: Int64) throws -> [(any DatabaseValueConvertible)?] {
        [
            position, key.identity.hex, key.job, key.attempt, key.idempotencyKey, job, account.provider, account.label, kind.rawValue,
            try amount?.amountText, amount?.unit, isEstimated, run, at.milliseconds,
        ]
    }

    fileprivate init(_ source: CheckedRow) throws {
        var row = source
        row.skip()
        let key = JobKey(identity: Identity(hex: try row.next()), job: try row.next(), attempt: try row.next())
        // For people: it follows from the key.
        row.skip()
        let job: String? = try row.nextIfAny()
        let account = AccountID(provider: try row.next(), label: try row.next())
        let kind: Kind = try row.nextCase()
        let amount = try Money(amountText: row.nextIfAny(), unit: row.nextIfAny())
        self.init(
            key: key, account: account, job: job, kind: kind, amount: amount, isEstimated: try row.next(), run: try row.nextIfAny(),
            at: Timestamp(milliseconds: try row.next()))
    }
}
