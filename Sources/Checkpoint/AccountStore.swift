package import Pipeline
package import Scheduling

/// The process that holds leases: alive as long as it holds the lock on its own file.
package struct LeaseHolder: Hashable, Sendable, Codable {
    /// The run's identifier.
    package let run: String
    package let processID: Int32
    /// The campaign's name and its state file, so that `status` can say who uses a slot.
    package let campaign: String

    package init(run: String, processID: Int32, campaign: String) {
        self.run = run
        self.processID = processID
        self.campaign = campaign
    }
}

/// Names one granted request in an account's log.
package struct SendTicket: Hashable, Sendable, Codable {
    package let number: Int64

    package init(number: Int64) { self.number = number }
}

/// An account's answer to a wish for a lease; with a grant comes the ticket under which the request's end is to be told.
package struct LeaseReply: Hashable, Sendable {
    package let answer: LeaseAnswer
    package let ticket: SendTicket?

    package init(_ answer: LeaseAnswer, ticket: SendTicket? = nil) {
        self.answer = answer
        self.ticket = ticket
    }
}

/// A slot as the account sees it.
package struct SlotRecord: Hashable, Sendable, Codable {
    package enum Stage: String, Hashable, Sendable, Codable {
        /// Granted; the request has not left. Freed at once when its holder is dead.
        case leased
        /// The request may have left and no reply is recorded.
        case sending
        /// A remote job runs in it.
        case running
    }

    /// The job's idempotency key.
    package let key: String
    package let holder: LeaseHolder
    package let stage: Stage
    package let fingerprint: SubmissionFingerprint?
    package let remoteID: String?
    package let images: Int
    package let since: Timestamp
    /// When it is freed even if the job's end was never seen.
    package let expiresAt: Timestamp?

    package init(
        key: String, holder: LeaseHolder, stage: Stage, fingerprint: SubmissionFingerprint?, remoteID: String?, images: Int,
        since: Timestamp, expiresAt: Timestamp?
    ) {
        self.key = key
        self.holder = holder
        self.stage = stage
        self.fingerprint = fingerprint
        self.remoteID = remoteID
        self.images = images
        self.since = since
        self.expiresAt = expiresAt
    }
}

/// What an account's memory knows of a job at the provider.
package struct KnownJob: Hashable, Sendable {
    /// The idempotency key of its submission.
    package let key: String
    /// The campaign's name and its state file, as `LeaseHolder.campaign` has them; nil for one from before they were kept.
    package let campaign: String?
    package let acceptedAt: Timestamp

    package init(key: String, campaign: String?, acceptedAt: Timestamp) {
        self.key = key
        self.campaign = campaign
        self.acceptedAt = acceptedAt
    }
}

/// One attempt of a sub-job that left, as an account's memory has it.
package struct RememberedAttempt: Hashable, Sendable {
    package enum Fate: Hashable, Sendable {
        case accepted(remoteID: String, at: Timestamp)
        /// No reply is known. `isUnderWay`: somebody is alive who waits for it.
        case unanswered(since: Timestamp, isUnderWay: Bool)
    }

    /// The sub-job's name (`Identity.jobName`).
    package let job: String
    package let attempt: Int
    package let key: String
    package let fate: Fate

    package init(job: String, attempt: Int, key: String, fate: Fate) {
        self.job = job
        self.attempt = attempt
        self.key = key
        self.fate = fate
    }
}

/// An account's standing for people and forecasts.
package struct AccountStanding: Sendable {
    package let usage: AccountUsage
    package let slots: [SlotRecord]
    /// What is known of how long jobs take.
    package let durations: [DurationClass: DurationModel]

    package init(usage: AccountUsage, slots: [SlotRecord], durations: [DurationClass: DurationModel] = [:]) {
        self.usage = usage
        self.slots = slots
        self.durations = durations
    }
}

