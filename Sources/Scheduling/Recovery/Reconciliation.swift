package import Pipeline

/// Decides from a provider's listing of jobs whether submissions without a recorded reply were accepted.
///
/// The rule: exactly one unexplained job that may be this submission, and that no other submission without a reply may be → adopt it;
/// several of either → hold; none in two listings `settle` apart → it was never submitted, but only where the listing shows every accepted job.
package struct Reconciliation: Sendable {
    /// A submission whose reply is not recorded.
    package struct Unknown: Hashable, Sendable {
        /// The caller's name for it.
        package let id: Int
        /// For people.
        package let name: String
        package let fingerprint: SubmissionFingerprint
        package let intendedAt: Timestamp
        /// When a listing first lacked it; nil before that.
        package let absentSince: Timestamp?

        package init(id: Int, name: String, fingerprint: SubmissionFingerprint, intendedAt: Timestamp, absentSince: Timestamp?) {
            self.id = id
            self.name = name
            self.fingerprint = fingerprint
            self.intendedAt = intendedAt
            self.absentSince = absentSince
        }
    }

    /// A submission without a reply that this listing does not settle, but whose job may be in it.
    package struct Rival: Hashable, Sendable {
        /// For people, with what became of it: `scene[2], which is held`.
        package let name: String
        /// Nil: not known, so any job may be it.
        package let fingerprint: SubmissionFingerprint?
        package let intendedAt: Timestamp
        /// Its reply may come any moment, and tell which job it is.
        package let isUnderWay: Bool

        package init(name: String, fingerprint: SubmissionFingerprint?, intendedAt: Timestamp, isUnderWay: Bool) {
            self.name = name
            self.fingerprint = fingerprint
            self.intendedAt = intendedAt
            self.isUnderWay = isUnderWay
        }
    }

    package enum Verdict: Hashable, Sendable {
        case adopt(remoteID: String)
        case hold(reason: String)
        /// Another submission's reply will tell more: ask again soon.
        case await
        /// Not in this listing; ask again at `next`.
        case absent(since: Timestamp, next: Timestamp)
        case notSubmitted
    }

    /// A request arrives within a day of being sent first, or within the time in which it is sent again under its key.
    private static let longestWay = Duration.seconds(86_400)

    private let plan: ListingPlan
    private let key: KeyPlan?

    /// - Parameter key: how the provider honours keys, where it does: rivals may be sent again that long.
    package init(_ plan: ListingPlan, key: KeyPlan? = nil) {
        self.plan = plan
        self.key = key
    }

    /// The verdicts on all `unknowns` of one account, by their ids.
    ///
    /// - Parameters:
    ///   - rivals: the account's other submissions without a recorded reply.
    ///   - requestedAt: when the listing was asked for; only a listing asked for after the submission left says anything of it.
    ///   - explained: ids that a recorded submission already accounts for.
    package func verdicts(
        on unknowns: [Unknown], rivals: [Rival] = [], listing: [ListedJob], explained: Set<String>, requestedAt: Timestamp
    ) -> [Int: Verdict] {
        // Pages that overlap show a job twice.
        var seen = explained
        let unexplained = listing.filter { seen.insert($0.id).inserted }
        let candidates = unknowns.map { unknown in
            unexplained.indices.filter { mayBe(unexplained[$0], unknown.fingerprint, sentAt: unknown.intendedAt) }
        }
        var claims: [Int: [Int]] = [:]
        for (position, jobs) in candidates.enumerated() {
            for job in jobs { claims[job, default: []].append(position) }
        }
        var verdicts: [Int: Verdict] = [:]
        for (position, unknown) in unknowns.enumerated() {
            let jobs = candidates[position]
            let others = jobs.lazy.flatMap { claims[$0] ?? [] }.first { $0 != position }.map { unknowns[$0].name }
            verdicts[unknown.id] = verdict(
                on: unknown, jobs.map { unexplained[$0] }, claimedBy: others.map { "\($0), which has no reply either" }, rivals, requestedAt
            )
        }
        return verdicts
    }

    /// - Parameter other: another submission that this listing is asked for, and that one of `jobs` may be.
    private func verdict(
        on unknown: Unknown, _ jobs: [ListedJob], claimedBy other: String?, _ rivals: [Rival], _ requestedAt: Timestamp
    ) -> Verdict {
        guard let first = jobs.first else { return absent(unknown, requestedAt: requestedAt) }
        let claiming = rivals.filter { rival in jobs.contains { mayBe($0, rival) } }
        if claiming.contains(where: \.isUnderWay) { return .await }
        if jobs.count > 1 {
            let ids = jobs.prefix(3).map(\.id).joined(separator: ", ") + (jobs.count > 3 ? " …" : "")
            return .hold(reason: "\(jobs.count) jobs of the provider's listing may be this one (\(ids))")
        }
        if let other = other ?? claiming.first?.name {
            return .hold(reason: "job \(first.id) of the provider's listing may be this one or \(other)")
        }
        return .adopt(remoteID: first.id)
    }

    private func mayBe(_ job: ListedJob, _ fingerprint: SubmissionFingerprint?, sentAt: Timestamp) -> Bool {
        job.mayBe(fingerprint, sentAt: sentAt, clockTolerance: plan.clockTolerance)
    }

    /// A rival's job is as old as the rival: what was made long after it was given up is another's.
    private func mayBe(_ job: ListedJob, _ rival: Rival) -> Bool {
        guard mayBe(job, rival.fingerprint, sentAt: rival.intendedAt) else { return false }
        guard let createdAt = job.createdAt, let way = longestWay else { return true }
        return createdAt <= rival.intendedAt + way + plan.clockTolerance
    }

    /// Nil: for ever.
    private var longestWay: Duration? {
        guard let key else { return Self.longestWay }
        return key.lifetime.map { max($0, Self.longestWay) }
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
