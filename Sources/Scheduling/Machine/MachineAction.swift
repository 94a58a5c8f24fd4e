package import Pipeline

/// One sub-job of the plan: the instance's position and the job's position within it.
package struct JobReference: Hashable, Sendable {
    package let instance: Int
    package let job: Int

    package init(instance: Int, job: Int) {
        self.instance = instance
        self.job = job
    }
}

/// A job that is asked about together with others.
package struct AskedJob: Hashable, Sendable {
    package let reference: JobReference
    package let accepted: AcceptedJob
    package let operation: Pipeline.Operation

    package init(reference: JobReference, accepted: AcceptedJob, operation: Pipeline.Operation) {
        self.reference = reference
        self.accepted = accepted
        self.operation = operation
    }
}

/// How an attempt is closed that no reply settled.
package enum Closure: Hashable, Sendable {
    /// Nothing was billed.
    case refused
    /// Nobody can know, and a person is to decide.
    case held
    /// Nobody can know, and another attempt is paid for on purpose.
    case abandoned
}

/// What the machine wants done. All but `report` and `finish` are answered by exactly one `MachineEvent`.
package enum MachineAction: Hashable, Sendable {
    /// Ask the account store. → `leased`
    case lease(LeaseRequest)
    /// Make the exact request and its price durable. → `intentRecorded` or `intentRefused`
    case recordIntent(JobReference, attempt: Int)
    /// Make durable that the job was sent before, at that time at the earliest, by somebody that this campaign's record does not know.
    /// → `intentRecorded` or `intentRefused`
    case recordEarlierIntent(JobReference, attempt: Int, sentAt: Timestamp)
    /// Tell the account store that the slot's request is about to leave. → `sendingMarked`
    case markSending(JobReference, attempt: Int, expiresAt: Timestamp)
    /// Send the recorded request. → `submitted`
    case submit(JobReference, attempt: Int)
    /// Make the remote id durable. → `acceptedRecorded`
    case recordAccepted(JobReference, attempt: Int, AcceptedJob)
    /// Tell the account store that a remote job holds the slot; its id is nil where a job may run that nobody knows. → `slotHeld`
    case holdSlot(JobReference, attempt: Int, remoteID: String?, expiresAt: Timestamp)
    /// Let the account store forget that this job, which a person named, is that of its submission. → `jobDisowned`
    case disownJob(JobReference, attempt: Int, remoteID: String, sentAt: Timestamp)
    /// Make durable what an attempt without a reply came to. → `closedRecorded`
    case recordClosed(JobReference, attempt: Int, message: String, Closure)
    /// Make durable what became of a submission that is no step of this run. → `openRecorded`
    case recordOpen(OpenSubmission, OpenFate)
    /// Tell the account store the same. → `openSettled`
    case settleOpen(OpenSubmission, OpenFate, expiresAt: Timestamp)
    /// Ask about the job. → `polled`
    case poll(JobReference, AcceptedJob)
    /// Ask about all of them with one request. → `polledTogether`
    case pollTogether(AccountID, [AskedJob])
    /// Make the job's end durable. → `endRecorded`
    case recordEnd(JobReference, attempt: Int, AcceptedJob, JobOutcome, cost: Money?, message: String?)
    /// Free the slot; `charged`: what the provider said that the job cost; `took`: how long it ran, for the account to learn from.
    /// → `slotReleased`
    case releaseSlot(JobReference, attempt: Int, returnImages: Bool, charged: Money? = nil, took: ObservedDuration? = nil)
    /// Download one output, verify it and put it in place. → `fetched`
    case fetch(OutputReference, AcceptedJob, indexInJob: Int)
    /// Make the artifact durable. → `artifactRecorded`
    case recordArtifact(OutputReference)
    /// Look up whether the content is at the account already. → `transferLookedUp`
    case lookUpTransfer(Int)
    /// Upload the content and remember its reference. → `transferred`
    case transfer(Int)
    /// Ask for the account's listing of jobs. → `listed`
    case list(AccountID)
    /// Make an instance's standing durable. → `instanceRecorded`
    case recordInstance(Int, InstanceStatus, reason: String?)
    /// Nothing may be sent to the account until then, by any process. → `pauseRecorded`
    case pause(AccountID, until: Timestamp)
    /// Show it: what it tells is durable already.
    case report(RunEvent.Kind)
    /// The run is over; no further action follows.
    case finish(ExitCode)

    /// Writes down what happened at the provider already: worth trying even when another write failed, which may have been the other store's.
    var recordsWhatHappened: Bool {
        switch self {
        case .recordAccepted, .recordEnd, .recordArtifact, .recordClosed, .recordOpen: true
        default: false
        }
    }
}
