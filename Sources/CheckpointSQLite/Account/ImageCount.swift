import Checkpoint
import GRDB
import Pipeline

/// The images that count towards an account's daily cap, within a transaction.
struct ImageCount {
    let account: Int64
    let db: Database

    /// Images since `start`.
    func sum(since start: Timestamp) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(sql: "SELECT COALESCE(SUM(images), 0) FROM images WHERE account = ? AND at >= ?"),
            arguments: .init(stored: [account, start.milliseconds])) ?? 0
    }

    /// Images counted last for `key`, where that was since `start`.
    func last(of key: String, since start: Timestamp) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(
                sql: "SELECT images FROM images WHERE account = ? AND key = ? AND at >= ? ORDER BY id DESC LIMIT 1"),
            arguments: .init(stored: [account, key, start.milliseconds])) ?? 0
    }

    /// What was counted since `start`, the oldest first.
    func pieces(since start: Timestamp) throws -> [AccountSnapshot.Images] {
        let statement = try db.cachedStatement(sql: "SELECT key, images, at FROM images WHERE account = ? AND at >= ? ORDER BY at, id")
        return try Row.fetchAll(statement, arguments: .init(stored: [account, start.milliseconds])).map { row in
            var values = CheckedRow(table: "images", values: Array(row.databaseValues))
            return AccountSnapshot.Images(
                key: try values.next(), count: try values.next(), at: Timestamp(milliseconds: try values.next()))
        }
    }

    func isCounted(_ key: String) throws -> Bool { try last(of: key, since: .distantPast) > 0 }

    func count(_ images: Int, for key: String, now: Timestamp) throws {
        guard images > 0 else { return }
        try AccountSchema.images.insert([account, key, images, now.milliseconds], in: db)
    }

    /// Takes back what was counted last for `key`.
    func uncount(_ key: String) throws {
        try db.cachedStatement(
            sql: "DELETE FROM images WHERE id = (SELECT id FROM images WHERE account = ? AND key = ? ORDER BY id DESC LIMIT 1)"
        ).execute(arguments: .init(stored: [account, key]))
    }

    /// What was counted for `key` counts on the day of `time`, if that is a later one.
    func postpone(_ key: String, to time: Timestamp) throws {
        let id = try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM images WHERE account = ? AND key = ? AND at < ? ORDER BY id DESC LIMIT 1"),
            arguments: .init(stored: [account, key, time.milliseconds]))
        if let id { try AccountSchema.images.set(["at": time.milliseconds], where: "id = ?", arguments: [id], in: db) }
    }

    /// What was counted before `start` for those of `slots` that the provider may still count after it.
    func underWay(_ slots: [SlotRecord], at start: Timestamp) throws -> [AccountSnapshot.Images] {
        try slots.filter(\.isCountedWhenSettled).compactMap { slot in
            let count = try last(of: slot.key, since: .distantPast) - last(of: slot.key, since: start)
            return count > 0 ? AccountSnapshot.Images(key: slot.key, count: count, at: start) : nil
        }
    }

    /// Brings back to `now` what only a clock set back since can have put ahead of it.
    func correctTimes(now: Timestamp) throws {
        try AccountSchema.images.set(
            ["at": now.milliseconds], where: "account = ? AND at > ?",
            arguments: [account, (now + AccountRules.clockSkew).milliseconds], in: db)
    }

    func prune(now: Timestamp) throws {
        try db.cachedStatement(sql: "DELETE FROM images WHERE account = ? AND at <= ?")
            .execute(arguments: .init(stored: [account, (now - AccountRules.imageMemory).milliseconds]))
    }
}
