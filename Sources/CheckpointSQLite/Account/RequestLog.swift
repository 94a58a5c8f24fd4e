import Checkpoint
import GRDB
import Pipeline
import Scheduling

/// The log of granted requests of one account, within a transaction.
struct RequestLog {
    let account: Int64
    let db: Database
    var memory: AccountRecollection?

    /// One limit's window that ends at `now`.
    func window(of limit: RequestLimit, now: Timestamp) throws -> AccountUsage.Window {
        let begin = now - limit.rate.window
        let open = try count(limit, "ended_at IS NULL", [])
        let sent = try open + count(limit, "ended_at > ?", [begin.milliseconds])
        guard limit.rate.count > 0, sent >= limit.rate.count else { return AccountUsage.Window(sent: sent, freeAt: nil) }
        var oldest: Int64?
        if limit.rate.count > open {
            oldest = try fetch(
                limit, "SELECT ended_at", "ended_at > ?", [begin.milliseconds, Int64(limit.rate.count - open - 1)],
                suffix: "ORDER BY ended_at DESC LIMIT 1 OFFSET ?")
        }
        let freeAt = AccountRules.freeAt(
            oldest: oldest.map { Timestamp(milliseconds: $0) }, window: limit.rate.window, now: now)
        return AccountUsage.Window(sent: sent, freeAt: freeAt)
    }

    private func count(_ limit: RequestLimit, _ condition: String, _ values: [Int64]) throws -> Int {
        Int(try fetch(limit, "SELECT COUNT(*)", condition, values) ?? 0)
    }

    /// The first value that `select` finds among the sends that `limit` counts.
    private func fetch(
        _ limit: RequestLimit, _ select: String, _ condition: String, _ values: [Int64], suffix: String = ""
    ) throws -> Int64? {
        // Names of an enumeration, never text from outside.
        let calls = limit.calls.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        let sql = "\(select) FROM sends WHERE account = ? AND call IN (\(calls)) AND \(condition) \(suffix)"
        return try Int64.fetchOne(db.cachedStatement(sql: sql), arguments: StatementArguments([account] + values))
    }

    /// Enters a request that may leave now.
    func open(_ call: CallKind, holder: LeaseHolder) throws -> SendTicket {
        try AccountSchema.sends.insert(Self.values(account, call, holder), in: db)
        let ticket = SendTicket(number: db.lastInsertedRowID)
        memory?.sends[ticket] = (account, call, holder)
        return ticket
    }

    private static func values(_ account: Int64, _ call: CallKind, _ holder: LeaseHolder) -> [(any DatabaseValueConvertible)?] {
        [account, call.rawValue, holder.run, holder.processID, holder.campaign, nil]
    }

    /// Enters requests that others sent.
    func add(_ count: Int, _ call: CallKind, endedAt time: Timestamp) throws {
        for _ in 0..<count { try AccountSchema.sends.insert([account, call.rawValue, "", 0, "", time.milliseconds], in: db) }
    }

    /// What a limit counts and ended before `time` has come back.
    func forget(_ limit: RequestLimit, endedBefore time: Timestamp) throws {
        // Names of an enumeration, never text from outside.
        let calls = limit.calls.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        try db.cachedStatement(sql: "DELETE FROM sends WHERE account = ? AND ended_at < ? AND call IN (\(calls))")
            .execute(arguments: .init(stored: [account, time.milliseconds]))
    }

    /// Says when requests ended; one that was closed before stays so.
    func finish(_ sends: [SendTicket: Timestamp]) throws {
        for (ticket, time) in sends {
            if let open = memory?.sends[ticket], open.account == account {
                try AccountSchema.sends.set(
                    "ended_at", to: time.milliseconds, row: ticket.number, of: Self.values(account, open.call, open.holder), in: db)
                memory?.sends[ticket] = nil
                continue
            }
            try AccountSchema.sends.set(
                ["ended_at": time.milliseconds], where: "ticket = ? AND account = ? AND ended_at IS NULL",
                arguments: [ticket.number, account], in: db)
        }
    }

    /// Closes what dead holders left open: it may have reached the provider until now.
    func closeAbandoned(now: Timestamp, isAlive: (LeaseHolder) -> Bool) throws {
        for holder in try openHolders() where !isAlive(holder) {
            try AccountSchema.sends.set(
                ["ended_at": now.milliseconds],
                where: "account = ? AND ended_at IS NULL AND run = ? AND process = ? AND campaign = ?",
                arguments: [account, holder.run, holder.processID, holder.campaign], in: db)
        }
    }

    private func openHolders() throws -> [LeaseHolder] {
        let statement = try db.cachedStatement(
            sql: "SELECT DISTINCT run, process, campaign FROM sends WHERE account = ? AND ended_at IS NULL")
        return try Row.fetchAll(statement, arguments: .init(stored: [account])).map { row in
            var values = CheckedRow(table: "sends", values: Array(row.databaseValues))
            return LeaseHolder(run: try values.next(), processID: try values.next(), campaign: try values.next())
        }
    }

    /// Brings back to `now` what only a clock set back since can have put ahead of it.
    func correctTimes(now: Timestamp) throws {
        try AccountSchema.sends.set(
            ["ended_at": now.milliseconds], where: "account = ? AND ended_at > ?",
            arguments: [account, (now + AccountRules.clockSkew).milliseconds], in: db)
    }

    /// Drops what no window reaches any more.
    func prune(now: Timestamp, longestWindow: Duration) throws {
        try db.cachedStatement(sql: "DELETE FROM sends WHERE account = ? AND ended_at <= ?")
            .execute(arguments: .init(stored: [account, (now - AccountRules.memory(longestWindow: longestWindow)).milliseconds]))
    }

    /// What ended after `first`, the oldest first, then what is open; what dead holders left open ends now.
    func recent(since first: Timestamp, now: Timestamp, isAlive: (LeaseHolder) -> Bool) throws -> [AccountSnapshot.Send] {
        let dead = Set(try openHolders().filter { !isAlive($0) })
        let statement = try db.cachedStatement(
            sql: """
                SELECT call, run, process, campaign, ended_at FROM sends WHERE account = ? AND (ended_at > ? OR ended_at IS NULL)
                ORDER BY ended_at IS NULL, ended_at, ticket
                """)
        return try Row.fetchAll(statement, arguments: .init(stored: [account, first.milliseconds])).map { row in
            var values = CheckedRow(table: "sends", values: Array(row.databaseValues))
            let call: CallKind = try values.nextCase()
            let holder = LeaseHolder(run: try values.next(), processID: try values.next(), campaign: try values.next())
            let end = try values.nextIfAny(Int64.self).map { Timestamp(milliseconds: $0) }
            return AccountSnapshot.Send(call: call, endedAt: end ?? (dead.contains(holder) ? now : nil))
        }
    }
}
