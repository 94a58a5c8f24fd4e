import Checkpoint
import Foundation
import GRDB
import Pipeline

/// The accounts' clock as it is on record, within a transaction.
struct ClockRow {
    let db: Database

    /// The clock of `host`'s boot.
    ///
    /// - Parameter keeping: puts it on record where it is not yet.
    func clock(of host: HostTime, keeping: Bool) throws -> AccountClock {
        let stored = try stored()
        let clock = AccountClock(of: host, stored: stored, latest: try latest())
        if keeping, clock != stored {
            try AccountSchema.clock.write([1, clock.boot, clock.origin.milliseconds], in: db)
            try shortenPauses(now: clock.time(at: host))
        }
        return clock
    }

    private func stored() throws -> AccountClock? {
        var clock: AccountClock?
        try AccountSchema.clock.forEach(key: [1], in: db) { row in
            var row = row
            row.skip()
            let boot: String? = try row.nextIfAny()
            clock = AccountClock(boot: boot, origin: Timestamp(milliseconds: try row.next()))
        }
        return clock
    }

    /// The latest moment on record that has passed. Ends of pauses and of slots are no such moments.
    private func latest() throws -> Timestamp? {
        let newest = try Int64.fetchOne(
            db,
            sql: """
                SELECT MAX(at) FROM (
                    SELECT MAX(ended_at) AS at FROM sends UNION ALL SELECT MAX(at) FROM images UNION ALL SELECT MAX(at) FROM spends
                    UNION ALL SELECT MAX(since) FROM slots UNION ALL SELECT MAX(since) FROM unanswered)
                """)
        return newest.map { Timestamp(milliseconds: $0) }
    }

    /// A pause that was reckoned by another clock may end at any time: it is not believed for longer than the longest that is usual.
    private func shortenPauses(now: Timestamp) throws {
        let latest = (now + AccountRules.longestPause).milliseconds
        try AccountSchema.accounts.set(["paused_until": latest], where: "paused_until > ?", arguments: [latest], in: db)
    }
}
