import Checkpoint
import Foundation
import Pipeline
import Providers
import Scheduling

/// Submissions that the campaign's own state no longer knows, and the account's does: the state was lost, or this is a copy of the campaign.
/// Their jobs are taken over instead of being paid for again.
extension CampaignRun {
    /// How many earlier attempts of a sub-job are looked for.
    private static let attempts = 1...3

    /// Puts on record what the account knows, in one write; true where there was something.
    func adoptKnownJobs() async throws -> Bool {
        let recorded = Set(records.keys.map { Name(identity: $0.identity, job: $0.job) })
        var wanted: [AccountID: [JobKey: JobReference]] = [:]
        for (position, instance) in request.plan.instances.enumerated() {
            for job in instance.jobs.indices where !recorded.contains(Name(identity: instance.identity, job: job)) {
                let reference = JobReference(instance: position, job: job)
                for attempt in Self.attempts { wanted[instance.account, default: [:]][key(reference, attempt)] = reference }
            }
        }
        var found: [JobRecord] = []
        for (account, keys) in wanted {
            let byText = Dictionary(keys.keys.map { ($0.idempotencyKey, $0) }, uniquingKeysWith: { first, _ in first })
            let texts = Array(byText.keys)
            let known = try await desk.answer { store throws(CheckpointError) in try store.acceptedJobs(of: texts, account: account) }
            for (text, remoteID) in known {
                guard let key = byText[text], let reference = keys[key], let record = adopted(remoteID, key, reference) else { continue }
                found.append(record)
            }
        }
        if found.isEmpty { return false }
        for record in found { records[record.intent.key] = record }
        try await self.record(found.flatMap { [.intent($0.intent), .stage($0.intent.key, $0.stage)] })
        return true
    }

    private struct Name: Hashable {
        let identity: Identity
        let job: Int
    }

    private func adopted(_ remoteID: String, _ key: JobKey, _ job: JobReference) -> JobRecord? {
        let instance = request.plan.instances[job.instance]
        // The pictures' references are of no account any more: the request is on record only for what later calls about the job need of it.
        guard let port = request.ports[instance.account],
            let submission = try? port.prepare(
                instance.operation, arguments: instance.arguments, job: instance.jobs[job.job], media: { _ in .text("unknown") },
                idempotencyKey: key.idempotencyKey),
            let bytes = try? JSONEncoder().encode(submission)
        else { return nil }
        let now = request.clock.now()
        let intent = SubmissionIntent(
            key: key, account: instance.account, fingerprint: instance.fingerprint, request: bytes, price: instance.jobs[job.job].price,
            at: now)
        return JobRecord(intent: intent, stage: .accepted(port.adopt(remoteID, for: submission), at: now))
    }
}
