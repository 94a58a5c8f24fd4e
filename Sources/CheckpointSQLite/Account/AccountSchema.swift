import GRDB

/// The tables of the account state file. Times are milliseconds since 1970.
enum AccountSchema {
    static let kind = StoreKind(
        applicationID: 0x6662_6131, noun: "account state", version: 8, migrator: migrator, checkedWhole: checkedWhole,
        loss: "limits are then counted from zero, and input files are uploaded again")

    static let accounts = CheckedTable(
        "accounts", columns: ["id", "provider", "label", "longest_window_ms", "paused_until"], keys: ["provider", "label"])
    static let sends = CheckedTable("sends", columns: ["account", "call", "run", "process", "campaign", "ended_at"], keys: [])
    static let slots = CheckedTable(
        "slots",
        columns: [
            "account", "key", "stage", "run", "process", "campaign", "operation", "prompt", "remote_id", "images", "since", "expires_at",
        ], keys: ["account", "key"])
    static let images = CheckedTable("images", columns: ["account", "key", "images", "at"], keys: [])
    static let knownJobs = CheckedTable(
        "known_jobs", columns: ["account", "remote_id", "key", "at", "campaign"], keys: ["account", "remote_id"])
    static let uploads = CheckedTable(
        "uploads", columns: ["account", "sha256", "reference", "at"], keys: ["account", "sha256"])
    static let spends = CheckedTable("spends", columns: ["account", "key", "amount", "unit", "at"], keys: [])
    static let unanswered = CheckedTable(
        "unanswered", columns: ["account", "key", "campaign", "operation", "prompt", "since"], keys: ["account", "key"])
    static let attempts = CheckedTable(
        "attempts", columns: ["account", "job", "attempt", "key"], keys: ["account", "job", "attempt"])
    /// What was learned of how long jobs take: a model each class, as JSON.
    static let durations = CheckedTable("durations", columns: ["account", "class", "model"], keys: ["account", "class"], since: 8)
    /// The accounts' clock, one row.
    static let clock = CheckedTable("clock", columns: ["id", "boot", "origin"], keys: ["id"])

    /// Those whose rows are counted by the database itself, or decide a grant: checked row by row when the file is opened. The others, which
    /// only grow, are checked where a row is read.
    static let checkedWhole = [accounts, sends, slots, images, spends, unanswered, clock]

