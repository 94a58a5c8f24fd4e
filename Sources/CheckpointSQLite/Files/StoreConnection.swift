import Checkpoint
import GRDB

/// The way to a store file for one process: a writer, or a reader that changes nothing.
final class StoreConnection: Sendable {
    private struct Writer: Sendable {
        let queue: DatabaseQueue
        let mark: CommitMark
        let memory: (any TransactionMemory)?
    }

    private enum Way: Sendable {
        case writer(Writer)
        case reader
        /// Within a transaction of a writer, and used by the thread that is in it alone.
        case inside(Transaction)
    }

    // The thread that began the transaction is the only one that has it.
    private struct Transaction: @unchecked Sendable {
        let db: Database
        let memory: (any TransactionMemory)?
    }

    let file: StoreFile
    private let way: Way

    /// Opens `file` for writing and makes it where it is missing.
    ///
    /// - Parameter memory: what is remembered of it between transactions.
    /// - Throws: `.cannotWrite`, `.damaged`, `.newerVersion`.
    init(writing file: StoreFile, memory: (any TransactionMemory)? = nil) throws(CheckpointError) {
        self.file = file
        let queue = try file.openForWriting()
        way = .writer(Writer(queue: queue, mark: try CommitMark(store: file.path), memory: memory))
    }

    /// Opens `file` for writing without holding what is in it against anything: for who knows that it is what was checked before.
    ///
    /// - Throws: `.cannotWrite`.
    init(writingUnchecked file: StoreFile, memory: (any TransactionMemory)? = nil) throws(CheckpointError) {
        self.file = file
        let queue = try file.openUnchecked()
        way = .writer(Writer(queue: queue, mark: try CommitMark(store: file.path), memory: memory))
    }

    /// Ends writing: what the log holds goes to the file, where no reader is in the way. It only reads from then on.
    ///
    /// - Throws: `.cannotWrite`.
    func close() throws(CheckpointError) {
        guard case .writer(let writer) = way else { return }
        try file.failure.translating { try writer.queue.close() }
    }

    /// Opens `file` for reading; nil where there is none.
    ///
    /// - Throws: `.cannotWrite`, `.damaged`, `.newerVersion`.
    init?(reading file: StoreFile) throws(CheckpointError) {
        guard try file.exists() else { return nil }
        try file.verify()
        self.file = file
        way = .reader
    }

    private init(inside db: Database, of file: StoreFile, memory: (any TransactionMemory)?) {
        self.file = file
        way = .inside(Transaction(db: db, memory: memory))
    }

    var isWriter: Bool { if case .writer = way { true } else { false } }

    /// Reads from one consistent snapshot without being in a writer's way.
    func read<Result>(_ body: (Database) throws -> Result) throws(CheckpointError) -> Result {
        switch way {
        case .inside(let transaction): try file.failure.translating { try body(transaction.db) }
        case .writer: try file.read(body)
        case .reader: try file.read { db in try file.kind.upToDate(db, body) }
        }
    }

    /// The same for what is asked again and again while a run writes: over the connection that it writes with, in turn with that.
    func readInTurn<Result>(_ body: (Database) throws -> Result) throws(CheckpointError) -> Result {
        guard case .writer(let writer) = way else { return try read(body) }
        return try file.failure.translating {
            try writer.queue.inDatabase { db in
                var result: Result?
                try db.inTransaction(.deferred) {
                    result = try body(db)
                    return .commit
                }
                guard let result else { throw file.failure.cannotWrite("a transaction did not run") }
                return result
            }
        }
    }

    /// Runs `body` in one transaction that no other writer shares; what it wrote is durable once this returns.
    ///
    /// - Throws: what `body` throws, with nothing written; `.cannotWrite` where the disk fails.
    func write<Result>(_ body: (Database) throws -> Result) throws(CheckpointError) -> Result {
        let writer: Writer
        switch way {
        case .writer(let own): writer = own
        case .reader: throw file.failure.cannotWrite("it was opened for reading only")
        case .inside(let transaction): return try write(in: transaction, body)
        }
        return try file.failure.translating {
            let (result, commit) = try writer.queue.inDatabase { db in
                var result: Result?
                var commit: Int64?
                var isDone = false
                defer { if !isDone { writer.memory?.forget() } }
                try db.inTransaction(.immediate) {
                    try writer.memory?.begin(in: db)
                    let before = db.totalChangesCount
                    result = try body(db)
                    if db.totalChangesCount != before {
                        try db.cachedStatement(sql: "UPDATE store SET commits = commits + 1 WHERE id = 1").execute()
                        commit = try Int64.fetchOne(db.cachedStatement(sql: "SELECT commits FROM store WHERE id = 1"))
                    }
                    return .commit
                }
                isDone = true
                return (result, commit)
            }
            if let commit { writer.mark.advance(to: commit) }
            guard let result else { throw file.failure.cannotWrite("a transaction did not run") }
            return result
        }
    }

    /// Runs `body` in one transaction, with a connection whose writes are parts of it: each takes effect whole or not at all.
    ///
    /// - Throws: `.cannotWrite`, with nothing written by any of them.
    func together(_ body: (StoreConnection) -> Void) throws(CheckpointError) {
        guard case .writer(let writer) = way else { return body(self) }
        try write { db in
            body(StoreConnection(inside: db, of: file, memory: writer.memory))
            // A full disk or a failing one ends a transaction: what came before is gone then.
            guard db.isInsideTransaction else { throw file.failure.cannotWrite("the disk did not take a group of changes") }
        }
    }

    private func write<Result>(in transaction: Transaction, _ body: (Database) throws -> Result) throws(CheckpointError) -> Result {
        let db = transaction.db
        return try file.failure.translating {
            guard db.isInsideTransaction else { throw file.failure.cannotWrite("the disk did not take a group of changes") }
            // As `inSavepoint`, whose statements are prepared anew each time.
            try db.cachedStatement(sql: "SAVEPOINT part").execute()
            do {
                let result = try body(db)
                try db.cachedStatement(sql: "RELEASE part").execute()
                return result
            } catch {
                transaction.memory?.forget()
                if db.isInsideTransaction {
                    try db.cachedStatement(sql: "ROLLBACK TO part").execute()
                    try db.cachedStatement(sql: "RELEASE part").execute()
                }
                throw error
            }
        }
    }
}
