package import Pipeline

/// What can still be done to find out what became of a submission that may have arrived and has no recorded reply. It is asked whenever
/// something is about to be done: a request may have waited for hours since it was last asked.
package struct FateDecision: Hashable, Sendable {
    package enum Course: Hashable, Sendable {
        /// The very same request may go again under the very same key, as long as it leaves before that time (nil: at any time).
        case resend(before: Timestamp?)
        /// The account's listing of jobs is asked.
        case list
        /// Nothing can be found out: the user's policy decides.
        case settle(reason: String)
    }

    private let recovery: RecoveryPlan
    private let intendedAt: Timestamp
    private let keyFailure: String?

    /// - Parameters:
    ///   - intendedAt: when it was first sent, or before.
    ///   - keyFailure: why its key is of no use any more, although the provider honours keys; nil while it is.
    package init(_ recovery: RecoveryPlan, intendedAt: Timestamp, keyFailure: String? = nil) {
        self.recovery = recovery
        self.intendedAt = intendedAt
        self.keyFailure = keyFailure
    }

    /// When the provider may have forgotten the key, a margin for the way taken off; nil where it never does, or honours none.
    package var keyExpiry: Timestamp? {
        guard let lifetime = recovery.key?.lifetime else { return nil }
        let milliseconds = lifetime.wholeMilliseconds
        return intendedAt + .milliseconds(milliseconds - min(Self.mostMargin, milliseconds / 20))
    }

    /// A request that leaves takes a while to arrive.
    private static let mostMargin: Int64 = 60_000

    /// - Parameter cause: why its reply is not known, for people.
    package func course(at now: Timestamp, because cause: String) -> Course {
        var reasons = [cause]
        if let key = recovery.key {
            if let keyFailure {
                reasons.append(keyFailure)
            } else if let keyExpiry, now >= keyExpiry {
                let lifetime = key.lifetime?.shortText ?? "time"
                reasons.append("its idempotency key is older than the \(lifetime) for which the provider honours it")
            } else {
                return .resend(before: keyExpiry)
            }
        }
        if recovery.listing != nil { return .list }
        if recovery.key == nil { reasons.append("this provider gives no means to find out whether the job was accepted") }
        return .settle(reason: reasons.joined(separator: "; "))
    }
}
