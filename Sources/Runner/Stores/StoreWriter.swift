package import Checkpoint
import Dispatch
import Foundation

/// Writes to the checkpoint in groups: what arrives while the disk is busy goes into one transaction, and each caller is told only after
/// its own write is durable. Keeps blocking disk calls off the cooperative pool.
package final class StoreWriter: Sendable {
    package typealias Completion = @Sendable (CheckpointError?) -> Void

    private struct State {
        var pending: [(writes: [CheckpointWrite], completion: Completion)] = []
        var isFlushing = false
        var failure: CheckpointError?
    }

    private let store: any CheckpointStore
    private let token: FencingToken
    private let queue = DispatchQueue(label: "flowbatch.checkpoint")
    private let lock = NSLock()
    // Guarded by `lock` alone.
    nonisolated(unsafe) private var state = State()

    package init(store: any CheckpointStore, token: FencingToken) {
        self.store = store
        self.token = token
    }

    /// Makes `write` durable, after every write given before it. After one failure every later write fails alike: the order of writes would
    /// be broken.
    package func write(_ write: CheckpointWrite, completion: @escaping Completion) { self.write([write], completion: completion) }

    /// The same for writes that belong together: all of them or none.
    package func write(_ writes: [CheckpointWrite], completion: @escaping Completion) {
        let begins = lock.withLock {
            state.pending.append((writes, completion))
            defer { state.isFlushing = true }
            return !state.isFlushing
        }
        if begins { queue.async { self.flush() } }
    }

    /// Returns once `write` is durable.
    package func record(_ write: CheckpointWrite) async throws(CheckpointError) {
        let failure = await withCheckedContinuation { continuation in
            self.write(write) { continuation.resume(returning: $0) }
        }
        if let failure { throw failure }
    }

    private func flush() {
        while true {
            let (group, failure) = lock.withLock {
                let group = state.pending
                state.pending = []
                if group.isEmpty { state.isFlushing = false }
                return (group, state.failure)
            }
            if group.isEmpty { return }
            let outcome = failure ?? apply(group.flatMap(\.writes))
            if let outcome { lock.withLock { state.failure = outcome } }
            for item in group { item.completion(outcome) }
        }
    }

    private func apply(_ writes: [CheckpointWrite]) -> CheckpointError? {
        do throws(CheckpointError) {
            try store.apply(writes, token: token)
            return nil
        } catch {
            return error
        }
    }
}
