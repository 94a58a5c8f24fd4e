/// A limit on requests: never more than `rate.count` sends of the counted kinds in any window of `rate.window`.
package struct RequestLimit: Hashable, Sendable, Codable {
    package let rate: Rate
    /// The kinds that use it up.
    package let calls: Set<CallKind>
    /// How the provider gives requests back. Never more than `rate.count` in any window of that length keeps within each of them, so that is
    /// what is kept; it says what the provider's own count means.
    package let semantics: WindowSemantics

    package init(rate: Rate, calls: Set<CallKind>, semantics: WindowSemantics = .rolling) {
        self.rate = rate
        self.calls = calls
        self.semantics = semantics
    }
}

/// What an account's plan allows. Nil is no limit.
package struct AccountLimits: Hashable, Sendable, Codable {
    /// Jobs at once ("luồng").
    package var threads: Int?
    package var requests: [RequestLimit]
    /// Images a calendar day.
    package var dailyImages: Int?
    /// The zone whose calendar days `dailyImages` counts, as an IANA name.
    package var dayZone: String
    /// 24 hours, or a scaled day where time is sped up: a shorter one is counted from 1970 in its own length instead of by the calendar.
    package var dayLength: Duration
    /// How far the times that come with these limits are ahead of the clock that days are told by.
    package var dayLead = Duration.zero
    /// The operations whose outputs use up `dailyImages`.
    package var imagesFrom: Set<Operation>
    /// What may be spent, over all campaigns of the user; each of them holds.
    package var spend: [SpendLimit]

    package init(
        threads: Int?, requests: [RequestLimit], dailyImages: Int?, dayZone: String, dayLength: Duration = .seconds(86_400),
        imagesFrom: Set<Operation>, spend: [SpendLimit] = []
    ) {
        self.threads = threads
        self.requests = requests
        self.dailyImages = dailyImages
        self.dayZone = dayZone
        self.dayLength = dayLength
        self.imagesFrom = imagesFrom
        self.spend = spend
    }
}

/// How often a running job may be asked about.
package struct PollPlan: Hashable, Sendable, Codable {
    /// Never sooner after the last poll.
    package var minInterval: Duration
    /// Not later where the job is overdue.
    package var maxInterval: Duration
    /// Where one request tells of many jobs.
    package var batch: BatchPlan?

    package init(minInterval: Duration, maxInterval: Duration, batch: BatchPlan? = nil) {
        self.minInterval = minInterval
        self.maxInterval = maxInterval
        self.batch = batch
    }
}

/// How many jobs one request tells of.
package struct BatchPlan: Hashable, Sendable, Codable {
    /// Nil: all of the account, however many there are.
    package var mostJobs: Int?

    package init(mostJobs: Int?) { self.mostJobs = mostJobs }
}

/// What the provider gives to find out whether a submission without a reply was accepted: one means, both, or none.
///
/// While a key is honoured it is the better one: it answers at once and knows no two jobs that look alike. The listing is asked where there
/// is no key, or it can no longer be trusted.
package struct RecoveryPlan: Hashable, Sendable, Codable {
    /// The same request under the same key gives the same job.
    package var key: KeyPlan?
    /// A listing of the account's jobs.
    package var listing: ListingPlan?

    package init(key: KeyPlan? = nil, listing: ListingPlan? = nil) {
        self.key = key
        self.listing = listing
    }

    package static let none = RecoveryPlan()
}

/// How long an idempotency key is honoured.
package struct KeyPlan: Hashable, Sendable, Codable {
    /// From the first send; nil: for ever.
    package var lifetime: Duration?

    package init(lifetime: Duration?) { self.lifetime = lifetime }
}

/// How a listing of jobs is trusted.
package struct ListingPlan: Hashable, Sendable, Codable {
    /// Whether every accepted job shows in the listing; where not, an absent job proves nothing.
    package var complete: Bool
    /// A job absent from two listings this far apart was not submitted.
    package var settle: Duration
    /// How far the provider's clock may be from ours, either way.
    package var clockTolerance: Duration

    package init(complete: Bool, settle: Duration, clockTolerance: Duration) {
        self.complete = complete
        self.settle = settle
        self.clockTolerance = clockTolerance
    }
}

/// One account as a run uses it: its limits and manners, in provider time.
package struct AccountPlan: Hashable, Sendable {
    package let id: AccountID
    /// For people: `Flow AI`.
    package let title: String
    package var limits: AccountLimits
    package var poll: PollPlan
    package var recovery: RecoveryPlan
    /// The ends that are not billed. Only a failure that is not billed is tried again by itself.
    package var refunded: Set<JobOutcome>
    /// Limits and prices in use that the provider does not document, for people: `requests: 600/hour (no hourly limit documented)`.
    package var assumptions: [String]

    package init(
        id: AccountID, title: String, limits: AccountLimits, poll: PollPlan, recovery: RecoveryPlan, refunded: Set<JobOutcome>,
        assumptions: [String]
    ) {
        self.id = id
        self.title = title
        self.limits = limits
        self.poll = poll
        self.recovery = recovery
        self.refunded = refunded
        self.assumptions = assumptions
    }
}
