import Checkpoint
import Foundation
import Pipeline

/// What instances ask for is on record since their first submission, so that a later plan can name what changed.
extension CampaignRun {
    /// Brings the record up to date: names that the manifest changed, and submissions of versions that kept no such record.
    func describeRecorded() {
        let known = recordedRequests
        described = Set(known.keys)
        let started = Set(records.keys.map(\.identity))
        for instance in request.plan.instances where started.contains(instance.identity) {
            guard let record = known[instance.identity] else {
                describe(instance)
                continue
            }
            if record.name == instance.name, record.step == instance.step { continue }
            writer.write(
                .request(
                    RequestRecord(
                        identity: record.identity, campaign: record.campaign, step: instance.step, name: instance.name,
                        description: record.description, at: record.at))
            ) { _ in }
        }
    }

    /// Puts on record what `instance` asks for, before what is written next; once.
    func describe(_ instance: StepInstance) {
        guard described.insert(instance.identity).inserted else { return }
        let description = RequestDescription(of: instance, among: request.plan.instances, folder: manifestFolder)
        // A write that fails makes every later one fail alike, and those are waited for.
        writer.write(
            .request(
                RequestRecord(
                    identity: instance.identity, campaign: request.plan.campaign, step: instance.step, name: instance.name,
                    description: description.text, at: request.clock.now()))
        ) { _ in }
    }
}
