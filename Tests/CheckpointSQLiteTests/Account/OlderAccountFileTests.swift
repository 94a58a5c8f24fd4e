import Checkpoint
import Foundation
import GRDB
import Pipeline
import Scheduling
import Testing

@testable import CheckpointSQLite

/// Account files as every earlier version of the program made them, from the statements that it had.
@Suite struct OlderAccountFileTests {
    private static let versions = 1...6
    private static let now = Samples.time(60_000)
    private static let limits = AccountLimits(
        threads: 3, requests: [RequestLimit(rate: Rate(count: 2, window: .seconds(3600)), calls: Set(CallKind.allCases))],
        dailyImages: 9, dayZone: "UTC", imagesFrom: [.t2i], spend: [SpendLimit("1000 VND/day")].compactMap(\.self))

    @Test(arguments: versions)
    func itIsReadAsItIsWithoutBeingChanged(version: Int) throws {
        let folder = try TemporaryFolder()
        let path = try Self.make(version, in: folder)
        let before = try folder.bytes("accounts.sqlite")
        let store = try #require(try SQLiteAccountStore(readingPath: path) { _ in true })
        try Self.check(store, version)
        let host = HostTime(boot: "b", uptime: .seconds(5), wall: Self.now)
        _ = try store.following(host).standing(of: Samples.flow, limits: Self.limits, now: Self.now)
        #expect(try folder.bytes("accounts.sqlite") == before)
        #expect(try folder.names == ["accounts.sqlite"])
    }

    @Test(arguments: versions)
    func theFirstRunBringsItUpToDateWithEveryRow(version: Int) throws {
        let folder = try TemporaryFolder()
        let path = try Self.make(version, in: folder)
        do {
            let store = try SQLiteAccountStore(path: path) { _ in true }
            try Self.check(store, version)
            // The clock begins no earlier than what is on record.
            let host = HostTime(boot: "b", uptime: .seconds(5), wall: Samples.time(-1_000_000))
            #expect(try store.following(host).standing(of: Samples.flow, limits: Self.limits, now: host.wall).usage.windows[0].sent == 2)
            try Self.use(store)
        }
        let database = try DatabaseQueue(path: path)
        let (found, counts) = try database.read { db in
            (
                try Int.fetchOne(db, sql: "PRAGMA user_version"),
                try ["accounts", "sends", "images", "known_jobs", "uploads", "clock"].map { table in
                    try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \(table)") ?? -1
                }
            )
        }
        #expect(found == AccountSchema.kind.version)
        #expect(counts == [2, 3, 3, 2, 1, 1])
        try database.close()
        // Every row has its digest now: opening checks them.
        let again = try SQLiteAccountStore(path: path) { _ in true }
        #expect(try again.acceptedJobs(of: ["c", "new"], account: Samples.flow) == ["c": "gw-1", "new": "gw-2"])
    }

