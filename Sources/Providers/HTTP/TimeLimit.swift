/// The time for a whole call is over.
struct TimeLimitExceeded: Error {}

/// Runs `operation`, and cancels it when `limit` has passed.
///
/// The library's own deadline ends with the reply's head; a body that trickles for ever needs this one.
/// - Throws: `TimeLimitExceeded`, or what `operation` throws.
func withTimeLimit<Outcome: Sendable>(
    _ limit: Duration, _ operation: @escaping @Sendable () async throws -> Outcome
) async throws -> Outcome {
    try await withThrowingTaskGroup(of: Outcome.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimeLimitExceeded()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
