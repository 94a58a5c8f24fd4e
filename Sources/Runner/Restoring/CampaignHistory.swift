package import Checkpoint
package import Pipeline
package import Scheduling

/// What the store knows of a campaign, seen through one plan.
package struct CampaignHistory: Sendable {
    /// The state the machine starts from.
    package var restored: RestoredCampaign
    /// Each planned sub-job's last attempt.
    package let lastAttempts: [JobReference: JobRecord]
    /// Every remote id that a recorded submission accounts for.
    package let remoteIDs: Set<String>
    /// Artifacts on record for planned outputs, in place or not.
    package let artifacts: [OutputReference: ArtifactRecord]

    /// The campaign's ledger as the plan's definitions have it now.
    package let ledger: Ledger
    /// Artifacts on record that the plan no longer asks for and whose files are in place.
    package let unplanned: [(identity: Identity, output: Int, record: ArtifactRecord)]
    /// What became of the recorded artifacts' files.
    private let standings: [ArtifactRecord: ArtifactStanding]

    private let others: Set<Identity>
    private let otherRenditions: Set<Identity>

    /// The same with other submissions of the campaign on record; no file is looked at again.
    func with(_ jobs: [JobKey: JobRecord], ledger: Ledger, plan: Plan, state: CheckpointState) -> CampaignHistory {
        var state = state
        state.jobs.merge(jobs) { _, new in new }
        state.ledger = ledger
        return CampaignHistory(plan: plan, state: state, others: others, otherRenditions: otherRenditions) { standings[$0] ?? .gone }
    }

    /// - Parameters:
    ///   - otherRenditions: finished instances of which the plan now wants another rendition: their files are fetched again.
    ///   - others: instances of other campaigns, which share the state file of their folder: what they cost is theirs.
    ///   - standing: what became of a recorded artifact's file; asked once an artifact.
    package init(
        plan: Plan, state: CheckpointState, others: Set<Identity> = [], otherRenditions: Set<Identity> = [],
        standing: (ArtifactRecord) -> ArtifactStanding
    ) {
        self.others = others
        self.otherRenditions = otherRenditions
        var positions: [Identity: Int] = [:]
        // Nobody asks for the positions where nothing is on record.
        if !state.jobs.isEmpty || !state.artifacts.isEmpty || !state.instances.isEmpty {
            positions.reserveCapacity(plan.instances.count)
            for (position, instance) in plan.instances.enumerated() { positions[instance.identity] = position }
        }
        let ledger = state.ledger.restated(
            state.jobs.values.filter { !others.contains($0.intent.key.identity) }, refunded: plan.refunded)
        self.ledger = ledger

        var restored = RestoredCampaign()
        var last: [JobReference: JobRecord] = [:]
        var ids: Set<String> = []
        for record in state.jobs.values {
            if let id = record.stage.accepted?.remoteID { ids.insert(id) }
            if others.contains(record.intent.key.identity) { continue }
            let planned = positions[record.intent.key.identity].map { JobReference(instance: $0, job: record.intent.key.job) }
            if let planned, last[planned].map({ $0.intent.key.attempt < record.intent.key.attempt }) ?? true { last[planned] = record }
            guard record.isEnded || planned == nil else { continue }
            for money in ledger[record.intent.key].cost.all { restored.spent[record.intent.account, default: Amounts()] += money }
        }
        for (reference, record) in last {
            restored.instances[reference.instance, default: RestoredInstance()].jobs[reference.job] = RestoredJob(
                attempt: record.intent.key.attempt, intendedAt: record.intent.at, stage: record.stage.restored)
        }
        var standings: [ArtifactRecord: ArtifactStanding] = [:]
        for record in state.artifacts.lazy.filter({ !others.contains($0.key) }).flatMap(\.value.values) where standings[record] == nil {
            standings[record] = standing(record)
        }
        var artifacts: [OutputReference: ArtifactRecord] = [:]
        var unplanned: [(identity: Identity, output: Int, record: ArtifactRecord)] = []
        for (identity, records) in state.artifacts where !others.contains(identity) {
            guard let position = positions[identity] else {
                for (output, record) in records where standings[record] == .inPlace { unplanned.append((identity, output, record)) }
                continue
            }
            for (output, record) in records {
                artifacts[OutputReference(instance: position, output: output)] = record
                if otherRenditions.contains(identity) { continue }
                switch standings[record] ?? .gone {
                case .inPlace: restored.instances[position, default: RestoredInstance()].saved.insert(output)
                case let lost:
                    restored.instances[position, default: RestoredInstance()].lost[output] = LostArtifact(
                        path: record.artifact.path, isAltered: lost == .altered)
                }
            }
        }
        for record in state.instances.values where record.status == .partial {
            guard let position = positions[record.identity] else { continue }
            let made = Set(state.artifacts[record.identity]?.keys.map { $0 } ?? [])
            restored.instances[position, default: RestoredInstance()].withheld = Set(plan.instances[position].outputs.indices).subtracting(
                made)
        }
        restored.openElsewhere = state.jobs.values.filter(\.isUnexplained).map { record in
            let identity = record.intent.key.identity
            let planned = positions[identity].map { JobReference(instance: $0, job: record.intent.key.job) }
            return OpenSubmission(
                record, name: state.instances[identity]?.name ?? planned.map { plan.instances[$0.instance].name } ?? identity.short,
                isForeign: others.contains(identity), planned: planned.flatMap { last[$0] == record ? $0 : nil })
        }.sorted { $0.key < $1.key }
        self.restored = restored
        lastAttempts = last
        remoteIDs = ids
        self.artifacts = artifacts
        self.standings = standings
        self.unplanned = unplanned.sorted { ($0.identity, $0.output) < ($1.identity, $1.output) }
    }
}

