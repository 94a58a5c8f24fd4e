package import Checkpoint
package import Pipeline
package import Scheduling

/// A submission that no reply and no listing settled: a person may say what became of it, or has said so and may say it better.
package struct HeldSubmission: Sendable {
    package let record: JobRecord
    /// Where the plan has it; nil where the campaign no longer asks for it.
    package let job: JobReference?
    /// What its instance is called, as the plan or else the state has it.
    package let instance: String
    /// Its step; nil where neither has it.
    package let step: String?
    /// Whether other submissions of its instance are open too.
    package let isAmongSeveral: Bool

    /// Whether a person is to decide; else the next run looks for it first.
    package var isHeld: Bool {
        if case .held = record.stage { true } else { false }
    }

    /// What is known of it, what the provider's last listing showed included.
    package var reason: String {
        if case .held(let message) = record.stage { return message }
        if let named { return "you named job \(named.remoteID) as its job; as long as that has not ended, another --job corrects it" }
        return "the run ended before a reply was recorded"
    }

    /// The job that a person named, until it ends.
    package var named: AcceptedJob? { record.stage.named }

    /// The open submissions on record, in plan order; what is no longer planned last.
    package static func all(in state: CheckpointState, plan: Plan) -> [HeldSubmission] {
        var positions: [Identity: Int] = [:]
        for (position, instance) in plan.instances.enumerated() { positions[instance.identity] = position }
        var last: [JobKey: JobRecord] = [:]
        for record in state.jobs.values {
            let key = JobKey(identity: record.intent.key.identity, job: record.intent.key.job, attempt: 0)
            if last[key].map({ $0.intent.key.attempt < record.intent.key.attempt }) ?? true { last[key] = record }
        }
        let open = last.values.filter(\.stage.needsRequest)
        let counts = Dictionary(open.map { ($0.intent.key.identity, 1) }, uniquingKeysWith: +)
        let held = open.map { record -> HeldSubmission in
            let identity = record.intent.key.identity
            let position = positions[identity].flatMap { plan.instances[$0].jobs.indices.contains(record.intent.key.job) ? $0 : nil }
            let name = position.map { plan.instances[$0].name } ?? state.instances[identity]?.name ?? identity.short
            return HeldSubmission(
                record: record, job: position.map { JobReference(instance: $0, job: record.intent.key.job) }, instance: name,
                step: position.map { plan.instances[$0].step } ?? state.instances[identity]?.step,
                isAmongSeveral: counts[identity, default: 1] > 1)
        }
        return held.sorted { a, b in
            (a.job?.instance ?? .max, a.record.intent.key.identity, a.record.intent.key.job)
                < (b.job?.instance ?? .max, b.record.intent.key.identity, b.record.intent.key.job)
        }
    }
}

/// What became of a held submission, as a person found out.
package enum Resolution: Hashable, Sendable {
    /// The provider has it as this job; `isConfirmed`: it was asked, and knows such a job.
    case accepted(AcceptedJob, isConfirmed: Bool)
    /// It was made; these are its results, by position among the job's own outputs.
    case made([Int: ArtifactRecord])
    case notSubmitted
    /// Nobody knows; another attempt is paid for.
    case resubmit

    /// The record that says so, all in one transaction.
    ///
    /// - Parameter run: who writes it.
    package func writes(for held: HeldSubmission, outputs: Range<Int>, run: String, now: Timestamp) -> [CheckpointWrite] {
        let key = held.record.intent.key
        let standing = standing.flatMap { status, reason in
            held.step.map {
                InstanceRecord(identity: key.identity, step: $0, name: held.instance, status: status, reason: reason, at: now)
            }
        }
        return stages(for: held, outputs: outputs, Booking(run: run, at: now)) + (standing.map { [.instance($0)] } ?? [])
    }

    /// How its instance stands from now on, so that a plan gives no reason that is none any more; nil where its results say it.
    private var standing: (InstanceStatus, String)? {
        switch self {
        case .accepted(let job, _): (.running, "`flowbatch resolve` was told that it is job \(job.remoteID)")
        case .made: nil
        case .notSubmitted: (.waiting, "`flowbatch resolve` was told that it was never submitted")
        case .resubmit: (.waiting, "`flowbatch resolve` was told to pay for another attempt; the first one counts as spent")
        }
    }

    private func stages(for held: HeldSubmission, outputs: Range<Int>, _ booking: Booking) -> [CheckpointWrite] {
        let key = held.record.intent.key
        switch self {
        case .accepted(let job, _):
            let takenBack = held.named.map { "job \($0.remoteID), which was named before, is not it" }
            return (takenBack.map { [.stage(key, .held(message: $0), booking)] } ?? [])
                + [.stage(key, .accepted(job.named, at: held.record.intent.at), booking)]
        case .made(let artifacts):
            let end = JobStage.ended(
                .given(key.idempotencyKey), .succeeded, cost: nil, message: "its result was given with `flowbatch resolve`", at: booking.at)
            return [.stage(key, end, booking)]
                + artifacts.sorted { $0.key < $1.key }.map { .artifact(key.identity, output: outputs.lowerBound + $0.key, $0.value) }
        case .notSubmitted: return [.stage(key, .refused(message: "never submitted, as `flowbatch resolve` was told"), booking)]
        case .resubmit:
            return [.stage(key, .abandoned(message: "given up for another attempt, as `flowbatch resolve` was told"), booking)]
        }
    }

    /// Brings the account's memory in line once the record is written; where that does not come about any more, the next run does it.
    package func settle(
        _ held: HeldSubmission, in store: any AccountStore, images: Int, timeout: Duration, holder: LeaseHolder, now: Timestamp
    ) throws(CheckpointError) {
        let key = held.record.intent.key.idempotencyKey
        let account = held.record.intent.account
        switch self {
        case .accepted(let job, let isConfirmed):
            if let before = held.named, before.remoteID != job.remoteID {
                try store.disown(before.remoteID, of: key, account: account, since: held.record.intent.at)
            }
            try store.markRunning(
                key, account: account, remoteID: isConfirmed ? job.remoteID : nil, images: images, price: held.record.intent.price.money,
                holder: holder, now: now,
                // By a clock that was set back since, it was sent in the future: then at the latest now.
                expiresAt: min(held.record.intent.at, now) + timeout + timeout)
        case .made: try store.release(key, account: account, by: holder, returnImages: false)
        case .notSubmitted: try store.release(key, account: account, by: holder, returnImages: true)
        // A job may run in its slot: that stays until it can no longer be running.
        case .resubmit: break
        }
    }
}
