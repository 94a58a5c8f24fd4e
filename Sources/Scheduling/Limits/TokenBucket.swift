package import Pipeline

/// An estimate of how many requests an account may still send, between two answers of the account's log (which is the truth).
///
/// It starts at what the log says is left and refills at the limit's mean rate, so the machine knows between leases how freely it may
/// spend. It never grants anything by itself: a full bucket that also refills would allow twice the limit in the first window.
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

    /// How long the limit's mean rate takes to give back `count` requests.
    package func timeToRefill(_ count: Int) -> Duration {
        .milliseconds(Int64(Double(rate.window.wholeMilliseconds) * Double(count) / Double(max(1, rate.count))))
    }

    /// The estimated part of the allowance that is left at `now`, from 0 to 1.
    package func fraction(at now: Timestamp) -> Double { tokens(at: now) / Double(rate.count) }
}