extension Plan {
    /// The ends that each account does not bill.
    package var refunded: [AccountID: Set<JobOutcome>] { accounts.reduce(into: [:]) { $0[$1.id] = $1.refunded } }
}

extension JobStage {
    fileprivate var restored: RestoredJob.Stage {
        switch self {
        case .intended, .held: .unknown
        case .refused: .closed
        case .abandoned: .abandoned
        case .accepted(let job, let at): .accepted(job, at: at)
        case .ended(let job, let outcome, _, let message, _): .ended(job, outcome, message: message)
        }
    }

    /// The job as the provider knows it, once it was accepted.
    package var accepted: AcceptedJob? {
        switch self {
        case .intended, .refused, .held, .abandoned: nil
        case .accepted(let job, _), .ended(let job, _, _, _, _): job
        }
    }
}

extension OpenSubmission {
    /// - Parameters:
    ///   - isForeign: it is of another campaign, which shares the state file of the folder.
    ///   - planned: the plan's sub-job of which it is the last attempt.
    fileprivate init(_ record: JobRecord, name: String, isForeign: Bool, planned: JobReference?) {
        let standing: Standing =
            switch record.stage {
            case _ where isForeign: .foreign
            case .held: .held
            case .abandoned: .abandoned
            case .accepted(let job, _) where job.isNamed: .named(remoteID: job.remoteID)
            case .intended, .refused, .accepted, .ended: .intended
            }
        self.init(
            key: record.intent.key.idempotencyKey, name: name, job: record.intent.key.job, account: record.intent.account,
            fingerprint: record.intent.fingerprint, price: record.intent.price.money, intendedAt: record.intent.at, standing: standing,
            planned: planned)
    }
}

extension JobRecord {
    /// Whether a job of a listing may be its.
    var isUnexplained: Bool {
        switch stage {
        case .intended, .held, .abandoned: true
        case .accepted: stage.named != nil
        case .refused, .ended: false
        }
    }

    /// Whether nothing more will come of it.
    var isEnded: Bool {
        switch stage {
        case .ended, .abandoned: true
        case .intended, .refused, .accepted, .held: false
        }
    }
}
