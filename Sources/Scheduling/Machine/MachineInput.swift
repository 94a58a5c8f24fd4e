package import Pipeline

/// What `--on-unknown` says of a submission whose fate cannot be found out.
package enum UnknownPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    case hold
    /// Send it again as a new attempt, at the user's risk of paying twice.
    case resubmit
    /// Fail the instance.
    case skip
}

/// What a run is told beside its plan.
package struct MachineOptions: Sendable {
    package var onUnknown: UnknownPolicy
    /// Wait for the next day instead of ending where a daily quota is used up.
    package var waitForQuota: Bool
    /// What this run may spend (`--max-cost`), each in its unit.
    package var maxCost: [Money]
    /// Instances to run, ancestors included; nil is all.
    package var only: Set<Int>?
    /// Seeds the jitter of retries.
    package var seed: UInt64
    /// Consecutive connection failures after which a provider counts as unreachable.
    package var unreachableAfter: Int
    /// Paces retries of requests that bill nothing (polls, downloads, uploads, connection attempts).
    package var freeRetry: RetryPolicy
    /// What the accounts remember of how long jobs take; what is missing begins with the definition's typical duration.
    package var durations: [AccountID: [DurationClass: DurationModel]] = [:]

    package init(
        onUnknown: UnknownPolicy = .hold, waitForQuota: Bool = false, maxCost: [Money] = [], only: Set<Int>? = nil, seed: UInt64,
        unreachableAfter: Int = 5,
        freeRetry: RetryPolicy = RetryPolicy(attempts: 6, initialInterval: .seconds(1), backoff: 2, maxInterval: .seconds(30))
    ) {
        self.onUnknown = onUnknown
        self.waitForQuota = waitForQuota
        self.maxCost = maxCost
        self.only = only
        self.seed = seed
        self.unreachableAfter = unreachableAfter
        self.freeRetry = freeRetry
    }
}

/// What earlier runs left of one sub-job: its last attempt.
package struct RestoredJob: Hashable, Sendable {
    package enum Stage: Hashable, Sendable {
        /// An intent without a recorded reply, held or not.
        case unknown
        /// Known not to be billed; may be tried again as a new attempt.
        case closed
        /// Of unknown fate, given up on purpose: it may be billed, and is tried again as a new attempt.
        case abandoned
        case accepted(AcceptedJob, at: Timestamp)
        case ended(AcceptedJob, JobOutcome, message: String?)
        /// Nothing of it is on record: the account's memory alone has that its request left. It may be billed, and a lease tells of it.
        case remembered

        /// Whether it is, or may be, still to end and be billed.
        package var isOpen: Bool {
            switch self {
            case .unknown, .accepted, .remembered: true
            case .closed, .abandoned, .ended: false
            }
        }
    }

    package let attempt: Int
    package let intendedAt: Timestamp
    package let stage: Stage

    package init(attempt: Int, intendedAt: Timestamp, stage: Stage) {
        self.attempt = attempt
        self.intendedAt = intendedAt
        self.stage = stage
    }
}

/// A finished output whose file is not in its place any more.
package struct LostArtifact: Hashable, Sendable {
    /// Within the output folder.
    package let path: String
    /// There is a file, and it is not what was saved.
    package let isAltered: Bool

    package init(path: String, isAltered: Bool) {
        self.path = path
        self.isAltered = isAltered
    }
}

/// What earlier runs left of one instance.
package struct RestoredInstance: Hashable, Sendable {
    /// By the sub-job's position.
    package var jobs: [Int: RestoredJob]
    /// Outputs whose files are in place, untouched.
    package var saved: Set<Int>
    /// Outputs that the provider never made: fewer came than were asked for, and these will not come.
    package var withheld: Set<Int>
    /// Outputs that were saved and whose files are gone or altered.
    package var lost: [Int: LostArtifact]

    package init(
        jobs: [Int: RestoredJob] = [:], saved: Set<Int> = [], withheld: Set<Int> = [], lost: [Int: LostArtifact] = [:]
    ) {
        self.jobs = jobs
        self.saved = saved
        self.withheld = withheld
        self.lost = lost
    }
}

/// What earlier runs left of a campaign.
package struct RestoredCampaign: Sendable {
    /// By position in the plan; absent where nothing is recorded.
    package var instances: [Int: RestoredInstance]
    /// What recorded jobs of the campaign's name cost, by account: all that ended (at their planned price where the provider did not say),
    /// and accepted ones that the plan no longer holds. The machine itself reserves the plan's unfinished ones, and what is open elsewhere.
    package var spent: [AccountID: Amounts]
    /// Submissions of unknown fate on record, those of the plan's own steps among them: what a run does not take up as its own is a rival
    /// of what it looks for in a listing.
    package var openElsewhere: [OpenSubmission]

    package init(
        instances: [Int: RestoredInstance] = [:], spent: [AccountID: Amounts] = [:], openElsewhere: [OpenSubmission] = []
    ) {
        self.instances = instances
        self.spent = spent
        self.openElsewhere = openElsewhere
    }
}
