import Checkpoint
import Foundation
import Pipeline
import GRDB

/// A row that is not what was written: bytes changed on disk.
struct DamagedRow: Error {
    let table: String
    let detail: String

    init(_ table: String, _ detail: String) {
        self.table = table
        self.detail = detail
    }
}

/// Puts what went wrong with one store file into words that name it.
struct StoreFailure: Sendable {
    let path: String
    let kind: StoreKind

    /// Runs `body`; whatever it throws comes out as a `CheckpointError`.
    func translating<Result>(_ body: () throws -> Result) throws(CheckpointError) -> Result {
        do { return try body() } catch { throw translation(of: error) }
    }

    func damaged(_ detail: String) -> CheckpointError {
        .damaged(
            "\(path): the \(kind.noun) is damaged (\(detail)); nothing in it was changed. Put a backup of it back, or move it and its "
                + "-wal, -shm and -mark files away to start anew: \(kind.loss)")
    }

    func cannotWrite(_ detail: String) -> CheckpointError { .cannotWrite("cannot use the \(kind.noun) \(path): \(detail)") }

    private func translation(of error: any Error) -> CheckpointError {
        switch error {
        case let error as CheckpointError: error
        case let error as DamagedRow: damaged("table \(error.table): \(error.detail)")
        case let error as DatabaseError: translation(of: error)
        default: cannotWrite(error.fileProblem)
        }
    }

    private func translation(of error: DatabaseError) -> CheckpointError {
        let message = error.message ?? error.resultCode.description
        return switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_MISMATCH, .SQLITE_SCHEMA: damaged(message)
        // Our statements are fixed: one that the schema does not take means that the schema is not ours.
        case .SQLITE_ERROR, .SQLITE_CONSTRAINT: damaged(message)
        case .SQLITE_FULL: cannotWrite("the disk is full (\(message))")
        case .SQLITE_BUSY, .SQLITE_LOCKED: cannotWrite("another process keeps it locked (\(message))")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: cannotWrite("no permission to write it (\(message))")
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHORT_READ: damaged(message)
        default: cannotWrite(message)
        }
    }
}