    /// The tables of the versions before rows had digests.
    private static let late = [accounts, sends, slots, images, knownJobs, spends, unanswered, attempts]

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: first)
            try db.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("2") { db in
            try db.execute(sql: spendsTable)
            try db.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("3") { db in
            try db.execute(sql: "ALTER TABLE known_jobs ADD COLUMN campaign TEXT")
            try db.execute(sql: "PRAGMA user_version = 3")
        }
        migrator.registerMigration("4") { db in
            // Every lease looks for what is too old, or ahead of the clock, whatever its unit.
            try db.execute(sql: "CREATE INDEX spends_by_age ON spends (account, at)")
            try db.execute(sql: "PRAGMA user_version = 4")
        }
        migrator.registerMigration("5") { db in
            try db.execute(sql: unansweredTable)
            try db.execute(sql: "PRAGMA user_version = 5")
        }
        migrator.registerMigration("6") { db in
            try db.execute(sql: attemptsTable)
            try db.execute(sql: "PRAGMA user_version = 6")
        }
        migrator.registerMigration("7") { db in
            try db.execute(sql: clockTable)
            for table in late {
                try db.execute(sql: "ALTER TABLE \(table.name) ADD COLUMN digest INTEGER NOT NULL DEFAULT 0")
                try table.digestAll(in: db)
            }
            try db.execute(sql: "PRAGMA user_version = 7")
        }
        migrator.registerMigration("8") { db in
            try db.execute(sql: durationsTable)
            try db.execute(sql: "PRAGMA user_version = 8")
        }
        return migrator
    }

    private static let first = """
        CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), commits INTEGER NOT NULL);
        INSERT INTO store VALUES (1, 0);
        CREATE TABLE accounts (
            id INTEGER PRIMARY KEY,
            provider TEXT NOT NULL,
            label TEXT NOT NULL,
            longest_window_ms INTEGER NOT NULL DEFAULT 0,
            paused_until INTEGER,
            UNIQUE (provider, label));
        CREATE TABLE sends (
            ticket INTEGER PRIMARY KEY AUTOINCREMENT,
            account INTEGER NOT NULL REFERENCES accounts,
            call TEXT NOT NULL,
            run TEXT NOT NULL,
            process INTEGER NOT NULL,
            campaign TEXT NOT NULL,
            ended_at INTEGER);
        CREATE INDEX sends_by_end ON sends (account, ended_at, call);
        CREATE TABLE slots (
            account INTEGER NOT NULL REFERENCES accounts,
            key TEXT NOT NULL,
            stage TEXT NOT NULL CHECK (stage IN ('leased', 'sending', 'running')),
            run TEXT NOT NULL,
            process INTEGER NOT NULL,
            campaign TEXT NOT NULL,
            operation TEXT,
            prompt TEXT,
            remote_id TEXT,
            images INTEGER NOT NULL,
            since INTEGER NOT NULL,
            expires_at INTEGER,
            PRIMARY KEY (account, key)) WITHOUT ROWID;
        CREATE TABLE images (
            id INTEGER PRIMARY KEY,
            account INTEGER NOT NULL REFERENCES accounts,
            key TEXT NOT NULL,
            images INTEGER NOT NULL,
            at INTEGER NOT NULL);
        CREATE INDEX images_by_time ON images (account, at, images);
        CREATE INDEX images_by_key ON images (account, key);
        CREATE TABLE known_jobs (
            account INTEGER NOT NULL REFERENCES accounts,
            remote_id TEXT NOT NULL,
            key TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (account, remote_id)) WITHOUT ROWID;
        CREATE INDEX known_jobs_by_key ON known_jobs (account, key);
        CREATE TABLE uploads (
            account INTEGER NOT NULL REFERENCES accounts,
            sha256 TEXT NOT NULL,
            reference TEXT NOT NULL,
            at INTEGER NOT NULL,
            digest INTEGER NOT NULL,
            PRIMARY KEY (account, sha256)) WITHOUT ROWID;
        """

    /// Keys under which a request left whose slot's time is over.
    private static let unansweredTable = """
        CREATE TABLE unanswered (
            account INTEGER NOT NULL REFERENCES accounts,
            key TEXT NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (account, key)) WITHOUT ROWID;
        """

    /// What a listing shows of an unanswered key's submission, and whose it is; and which attempts of a sub-job were granted.
    private static let attemptsTable = """
        ALTER TABLE unanswered ADD COLUMN campaign TEXT;
        ALTER TABLE unanswered ADD COLUMN operation TEXT;
        ALTER TABLE unanswered ADD COLUMN prompt TEXT;
        CREATE TABLE attempts (
            account INTEGER NOT NULL REFERENCES accounts,
            job TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            key TEXT NOT NULL,
            PRIMARY KEY (account, job, attempt)) WITHOUT ROWID;
        """

    private static let spendsTable = """
        CREATE TABLE spends (
            id INTEGER PRIMARY KEY,
            account INTEGER NOT NULL REFERENCES accounts,
            key TEXT NOT NULL,
            amount TEXT NOT NULL,
            unit TEXT NOT NULL,
            at INTEGER NOT NULL);
        CREATE INDEX spends_by_time ON spends (account, unit, at, amount);
        CREATE INDEX spends_by_key ON spends (account, key);
        """

    private static let durationsTable = """
        CREATE TABLE durations (
            account INTEGER NOT NULL REFERENCES accounts,
            class TEXT NOT NULL,
            model TEXT NOT NULL,
            digest INTEGER NOT NULL,
            PRIMARY KEY (account, class)) WITHOUT ROWID;
        """

    private static let clockTable = """
        CREATE TABLE clock (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            boot TEXT,
            origin INTEGER NOT NULL,
            digest INTEGER NOT NULL);
        """
}
