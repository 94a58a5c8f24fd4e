import Checkpoint
import Foundation
import Pipeline
import Providers
import Scheduling

/// The exact bytes that leave: those of an earlier intent under the same key, or new ones.
extension RunProtocol {
    /// What is to be durable before the request leaves.
    ///
    /// - Parameter sentAt: when it was sent before, at the earliest, where this campaign's record does not know it; nil: now.
    mutating func intent(of job: JobReference, _ key: JobKey, at sentAt: Timestamp? = nil) -> Result<SubmissionIntent, CallFailure> {
        do throws(CallFailure) {
            let instance = plan.instances[job.instance]
            let submission = try submission(of: job, key)
            guard let bytes = try? JSONEncoder().encode(submission) else {
                throw CallFailure(.invalid, "the request of \(instance.name) could not be encoded")
            }
            prepared[key] = submission
            return .success(
                SubmissionIntent(
                    key: key, account: instance.account, fingerprint: instance.fingerprint, request: bytes,
                    price: instance.jobs[job.job].price, at: firstIntended(key) ?? sentAt ?? now))
        } catch {
            return .failure(error)
        }
    }

    private func submission(of job: JobReference, _ key: JobKey) throws(CallFailure) -> PreparedSubmission {
        if let same = submission(of: key) { return same }
        let instance = plan.instances[job.instance]
        if records[key] != nil {
            // Other bytes under the same key could pass for another request.
            throw CallFailure(.invalid, "the recorded request of \(instance.name) cannot be read; nothing was sent under its key again")
        }
        guard let builder = builder(job) else {
            throw CallFailure(.invalid, "no provider is set up for account \(instance.account)")
        }
        return try builder.prepare(
            instance.operation, arguments: available(instance.arguments.dictionary), job: instance.jobs[job.job],
            media: { handedOver($0, to: instance.account) }, idempotencyKey: key.idempotencyKey)
    }

    /// The exact request of an intent, as it was first recorded.
    func submission(of key: JobKey) -> PreparedSubmission? {
        prepared[key] ?? records[key].flatMap { try? JSONDecoder().decode(PreparedSubmission.self, from: $0.intent.request) }
    }

    /// When a submission of unknown fate was first intended: a key's lifetime counts from there, however often it is sent.
    private func firstIntended(_ key: JobKey) -> Timestamp? {
        guard let record = records[key] else { return nil }
        switch record.stage {
        case .intended, .held: return record.intent.at
        case .refused, .accepted, .ended, .abandoned: return nil
        }
    }

    /// Lists without the pictures that did not come; the machine let the instance go on without them.
    private func available(_ arguments: [String: Argument]) -> [String: Argument] {
        arguments.mapValues { argument in
            guard case .list(let elements) = argument else { return argument }
            return .list(
                elements.filter { element in
                    guard case .media(.output(let output)) = element else { return true }
                    return artifacts[output] != nil
                })
        }
    }

    /// What a provider is told of a picture: the reference of its upload, or its URL.
    private func handedOver(_ source: MediaSource, to account: AccountID) -> Value? {
        if let transfer = transferIndex[PlannedTransfer(source: source, account: account)], let reference = uploads[transfer] {
            return .text(reference)
        }
        if case .url(let url) = source { return .text(url) }
        return nil
    }

    /// The local file a transfer brings over; nil while its output is not there. A result's path is within the output folder.
    func file(of transfer: Int) -> LocalFile? {
        switch plan.transfers[transfer].source {
        case .file(let file): return file
        case .url: return nil
        case .output(let output):
            guard let artifact = artifacts[output]?.artifact else { return nil }
            return LocalFile(path: artifact.path, sha256: artifact.sha256, bytes: artifact.bytes, mediaType: artifact.mediaType)
        }
    }
}
