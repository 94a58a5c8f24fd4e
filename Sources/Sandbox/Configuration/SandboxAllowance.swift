/// How many requests an account may send, and how they come back.
package struct SandboxAllowance: Sendable, Hashable {
    package enum Window: String, Sendable, CaseIterable {
        /// Each request comes back one window after it came.
        case rolling
        /// All come back when a window of the clock is over.
        case fixed
        /// They come back one after the other, at the mean rate.
        case bucket
    }

    package var count: Int
    /// In seconds of the provider's own time: divided by its speed on the wall clock.
    package var seconds: Double
    package var window: Window
    /// Whether replies say what is left, in `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds since 1970).
    package var isTold: Bool

    package init(count: Int, seconds: Double, window: Window = .rolling, isTold: Bool = true) {
        self.count = count
        self.seconds = seconds
        self.window = window
        self.isTold = isTold
    }
}

/// The requests that count against an allowance, as a server counts them.
struct RequestMeter {
    /// How it stands after a request.
    struct Standing: Equatable {
        var isRefused: Bool
        var remaining: Int
        /// When there are more, in seconds since 1970.
        var resetsAt: Double
    }

    private let count: Int
    private let seconds: Double
    private let window: SandboxAllowance.Window
    private var times: [Double] = []
    private var tokens: Double
    private var last: Double?

    init(_ allowance: SandboxAllowance, speed: Double) {
        count = max(1, allowance.count)
        seconds = max(0.001, allowance.seconds / speed)
        window = allowance.window
        tokens = Double(count)
    }

    /// A request comes at `now`; one that is refused does not count.
    mutating func take(at now: Double) -> Standing {
        switch window {
        case .rolling:
            times.removeAll { $0 <= now - seconds }
            return stand(at: now, resetsAt: (times.first ?? now) + seconds)
        case .fixed:
            let begin = (now / seconds).rounded(.down) * seconds
            times.removeAll { $0 < begin }
            return stand(at: now, resetsAt: begin + seconds)
        case .bucket:
            tokens = min(Double(count), tokens + max(0, now - (last ?? now)) * Double(count) / seconds)
            last = now
            let isRefused = tokens < 1
            if !isRefused { tokens -= 1 }
            return Standing(
                isRefused: isRefused, remaining: Int(tokens),
                resetsAt: now + (1 - tokens.truncatingRemainder(dividingBy: 1)) * seconds / Double(count))
        }
    }

    private mutating func stand(at now: Double, resetsAt: Double) -> Standing {
        guard times.count < count else { return Standing(isRefused: true, remaining: 0, resetsAt: resetsAt) }
        times.append(now)
        return Standing(isRefused: false, remaining: count - times.count, resetsAt: resetsAt)
    }
}
