import Checkpoint
import Foundation
import Pipeline
import Providers
import Scheduling

/// The durable half of the machine's actions.
extension CampaignRun {
    /// Begins one action; its completion comes back as a signal.
    func perform(_ action: MachineAction) {
        switch action {
        case .lease(let wish): lease(wish)
        case .recordIntent(let job, let attempt): recordIntent(job, key(job, attempt))
        case .markSending(let job, let attempt, let expiresAt):
            tellAccount(.sendingMarked(job)) { [account = account(job), key = key(job, attempt)] store throws(CheckpointError) in
                try store.markSending(key.idempotencyKey, account: account, expiresAt: expiresAt)
            }
        case .recordAccepted(let job, let attempt, let accepted):
            recordAccepted(job, key(job, attempt), accepted)
        case .holdSlot(let job, let attempt, let remoteID, let expiresAt): holdSlot(job, key(job, attempt), remoteID, expiresAt)
        case .recordClosed(let job, let attempt, let message, let closure):
            write(stage: JobStage(closure, message: message), of: key(job, attempt), then: .closedRecorded(job))
        case .recordEnd(let job, let attempt, let accepted, let outcome, let cost, let message):
            let stage = JobStage.ended(accepted, outcome, cost: cost, message: message, at: request.clock.now())
            write(stage: stage, of: key(job, attempt), then: .endRecorded(job))
        case .releaseSlot(let job, let attempt, let returnImages, let charged):
            let unsent = sends.claim(slot: key(job, attempt).idempotencyKey)
            sends.end(unsent, account(job), at: request.clock.now())
            tellAccount(.slotReleased(job)) { [account = account(job), key = key(job, attempt)] store throws(CheckpointError) in
                try store.release(key.idempotencyKey, account: account, returnImages: returnImages, charged: charged)
            }
        case .recordArtifact(let output): recordArtifact(output)
        case .recordInstance(let position, let status, let reason): recordInstance(position, status, reason)
        case .pause(let account, let until):
            tellAccount(.pauseRecorded(account)) { store throws(CheckpointError) in try store.pause(account, until: until) }
        case .lookUpTransfer(let transfer): lookUp(transfer)
        case .submit(let job, let attempt): submit(job, key(job, attempt))
        case .poll(let job, let accepted): poll(job, accepted)
        case .fetch(let output, let accepted, let index): fetch(output, accepted, index)
        case .transfer(let transfer): upload(transfer)
        case .list(let account): list(account)
        case .report, .finish: break
        }
    }

    func account(_ job: JobReference) -> AccountID { request.plan.instances[job.instance].account }

    func key(_ job: JobReference, _ attempt: Int) -> JobKey {
        JobKey(identity: request.plan.instances[job.instance].identity, job: job.job, attempt: attempt)
    }

    private func limits(_ account: AccountID) -> AccountLimits? { request.plan.accounts.first { $0.id == account }?.limits }

    /// Writes to the checkpoint and posts `event` once it is durable.
    private func write(_ write: CheckpointWrite, then event: MachineEvent) {
        writer.write(write) { [post] failure in
            post.yield(.event(failure.map(Self.checkpointFailed) ?? event))
        }
    }

    private func write(stage: JobStage, of key: JobKey, then event: MachineEvent) {
        records[key]?.stage = stage
        write(.stage(key, stage), then: event)
    }

    /// Writes to the account's memory and posts `event` once it is durable.
    private func tellAccount(_ event: MachineEvent, _ work: @escaping @Sendable (any AccountStore) throws(CheckpointError) -> Void) {
        desk.perform(work) { [post] result in
            switch result {
            case .success: post.yield(.event(event))
            case .failure(let failure): post.yield(.event(Self.accountsFailed(failure)))
            }
        }
    }

    private static func checkpointFailed(_ failure: CheckpointError) -> MachineEvent {
        .storeFailed("the checkpoint could not be written: \(failure.message)")
    }

    private static func accountsFailed(_ failure: CheckpointError) -> MachineEvent {
        .storeFailed("the account state could not be written: \(failure.message)")
    }

    private func lease(_ wish: LeaseRequest) {
        guard let limits = limits(wish.account) else {
            return post(.event(.storeFailed("the plan names no limits for account \(wish.account)")))
        }
        let now = request.clock.now()
        let finished = sends.takeFinished(wish.account)
        desk.perform { [holder = request.holder] store throws(CheckpointError) in
            try store.lease(wish, limits: limits, holder: holder, finished: finished, now: now)
        } completion: { [post] result in
            switch result {
            case .success(let reply): post.yield(.leased(wish, reply))
            case .failure(let failure): post.yield(.event(Self.accountsFailed(failure)))
            }
        }
    }

    /// The run ends: the account's log learns what ended since its last lease.
    func tellFinishedSends() {
        for account in request.plan.accounts.map(\.id) {
            let finished = sends.takeFinished(account)
            if finished.isEmpty { continue }
            // Left untold, they count until the next run finds their holder gone: too long, never too short.
            desk.perform { store throws(CheckpointError) in
                try store.finish(finished, account: account)
            } completion: { _ in
            }
        }
    }

    private func post(_ signal: Signal) { post.yield(signal) }

