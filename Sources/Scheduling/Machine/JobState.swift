import Pipeline

/// Where one sub-job stands within this run.
struct JobState {
    enum Phase: Equatable {
        /// Its instance's inputs are not all there.
        case blocked
        /// In its account's queue of submissions.
        case queued
        /// Its lease is being asked for.
        case leasing
        case recordingIntent
        case markingSending
        case submitting
        case recordingAccepted(AcceptedJob)
        case holdingSlot(AcceptedJob)
        /// To be polled at `due`.
        case running(AcceptedJob, due: Timestamp)
        case polling(AcceptedJob)
        /// The provider does not know the job that a person named: the account's memory forgets it, then its submission is held again.
        case disowning(AcceptedJob, reason: String)
        case recordingEnd(AcceptedJob, JobOutcome, message: String?)
        /// Its end without results is on record since an earlier run.
        case endedEarlier(AcceptedJob, JobOutcome, message: String?)
        /// Its end is durable and succeeded; its outputs are fetched.
        case delivered(AcceptedJob)
        case closing(AfterClosing)
        /// Back in the queue at that time.
        case retrying(at: Timestamp)
        /// Sent, and no reply: to be found in the account's listing.
        case unknown
        /// Sent, and no reply: to be sent again under the same key, which the provider honours. Its intent stays open all the while.
        case resending
        case held
        case failed
        /// Past its timeout; nothing more is done for it in this run.
        case timedOut
    }

    /// What follows once it is durable that nothing was billed, or that nobody can know.
    enum AfterClosing: Equatable {
        case retry(at: Timestamp)
        case resubmit
        case fail(reason: String)
        case hold(reason: String)
        /// Held on record, and its instance fails.
        case skip(reason: String)
        /// Left for the next run.
        case leave

        /// Why nothing more is done about a submission of unknown fate.
        var givingUp: String? {
            switch self {
            case .hold(let reason), .skip(let reason): reason
            default: nil
            }
        }

        /// As what the attempt goes on record.
        var closure: Closure {
            switch self {
            case .hold, .skip: .held
            case .resubmit: .abandoned
            case .retry, .fail, .leave: .refused
            }
        }
    }

    /// The job as the provider accepted it, while it is followed.
    var accepted: AcceptedJob? {
        switch phase {
        case .recordingAccepted(let job), .holdingSlot(let job), .running(let job, _), .polling(let job), .disowning(let job, _),
            .recordingEnd(let job, _, _), .delivered(let job), .endedEarlier(let job, _, _):
            job
        default: nil
        }
    }

    /// Whether the provider has, or may have, the job.
    var isAtProvider: Bool {
        switch phase {
        case .submitting, .recordingAccepted, .holdingSlot, .running, .polling, .disowning, .recordingEnd, .delivered, .unknown, .resending,
            .held,
            .timedOut:
            true
        case .blocked, .queued, .leasing, .recordingIntent, .markingSending, .closing, .retrying, .failed,
            .endedEarlier:
            false
        }
    }

    var phase: Phase = .blocked
    var attempt = 1
    /// Submissions of this run, counted against the retry policy.
    var tries = 0
    /// Failures in a row of polls or connections.
    var failures = 0
    var intendedAt: Timestamp?
    var acceptedAt: Timestamp?
    /// Counted by its account's poll policy as still to be accepted.
    var isExpected = false
    /// Its acceptance, while its account's poll policy counts it as running.
    var watchedSince: Timestamp?
    /// When a poll last found it not ended.
    var lastSeenRunning: Timestamp?
    /// A reply about many jobs did not tell of it, or not why it ended.
    var isAskedSingly = false
    /// Whether `acceptedAt` is when it was accepted, and not when it was found.
    var isStartKnown = true
    /// Its slot is being held for this run.
    var isRestoring = false
    /// A job that an earlier run gave up on is waited for at least until then.
    var waitsUntil: Timestamp?
    var absentSince: Timestamp?
    /// When it was sent last, in this run.
    var sentAt: Timestamp?
    /// When its reply was given up, in this run.
    var lostAt: Timestamp?
    /// The provider has shown that it knows the job that a person named.
    var isConfirmed = false
    /// Since when the provider has answered, each time, that it does not know the job that a person named.
    var nobodyKnowsSince: Timestamp?
    /// Why the attempt is being closed.
    var closingMessage: String?
    /// What the provider said it charged.
    var reportedCost: Money?
    /// How long it ran, once its end was seen.
    var took: ObservedDuration?
    /// Found in the listing; told once it is on record.
    var isAdopted = false
    /// A slot of the account is, or is being, held for it.
    var holdsSlot = false
    var holdsFingerprint = false
    /// The provider may have it already: another lease of it takes no second slot.
    var isResent = false
    var reserved: Money?
    /// What the account's memory has of its key, while that is put on record.
    var recalled: RecalledSubmission?
    /// The account's memory alone has that its request left: its lease sends nothing, and needs neither money nor images of the day.
    var isRemembered = false
    /// Why the key is asked under no more, although the provider honours it.
    var keyFailure: String?
    /// New attempts of this run for submissions that may be billed.
    var resubmissions = 0
    /// Submitted by an earlier run: its price counts towards the campaign, not towards what this run may spend.
    var isOfEarlierRun = false
}

/// Where one output of an instance stands.
enum OutputState: Equatable {
    /// Its job has not delivered.
    case pending
    case fetchQueued(failures: Int)
    case fetching(failures: Int)
    case recording
    case saved
    /// It will not come in this run, with the reason; final where no later run can bring it either.
    case missing(String, isFinal: Bool)

    /// Why it will not come in this run.
    var missingReason: String? {
        if case .missing(let reason, _) = self { reason } else { nil }
    }

    var isFinallyMissing: Bool {
        if case .missing(_, isFinal: true) = self { true } else { false }
    }

    var isOpen: Bool {
        switch self {
        case .saved, .missing: false
        default: true
        }
    }
}

/// Where one instance stands within this run.
struct InstanceState {
    var status: InstanceStatus = .waiting
    var reason: String?
    var jobs: [JobState]
    var outputs: [OutputState]
    /// Inputs, transfers and `needs` that are still to come before it may submit.
    var unmet = 0
    /// Done before this run.
    var isCached = false
    /// Not among what this run was asked for.
    var isExcluded = false
    var done = WorkDone()
    /// Reasons that came from what it takes and name the instance that failed: whatever depends on this one fails for the same.
    var inherited: Set<String> = []

    /// Why it is open although something of it was sent.
    var unansweredReason: String? {
        jobs.contains { $0.phase == .unknown || $0.phase == .resending }
            ? "a submission had no reply; the next run finds out whether it was accepted" : nil
    }

    /// What may be billed of it and nothing on record tells of.
    var rememberedReason: String? {
        jobs.contains(where: \.isRemembered)
            ? "another copy of the campaign, or a run whose state is lost, sent it before and no reply is known: it may be billed; a run that "
                + "gets as far as sending it looks for it first" : nil
    }

    var isFinished: Bool {
        switch status {
        case .succeeded, .partial, .failed, .skipped: true
        case .waiting, .running, .timedOut, .held: false
        }
    }
}

/// Where one transfer stands within this run.
enum TransferState: Equatable {
    /// Nothing in this run needs it.
    case unneeded
    /// Its source is an output that is not there yet.
    case waiting
    case lookingUp
    case queued(failures: Int)
    case transferring(failures: Int)
    case done
    case failed(String)
}
