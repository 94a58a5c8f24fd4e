package import Pipeline

/// What an account may still send, now and in the time to come: an estimate between two answers of the account's log (which is the truth).
///
/// It never grants anything by itself. It tells how fast requests may be used so that none is missing later: a rolling window gives nothing
/// back until its first requests are one window old, so what is left has to last until then.
package struct RequestSupply: Sendable, Hashable {
    private enum State: Hashable {
        case rolling(SendRing)
        case fixed(left: Int, resetsAt: Timestamp?)
        case bucket(TokenBucket)
    }

    private let rate: Rate
    private var state: State

    package init(rate: Rate, semantics: WindowSemantics = .rolling) {
        self.rate = rate
        switch semantics {
        case .rolling: state = .rolling(SendRing(rate: rate))
        case .fixed: state = .fixed(left: rate.count, resetsAt: nil)
        case .bucket: state = .bucket(TokenBucket(rate: rate))
        }
    }

    /// The account said that `left` requests remain at `now`; `resetsAt` where the provider said when a fixed window is over.
    package mutating func synchronise(left: Int, at now: Timestamp, resetsAt: Timestamp? = nil) {
        let left = max(0, min(left, rate.count))
        switch state {
        case .rolling(var ring):
            ring.synchronise(used: rate.count - left, at: now)
            state = .rolling(ring)
        case .fixed(let before, let known):
            // More than there was: another window has begun. Until it is told otherwise, one begins with the first request.
            let begins = left > before || known.map { $0 <= now } ?? true
            state = .fixed(left: left, resetsAt: resetsAt ?? (begins ? now + rate.window : known))
        case .bucket(var bucket):
            bucket.synchronise(left: left, at: now)
            state = .bucket(bucket)
        }
    }

    /// One request was granted at `now`.
    package mutating func spend(at now: Timestamp) {
        if case .rolling(var ring) = state {
            ring.add(at: now)
            state = .rolling(ring)
        } else {
            synchronise(left: Int(available(at: now)) - 1, at: now)
        }
    }

    /// How many requests may be sent from `now` until `span` later, if none is sent meanwhile that would have to come back within it.
    package func available(within span: Duration = .zero, at now: Timestamp) -> Double {
        let total = Double(rate.count)
        switch state {
        case .rolling(let ring): return total - ring.used(at: now) + ring.returning(within: span, at: now)
        case .fixed(let left, let resetsAt):
            guard let resetsAt else { return Double(left) }
            let end = now + span
            guard end >= resetsAt else { return Double(left) }
            let windows = (end - resetsAt).wholeMilliseconds / max(1, rate.window.wholeMilliseconds)
            return (now < resetsAt ? Double(left) : 0) + total * Double(1 + windows)
        case .bucket(let bucket):
            let refill = Double(span.wholeMilliseconds) * total / Double(max(1, rate.window.wholeMilliseconds))
            return bucket.tokens(at: now) + refill
        }
    }

    /// The highest rate, in requests a millisecond, that can be kept up from `now` for `horizon`: none of the moments until then, at which
    /// requests come back, may find fewer than that rate used up before it.
    package func sustainableRate(over horizon: Duration, at now: Timestamp) -> Double {
        let window = max(1, rate.window.wholeMilliseconds)
        let horizon = max(1, horizon.wholeMilliseconds)
        let span = min(horizon, window)
        var lowest = available(within: .milliseconds(span), at: now) / Double(span)
        // Of a fixed window, what is left has to last until the moment before it is over.
        if case .fixed(let left, .some(let resetsAt)) = state, resetsAt > now {
            let rest = (resetsAt - now).wholeMilliseconds
            if rest <= span { lowest = min(lowest, Double(left) / Double(rest)) }
        }
        guard case .rolling(let ring) = state else { return lowest }
        let left = Double(rate.count) - ring.used(at: now)
        // Over a whole window, the mean rate is kept by what came before the window's last moments: so what is left over gets used.
        if span == window, left < Double(rate.count) { lowest = .infinity }
        // Nearer than that, chance decides what comes back, and the next answer corrects it. The lowest of many looks is lower than what is
        // meant, which would leave requests unused: therefore only every second one, and as if a few more came back.
        let nearest = window / 32
        let bias = Double(rate.count) / 300
        for (index, (offset, returned)) in ring.returns(at: now).enumerated() where index % 2 == 1 && offset >= nearest && offset < span {
            lowest = min(lowest, max(0, left + returned + bias) / Double(offset))
        }
        return lowest
    }
}
