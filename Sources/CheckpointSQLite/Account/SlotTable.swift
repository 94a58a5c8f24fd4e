import Checkpoint
import GRDB
import Pipeline

/// The slots of one account, within a transaction. There are never more than a plan's threads, and a few left by dead runs.
struct SlotTable {
    let account: Int64
    let db: Database
    var memory: AccountRecollection?

    /// All of them, the oldest first.
    func all() throws -> [SlotRecord] {
        try inUse().sorted { ($0.since, $0.key) < ($1.since, $1.key) }
    }

    /// All of them, in no order.
    func inUse() throws -> some Collection<SlotRecord> { try byKey().values }

    private func byKey() throws -> [String: SlotRecord] {
        if let known = memory?.slots[account] { return known }
        var slots: [String: SlotRecord] = [:]
        try AccountSchema.slots.forEach(where: "account = ?", arguments: [account], in: db) {
            let slot = try Self.slot($0)
            slots[slot.key] = slot
        }
        memory?.slots[account] = slots
        return slots
    }

    subscript(key: String) -> SlotRecord? {
        get throws {
            if memory != nil { return try byKey()[key] }
            var slot: SlotRecord?
            try AccountSchema.slots.forEach(key: [account, key], in: db) { slot = try Self.slot($0) }
            return slot
        }
    }

    /// Puts the slot in, in place of the one of its key.
    func write(_ slot: SlotRecord) throws {
        try AccountSchema.slots.write(
            [
                account, slot.key, slot.stage.rawValue, slot.holder.run, slot.holder.processID, slot.holder.campaign,
                slot.fingerprint?.operation.rawValue, slot.fingerprint?.prompt, slot.remoteID, slot.images, slot.since.milliseconds,
                slot.expiresAt?.milliseconds,
            ], in: db)
        memory?.slots[account]?[slot.key] = slot
    }

    func remove(_ key: String) throws {
        try db.cachedStatement(sql: "DELETE FROM slots WHERE account = ? AND key = ?").execute(arguments: .init(stored: [account, key]))
        memory?.slots[account]?[key] = nil
    }

    private static func slot(_ row: CheckedRow) throws -> SlotRecord {
        var values = row
        // The account, which was asked for.
        values.skip()
        let key: String = try values.next()
        let stage: SlotRecord.Stage = try values.nextCase()
        let holder = LeaseHolder(run: try values.next(), processID: try values.next(), campaign: try values.next())
        let operation: String? = try values.nextIfAny()
        let prompt: String? = try values.nextIfAny()
        let fingerprint = try operation.map { name in
            guard let operation = Operation(rawValue: name) else { throw DamagedRow("slots", "unknown operation \(name)") }
            return SubmissionFingerprint(operation: operation, prompt: prompt)
        }
        return SlotRecord(
            key: key, holder: holder, stage: stage, fingerprint: fingerprint, remoteID: try values.nextIfAny(), images: try values.next(),
            since: Timestamp(milliseconds: try values.next()),
            expiresAt: try values.nextIfAny(Int64.self).map { Timestamp(milliseconds: $0) })
    }
}
