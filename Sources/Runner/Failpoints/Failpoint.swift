/// A named place in the order of writes. A debug build can be told to be killed or to break there, so that tests can see what is left.
package enum Failpoint: String, Sendable, CaseIterable {
    /// The account granted a slot and a request; nothing of the job is on record.
    case leaseGranted = "lease-granted"
    /// The intent is durable; the slot is not marked.
    case intentRecorded = "intent-recorded"
    /// The slot is marked as in use; the request has not left.
    case sendingMarked = "sending-marked"
    /// The provider's reply is here; nothing of it is on record.
    case replyReceived = "reply-received"
    /// The provider's job id is durable; the slot does not know it.
    case acceptedRecorded = "accepted-recorded"
    /// The slot knows its remote job; it was not asked about.
    case slotHeld = "slot-held"
    /// The provider said how the job ended; nothing of it is on record.
    case endReceived = "end-received"
    /// The job's end and cost are durable; its slot is still taken.
    case endRecorded = "end-recorded"
    /// The slot is free; no result was fetched.
    case slotReleased = "slot-released"
    /// The download is whole and checked; it has no name in the output folder.
    case partWritten = "part-written"
    /// The result has its name; it is not on record.
    case resultPlaced = "result-placed"
    /// The result is on record; its instance is not done.
    case artifactRecorded = "artifact-recorded"
    /// The instance's standing is durable; it was not shown.
    case instanceRecorded = "instance-recorded"
    /// An upload's reference is durable; no job was told of it.
    case uploadRecorded = "upload-recorded"
}
