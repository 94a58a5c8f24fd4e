/// A named place in the order of writes. A debug build can be told to be killed or to break there, so that tests can see what is left.
///
/// Each durable write has two: `before-…` as it is handed over, when what led to it is done, and the write's own name once it is durable.
package enum Failpoint: String, Sendable, CaseIterable {
    // MARK: the beginning

    case beforeClaimsAdopted = "before-claims-adopted"
    /// Results that a killed run had placed and not recorded are on record.
    case claimsAdopted = "claims-adopted"
    case beforeRunBegun = "before-run-begun"
    /// That a run began is durable.
    case runBegun = "run-begun"
    case beforeJobsAdopted = "before-jobs-adopted"
    /// Submissions that only the account knew are on record.
    case jobsAdopted = "jobs-adopted"
    case beforeSlotSettled = "before-slot-settled"
    /// A slot is free whose job was over on record when the run before was killed.
    case slotSettled = "slot-settled"

    // MARK: an upload

    /// The account said whether it has the content.
    case transferLookedUp = "transfer-looked-up"
    /// The provider has the content; its reference is not on record.
    case uploadReceived = "upload-received"
    case beforeUploadRecorded = "before-upload-recorded"
    /// An upload's reference is durable; no job was told of it.
    case uploadRecorded = "upload-recorded"

    // MARK: a submission

    case beforeLeaseGranted = "before-lease-granted"
    /// The account granted a slot and a request; nothing of the job is on record.
    case leaseGranted = "lease-granted"
    case beforeIntentRecorded = "before-intent-recorded"
    /// The intent is durable, and with the first of them what `--rerun` makes anew; the slot is not marked.
    case intentRecorded = "intent-recorded"
    case beforeSendingMarked = "before-sending-marked"
    /// The slot is marked as in use; the request has not left.
    case sendingMarked = "sending-marked"
    /// The provider's reply is here; nothing of it is on record.
    case replyReceived = "reply-received"
    case beforeAcceptedRecorded = "before-accepted-recorded"
    /// The provider's job id is durable; the slot does not know it.
    case acceptedRecorded = "accepted-recorded"
    case beforeSlotHeld = "before-slot-held"
    /// The slot knows its remote job; it was not asked about.
    case slotHeld = "slot-held"

    // MARK: a submission without a reply

    /// The provider's listing is here; the account was not asked which of its jobs it knows.
    case listingReceived = "listing-received"
    /// The account said which of the listed jobs it knows; nothing is decided.
    case listingExplained = "listing-explained"
    case beforeClosedRecorded = "before-closed-recorded"
    /// What a submission without an accepted job came to is durable; its slot does not know it.
    case closedRecorded = "closed-recorded"
    case beforeOpenRecorded = "before-open-recorded"
    /// What became of a submission that is no step of the run is durable; the account does not know it.
    case openRecorded = "open-recorded"
    case beforeOpenSettled = "before-open-settled"
    /// The account knows it too.
    case openSettled = "open-settled"
    case beforePauseRecorded = "before-pause-recorded"
    /// That the provider wants to be left alone for a while is durable.
    case pauseRecorded = "pause-recorded"

    // MARK: the end of a job

    /// The provider said how the job ended; nothing of it is on record.
    case endReceived = "end-received"
    case beforeEndRecorded = "before-end-recorded"
    /// The job's end and cost are durable; its slot is still taken.
    case endRecorded = "end-recorded"
    case beforeSlotReleased = "before-slot-released"
    /// The slot is free; no result was fetched.
    case slotReleased = "slot-released"

    // MARK: a result

    /// The download is whole, checked and synced; it has no name in the output folder.
    case partWritten = "part-written"
    /// A note beside the download says whose result it becomes.
    case placementClaimed = "placement-claimed"
    /// The result has its name; its folder is not synced.
    case resultNamed = "result-named"
    /// The result has its name for good; it is not on record.
    case resultPlaced = "result-placed"
    case beforeArtifactRecorded = "before-artifact-recorded"
    /// The result is on record; its instance is not done.
    case artifactRecorded = "artifact-recorded"
    case beforeInstanceRecorded = "before-instance-recorded"
    /// The instance's standing is durable; it was not shown.
    case instanceRecorded = "instance-recorded"

    // MARK: the end

    case beforeRunEnded = "before-run-ended"
    /// That the run ended, and how, is durable; its summary is not written.
    case runEnded = "run-ended"

    // MARK: what a person decides

    case beforeChoicesRecorded = "before-choices-recorded"
    /// What `pick` chose is durable.
    case choicesRecorded = "choices-recorded"
    case beforeResolutionRecorded = "before-resolution-recorded"
    /// What `resolve` was told is durable; the account does not know it.
    case resolutionRecorded = "resolution-recorded"
    /// The account knows it too.
    case resolutionSettled = "resolution-settled"

    /// As the write that ends here is handed over; nil where it ends none.
    var before: Failpoint? { Failpoint(rawValue: "before-" + rawValue) }
}
