import GRDB

/// The tables of a campaign's state file. Times are milliseconds since 1970, amounts are decimal text.
enum CampaignSchema {
    static let kind = StoreKind(
        applicationID: 0x6662_6331, noun: "campaign state", version: 6, migrator: migrator,
        loss: "jobs are then found again by what the account state remembers of them, as long as that is kept")

    static let runs = CheckedTable(
        "runs", columns: ["id", "started_at", "finished_at", "exit_code", "totals"], keys: ["id"])

    static let jobs = CheckedTable(
        "jobs",
        columns: [
            "identity", "job", "attempt", "idempotency_key", "provider", "account", "operation", "prompt", "request_digest",
            "price_amount", "price_unit", "intended_at", "stage", "remote_id", "accepted", "outcome", "cost_amount", "cost_unit", "message",
            "stage_at",
        ],
        keys: ["identity", "job", "attempt"])

    static let artifacts = CheckedTable(
        "artifacts",
        columns: ["identity", "output", "path", "sha256", "bytes", "media_type", "width", "height", "modified_ns", "inode"],
        keys: ["identity", "output"])

    static let instances = CheckedTable(
        "instances", columns: ["identity", "step", "name", "status", "reason", "at"], keys: ["identity"])

    static let runCampaigns = CheckedTable("run_campaigns", columns: ["run", "campaign"], keys: ["run"], since: 2)

    static let generations = CheckedTable(
        "generations", columns: ["identity", "generation", "run", "at"], keys: ["identity"], since: 2)

    static let descriptions = CheckedTable(
        "descriptions", columns: ["identity", "campaign", "step", "name", "description", "at"], keys: ["identity"], since: 2)

    static let choices = CheckedTable(
        "choices", columns: ["identity", "output", "chosen", "at"], keys: ["identity", "output"], since: 3)

    static let variants = CheckedTable("variants", columns: ["identity", "variables"], keys: ["identity"], since: 4)

    static let jobOutputs = CheckedTable("job_outputs", columns: ["identity", "counts"], keys: ["identity"], since: 6)

