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

    /// Puts on record what the account knows; true where there was something.
    func adoptKnownJobs() async throws -> Bool {
        let recorded = Set(records.keys.map { Name(identity: $0.identity, job: $0.job) })
        var wanted: [AccountID: [JobKey: JobReference]] = [:]
        for (position, instance) in request.plan.instances.enumerated() {
            for job in instance.jobs.indices where !recorded.contains(Name(identity: instance.identity, job: job)) {
                let reference = JobReference(instance: position, job: job)
                for attempt in Self.attempts { wanted[instance.account, default: [:]][key(reference, attempt)] = reference }
            }
        }
        var adopted = false
        for (account, keys) in wanted {
            let texts = keys.keys.map(\.idempotencyKey)
            let known = try await atDesk { store throws(CheckpointError) in try store.acceptedJobs(of: texts, account: account) }
            for (key, reference) in keys.sorted(by: {
                ($0.value.instance, $0.key.job, $0.key.attempt) < ($1.value.instance, $1.key.job, $1.key.attempt)
            }) {
                guard let remoteID = known[key.idempotencyKey] else { continue }
                try await adopt(remoteID, key, reference)
                adopted = true
            }
        }
        return adopted
    }

    private struct Name: Hashable {
        let identity: Identity
        let job: Int
    }

    private func adopt(_ remoteID: String, _ key: JobKey, _ job: JobReference) async throws {
        let instance = request.plan.instances[job.instance]
        // The pictures' references are of no account any more: the request is on record only for what later calls about the job need of it.
        guard let port = request.ports[instance.account],
            let submission = try? port.prepare(
                instance.operation, arguments: instance.arguments, job: instance.jobs[job.job], media: { _ in .text("unknown") },
                idempotencyKey: key.idempotencyKey),
            let bytes = try? JSONEncoder().encode(submission)
        else { return }
        let now = request.clock.now()
        let intent = SubmissionIntent(
            key: key, account: instance.account, fingerprint: instance.fingerprint, request: bytes, price: instance.jobs[job.job].price,
            at: now)
        try await record(.intent(intent))
        try await record(.stage(key, .accepted(port.adopt(remoteID, for: submission), at: now)))
    }
}
