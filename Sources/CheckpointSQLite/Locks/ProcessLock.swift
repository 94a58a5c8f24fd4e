package import Checkpoint
import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What asking for a lock came to.
package enum LockAttempt: Sendable {
    case acquired(ProcessLock)
    /// Nil where the holder has not written its name yet.
    case heldBy(LockHolder?)
}

/// A lock on a file that the kernel drops with its process, however that ends: a file left behind is no lock.
///
/// It is `flock(2)`: bound to the open file, not inherited by programs that are started, and held against every other opening, within this
/// process too.
package final class ProcessLock: Sendable {
    package let path: String
    private let file: Mutex<SystemFile?>

    private init(path: String, file: SystemFile) {
        self.path = path
        self.file = Mutex(file)
    }

    /// Takes the lock at `path` unless somebody else has it, and writes `holder` into its file. The folder must exist.
    ///
    /// - Throws: `.cannotWrite` where the file cannot be opened or locked.
    package static func acquire(_ path: String, holder: LockHolder) throws(CheckpointError) -> LockAttempt {
        // A look at the holder takes the lock for an instant: one refusal is no refusal.
        for look in 1...5 {
            if look > 1 { usleep(5000) }
            if let lock = try attempt(path, waiting: false) {
                try lock.write(holder)
                return .acquired(lock)
            }
        }
        return .heldBy(try SystemFile(path, creating: false).flatMap { LockHolder($0.read(limit: LockHolder.largest)) })
    }

    /// Takes the lock at `path`, waiting for as long as others have it: for locks that are held for instants.
    ///
    /// - Throws: `.cannotWrite`.
    static func wait(for path: String, holder: LockHolder? = nil) throws(CheckpointError) -> LockAttempt {
        for _ in 1...1000 {
            guard let lock = try attempt(path, waiting: true) else { continue }
            if let holder { try lock.write(holder) }
            return .acquired(lock)
        }
        throw .cannotWrite("cannot lock \(path): others keep replacing it")
    }

    /// Takes the lock at `path` once it is this process's turn, for a change that takes an instant; makes the folder where it is missing.
    ///
    /// - Throws: `.cannotWrite`.
    package static func inTurn(_ path: String) throws(CheckpointError) -> ProcessLock {
        try FileStanding.makeFolder(of: path)
        guard case .acquired(let lock) = try wait(for: path) else { throw .cannotWrite("cannot lock \(path)") }
        return lock
    }

    /// Who holds the lock at `path`; nil where nobody does. A file that a dead process left is removed where `removingStale`.
    ///
    /// - Throws: `.cannotWrite` where that cannot be found out.
    static func look(_ path: String, removingStale: Bool) throws(CheckpointError) -> Held? {
        guard let file = try SystemFile(path, creating: false) else { return nil }
        let kind = removingStale ? LOCK_EX : LOCK_SH
        if flock(file.descriptor, kind | LOCK_NB) != 0 {
            let code = errno
            guard code == EWOULDBLOCK else { throw .cannotWrite("cannot lock \(path): \(SystemFile.text(of: code))") }
            return Held(by: LockHolder(file.read(limit: LockHolder.largest)))
        }
        if removingStale { removeWhereOurs(file, path) }
        return nil
    }

    /// That a lock is held, and by whom where its file says so.
    struct Held {
        let by: LockHolder?
    }

    /// Gives the lock up; doing so twice changes nothing.
    ///
    /// - Parameter removingFile: removes the file first. A process that waits for it notices and takes a new one.
    package func release(removingFile: Bool) {
        file.withLock { file in
            guard let held = file else { return }
            if removingFile { Self.removeWhereOurs(held, path) }
            // At once: a child that was forked a moment ago still has the descriptor until it becomes its program.
            _ = flock(held.descriptor, LOCK_UN)
            file = nil
        }
    }

    // MARK: taking it

    /// Nil where somebody has it, or where the file was replaced in between.
    private static func attempt(_ path: String, waiting: Bool) throws(CheckpointError) -> ProcessLock? {
        guard let file = try SystemFile(path, creating: true) else { return nil }
        var result = flock(file.descriptor, LOCK_EX | (waiting ? 0 : LOCK_NB))
        while waiting, result != 0, errno == EINTR { result = flock(file.descriptor, LOCK_EX) }
        if result != 0 {
            let code = errno
            if code == EWOULDBLOCK || code == EINTR { return nil }
            throw .cannotWrite("cannot lock \(path): \(SystemFile.text(of: code))")
        }
        return try isAt(path, file) ? ProcessLock(path: path, file: file) : nil
    }

    /// Whether `path` still names the file: one that was removed locks nobody out.
    private static func isAt(_ path: String, _ file: SystemFile) throws(CheckpointError) -> Bool {
        guard let named = try FileStanding.of(path), let inode = file.inode else { return false }
        return named.inode == inode
    }

    private static func removeWhereOurs(_ file: SystemFile, _ path: String) {
        if (try? isAt(path, file)) == true { unlink(path) }
    }

    private func write(_ holder: LockHolder) throws(CheckpointError) {
        let isWritten = file.withLock { file in
            guard let file else { return false }
            return file.truncate(to: 0) && file.write(holder.data)
        }
        if !isWritten { throw .cannotWrite("cannot write \(path): \(SystemFile.text(of: errno))") }
    }
}
