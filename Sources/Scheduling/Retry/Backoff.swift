package import Pipeline

/// Waiting times between tries: exponential with full jitter, so that many waiters do not come back together.
package struct Backoff: Sendable {
    private let policy: RetryPolicy

    package init(_ policy: RetryPolicy) { self.policy = policy }

    /// The wait before the next try after `failures` failures in a row (from 1): between half and all of
    /// `initial · backoff^(failures−1)`, never above the policy's maximum.
    package func delay(afterFailures failures: Int, using random: inout SplitMix64) -> Duration {
        var ceiling = Double(policy.initialInterval.wholeMilliseconds)
        let most = Double(policy.maxInterval.wholeMilliseconds)
        for _ in 1..<max(1, min(failures, 64)) where ceiling < most { ceiling *= max(1, policy.backoff) }
        let bounded = max(1, min(ceiling, most))
        let half = Int64(bounded / 2)
        return .milliseconds(half + Int64.random(in: 0...max(1, Int64(bounded) - half), using: &random))
    }
}
