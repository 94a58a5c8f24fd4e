package import Pipeline

/// A submission on record of which nobody knows whether the provider accepted it, and that may be none of a run's own steps: the manifest
/// asks for something else by now, `--only` leaves its step out, it was given up, or another campaign of the same state file sent it.
package struct OpenSubmission: Hashable, Sendable {
    package enum Standing: Hashable, Sendable {
        /// This campaign's, without a recorded reply: the listing settles it like any other.
        case intended
        /// This campaign's, and a person is to decide.
        case held
        /// This campaign's, given up for another attempt that is paid for.
        case abandoned
        /// This campaign's, and a person said which job it is; that the provider knows such a job is not on record.
        case named(remoteID: String)
        /// Another campaign's, which settles it itself.
        case foreign
    }

    /// Its idempotency key.
    package let key: String
    /// Its instance's, for people.
    package let name: String
    /// The sub-job's position within its instance.
    package let job: Int
    package let account: AccountID
    /// What a listing shows of it; nil where that is not on record, so that any job may be it.
    package let fingerprint: SubmissionFingerprint?
    package let price: Money?
    package let intendedAt: Timestamp
    package let standing: Standing
    /// The plan's sub-job of which it is the last attempt.
    package let planned: JobReference?

    package init(
        key: String, name: String, job: Int, account: AccountID, fingerprint: SubmissionFingerprint?, price: Money?, intendedAt: Timestamp,
        standing: Standing, planned: JobReference? = nil
    ) {
        self.key = key
        self.name = name
        self.job = job
        self.account = account
        self.fingerprint = fingerprint
        self.price = price
        self.intendedAt = intendedAt
        self.standing = standing
        self.planned = planned
    }

    /// Whether it is this campaign's and may still be billed, so that its price is held back.
    package var mayBeBilled: Bool { standing == .intended || standing == .held }

    /// The same as somebody else's to settle.
    package var leftAlone: OpenSubmission {
        OpenSubmission(
            key: key, name: name, job: job, account: account, fingerprint: fingerprint, price: price, intendedAt: intendedAt,
            standing: standing == .intended ? .held : standing, planned: planned)
    }
}

/// A submission without a reply as the account's memory has it, whichever campaign sent it.
package struct UnansweredSubmission: Hashable, Sendable {
    package let key: String
    /// The campaign's name and its state file; nil where that was not kept.
    package let campaign: String?
    /// Nil where it is not known: any job may be it.
    package let fingerprint: SubmissionFingerprint?
    /// When it left, at the earliest.
    package let since: Timestamp
    /// Somebody is alive who waits for its reply.
    package let isUnderWay: Bool

    package init(key: String, campaign: String?, fingerprint: SubmissionFingerprint?, since: Timestamp, isUnderWay: Bool) {
        self.key = key
        self.campaign = campaign
        self.fingerprint = fingerprint
        self.since = since
        self.isUnderWay = isUnderWay
    }
}

/// What the listing made known of a submission that is no step of the run.
package enum OpenFate: Hashable, Sendable {
    case accepted(remoteID: String)
    case notSubmitted(message: String)
    case held(reason: String)
}