    /// The exact bytes that will leave: those of an earlier intent under the same key, or new ones.
    private func recordIntent(_ job: JobReference, _ key: JobKey) {
        let instance = request.plan.instances[job.instance]
        do throws(CallFailure) {
            let submission: PreparedSubmission
            if let same = self.submission(of: key) {
                submission = same
            } else if records[key] != nil {
                // Other bytes under the same key could pass for another request.
                throw CallFailure(.invalid, "the recorded request of \(instance.name) cannot be read; nothing was sent under its key again")
            } else {
                guard let port = request.ports[instance.account] else {
                    throw CallFailure(.invalid, "no provider is set up for account \(instance.account)")
                }
                submission = try port.prepare(
                    instance.operation, arguments: available(instance.arguments), job: instance.jobs[job.job],
                    media: { self.handedOver($0, to: instance.account) }, idempotencyKey: key.idempotencyKey)
            }
            guard let bytes = try? JSONEncoder().encode(submission) else {
                throw CallFailure(.invalid, "the request of \(instance.name) could not be encoded")
            }
            prepared[key] = submission
            describe(instance)
            let intent = SubmissionIntent(
                key: key, account: instance.account, fingerprint: instance.fingerprint, request: bytes, price: instance.jobs[job.job].price,
                at: firstIntended(key) ?? request.clock.now())
            records[key] = JobRecord(intent: intent, stage: .intended)
            write(.intent(intent), then: .intentRecorded(job))
        } catch {
            post(.event(.intentRefused(job, error)))
        }
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

    private func recordAccepted(_ job: JobReference, _ key: JobKey, _ accepted: AcceptedJob) {
        remoteIDs.insert(accepted.remoteID)
        var whole = accepted
        if accepted.context.isEmpty, let port = request.ports[account(job)], let submission = submission(of: key) {
            whole = AcceptedJob(
                remoteID: accepted.remoteID, context: port.adopt(accepted.remoteID, for: submission).context, report: accepted.report)
        }
        write(stage: .accepted(whole, at: request.clock.now()), of: key, then: .acceptedRecorded(job, whole))
    }

    /// The exact request of an intent, as it was first recorded.
    private func submission(of key: JobKey) -> PreparedSubmission? {
        prepared[key] ?? records[key].flatMap { try? JSONDecoder().decode(PreparedSubmission.self, from: $0.intent.request) }
    }

    private func holdSlot(_ job: JobReference, _ key: JobKey, _ remoteID: String?, _ expiresAt: Timestamp) {
        let instance = request.plan.instances[job.instance]
        let counts = limits(instance.account)?.imagesFrom.contains(instance.operation) == true
        let images = counts ? instance.jobs[job.job].outputs.count : 0
        let price = instance.jobs[job.job].price.money
        let now = request.clock.now()
        tellAccount(.slotHeld(job)) { [holder = request.holder] store throws(CheckpointError) in
            try store.markRunning(
                key.idempotencyKey, account: instance.account, remoteID: remoteID, images: images, price: price, holder: holder, now: now,
                expiresAt: expiresAt)
        }
    }

    private func recordArtifact(_ output: OutputReference) {
        guard let record = artifacts[output] else {
            return post(.event(.storeFailed("artifact \(output.output) of \(request.plan.instances[output.instance].name) has no file")))
        }
        let identity = request.plan.instances[output.instance].identity
        let part = parts.removeValue(forKey: output)
        writer.write(.artifact(identity, output: output.output, record)) { [post] failure in
            if let part { try? FileManager.default.removeItem(at: part) }
            post.yield(.event(failure.map(Self.checkpointFailed) ?? .artifactRecorded(output, record.artifact)))
        }
    }

    private func recordInstance(_ position: Int, _ status: InstanceStatus, _ reason: String?) {
        let instance = request.plan.instances[position]
        if status == .succeeded, otherRenditions.remove(instance.identity) != nil { describe(instance, again: true) }
        let record = InstanceRecord(
            identity: instance.identity, step: instance.step, name: instance.name, status: status, reason: reason, at: request.clock.now())
        write(.instance(record), then: .instanceRecorded(position))
    }

    private func lookUp(_ transfer: Int) {
        let account = request.plan.transfers[transfer].account
        guard let file = file(of: transfer) else { return post(.event(.transferLookedUp(transfer, found: false))) }
        desk.perform { store throws(CheckpointError) in
            try store.upload(of: file.sha256, account: account)
        } completion: { [post, weak self] result in
            switch result {
            case .success(let reference):
                Task { [weak self] in
                    if let reference { await self?.remember(upload: reference, of: transfer, isNew: false) }
                    post.yield(.event(.transferLookedUp(transfer, found: reference != nil)))
                }
            case .failure(let failure): post.yield(.event(Self.accountsFailed(failure)))
            }
        }
    }

    func remember(upload reference: String, of transfer: Int, isNew: Bool) {
        uploads[transfer] = reference
        if isNew { uploadedNow.insert(transfer) }
    }

    /// The local file a transfer brings over; nil while its output is not there.
    func file(of transfer: Int) -> LocalFile? {
        switch request.plan.transfers[transfer].source {
        case .file(let file): return file
        case .url: return nil
        case .output(let output):
            guard let artifact = artifacts[output]?.artifact else { return nil }
            return LocalFile(
                path: request.output.url(of: artifact.path).path, sha256: artifact.sha256, bytes: artifact.bytes,
                mediaType: artifact.mediaType)
        }
    }
}

extension JobStage {
    fileprivate init(_ closure: Closure, message: String) {
        self =
            switch closure {
            case .refused: .refused(message: message)
            case .held: .held(message: message)
            case .abandoned: .abandoned(message: message)
            }
    }
}
