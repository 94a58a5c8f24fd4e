package import Checkpoint
package import Pipeline
package import Scheduling

/// A submission that no reply and no listing settled: a person may say what became of it.
package struct HeldSubmission: Sendable {
    package let record: JobRecord
    /// Where the plan has it; nil where the campaign no longer asks for it.
    package let job: JobReference?
    /// What its instance is called, as the plan or else the state has it.
    package let instance: String

    /// Whether a person is to decide; else the next run looks for it first.
    package var isHeld: Bool {
        if case .held = record.stage { true } else { false }
    }

    /// What is known of it, what the provider's last listing showed included.
    package var reason: String {
        if case .held(let message) = record.stage { return message }
        return "the run ended before a reply was recorded"
    }

    /// The open submissions on record, in plan order; what is no longer planned last.
    package static func all(in state: CheckpointState, plan: Plan) -> [HeldSubmission] {
        var positions: [Identity: Int] = [:]
        for (position, instance) in plan.instances.enumerated() { positions[instance.identity] = position }
        var last: [JobKey: JobRecord] = [:]
        for record in state.jobs.values {
            let key = JobKey(identity: record.intent.key.identity, job: record.intent.key.job, attempt: 0)
            if last[key].map({ $0.intent.key.attempt < record.intent.key.attempt }) ?? true { last[key] = record }
        }
        let held = last.values.filter(\.stage.isOpen).map { record -> HeldSubmission in
            let identity = record.intent.key.identity
            let position = positions[identity].flatMap { plan.instances[$0].jobs.indices.contains(record.intent.key.job) ? $0 : nil }
            let name = position.map { plan.instances[$0].name } ?? state.instances[identity]?.name ?? identity.short
            return HeldSubmission(
                record: record, job: position.map { JobReference(instance: $0, job: record.intent.key.job) }, instance: name)
        }
        return held.sorted { a, b in
            (a.job?.instance ?? .max, a.record.intent.key.identity, a.record.intent.key.job)
                < (b.job?.instance ?? .max, b.record.intent.key.identity, b.record.intent.key.job)
        }
    }
}

/// What became of a held submission, as a person found out.
package enum Resolution: Hashable, Sendable {
    /// The provider has it as this job.
    case accepted(AcceptedJob)
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
        let booking = Booking(run: run, at: now)
        switch self {
        case .accepted(let job): return [.stage(key, .accepted(job, at: held.record.intent.at), booking)]
        case .made(let artifacts):
            let end = JobStage.ended(
                .given(key.idempotencyKey), .succeeded, cost: nil, message: "its result was given with `flowbatch resolve`", at: now)
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
        case .accepted(let job):
            try store.markRunning(
                key, account: account, remoteID: job.remoteID, images: images, price: held.record.intent.price.money, holder: holder,
                now: now, expiresAt: held.record.intent.at + timeout + timeout)
        case .made: try store.release(key, account: account, by: holder, returnImages: false)
        case .notSubmitted: try store.release(key, account: account, by: holder, returnImages: true)
        // A job may run in its slot: that stays until it can no longer be running.
        case .resubmit: break
        }
    }
}