    private static func check(_ store: SQLiteAccountStore, _ version: Int) throws {
        let standing = try store.standing(of: Samples.flow, limits: limits, now: now)
        let holder = LeaseHolder(run: "run-0", processID: 7, campaign: "serum (/a/state.sqlite)")
        #expect(
            standing.slots == [
                SlotRecord(
                    key: "a", holder: holder, stage: .sending, fingerprint: SubmissionFingerprint(operation: .t2i, prompt: "a lantern"),
                    remoteID: nil, images: 2, since: Samples.time(1000), expiresAt: Samples.time(900_000)),
                SlotRecord(
                    key: "c", holder: holder, stage: .running, fingerprint: nil, remoteID: "gw-1", images: 1, since: Samples.time(2000),
                    expiresAt: Samples.time(901_000)),
            ])
        #expect(standing.usage.windows == [.init(sent: 2, freeAt: Samples.time(3_601_000))])
        #expect(standing.usage.imagesToday == 3)
        #expect(standing.usage.pausedUntil == Samples.time(30_000))
        #expect(standing.usage.spending.map(\.spent) == [version >= 2 ? 300 : 0])
        #expect(try store.upload(of: "ab12", account: Samples.flow) == "ref-1")
        let job = KnownJob(key: "c", campaign: version >= 3 ? "serum (/a/state.sqlite)" : nil, acceptedAt: Samples.time(2500))
        #expect(try store.knownJobs(among: ["gw-1", "gw-9"], account: Samples.flow) == ["gw-1": job])
    }

    /// What only a writer can be asked, and new rows beside the old ones.
    private static func use(_ store: SQLiteAccountStore) throws {
        let holder = LeaseHolder(run: "run-1", processID: 8, campaign: "lotion (/b/state.sqlite)")
        var wide = limits
        wide.requests = []
        func ask(_ key: String) throws -> LeaseAnswer {
            let slot = LeaseRequest.Slot(key: key, fingerprint: nil, images: 1, price: Money(100, "VND"))
            return try store.lease(
                LeaseRequest(account: Samples.flow, call: .submit, slot: slot), limits: wide, holder: holder, finished: [:], now: now
            ).answer
        }
        #expect(try ask("c") == .known(remoteID: "gw-1", acceptedAt: Samples.time(2500)))
        #expect(try ask("new") == .granted(requestsLeft: nil))
        try store.markRunning(
            "new", account: Samples.flow, remoteID: "gw-2", images: 1, price: nil, holder: holder, now: now, expiresAt: now + .seconds(9))
        try store.pause(Samples.flow, until: now + .seconds(70))
        #expect(try store.standing(of: Samples.flow, limits: limits, now: now).usage.pausedUntil == now + .seconds(70))
    }

    /// From version 5 on, keys whose slot's time is over without a reply are kept.
    @Test(arguments: 5...6)
    func aKeyWithoutAReplyIsStillUnanswered(version: Int) throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteAccountStore(path: Self.make(version, in: folder)) { _ in true }
        let request = LeaseRequest(account: Samples.flow, call: .submit, slot: .init(key: "u", fingerprint: nil, images: 0))
        let holder = LeaseHolder(run: "run-1", processID: 8, campaign: "c")
        let reply = try store.lease(request, limits: Samples.noLimits, holder: holder, finished: [:], now: Self.now)
        #expect(reply.answer == .unanswered(since: Samples.time(500)))
    }

    // MARK: the files

    private static func make(_ version: Int, in folder: TemporaryFolder) throws -> String {
        let path = folder.file("accounts.sqlite")
        let database = try DatabaseQueue(path: path)
        try database.inDatabase { db in
            try db.execute(sql: "PRAGMA application_id = 1717723441; PRAGMA journal_mode = WAL")
            try db.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
            for step in 1...version {
                try db.execute(sql: statements[step - 1])
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('\(step)')")
            }
            try db.execute(sql: "PRAGMA user_version = \(version)")
            try fill(db, version)
        }
        try database.close()
        return path
    }

    private static func fill(_ db: Database, _ version: Int) throws {
        func time(_ milliseconds: Int64) -> Int64 { Samples.time(milliseconds).milliseconds }
        let holder = "'run-0', 7, 'serum (/a/state.sqlite)'"
        try db.execute(
            sql: """
                UPDATE store SET commits = 5;
                INSERT INTO accounts VALUES (1, 'other', 'default', 0, NULL);
                INSERT INTO accounts VALUES (2, 'flow', 'sandbox', 3600000, \(time(30_000)));
                INSERT INTO sends (account, call, run, process, campaign, ended_at) VALUES (2, 'submit', \(holder), \(time(1000)));
                INSERT INTO sends (account, call, run, process, campaign, ended_at) VALUES (2, 'poll', \(holder), NULL);
                INSERT INTO slots VALUES
                    (2, 'a', 'sending', \(holder), 't2i', 'a lantern', NULL, 2, \(time(1000)), \(time(900_000))),
                    (2, 'c', 'running', \(holder), NULL, NULL, 'gw-1', 1, \(time(2000)), \(time(901_000)));
                INSERT INTO images (account, key, images, at) VALUES (2, 'a', 2, \(time(1000)));
                INSERT INTO known_jobs (account, remote_id, key, at) VALUES (2, 'gw-1', 'c', \(time(2500)));
                """)
        let upload: [(any DatabaseValueConvertible)?] = [Int64(2), "ab12", "ref-1", time(100)]
        let digest = RowDigest.of(upload.map(DatabaseValue.init(stored:)), table: "uploads")
        try db.execute(sql: "INSERT INTO uploads VALUES (2, 'ab12', 'ref-1', \(time(100)), \(digest))")
        try db.execute(sql: "INSERT INTO images (account, key, images, at) VALUES (2, 'c', 1, \(time(2000)))")
        if version >= 2 {
            try db.execute(sql: "INSERT INTO spends (account, key, amount, unit, at) VALUES (2, 'a', '300', 'VND', \(time(1000)))")
        }
        if version >= 3 { try db.execute(sql: "UPDATE known_jobs SET campaign = 'serum (/a/state.sqlite)'") }
        if version >= 5 { try db.execute(sql: "INSERT INTO unanswered (account, key, since) VALUES (2, 'u', \(time(500)))") }
    }

    /// What each version added, word for word: these never change.
    private static let statements = [
        """
        CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), commits INTEGER NOT NULL);
        INSERT INTO store VALUES (1, 0);
        CREATE TABLE accounts (
            id INTEGER PRIMARY KEY, provider TEXT NOT NULL, label TEXT NOT NULL, longest_window_ms INTEGER NOT NULL DEFAULT 0,
            paused_until INTEGER, UNIQUE (provider, label));
        CREATE TABLE sends (
            ticket INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL REFERENCES accounts, call TEXT NOT NULL, run TEXT NOT NULL,
            process INTEGER NOT NULL, campaign TEXT NOT NULL, ended_at INTEGER);
        CREATE INDEX sends_by_end ON sends (account, ended_at, call);
        CREATE TABLE slots (
            account INTEGER NOT NULL REFERENCES accounts, key TEXT NOT NULL,
            stage TEXT NOT NULL CHECK (stage IN ('leased', 'sending', 'running')), run TEXT NOT NULL, process INTEGER NOT NULL,
            campaign TEXT NOT NULL, operation TEXT, prompt TEXT, remote_id TEXT, images INTEGER NOT NULL, since INTEGER NOT NULL,
            expires_at INTEGER, PRIMARY KEY (account, key)) WITHOUT ROWID;
        CREATE TABLE images (
            id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts, key TEXT NOT NULL, images INTEGER NOT NULL,
            at INTEGER NOT NULL);
        CREATE INDEX images_by_time ON images (account, at, images);
        CREATE INDEX images_by_key ON images (account, key);
        CREATE TABLE known_jobs (
            account INTEGER NOT NULL REFERENCES accounts, remote_id TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (account, remote_id)) WITHOUT ROWID;
        CREATE INDEX known_jobs_by_key ON known_jobs (account, key);
        CREATE TABLE uploads (
            account INTEGER NOT NULL REFERENCES accounts, sha256 TEXT NOT NULL, reference TEXT NOT NULL, at INTEGER NOT NULL,
            digest INTEGER NOT NULL, PRIMARY KEY (account, sha256)) WITHOUT ROWID;
        """,
        """
        CREATE TABLE spends (
            id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts, key TEXT NOT NULL, amount TEXT NOT NULL,
            unit TEXT NOT NULL, at INTEGER NOT NULL);
        CREATE INDEX spends_by_time ON spends (account, unit, at, amount);
        CREATE INDEX spends_by_key ON spends (account, key);
        """,
        "ALTER TABLE known_jobs ADD COLUMN campaign TEXT",
        "CREATE INDEX spends_by_age ON spends (account, at)",
        """
        CREATE TABLE unanswered (
            account INTEGER NOT NULL REFERENCES accounts, key TEXT NOT NULL, since INTEGER NOT NULL,
            PRIMARY KEY (account, key)) WITHOUT ROWID;
        """,
        """
        ALTER TABLE unanswered ADD COLUMN campaign TEXT;
        ALTER TABLE unanswered ADD COLUMN operation TEXT;
        ALTER TABLE unanswered ADD COLUMN prompt TEXT;
        CREATE TABLE attempts (
            account INTEGER NOT NULL REFERENCES accounts, job TEXT NOT NULL, attempt INTEGER NOT NULL, key TEXT NOT NULL,
            PRIMARY KEY (account, job, attempt)) WITHOUT ROWID;
        """,
    ]
}
