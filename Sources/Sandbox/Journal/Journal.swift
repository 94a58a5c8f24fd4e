import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An append-only file of JSON lines. Lines are written in the order of ``enqueue(_:)``; ``flush(through:)`` returns once they would survive
/// a power cut. Callers that wait at the same time share one fsync.
final class Journal: Sendable {
    /// The end of an enqueued line, in lines since the journal was opened.
    struct Position: Sendable, Comparable {
        fileprivate var line: Int
        static func < (left: Position, right: Position) -> Bool { left.line < right.line }
    }

    private struct Pending {
        var bytes = Data()
        var enqueued = 0
        var durable = 0
        var waiters: [(line: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var isWriting = false
        var failure: SandboxError?
    }

    private let path: String
    private let descriptor: Int32
    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "flowbatch.sandbox.journal")

    /// Opens the journal at `url`, created if missing, and returns what it holds. A last line that was cut off by a crash is removed.
    ///
    /// - Throws: ``SandboxError``.
    static func open(at url: URL) throws(SandboxError) -> (journal: Journal, entries: [JournalEntry]) {
        let path = url.path
        let descriptor = SystemCall.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw .stateUnavailable(path: path, reason: SystemCall.lastError()) }
        do throws(SandboxError) {
            let content = try read(url)
            let (entries, wholeBytes) = try parse(content, path: path)
            if wholeBytes < content.count, ftruncate(descriptor, off_t(wholeBytes)) != 0 {
                throw SandboxError.stateUnavailable(path: path, reason: SystemCall.lastError())
            }
            return (Journal(path: path, descriptor: descriptor), entries)
        } catch {
            SystemCall.close(descriptor)
            throw error
        }
    }

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { SystemCall.close(descriptor) }

    private static func read(_ url: URL) throws(SandboxError) -> Data {
        do {
            return try Data(contentsOf: url)
        } catch {
            throw .stateUnavailable(path: url.path, reason: error.localizedDescription)
        }
    }

    /// The entries of `content`, and how many of its bytes they take: a last line without its newline, or one that can't be read, doesn't count.
    static func parse(_ content: Data, path: String) throws(SandboxError) -> (entries: [JournalEntry], wholeBytes: Int) {
        let decoder = JSONDecoder()
        var entries: [JournalEntry] = []
        var wholeBytes = 0
        var rest = content[...]
        while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<newline]
            rest = rest[rest.index(after: newline)...]
            do {
                entries.append(try decoder.decode(JournalEntry.self, from: line))
            } catch {
                guard rest.isEmpty else {
                    throw .journalDamaged(path: path, line: entries.count + 1, reason: "the line isn't a whole entry")
                }
                break
            }
            wholeBytes += line.count + 1
        }
        return (entries, wholeBytes)
    }

    /// Puts a line at the end, to be written soon.
    func enqueue(_ entry: JournalEntry) throws -> Position {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line = try encoder.encode(entry)
        line.append(UInt8(ascii: "\n"))
        return try pending.withLock { pending in
            if let failure = pending.failure { throw failure }
            pending.bytes.append(line)
            pending.enqueued += 1
            return Position(line: pending.enqueued)
        }
    }

    /// The end of what was enqueued so far.
    var end: Position { pending.withLock { Position(line: $0.enqueued) } }

    /// Returns once everything up to `position` is on stable storage.
    ///
    /// - Throws: ``SandboxError/stateUnavailable(path:reason:)``; the journal takes nothing any more after that.
    func flush(through position: Position) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let action = pending.withLock { pending -> FlushAction in
                if let failure = pending.failure { return .fail(failure) }
                if pending.durable >= position.line { return .done }
                pending.waiters.append((position.line, continuation))
                if pending.isWriting { return .wait }
                pending.isWriting = true
                return .write
            }
            switch action {
            case .fail(let failure): continuation.resume(throwing: failure)
            case .done: continuation.resume()
            case .wait: break
            case .write: queue.async { self.writeUntilEmpty() }
            }
        }
    }

    private enum FlushAction {
        case fail(SandboxError)
        case done, wait, write
    }

    private func writeUntilEmpty() {
        while true {
            let (bytes, line) = pending.withLock { pending in
                defer { pending.bytes = Data() }
                return (pending.bytes, pending.enqueued)
            }
            let failure = SystemCall.write(bytes, to: descriptor) && fsync(descriptor) == 0 ? nil : SystemCall.lastError()
            let (served, isDone) = pending.withLock { pending in
                if let failure {
                    pending.failure = .stateUnavailable(path: path, reason: failure)
                } else {
                    pending.durable = line
                }
                let served = pending.waiters.filter { failure != nil || $0.line <= line }
                pending.waiters.removeAll { failure != nil || $0.line <= line }
                let isDone = pending.waiters.isEmpty
                if isDone { pending.isWriting = false }
                return (served, isDone)
            }
            for waiter in served {
                if let failure {
                    waiter.continuation.resume(throwing: SandboxError.stateUnavailable(path: path, reason: failure))
                } else {
                    waiter.continuation.resume()
                }
            }
            if isDone { return }
        }
    }
}
