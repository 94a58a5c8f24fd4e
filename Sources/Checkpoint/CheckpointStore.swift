package import Pipeline

/// A saved artifact with what tells, without hashing, that its file was not touched since.
package struct ArtifactRecord: Hashable, Sendable, Codable {
    package let artifact: Artifact
    /// The file's modification time in nanoseconds since 1970, and its inode, as they were when it was put in place.
    package let modifiedNanoseconds: Int64
    package let inode: UInt64

    package init(artifact: Artifact, modifiedNanoseconds: Int64, inode: UInt64) {
        self.artifact = artifact
        self.modifiedNanoseconds = modifiedNanoseconds
        self.inode = inode
    }
}

/// One instance's last known standing.
package struct InstanceRecord: Hashable, Sendable, Codable {
    package let identity: Identity
    package let step: String
    package let name: String
    package let status: InstanceStatus
    package let reason: String?
    package let at: Timestamp

    package init(identity: Identity, step: String, name: String, status: InstanceStatus, reason: String?, at: Timestamp) {
        self.identity = identity
        self.step = step
        self.name = name
        self.status = status
        self.reason = reason
        self.at = at
    }
}

/// One run of a campaign.
package struct RunRecord: Hashable, Sendable, Codable {
    package let id: String
    /// The campaign's name; nil where it was not recorded yet.
    package let campaign: String?
    package let startedAt: Timestamp
    /// Nil while it runs, and for ever where it was killed.
    package var finishedAt: Timestamp?
    package var exitCode: ExitCode?
    package var totals: RunTotals?

    package init(
        id: String, campaign: String? = nil, startedAt: Timestamp, finishedAt: Timestamp? = nil, exitCode: ExitCode? = nil,
        totals: RunTotals? = nil
    ) {
        self.id = id
        self.campaign = campaign
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.exitCode = exitCode
        self.totals = totals
    }
}

/// One durable step of the order of writes. Each is applied whole or not at all.
package enum CheckpointWrite: Hashable, Sendable {
    case run(RunRecord)
    /// Before the request leaves. Writing the same key again replaces the intent only while nothing of it was accepted. Its price is reserved
    /// in the ledger.
    case intent(SubmissionIntent, Booking)
    /// The stage of a submission whose intent is on disk. A recorded end is never replaced. What it means in money goes to the ledger, also
    /// where the same stage is written again because it means something else by now.
    case stage(JobKey, JobStage, Booking)
    case artifact(Identity, output: Int, ArtifactRecord)
    case instance(InstanceRecord)
    /// Before anything of the generation is sent.
    case generation(GenerationRecord)
    /// What an instance asks for.
    case request(RequestRecord)
    /// Forgets what is known of an instance but its submissions, which are the record of what was paid, and as long as there are any, what it
    /// asked for: that says which campaign paid.
    case forget(Identity)
    /// Whether an output of a step with `pick: manual` goes on to what follows.
    case choice(Identity, output: Int, isChosen: Bool, at: Timestamp)
}

/// All that the store knows of a campaign.
package struct CheckpointState: Sendable {
    package var runs: [RunRecord]
    package var instances: [Identity: InstanceRecord]
    package var jobs: [JobKey: JobRecord]
    /// By output position.
    package var artifacts: [Identity: [Int: ArtifactRecord]]
    /// By the identity at generation 0.
    package var generations: [Identity: GenerationRecord]
    /// The outputs that a person chose, by position.
    package var choices: [Identity: Set<Int>]
    /// What all submissions came to.
    package var ledger: Ledger

    package init(
        runs: [RunRecord] = [], instances: [Identity: InstanceRecord] = [:], jobs: [JobKey: JobRecord] = [:],
        artifacts: [Identity: [Int: ArtifactRecord]] = [:], generations: [Identity: GenerationRecord] = [:],
        choices: [Identity: Set<Int>] = [:], ledger: Ledger = Ledger()
    ) {
        self.runs = runs
        self.instances = instances
        self.jobs = jobs
        self.artifacts = artifacts
        self.generations = generations
        self.choices = choices
        self.ledger = ledger
    }
}

/// Raised by each opening for writing; a writer with an older token is refused.
package struct FencingToken: Hashable, Sendable, Codable {
    package let number: Int64

    package init(number: Int64) { self.number = number }
}

/// Why a store cannot be used.
package enum CheckpointError: Error, Hashable, Sendable {
    /// It cannot be read or written (permissions, disk full, I/O): the message names path and cause.
    case cannotWrite(String)
    /// It is damaged; nothing was changed.
    case damaged(String)
    /// It was written by a newer version.
    case newerVersion(found: Int, supported: Int, path: String)
    /// A later writer has taken over.
    case fenced
    /// A write contradicts what is recorded (an end replaced, a stage without intent).
    case contradiction(String)

    /// For people: what happened and what to do next.
    package var message: String {
        switch self {
        case .cannotWrite(let text), .damaged(let text), .contradiction(let text): text
        case .newerVersion(let found, let supported, let path):
            "\(path) was written by a newer flowbatch (state version \(found), this one knows \(supported)); use that version"
        case .fenced: "another run has taken over this campaign's state; this run stopped writing to it"
        }
    }
}

/// The campaign's durable memory. Operations are whole transactions; after a call returns, what it wrote survives kill -9 and power loss.
///
/// Calls block on the disk: call them off the cooperative pool.
package protocol CheckpointStore: Sendable {
    /// Takes over writing: every older token is refused from now on. The lock file decides who may call this.
    func openForWriting() throws(CheckpointError) -> FencingToken

    /// Everything recorded, as one consistent snapshot; never blocks a writer. Of submissions only those whose fate is unknown come with
    /// their requests.
    func load() throws(CheckpointError) -> CheckpointState

    /// The generations alone: what it takes to make a plan.
    func generations() throws(CheckpointError) -> [Identity: GenerationRecord]

    /// What every recorded instance asked for. Not part of `load`: only who explains a plan needs it.
    func requests() throws(CheckpointError) -> [Identity: RequestRecord]

    /// Applies `writes` in order in one transaction, all or none, and returns once they are durable.
    func apply(_ writes: [CheckpointWrite], token: FencingToken) throws(CheckpointError)
}
