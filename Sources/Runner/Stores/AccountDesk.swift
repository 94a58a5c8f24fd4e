package import Checkpoint
import Dispatch
import Foundation

/// Serves requests to the account store in the order they came, off the cooperative pool. What arrives while the disk is busy goes into one
/// transaction, and each caller is told only after its own part is durable.
package final class AccountDesk: Sendable {
    private struct Request: Sendable {
        /// Does the work at a store, and gives back what tells the caller what came of it.
        let work: @Sendable (any AccountStore) -> @Sendable () -> Void
        /// Tells the caller that nothing of it was done.
        let fail: @Sendable (CheckpointError) -> Void
    }

    /// What was served so far.
    package struct Served: Hashable, Sendable {
        package fileprivate(set) var requests = 0
        package fileprivate(set) var groups = 0
    }

    private struct State {
        var pending: [Request] = []
        var isServing = false
        var served = Served()
    }

    /// Others wait for the store as long as one group takes.
    private static let most = 64

    private let store: any AccountStore
    private let queue = DispatchQueue(label: "flowbatch.accounts")
    private let lock = NSLock()
    // Guarded by `lock` alone.
    nonisolated(unsafe) private var state = State()

    package init(store: any AccountStore) { self.store = store }

    package var served: Served { lock.withLock { state.served } }

    /// What `work` returned, once it was its turn.
    package func answer<Answer: Sendable>(
        _ work: @escaping @Sendable (any AccountStore) throws(CheckpointError) -> Answer
    ) async throws(CheckpointError) -> Answer {
        let result: Result<Answer, CheckpointError> = await withCheckedContinuation { continuation in
            perform(work) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Calls `work`, then `completion` with what it returned or threw.
    package func perform<Answer: Sendable>(
        _ work: @escaping @Sendable (any AccountStore) throws(CheckpointError) -> Answer,
        completion: @escaping @Sendable (Result<Answer, CheckpointError>) -> Void
    ) {
        let request = Request(
            work: { store in
                let result: Result<Answer, CheckpointError>
                do throws(CheckpointError) {
                    result = .success(try work(store))
                } catch {
                    result = .failure(error)
                }
                return { completion(result) }
            }, fail: { completion(.failure($0)) })
        let begins = lock.withLock {
            state.pending.append(request)
            defer { state.isServing = true }
            return !state.isServing
        }
        if begins { queue.async { self.serve() } }
    }

    private func serve() {
        while true {
            let group = lock.withLock {
                let group = Array(state.pending.prefix(Self.most))
                state.pending.removeFirst(group.count)
                if group.isEmpty {
                    state.isServing = false
                } else {
                    state.served.groups += 1
                    state.served.requests += group.count
                }
                return group
            }
            if group.isEmpty { return }
            if group.count == 1 {
                group[0].work(store)()
                continue
            }
            do throws(CheckpointError) {
                var answers: [@Sendable () -> Void] = []
                try store.together { store in answers = group.map { $0.work(store) } }
                for answer in answers { answer() }
            } catch {
                for request in group { request.fail(error) }
            }
        }
    }
}
