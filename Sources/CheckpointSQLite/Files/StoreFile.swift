import Checkpoint
import Foundation
import GRDB

/// One store file on disk: made whole or not at all, checked before it is trusted, read without being in anybody's way.
struct StoreFile: Sendable {
    let path: String
    let kind: StoreKind

    /// Longest wait for another process, in seconds.
    private static let patience: TimeInterval = 20
    /// Larger files are not checked page by page when opened; every row is checked when it is read, all the same.
    private static let checkedBytes: UInt64 = 1 << 30
    /// Larger files are checked without holding each index against its table.
    private static let whollyCheckedBytes: UInt64 = 1 << 25

    init(_ path: String, _ kind: StoreKind) {
        self.path = FileStanding.resolved(path)
        self.kind = kind
    }

    var failure: StoreFailure { StoreFailure(path: path, kind: kind) }

    /// Whether there is a store.
    ///
    /// - Throws: `.cannotWrite` where something else is in its place, or the folder cannot be read; `.damaged` where only parts are left.
    func exists() throws(CheckpointError) -> Bool {
        guard let standing = try FileStanding.of(path) else {
            if let log = try FileStanding.of(path + "-wal"), log.bytes > 0 {
                throw failure.damaged("it is gone, but its log \(path)-wal is still there")
            }
            if let commits = try CommitMark.number(of: path), commits > 0 {
                throw failure.damaged(
                    "it is gone, but \(path)-mark says that it held \(commits) commits; put it back, or remove \(path)-mark where it was removed "
                        + "on purpose")
            }
            return false
        }
        if standing.isFolder { throw failure.cannotWrite("it is a folder") }
        if standing.bytes == 0 { throw failure.damaged("it is empty") }
        return true
    }

    /// Opens it for writing, makes it first where it is missing, brings an older one up to date.
    ///
    /// - Throws: `.cannotWrite`, `.damaged`, `.newerVersion`.
    func openForWriting() throws(CheckpointError) -> DatabaseQueue {
        if try exists() { try verify() } else { try make() }
        return try openUnchecked()
    }

    /// Opens it for writing as it is, but for its version.
    ///
    /// - Throws: `.cannotWrite`.
    func openUnchecked() throws(CheckpointError) -> DatabaseQueue {
        try failure.translating {
            var configuration = Self.configuration
            configuration.prepareDatabase { db in
                try Self.harden(db)
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // Only a full flush outlives power loss on macOS; elsewhere these say nothing.
                try db.execute(sql: "PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON")
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try kind.migrator.migrate(queue)
            return queue
        }
    }

    /// Reads without writing anything, from one consistent snapshot. The file must exist.
    ///
    /// - Throws: `.cannotWrite`, `.damaged`.
    func read<Result>(_ body: (Database) throws -> Result) throws(CheckpointError) -> Result {
        if let result = try readAtRest(body) { return result }
        var configuration = Self.configuration
        configuration.readonly = true
        configuration.prepareDatabase { try Self.harden($0) }
        return try failure.translating {
            do {
                return try DatabaseQueue(path: path, configuration: configuration).read(body)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_READONLY {
                // What a killed writer left in its log or journal has to be played back first, which takes the right to write.
                configuration.readonly = false
                return try DatabaseQueue(path: path, configuration: configuration).read(body)
            }
        }
    }

    /// Checks everything that can be checked without writing: whose file it is, which version, every page, and that no commit is missing.
    ///
    /// - Throws: `.damaged`, `.newerVersion`, `.cannotWrite`.
    func verify() throws(CheckpointError) {
        // Before the database: a mark read later may have been advanced by a commit that the snapshot does not have.
        let mark = try CommitMark.number(of: path) ?? 0
        let bytes = try FileStanding.of(path)?.bytes ?? 0
        try read { db in
            let applicationID = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            guard applicationID == kind.applicationID else {
                throw failure.damaged("it is a database, but not a \(kind.noun) of flowbatch")
            }
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            guard version <= kind.version else {
                throw CheckpointError.newerVersion(found: version, supported: kind.version, path: path)
            }
            let check = bytes <= Self.whollyCheckedBytes ? "integrity_check" : "quick_check"
            if bytes <= Self.checkedBytes, let finding = try String.fetchOne(db, sql: "PRAGMA \(check)(1)"), finding != "ok" {
                throw failure.damaged(finding)
            }
            if version == kind.version { for table in kind.checkedWhole { try table.verify(in: db) } }
            let commits = try Int64.fetchOne(db, sql: "SELECT commits FROM store WHERE id = 1") ?? 0
            guard commits >= mark else {
                throw failure.damaged(
                    "its last \(mark - commits) commits are missing; where an older copy was put back on purpose, remove \(path)-mark and "
                        + "what was paid since may be paid again")
            }
        }
    }

    // MARK: making

    /// Builds the store under another name and renames it, so that a half-made one never stands under its own.
    private func make() throws(CheckpointError) {
        try FileStanding.makeFolder(of: path)
        guard case .acquired(let lock) = try ProcessLock.wait(for: path + ".making") else { return }
        defer { lock.release(removingFile: true) }
        if try exists() { return try verify() }
        let draft = path + ".new"
        for leftover in ["", "-journal", "-wal", "-shm"].map({ draft + $0 }) { try? FileManager.default.removeItem(atPath: leftover) }
        CommitMark.remove(of: path)
        _ = try SystemFile(draft, creating: true)
        try failure.translating {
            var configuration = Self.configuration
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON")
            }
            let queue = try DatabaseQueue(path: draft, configuration: configuration)
            try queue.inDatabase { try $0.execute(sql: "PRAGMA application_id = \(kind.applicationID)") }
            try kind.migrator.migrate(queue)
            // Now, and not under its own name: the switch takes a rollback journal, which a kill would leave behind.
            try queue.inDatabase { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
            try queue.close()
            try FileManager.default.moveItem(atPath: draft, toPath: path)
        }
        SystemFile.synchroniseFolder(of: path)
    }

    // MARK: reading

    /// Reads the file as it lies there where no log stands beside it: without locks and without the two files that SQLite would make.
    ///
    /// - Returns: nil where a writer is at work, or was while this read: then what was read does not count.
    private func readAtRest<Result>(_ body: (Database) throws -> Result) throws(CheckpointError) -> Result? {
        guard try isAtRest(), let before = try FileStanding.of(path) else { return nil }
        var configuration = Self.configuration
        configuration.readonly = true
        configuration.prepareDatabase { try Self.harden($0) }
        let outcome = Swift.Result { try DatabaseQueue(path: uri + "?immutable=1", configuration: configuration).read(body) }
        guard try isAtRest(), try FileStanding.of(path) == before else { return nil }
        // Anything but a result of its own is left to the ordinary way to confirm: it may be the way that failed, not the file.
        if case .failure(let error) = outcome, error is DatabaseError { return nil }
        return try failure.translating { try outcome.get() }
    }

    private func isAtRest() throws(CheckpointError) -> Bool {
        for log in ["-wal", "-journal"] {
            if let standing = try FileStanding.of(path + log), standing.bytes > 0 { return false }
        }
        return true
    }

    private var uri: String { URL(filePath: path).absoluteString }

    // MARK: connections

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.label = "flowbatch.store"
        return configuration
    }

    /// Damage is to be noticed where it is met, and the schema runs no code.
    private static func harden(_ db: Database) throws {
        try db.execute(sql: "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF")
    }
}
