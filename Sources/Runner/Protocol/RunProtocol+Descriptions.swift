import Checkpoint
import Pipeline
import Scheduling

/// What instances ask for is on record since their first submission, so that a later plan can name what changed.
extension RunProtocol {
    /// Brings the record up to date: names that the manifest changed, what was forgotten and is asked for again, and submissions of versions
    /// that kept no such record.
    mutating func describeRecorded() {
        let known = start.requests
        described = Set(known.keys)
        let started = Set(records.keys.map(\.identity))
        for instance in plan.instances where started.contains(instance.identity) {
            guard let record = known[instance.identity] else {
                describe(instance)
                continue
            }
            let outputs = instance.jobs.map(\.outputs.count)
            if record.name == instance.name, record.step == instance.step, record.outputs == outputs { continue }
            let renewed = RequestRecord(
                identity: record.identity, campaign: record.campaign, step: instance.step, name: instance.name,
                description: record.description, variables: record.variables, outputs: outputs, at: record.at)
            effects.append(.checkpoint([.request(renewed)], then: nil))
        }
    }

    /// Puts on record what `instance` asks for, before what is written next; once.
    ///
    /// - Parameter again: also where it is on record: another rendition of it was fetched.
    mutating func describe(_ instance: StepInstance, again: Bool = false) {
        guard described.insert(instance.identity).inserted || again else { return }
        let description = RequestDescription(of: instance, among: plan.instances, folder: manifestFolder)
        let record = RequestRecord(
            identity: instance.identity, campaign: plan.campaign, step: instance.step, name: instance.name,
            description: description.text, variables: start.variables, outputs: instance.jobs.map(\.outputs.count), at: now)
        // A write that fails makes every later one fail alike, and those are waited for.
        effects.append(.checkpoint([.request(record)], then: nil))
    }

    /// Jobs whose results are to be fetched in another rendition, as the download is now to ask for them.
    func withRenditions(_ restored: RestoredCampaign) -> RestoredCampaign {
        var restored = restored
        for (position, instance) in plan.instances.enumerated() where otherRenditions.contains(instance.identity) {
            for (index, job) in restored.instances[position]?.jobs ?? [:] where instance.jobs.indices.contains(index) {
                guard case .ended(let accepted, let outcome, let message) = job.stage, let builder = start.builders[instance.account],
                    let submission = try? builder.prepare(
                        instance.operation, arguments: instance.arguments.dictionary, job: instance.jobs[index],
                        media: { _ in .text("unknown") },
                        idempotencyKey: instance.identity.idempotencyKey(job: index, attempt: job.attempt))
                else { continue }
                let now = builder.adopt(accepted.remoteID, for: submission).context
                // What the replies gave stays; names with a dot in front are theirs.
                let kept = accepted.context.filter { !instance.renditions.contains($0.key) }
                let context = kept.merging(now.filter { !$0.key.hasPrefix(".") }) { _, new in new }
                let renewed = AcceptedJob(remoteID: accepted.remoteID, context: context, report: accepted.report)
                restored.instances[position]?.jobs[index] = RestoredJob(
                    attempt: job.attempt, intendedAt: job.intendedAt, stage: .ended(renewed, outcome, message: message))
            }
        }
        return restored
    }
}
