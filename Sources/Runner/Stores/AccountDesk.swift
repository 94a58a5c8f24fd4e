package import Checkpoint
import Dispatch

/// Serves one request to the account store after the other, in the order they came, off the cooperative pool.
package final class AccountDesk: Sendable {
    private let store: any AccountStore
    private let queue = DispatchQueue(label: "flowbatch.accounts")

    package init(store: any AccountStore) { self.store = store }

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
        queue.async { [store] in
            do throws(CheckpointError) {
                completion(.success(try work(store)))
            } catch {
                completion(.failure(error))
            }
        }
    }
}
