import Synchronization

/// Lets at most so many calls be under way at once, in the order they came.
///
/// Some providers count the requests that they are working on. The count is this process's own: what other processes have under way is the
/// provider's to refuse, and a refusal of that kind is waited out.
final class CallGate: Sendable {
    private struct State {
        var free: Int
        var next = 0
        var waiting: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
        /// Cancelled before they had begun to wait.
        var gone: Set<Int> = []
    }

    private let state: Mutex<State>

    /// - Parameter most: at least 1.
    init(most: Int) { state = Mutex(State(free: max(1, most))) }

    /// Runs `work` once there is room.
    ///
    /// - Throws: what `work` throws; `HTTPFault` (`.notSent`) where the task was cancelled while it waited.
    func pass<Outcome: Sendable>(_ work: () async throws(HTTPFault) -> Outcome) async throws(HTTPFault) -> Outcome {
        guard await enter() else { throw HTTPFault(.notSent, "the request was cancelled before it was sent") }
        defer { leave() }
        return try await work()
    }

    private func enter() async -> Bool {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.gone.remove(id) != nil { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let cancelled = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let place = state.waiting.firstIndex(where: { $0.id == id }) else {
                    state.gone.insert(id)
                    return nil
                }
                return state.waiting.remove(at: place).continuation
            }
            cancelled?.resume(returning: false)
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