    /// Only ever added to. A line's position is part of it, so that none can be missing or in another's place.
    static let ledger = CheckedTable(
        "ledger",
        columns: [
            "position", "identity", "job", "attempt", "idempotency_key", "remote_id", "provider", "account", "kind", "amount", "unit",
            "estimated", "run", "at",
        ],
        keys: ["position"], since: 5)

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: first)
            try db.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("2") { db in
            try db.execute(sql: second)
            try db.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("3") { db in
            try db.execute(sql: third)
            try db.execute(sql: "PRAGMA user_version = 3")
        }
        migrator.registerMigration("4") { db in
            try db.execute(sql: fourth)
            try db.execute(sql: "PRAGMA user_version = 4")
        }
        migrator.registerMigration("5") { db in
            try db.execute(sql: fifth)
            try LedgerRows.fill(from: db)
            try db.execute(sql: "PRAGMA user_version = 5")
        }
        migrator.registerMigration("6") { db in
            try db.execute(sql: sixth)
            try db.execute(sql: "PRAGMA user_version = 6")
        }
        return migrator
    }

    /// How many files each job of an instance makes.
    private static let sixth = """
        CREATE TABLE job_outputs (
            identity TEXT NOT NULL PRIMARY KEY,
            counts TEXT NOT NULL,
            digest INTEGER NOT NULL) WITHOUT ROWID;
        """

    /// What submissions came to, line by line. No row is ever changed or removed.
    private static let fifth = """
        CREATE TABLE ledger (
            position INTEGER PRIMARY KEY,
            identity TEXT NOT NULL,
            job INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            idempotency_key TEXT NOT NULL,
            remote_id TEXT,
            provider TEXT NOT NULL,
            account TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('reserved', 'charged', 'refunded', 'released')),
            amount TEXT,
            unit TEXT,
            estimated INTEGER NOT NULL,
            run TEXT,
            at INTEGER NOT NULL,
            digest INTEGER NOT NULL);
        CREATE INDEX ledger_by_attempt ON ledger (identity, job, attempt);
        """

    /// What the command line gave the manifest; instances that were given nothing have no row.
    private static let fourth = """
        CREATE TABLE variants (
            identity TEXT NOT NULL PRIMARY KEY,
            variables TEXT NOT NULL,
            digest INTEGER NOT NULL) WITHOUT ROWID;
        """

    /// Choices, and submissions that were given up: a new stage takes a new table, which the rows keep their digests in.
    private static let third = """
        CREATE TABLE choices (
            identity TEXT NOT NULL,
            output INTEGER NOT NULL,
            chosen INTEGER NOT NULL,
            at INTEGER NOT NULL,
            digest INTEGER NOT NULL,
            PRIMARY KEY (identity, output)) WITHOUT ROWID;
        CREATE TABLE new_jobs (
            identity TEXT NOT NULL,
            job INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            idempotency_key TEXT NOT NULL,
            provider TEXT NOT NULL,
            account TEXT NOT NULL,
            operation TEXT,
            prompt TEXT,
            request_digest INTEGER NOT NULL,
            price_amount TEXT,
            price_unit TEXT,
            intended_at INTEGER NOT NULL,
            stage TEXT NOT NULL CHECK (stage IN ('intended', 'refused', 'accepted', 'ended', 'held', 'abandoned')),
            remote_id TEXT,
            accepted TEXT,
            outcome TEXT,
            cost_amount TEXT,
            cost_unit TEXT,
            message TEXT,
            stage_at INTEGER,
            digest INTEGER NOT NULL,
            PRIMARY KEY (identity, job, attempt)) WITHOUT ROWID;
        INSERT INTO new_jobs SELECT * FROM jobs;
        DROP TABLE jobs;
        ALTER TABLE new_jobs RENAME TO jobs;
        """

    /// The request bodies stand apart: a body may be megabytes, and a job's row is written anew at each of its stages.
    private static let first = """
        CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), commits INTEGER NOT NULL, writer INTEGER NOT NULL);
        INSERT INTO store VALUES (1, 0, 0);
        CREATE TABLE runs (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            started_at INTEGER NOT NULL,
            finished_at INTEGER,
            exit_code INTEGER,
            totals TEXT,
            digest INTEGER NOT NULL);
        CREATE TABLE jobs (
            identity TEXT NOT NULL,
            job INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            idempotency_key TEXT NOT NULL,
            provider TEXT NOT NULL,
            account TEXT NOT NULL,
            operation TEXT,
            prompt TEXT,
            request_digest INTEGER NOT NULL,
            price_amount TEXT,
            price_unit TEXT,
            intended_at INTEGER NOT NULL,
            stage TEXT NOT NULL CHECK (stage IN ('intended', 'refused', 'accepted', 'ended', 'held')),
            remote_id TEXT,
            accepted TEXT,
            outcome TEXT,
            cost_amount TEXT,
            cost_unit TEXT,
            message TEXT,
            stage_at INTEGER,
            digest INTEGER NOT NULL,
            PRIMARY KEY (identity, job, attempt)) WITHOUT ROWID;
        CREATE TABLE requests (
            identity TEXT NOT NULL,
            job INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            request BLOB NOT NULL,
            PRIMARY KEY (identity, job, attempt),
            FOREIGN KEY (identity, job, attempt) REFERENCES jobs DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID;
        CREATE TABLE artifacts (
            identity TEXT NOT NULL,
            output INTEGER NOT NULL,
            path TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            media_type TEXT NOT NULL,
            width INTEGER,
            height INTEGER,
            modified_ns INTEGER NOT NULL,
            inode INTEGER NOT NULL,
            digest INTEGER NOT NULL,
            PRIMARY KEY (identity, output)) WITHOUT ROWID;
        CREATE TABLE instances (
            identity TEXT NOT NULL PRIMARY KEY,
            step TEXT NOT NULL,
            name TEXT NOT NULL,
            status TEXT NOT NULL,
            reason TEXT,
            at INTEGER NOT NULL,
            digest INTEGER NOT NULL) WITHOUT ROWID;
        """

    /// Repetitions, what instances asked for, and which campaign a run was of: campaigns in one folder share a file.
    private static let second = """
        CREATE TABLE run_campaigns (
            run TEXT NOT NULL PRIMARY KEY,
            campaign TEXT NOT NULL,
            digest INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE generations (
            identity TEXT NOT NULL PRIMARY KEY,
            generation INTEGER NOT NULL,
            run TEXT NOT NULL,
            at INTEGER NOT NULL,
            digest INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE descriptions (
            identity TEXT NOT NULL PRIMARY KEY,
            campaign TEXT NOT NULL,
            step TEXT NOT NULL,
            name TEXT NOT NULL,
            description TEXT NOT NULL,
            at INTEGER NOT NULL,
            digest INTEGER NOT NULL) WITHOUT ROWID;
        """
}
