/// What a provider's reply says of a request limit.
package struct RateReading: Hashable, Sendable {
    /// Requests in a window; nil where the reply does not say.
    package let limit: Int?
    /// Requests left in the window that holds now.
    package let remaining: Int
    /// When the window is over, or requests come back; nil where the reply does not say.
    package var resetsAt: Timestamp?
    /// How long a window is; nil where the reply does not say.
    package let window: Duration?

    package init(limit: Int? = nil, remaining: Int, resetsAt: Timestamp? = nil, window: Duration? = nil) {
        self.limit = limit
        self.remaining = remaining
        self.resetsAt = resetsAt
        self.window = window
    }

    /// Whether it is `limit` that the reply tells of, as far as can be seen.
    package func isOf(_ limit: RequestLimit) -> Bool {
        guard let window else { return true }
        let said = window.wholeMilliseconds
        let known = limit.rate.window.wholeMilliseconds
        return abs(said - known) * 10 <= known
    }
}

/// How an account stands once a provider's own count was taken in.
package struct RateStanding: Hashable, Sendable {
    /// Requests left.
    package let left: Int
    /// Requests that only others can have sent: a browser, another tool, another machine.
    package let others: Int

    package init(left: Int, others: Int) {
        self.left = left
        self.others = others
    }
}
