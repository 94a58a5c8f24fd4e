import HeapModule
import Pipeline

/// Something to do at or after a time; earlier first, then in the order it came.
struct Due<Item: Sendable>: Comparable, Sendable {
    let at: Timestamp
    let order: Int
    let item: Item

    static func < (a: Due, b: Due) -> Bool { (a.at, a.order) < (b.at, b.order) }
    static func == (a: Due, b: Due) -> Bool { a.at == b.at && a.order == b.order }
}

/// One request that waits for a lease.
enum Candidate: Equatable {
    case list
    case poll(JobReference)
    /// About all jobs that are asked about together.
    case pollTogether
    case fetch(OutputReference)
    case transfer(Int)
    case submit(JobReference)

    var call: CallKind {
        switch self {
        case .list: .account
        case .poll, .pollTogether: .poll
        case .fetch: .fetch
        case .transfer: .upload
        case .submit: .submit
        }
    }
}

/// What one account is doing in this run.
struct AccountState {
    enum Stop: Equatable {
        /// Nothing new is paid for; what runs is polled and fetched.
        case submissions
        /// No request at all.
        case everything
    }

    let plan: AccountPlan
    var stop: Stop?
    /// The requests whose leases are being asked for, in the order of asking.
    var asking: [(candidate: Candidate, request: LeaseRequest)] = []
    /// The last answer was a refusal.
    var isRefused = false

    var submissions: SubmissionQueue
    var retries = Heap<Due<JobReference>>()
    /// Submissions to be sent again under a key that the provider honours.
    var resends = Heap<Due<JobReference>>()
    /// What only the account remembers: asked for, not sent.
    var recalls = Heap<Due<JobReference>>()
    var polls = Heap<Due<JobReference>>()
    var gathering = Gathering()
    var fetches = Heap<Due<OutputReference>>()
    var transfers = Heap<Due<Int>>()
    /// Jobs that money holds up.
    var parked = Parking<Price>()
    var spendRefusals = SpendRefusals()
    /// Jobs that the daily cap holds up, by the images they make.
    var parkedImages = Parking<Int>()
    var imageRefusal = ImageRefusal()

    var unknowns: Set<JobReference> = []
    /// Submissions that left, or may have, and whose reply is not on record.
    var unanswered: Set<JobReference> = []
    /// Submissions of unknown fate that are no step of this run, by their keys.
    var openElsewhere: [String: OpenElsewhere] = [:]
    /// When submissions of other runs were first seen to be under way, by their keys.
    var foreignSince: [String: Timestamp] = [:]
    /// Fingerprints that other runs occupy, by when to look again.
    var foreignFingerprints = Heap<Due<SubmissionFingerprint>>()
    var listingDue: Timestamp?
    var listingFailures = 0
    var isListing = false

    /// Slots of held and timed-out jobs, by the time they come back.
    var expiries = Heap<Due<JobReference>>()
    /// Slots that this run holds or asks for.
    var slotsHeld = 0
    /// Jobs of earlier runs whose slots are being held: they are asked about before anything new is sent.
    var restoring = 0
    /// Jobs accepted and not ended: each will need at least one poll and one download.
    var jobsToFollow = 0
    /// Transfers of this run that are not done.
    var uploadsOwed = 0
    /// The limit that paces polls and submissions, and what is left of it.
    let limit: RequestLimit?
    var supply: RequestSupply?
    var polling: PollPolicy
    /// By kind, as the poll policy numbers them.
    var durationClasses: [DurationClass] = []
    var blockedUntil: [CallKind: Timestamp] = [:]
    var pausedUntil: Timestamp?
    var slotsBlockedUntil: Timestamp?
    var dayBlockedUntil: Timestamp?
    /// Tries in a row that did not reach the provider; calls that fail together are one try.
    var connectionFailures = 0
    /// Nothing is sent before the next try.
    var connectionRetryAt: Timestamp?
    var announced: [LimitName: Timestamp] = [:]
    /// It was told that others use the key too.
    var isShared = false

    init(plan: AccountPlan) {
        self.plan = plan
        submissions = SubmissionQueue(slots: plan.limits.threads)
        limit = Self.scarcest(of: plan)
        supply = limit.map { RequestSupply(rate: $0.rate, semantics: $0.semantics == .fixed ? .fixed : .rolling) }
        polling = PollPolicy(slots: plan.limits.threads, interval: plan.poll.minInterval, isCounted: false, kinds: [])
    }

    /// Whether one more lease may be asked for. One at a time where it may be refused, so that the best one asks; several where nothing but this
    /// run's own slots holds them up: the store answers those that come together in one transaction.
    var mayAsk: Bool { asking.count < (supply == nil && !isRefused ? Self.mostAsked : 1) }

    private static let mostAsked = 32

    func isAsking(_ candidate: Candidate) -> Bool { asking.contains { $0.candidate == candidate } }

    /// Whether anything is left that this account could still do in this run, what a limit holds up aside.
    func hasWork(submitting: Bool) -> Bool {
        if stop == .everything { return false }
        if !polls.isEmpty || !gathering.jobs.isEmpty || !fetches.isEmpty || !unknowns.isEmpty { return true }
        if stop == nil, !resends.isEmpty || !recalls.isEmpty { return true }
        guard submitting, stop == nil else { return false }
        return !submissions.isEmpty || !retries.isEmpty || !transfers.isEmpty
    }
}
