package import Pipeline

/// What a provider's own count of requests means for an account's log: the same for every form of it.
package struct MeteredLimit: Sendable {
    package let limit: RequestLimit
    private let reading: RateReading
    private let now: Timestamp

    /// Nil where the reading is of none of the limits, or it cannot be told of which.
    package init?(_ reading: RateReading, limits: AccountLimits, now: Timestamp) {
        let fitting = limits.requests.filter(reading.isOf)
        guard let limit = fitting.count == 1 ? fitting.first : fitting.first(where: { $0.rate.count == reading.limit }) else { return nil }
        self.limit = limit
        self.reading = reading
        self.now = now
    }

    /// When the provider's window began, where it counts in fixed ones and says when this one is over.
    private var begin: Timestamp? {
        guard limit.semantics == .fixed, let end = reading.resetsAt, end > now, end <= now + limit.rate.window else { return nil }
        return end - limit.rate.window
    }

    /// What ended before it has come back. Providers tell in whole seconds, so a little more is kept.
    package var forgottenBefore: Timestamp? {
        begin.map { $0 - .milliseconds(limit.rate.window.wholeMilliseconds / 100) }
    }

    /// Requests that only others can have sent, `sent` being ours since one window before the request left whose reply it is: those that are open
    /// among them, for they may have been counted.
    package func others(beside sent: Int) -> Int { min(limit.rate.count, max(0, limit.rate.count - sent - reading.remaining)) }

    /// As when they count.
    package var countedAt: Timestamp { begin ?? now }

    /// As what they count: any call that the limit counts.
    package var call: CallKind { CallKind.allCases.first(where: limit.calls.contains) ?? .account }

    /// - Parameter sent: with those of others.
    package func standing(sent: Int, others: Int) -> RateStanding {
        RateStanding(left: max(0, limit.rate.count - sent), others: others)
    }
}
