package import Pipeline

/// A provider's listing of jobs, with the ids that recorded submissions of any campaign account for.
package struct JobListing: Hashable, Sendable {
    package let jobs: [ListedJob]
    package let explained: Set<String>
    /// Submissions without a reply that the campaign has no record of.
    package let unanswered: [UnansweredSubmission]
    package let requestedAt: Timestamp

    package init(jobs: [ListedJob], explained: Set<String>, unanswered: [UnansweredSubmission] = [], requestedAt: Timestamp) {
        self.jobs = jobs
        self.explained = explained
        self.unanswered = unanswered
        self.requestedAt = requestedAt
    }
}

/// What happened: the completion or failure of an action, the passing of time, or a wish of the user.
package enum MachineEvent: Sendable {
    case leased(LeaseRequest, LeaseAnswer)
    case intentRecorded(JobReference)
    /// The request could not be built; nothing was written or sent.
    case intentRefused(JobReference, CallFailure)
    case sendingMarked(JobReference)
    case submitted(JobReference, Result<AcceptedJob, CallFailure>)
    /// With all that later requests about the job need, which an adopted job's listing did not show.
    case acceptedRecorded(JobReference, AcceptedJob)
    case slotHeld(JobReference)
    case jobDisowned(JobReference)
    case closedRecorded(JobReference)
    case openRecorded(OpenSubmission, OpenFate)
    case openSettled(OpenSubmission, OpenFate)
    case polled(JobReference, Result<JobReport, CallFailure>)
    /// With what the reply tells of each job, those that it does not tell of aside.
    case polledTogether(AccountID, [JobReference], Result<[JobReference: JobReport], CallFailure>)
    case endRecorded(JobReference)
    case slotReleased(JobReference)
    case fetched(OutputReference, Result<Artifact, CallFailure>)
    case artifactRecorded(OutputReference, Artifact)
    case transferLookedUp(Int, found: Bool)
    case transferred(Int, CallFailure?)
    case listed(AccountID, Result<JobListing, CallFailure>)
    case instanceRecorded(Int)
    case pauseRecorded(AccountID)
    /// A write to either store failed; nothing after it may be trusted to last.
    case storeFailed(String)
    /// Something went wrong that has no name. Like an interruption: nothing new is sent, what was sent is recorded.
    case internalError(String)
    /// The provider's own count of requests was taken in: so many are left, and so many of its count only others can have sent.
    case metered(AccountID, RateStanding, resetsAt: Timestamp?)
    /// Time has passed.
    case woken
    /// The user asked to stop.
    case interrupted
}
