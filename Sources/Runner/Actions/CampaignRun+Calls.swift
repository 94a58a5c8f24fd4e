import Checkpoint
import Foundation
import Pipeline
import Providers
import Scheduling

/// The half of the machine's actions that goes over the network. Each is one counted request.
extension CampaignRun {
    /// Runs one request beside the loop; `work` gives the event it ends with.
    private func call(
        _ kind: CallRegister.Kind, _ account: AccountID, _ ticket: SendTicket?, _ work: @escaping @Sendable () async -> MachineEvent
    ) {
        requests += 1
        let id = calls.nextID()
        calls.add(id, kind, Task { [post] in post.yield(.call(id, account, ticket, await work())) })
    }

    private static func noPort(_ account: AccountID) -> CallFailure {
        CallFailure(.invalid, "no provider is set up for account \(account)")
    }

    func submit(_ job: JobReference, _ key: JobKey) {
        guard let port = request.ports[account(job)], let submission = prepared[key] else {
            post.yield(.event(.submitted(job, .failure(CallFailure(.notSent, "the request of \(key.idempotencyKey) was not prepared")))))
            return
        }
        submittedNow.insert(key)
        let doubtful = earlierUploads(of: job)
        let account = account(job)
        call(.paid, account, sends.claim(slot: key.idempotencyKey)) { [desk] in
            let result = await port.submit(submission)
            if case .failure(let failure) = result, failure.kind == .invalid {
                // A reference that the provider has dropped looks like a wrong request: the next run uploads anew.
                for sha256 in doubtful {
                    desk.perform { store throws(CheckpointError) in
                        try store.forgetUpload(of: sha256, account: account)
                    } completion: { _ in
                    }
                }
            }
            return .submitted(job, result)
        }
    }

    /// Contents that the job takes and that an earlier run uploaded.
    private func earlierUploads(of job: JobReference) -> [String] {
        request.plan.instances[job.instance].transfers.filter { !uploadedNow.contains($0) }.compactMap { file(of: $0)?.sha256 }
    }

    func poll(_ job: JobReference, _ accepted: AcceptedJob) {
        let instance = request.plan.instances[job.instance]
        guard let port = request.ports[instance.account] else {
            post.yield(.event(.polled(job, .failure(Self.noPort(instance.account)))))
            return
        }
        call(.free, instance.account, sends.claim(instance.account)) {
            .polled(job, await port.poll(accepted, operation: instance.operation))
        }
    }

    func fetch(_ output: OutputReference, _ accepted: AcceptedJob, _ index: Int) {
        let instance = request.plan.instances[output.instance]
        guard let port = request.ports[instance.account] else {
            post.yield(.event(.fetched(output, .failure(Self.noPort(instance.account)))))
            return
        }
        if accepted.isGiven {
            let failure = CallFailure(.gone, "it was given with `flowbatch resolve`, and its file is no longer there")
            post.yield(.event(.fetched(output, .failure(failure))))
            return
        }
        let planned = instance.outputs[output.output]
        let folder = request.output
        let part = folder.part(for: output, of: instance.identity)
        let own = artifacts[output]
        let unrecorded = unrecordedInodes
        parts[output] = part
        call(.free, instance.account, sends.claim(instance.account)) { [weak self, post, failpoints = request.failpoints] in
            let result = await port.fetch(accepted, operation: instance.operation, output: index, kind: planned.kind, into: part)
            switch result {
            case .failure(let failure):
                try? FileManager.default.removeItem(at: part)
                return .fetched(output, .failure(failure))
            case .success(let file):
                if let problem = failpoints.reach(.partWritten) { post.yield(.event(.internalError(problem))) }
                do throws(CallFailure) {
                    let path = MediaExtension.corrected(planned.path, for: file.mediaType.rawValue)
                    let stamp = try folder.place(part, sha256: file.sha256, at: path, replacing: own, unrecorded: unrecorded)
                    let artifact = Artifact(
                        path: path, sha256: file.sha256, bytes: file.bytes, mediaType: file.mediaType.rawValue, width: file.width,
                        height: file.height)
                    let record = ArtifactRecord(artifact: artifact, modifiedNanoseconds: stamp.modified, inode: stamp.inode)
                    await self?.remember(record, of: output)
                    return .fetched(output, .success(artifact))
                } catch {
                    try? FileManager.default.removeItem(at: part)
                    return .fetched(output, .failure(error))
                }
            }
        }
    }

    private func remember(_ record: ArtifactRecord, of output: OutputReference) { artifacts[output] = record }

    func upload(_ transfer: Int) {
        let account = request.plan.transfers[transfer].account
        guard let port = request.ports[account], let file = file(of: transfer) else {
            post.yield(.event(.transferred(transfer, Self.noPort(account))))
            return
        }
        let desk = desk
        let now = request.clock.now()
        call(.free, account, sends.claim(account)) { [weak self] in
            switch await port.upload(file) {
            case .failure(let failure): return .transferred(transfer, failure)
            case .success(let reference):
                let kept: Result<Void, CheckpointError> = await withCheckedContinuation { continuation in
                    desk.perform { store throws(CheckpointError) in
                        try store.recordUpload(of: file.sha256, account: account, reference: reference, now: now)
                    } completion: {
                        continuation.resume(returning: $0)
                    }
                }
                if case .failure(let failure) = kept {
                    return .storeFailed("the account state could not be written: \(failure.message)")
                }
                await self?.remember(upload: reference, of: transfer, isNew: true)
                return .transferred(transfer, nil)
            }
        }
    }

    func list(_ account: AccountID) {
        guard let port = request.ports[account] else {
            post.yield(.event(.listed(account, .failure(Self.noPort(account)))))
            return
        }
        let requestedAt = request.clock.now()
        let known = remoteIDs
        let desk = desk
        call(.free, account, sends.claim(account)) {
            switch await port.listJobs() {
            case .failure(let failure): return .listed(account, .failure(failure))
            case .success(let jobs):
                let ids = jobs.map(\.id)
                let explained: Result<Set<String>, CheckpointError> = await withCheckedContinuation { continuation in
                    desk.perform { store throws(CheckpointError) in
                        try store.explainedJobs(among: ids, account: account)
                    } completion: {
                        continuation.resume(returning: $0)
                    }
                }
                switch explained {
                case .failure(let failure): return .storeFailed("the account state could not be read: \(failure.message)")
                case .success(let others):
                    return .listed(account, .success(JobListing(jobs: jobs, explained: known.union(others), requestedAt: requestedAt)))
                }
            }
        }
    }
}
