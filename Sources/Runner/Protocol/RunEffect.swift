package import Checkpoint
package import Pipeline
package import Providers
package import Scheduling

/// What a run's protocol wants done. Each effect with an arrow is answered by exactly one signal; the others by none.
package enum RunEffect: Sendable {
    /// Make the output folder ready. → `prepared`
    case prepareOutput
    /// Make these writes durable, together, after all writes given before them. → `recorded`, where something follows.
    case checkpoint([CheckpointWrite], then: AfterRecord?)
    /// Ask or tell the account store, after all that was asked or told before. → `answered`, where something follows.
    case account(AccountOperation, then: AfterAnswer?)
    /// Send one counted request. → `called`
    case call(Int, ProviderCall, AccountID)
    /// Put a verified download in its place. → `placed`
    case place(Placement)
    /// Take a download's own name away: its result is on record, or will not be.
    case removePart(String)
    /// Let finished files follow the manifest, and refuse what is not ours in the place of a result. → `arranged`
    case arrange(FileArrangement)
    /// Say when this moment comes (nil: none is waited for any more), instead of what was asked for before. → `woken`
    case wake(at: Timestamp?)
    /// End the requests under way that bill nothing, and soon those that may; each is still answered.
    case endCalls
    /// Show it: what it tells is durable.
    case tell(RunEvent)
    /// The run is over; no further effect follows.
    case end(Result<RunOutcome, any Error>)
}

/// What a run's protocol is told.
package enum RunSignal: Sendable {
    /// With the inodes of what killed downloads left.
    case prepared(Result<Set<UInt64>, CallFailure>)
    case recorded(AfterRecord, CheckpointError?)
    case answered(AfterAnswer, Result<AccountAnswer, CheckpointError>)
    case called(Int, ProviderReply)
    /// What the reply to a request says of the account's request limit.
    case metered(Int, RateReading)
    case placed(Placement, Result<ArtifactRecord, CallFailure>)
    /// Where the artifacts on record are now.
    case arranged(Result<[OutputReference: ArtifactRecord], any Error>)
    case woken
    /// The user asked to stop.
    case interrupted
    /// Something went wrong that has no name.
    case broken(String)
}

/// What a durable write was for.
package enum AfterRecord: Sendable {
    /// The machine waits for it.
    case event(MachineEvent)
    /// A result is on record; its download's own name may go.
    case artifact(OutputReference, Artifact, part: String?)
    /// The run's beginning.
    case begin
    /// Submissions that only the account's memory knew.
    case adopted
    /// The run's end.
    case end
    /// The end of a run that could not begin.
    case failedBeginning
}

/// What an answer of the account store was for.
package enum AfterAnswer: Sendable {
    /// The machine waits for it.
    case event(MachineEvent)
    case lease(LeaseRequest)
    case lookUp(Int)
    /// An upload's reference is kept.
    case uploaded(Int, reference: String)
    /// The provider's own count is taken in.
    case metered(AccountID, resetsAt: Timestamp?)
    /// Which jobs of a listing are explained.
    case listed(AccountID, [ListedJob], requestedAt: Timestamp)
    /// Which submissions the account knows that the campaign does not.
    case known(AccountID)
    /// Which slots of the account are settled.
    case standing(AccountID)
    /// A settled slot is free.
    case settled
}

/// One counted request to a provider.
package enum ProviderCall: Sendable {
    case submit(JobReference, PreparedSubmission)
    case poll(JobReference, AcceptedJob, Pipeline.Operation)
    case pollTogether([AskedJob])
    case fetch(OutputReference, AcceptedJob, FetchOrder)
    case upload(Int, LocalFile)
    case list

    /// Whether it may be billed: then an interruption gives its reply time to come home.
    package var isPaid: Bool {
        if case .submit = self { true } else { false }
    }
}

/// What to download, and under which name of its own.
package struct FetchOrder: Hashable, Sendable {
    package let operation: Pipeline.Operation
    /// Position among the job's own outputs, from 0.
    package let index: Int
    package let kind: MediaKind
    /// The download's name until its result is on record.
    package let part: String
}

/// What came of a request.
package enum ProviderReply: Sendable {
    case submitted(Result<AcceptedJob, CallFailure>)
    case polled(Result<JobReport, CallFailure>)
    /// By remote id; a job that the reply does not tell of is missing.
    case polledTogether(Result<[String: JobReport], CallFailure>)
    case fetched(Result<FetchedFile, CallFailure>)
    case uploaded(Result<String, CallFailure>)
    case listed(Result<[ListedJob], CallFailure>)
}

/// A verified download and where it belongs.
package struct Placement: Sendable {
    package let output: OutputReference
    package let part: String
    package let file: FetchedFile
    /// Within the output folder.
    package let path: String
    /// Our own earlier file of the output.
    package let own: ArtifactRecord?
    /// Inodes of results that a killed run put in place without recording them.
    package let unrecorded: Set<UInt64>

    /// The result as it is recorded once it is in place.
    package var artifact: Artifact {
        Artifact(
            path: path, sha256: file.sha256, bytes: file.bytes, mediaType: file.mediaType.rawValue, width: file.width, height: file.height)
    }
}

/// What it takes to let finished files follow the manifest.
package struct FileArrangement: Sendable {
    package let history: CampaignHistory
    package let artifacts: [OutputReference: ArtifactRecord]
    /// Instances that something was submitted for: what has their results' names is theirs.
    package let started: Set<Identity>
}
