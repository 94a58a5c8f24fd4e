import Checkpoint
import GRDB

/// The way to a store file for one process: a writer, or a reader that changes nothing.
final class StoreConnection: Sendable {
    private struct Writer: Sendable {
        let queue: DatabaseQueue
        let mark: CommitMark
    }

    let file: StoreFile
    private let writer: Writer?

    /// Opens `file` for writing and makes it where it is missing.
    ///
    /// - Throws: `.cannotWrite`, `.damaged`, `.newerVersion`.
    init(writing file: StoreFile) throws(CheckpointError) {
        self.file = file
        let queue = try file.openForWriting()
        writer = Writer(queue: queue, mark: try CommitMark(store: file.path))
    }

    /// Opens `file` for reading; nil where there is none.
    ///
    /// - Throws: `.cannotWrite`, `.damaged`, `.newerVersion`.
    init?(reading file: StoreFile) throws(CheckpointError) {
        guard try file.exists() else { return nil }
        try file.verify()
        self.file = file
        writer = nil
    }

    var isWriter: Bool { writer != nil }

    /// Reads from one consistent snapshot without being in a writer's way.
    func read<Result>(_ body: (Database) throws -> Result) throws(CheckpointError) -> Result {
        try file.read { db in try isWriter ? body(db) : file.kind.upToDate(db, body) }
    }

    /// Runs `body` in one transaction that no other writer shares; what it wrote is durable once this returns.
    ///
    /// - Throws: what `body` throws, with nothing written; `.cannotWrite` where the disk fails.
    func write<Result>(_ body: (Database) throws -> Result) throws(CheckpointError) -> Result {
        guard let writer else { throw file.failure.cannotWrite("it was opened for reading only") }
        return try file.failure.translating {
            let (result, commit) = try writer.queue.inDatabase { db in
                var result: Result?
                var commit: Int64?
                try db.inTransaction(.immediate) {
                    let before = db.totalChangesCount
                    result = try body(db)
                    if db.totalChangesCount != before {
                        try db.cachedStatement(sql: "UPDATE store SET commits = commits + 1 WHERE id = 1").execute()
                        commit = try Int64.fetchOne(db.cachedStatement(sql: "SELECT commits FROM store WHERE id = 1"))
                    }
                    return .commit
                }
                return (result, commit)
            }
            if let commit { writer.mark.advance(to: commit) }
            guard let result else { throw file.failure.cannotWrite("a transaction did not run") }
            return result
        }
    }
}
