package import Pipeline

/// How many requests an account may still send where they trickle back at the limit's mean rate, between two answers of the account.
///
/// It never grants anything by itself: under a rolling window, a full bucket that also refills would allow twice the limit in the first one.
package struct TokenBucket: Sendable, Hashable {
    private let rate: Rate
    private var level: Double
    private var at: Timestamp?

    package init(rate: Rate) {
        self.rate = rate
        level = Double(rate.count)
    }

    /// The log said that `left` requests remain at `now`.
    package mutating func synchronise(left: Int, at now: Timestamp) {
        level = Double(max(0, min(left, rate.count)))
        at = now
    }

    /// The estimated number of requests left at `now`, never above the limit.
    package func tokens(at now: Timestamp) -> Double {
        guard let at, now > at else { return level }
        let elapsed = Double((now - at).wholeMilliseconds)
        return min(Double(rate.count), level + elapsed * Double(rate.count) / Double(max(1, rate.window.wholeMilliseconds)))
    }
}
