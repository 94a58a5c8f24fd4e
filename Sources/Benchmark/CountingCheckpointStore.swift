import Checkpoint
import Foundation
import Pipeline

/// A checkpoint that counts what it is given.
final class CountingCheckpointStore: CheckpointStore {
    struct Count {
        var writes = 0
        var transactions = 0
    }

    private let store: any CheckpointStore
    private let lock = NSLock()
    // Guarded by `lock` alone.
    nonisolated(unsafe) private var counted = Count()

    var count: Count { lock.withLock { counted } }

    init(_ store: any CheckpointStore) { self.store = store }

    func openForWriting() throws(CheckpointError) -> FencingToken { try store.openForWriting() }
    func load() throws(CheckpointError) -> CheckpointState { try store.load() }
    func generations() throws(CheckpointError) -> [Identity: GenerationRecord] { try store.generations() }
    func requests() throws(CheckpointError) -> [Identity: RequestRecord] { try store.requests() }

    func apply(_ writes: [CheckpointWrite], token: FencingToken) throws(CheckpointError) {
        try store.apply(writes, token: token)
        lock.withLock {
            counted.writes += writes.count
            counted.transactions += 1
        }
    }
}
