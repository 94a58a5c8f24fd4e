package import Pipeline

/// Decides from a provider's listing of jobs whether submissions without a recorded reply were accepted.
///
/// The rule: exactly one unexplained job that may be this submission → adopt it; several → hold; none in two listings `settle` apart → it
/// was never submitted, but only where the listing shows every accepted job.
package struct Reconciliation: Sendable {
    /// A submission whose reply is not recorded.
    package struct Unknown: Hashable, Sendable {
        /// The caller's name for it.
        package let id: Int
        package let fingerprint: SubmissionFingerprint
        package let intendedAt: Timestamp
        /// When a listing first lacked it; nil before that.
        package let absentSince: Timestamp?

        package init(id: Int, fingerprint: SubmissionFingerprint, intendedAt: Timestamp, absentSince: Timestamp?) {
            self.id = id
            self.fingerprint = fingerprint
            self.intendedAt = intendedAt
            self.absentSince = absentSince
        }
    }

    package enum Verdict: Hashable, Sendable {
        case adopt(remoteID: String)
        case hold(reason: String)
        /// Not in this listing; ask again at `next`.
        case absent(since: Timestamp, next: Timestamp)
        case notSubmitted
    }

    private let plan: ListingPlan

    package init(_ plan: ListingPlan) { self.plan = plan }

    /// The verdicts on all `unknowns` of one account, by their ids.
    ///
    /// - Parameters:
    ///   - requestedAt: when the listing was asked for; only a listing asked for after the submission left says anything of it.
    ///   - explained: ids that a recorded submission already accounts for.
    package func verdicts(
        on unknowns: [Unknown], listing: [ListedJob], explained: Set<String>, requestedAt: Timestamp
    ) -> [Int: Verdict] {
        var verdicts: [Int: Verdict] = [:]
        var claims: [String: Int] = [:]
        for unknown in unknowns {
            let candidates = listing.filter { job in
                !explained.contains(job.id) && job.mayMatch(unknown.fingerprint)
                    && (job.createdAt.map { $0 >= unknown.intendedAt - plan.clockTolerance } ?? true)
            }
            switch candidates.count {
            case 0: verdicts[unknown.id] = absent(unknown, requestedAt: requestedAt)
            case 1:
                verdicts[unknown.id] = .adopt(remoteID: candidates[0].id)
                claims[candidates[0].id, default: 0] += 1
            default:
                let ids = candidates.prefix(3).map(\.id).joined(separator: ", ") + (candidates.count > 3 ? " …" : "")
                verdicts[unknown.id] = .hold(reason: "\(candidates.count) jobs of the provider's listing may be this one (\(ids))")
            }
        }
        for (id, verdict) in verdicts {
            if case .adopt(let remoteID) = verdict, claims[remoteID, default: 0] > 1 {
                verdicts[id] = .hold(reason: "job \(remoteID) of the provider's listing may be this or another submission without a reply")
            }
        }
        return verdicts
    }

    private func absent(_ unknown: Unknown, requestedAt: Timestamp) -> Verdict {
        guard plan.complete else {
            return .hold(reason: "the provider's listing does not show it, and is not known to show every accepted job")
        }
        let since = unknown.absentSince ?? requestedAt
        return requestedAt >= since + plan.settle && unknown.absentSince != nil
            ? .notSubmitted : .absent(since: since, next: since + plan.settle)
    }
}