/// The memory that all campaigns of a user share, one entry an account: request log, slots, daily counters, money, uploads, known jobs.
///
/// It is the truth for every process: `lease` counts and grants in one transaction. Times are all of one clock, `limits.dayLead` ahead of the
/// one that days are told by (`ClockedAccountStore` puts those of a process into it); limits come in already scaled. Calls block on the disk: call them off the cooperative pool.
package protocol AccountStore: Sendable {
    /// Calls `body` with this store in a form in which everything done is one transaction, durable once this returns. Each call in it still
    /// takes effect whole or not at all: one that throws leaves the others standing.
    ///
    /// - Throws: where the transaction fails; then nothing that was done in it has happened, whatever the calls returned.
    func together(_ body: (any AccountStore) -> Void) throws(CheckpointError)

    /// Grants or denies; a grant has already counted the request, taken the slot (stage `leased`) and the images, and reserved the price.
    /// Asking again for a slot whose key is held by the same campaign takes that slot over instead of a second one.
    ///
    /// One key is submitted once, whatever copies of a campaign there are: a key that was accepted is answered with its job, and one whose
    /// request may have left and whose reply nobody waits for any more, with `unanswered`, for as long as it was not released. Only a wish to
    /// resend is granted then. A later attempt of the wished sub-job that was accepted, or may have been, is answered in the same way, and
    /// waited for while somebody else waits for its reply: whoever asks for an earlier one does not know of it.
    ///
    /// A granted request may reach the provider at any moment until its reply came. So it counts as sent *now* while it is open, and as sent
    /// at its end from then on: only that keeps every window within the limit as the provider sees it. What a dead holder left open ended
    /// when this call found it.
    ///
    /// - Parameter finished: requests granted to this holder before that have ended since, with when.
    func lease(
        _ request: LeaseRequest, limits: AccountLimits, holder: LeaseHolder, finished: [SendTicket: Timestamp], now: Timestamp
    ) throws(CheckpointError) -> LeaseReply

    /// Says when requests ended, without asking for another.
    func finish(_ sends: [SendTicket: Timestamp], account: AccountID) throws(CheckpointError)

    /// The request of slot `key`, which was granted to `holder`, is about to leave. Durable before it returns. The slot is freed at `expiresAt`
    /// even if nobody ever comes back to say what became of it.
    ///
    /// - Throws: `.contradiction` where the slot is no longer the holder's, or its key was accepted meanwhile: nothing may leave then.
    func markSending(_ key: String, account: AccountID, by holder: LeaseHolder, expiresAt: Timestamp) throws(CheckpointError)

    /// The slot's job was accepted; the slot stays taken until `release`, or `expiresAt`. Also remembers the id as ours for ever.
    /// `remoteID` nil: a job may run in it, and nobody can know its id (a submission that is held). Creates the slot where it is missing
    /// (a job adopted by reconciliation, a state folder that was lost), and counts `images` and `price` then.
    func markRunning(
        _ key: String, account: AccountID, remoteID: String?, images: Int, price: Money?, holder: LeaseHolder, now: Timestamp,
        expiresAt: Timestamp
    ) throws(CheckpointError)

    /// The job `remoteID`, which a person named, is not that of the key: it is forgotten, and what became of the key's submission is unknown
    /// again, as one that left without a reply. A slot that it has stays taken.
    ///
    /// - Parameter since: when the submission left, at the earliest.
    func disown(_ remoteID: String, of key: String, account: AccountID, since: Timestamp) throws(CheckpointError)

    /// Frees the slot, where `holder` may: it is its own or one of its campaign's, or whoever held it is dead. Another live run's slot stays as
    /// it is, and so does all that was counted for it. `returnImages`: nothing was produced or billed, so neither the images nor the price count any more. `charged`: what the
    /// provider says the job cost, which then counts instead of the price, from the same moment on. `took`: how long it ran; what the account
    /// knows of such jobs takes it in.
    func release(
        _ key: String, account: AccountID, by holder: LeaseHolder, returnImages: Bool, charged: Money?, took: ObservedDuration?
    ) throws(CheckpointError)

    /// The provider asked for a pause, or said that the day's quota is used up.
    func pause(_ account: AccountID, until: Timestamp) throws(CheckpointError)

    /// Takes in the provider's own count of requests: what it has counted and no run of this user has sent was sent by others, and counts from
    /// now on as if we had (until the window is over, where `limit` is of a fixed one). Where such a window has begun anew, what ended before
    /// it has come back.
    ///
    /// - Parameter asked: when the request left whose reply says so: the provider counted at that moment or later.
    /// - Returns: nil where the reading is of none of `limits.requests`.
    func meter(
        _ reading: RateReading, account: AccountID, limits: AccountLimits, asked: Timestamp, now: Timestamp
    ) throws(CheckpointError) -> RateStanding?

    /// The provider's reference of content uploaded before; nil where it is not known.
    func upload(of sha256: String, account: AccountID) throws(CheckpointError) -> String?

    /// Of the contents `sha256s`, those uploaded before, with the provider's reference of each; asked for together, however many they are.
    func uploads(of sha256s: Set<String>, account: AccountID) throws(CheckpointError) -> [String: String]

    /// Remembers that `sha256` is at the provider as `reference`.
    func recordUpload(of sha256: String, account: AccountID, reference: String, now: Timestamp) throws(CheckpointError)

    /// Forgets an upload that the provider no longer knows.
    func forgetUpload(of sha256: String, account: AccountID) throws(CheckpointError)

    /// Of `ids`, those that a recorded submission of any campaign already explains.
    func explainedJobs(among ids: [String], account: AccountID) throws(CheckpointError) -> Set<String>

    /// Submissions whose requests may have left and whose replies are not known, of any campaign, by key. Read-only; never blocks a run.
    func unanswered(of account: AccountID) throws(CheckpointError) -> [UnansweredSubmission]

    /// Of the sub-jobs named `jobs`, every attempt that was granted and that was accepted or may have been, by job and attempt; in one query,
    /// however many they are. It outlives a campaign's own state.
    func attempts(of jobs: [String], account: AccountID) throws(CheckpointError) -> [RememberedAttempt]

    /// Of the submissions with the idempotency keys `keys`, those that were accepted, by key: the latest remote id of each. It outlives a
    /// campaign's own state.
    func acceptedJobs(of keys: [String], account: AccountID) throws(CheckpointError) -> [String: String]

    /// What decides the leases to come under `limits`. Read-only; never blocks a run.
    func snapshot(of account: AccountID, limits: AccountLimits, now: Timestamp) throws(CheckpointError) -> AccountSnapshot

    /// Of the provider's job ids `ids`, those that are ours, with what is known of each.
    func knownJobs(among ids: [String], account: AccountID) throws(CheckpointError) -> [String: KnownJob]

    /// Read-only; never blocks a run.
    func standing(of account: AccountID, limits: AccountLimits, now: Timestamp) throws(CheckpointError) -> AccountStanding
}

extension AccountStore {
    /// For stores without transactions: each call is durable by itself.
    package func together(_ body: (any AccountStore) -> Void) throws(CheckpointError) { body(self) }

    /// Frees a slot of whose charge nothing is known beyond what was reserved.
    package func release(_ key: String, account: AccountID, by holder: LeaseHolder, returnImages: Bool) throws(CheckpointError) {
        try release(key, account: account, by: holder, returnImages: returnImages, charged: nil, took: nil)
    }
}
