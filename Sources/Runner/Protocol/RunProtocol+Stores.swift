import Checkpoint
import Pipeline
import Scheduling

/// The durable half of the machine's actions.
extension RunProtocol {
    /// Begins one action; its completion comes back as a signal.
    mutating func perform(_ action: MachineAction) {
        switch action {
        case .lease(let wish): lease(wish)
        case .recordIntent(let job, let attempt): recordIntent(job, key(job, attempt))
        case .recordEarlierIntent(let job, let attempt, let sentAt): recordIntent(job, key(job, attempt), at: sentAt)
        case .markSending(let job, let attempt, let expiresAt):
            tellAccount(
                .markSending(key: key(job, attempt).idempotencyKey, account(job), start.holder, expiresAt: expiresAt),
                then: .sendingMarked(job))
        case .recordAccepted(let job, let attempt, let accepted): recordAccepted(job, key(job, attempt), accepted)
        case .holdSlot(let job, let attempt, let remoteID, let expiresAt): holdSlot(job, key(job, attempt), remoteID, expiresAt)
        case .disownJob(let job, let attempt, let remoteID, let sentAt):
            remoteIDs.remove(remoteID)
            let key = key(job, attempt).idempotencyKey
            tellAccount(.disown(remoteID, key: key, account(job), since: sentAt), then: .jobDisowned(job))
        case .recordClosed(let job, let attempt, let message, let closure):
            write(stage: JobStage(closure, message: message), of: key(job, attempt), then: .closedRecorded(job))
        case .recordOpen(let open, let fate): recordOpen(open, fate)
        case .settleOpen(let open, let fate, let expiresAt): settleOpen(open, fate, expiresAt)
        case .recordEnd(let job, let attempt, let accepted, let outcome, let cost, let message):
            let stage = JobStage.ended(accepted, outcome, cost: cost, message: message, at: now)
            write(stage: stage, of: key(job, attempt), then: .endRecorded(job))
        case .releaseSlot(let job, let attempt, let returnImages, let charged, let took):
            let key = key(job, attempt).idempotencyKey
            sends.end(sends.claim(slot: key), account(job), at: now)
            tellAccount(
                .release(key: key, account(job), start.holder, returnImages: returnImages, charged: charged, took: took),
                then: .slotReleased(job))
        case .recordArtifact(let output): recordArtifact(output)
        case .recordInstance(let position, let status, let reason): recordInstance(position, status, reason)
        case .pause(let account, let until): tellAccount(.pause(account, until: until), then: .pauseRecorded(account))
        case .lookUpTransfer(let transfer): lookUp(transfer)
        case .submit(let job, let attempt): submit(job, key(job, attempt))
        case .poll(let job, let accepted): poll(job, accepted)
        case .pollTogether(let account, let jobs): pollTogether(jobs, account)
        case .fetch(let output, let accepted, let index): fetch(output, accepted, index)
        case .transfer(let transfer): upload(transfer)
        case .list(let account): list(account)
        case .report, .finish: break
        }
    }

    // MARK: answers

    /// A write is durable, or failed.
    mutating func recorded(_ after: AfterRecord, _ failure: CheckpointError?) {
        switch after {
        case .event(let event): feed(failure.map(Self.checkpointFailed) ?? event)
        case .artifact(let output, let artifact, let part):
            if let part { effects.append(.removePart(part)) }
            feed(failure.map(Self.checkpointFailed) ?? .artifactRecorded(output, artifact))
        case .begin, .adopted, .end, .failedBeginning: break
        }
    }

    /// The account store answered, or failed.
    mutating func answered(_ after: AfterAnswer, _ result: Result<AccountAnswer, CheckpointError>) {
        switch (after, result) {
        case (.event(let event), .success): feed(event)
        case (.lease(let wish), .success(.leased(let reply))):
            if let ticket = reply.ticket { sends.granted(ticket, for: wish) }
            if case .granted(let left?) = reply.answer { requestsLeft[wish.account] = left }
            feed(.leased(wish, reply.answer))
        case (.lookUp(let transfer), .success(.upload(let reference))):
            if let reference { uploads[transfer] = reference }
            feed(.transferLookedUp(transfer, found: reference != nil))
        case (.uploaded(let transfer, let reference), .success):
            uploads[transfer] = reference
            uploadedNow.insert(transfer)
            feed(.transferred(transfer, nil))
        case (.listed(let account, let jobs, let requestedAt), .success(.explained(let others, let unanswered))):
            // What was accepted while the listing was on its way explains its jobs too.
            let listing = JobListing(
                jobs: jobs, explained: others.union(remoteIDs), unanswered: unanswered.filter { !isOnRecord($0) }, requestedAt: requestedAt)
            feed(.listed(account, .success(listing)))
        case (.metered(let account, let resetsAt), .success(.metered(let standing?))):
            requestsLeft[account] = standing.left
            feed(.metered(account, standing, resetsAt: resetsAt))
        // Whatever else is asked of the store tells that it is broken.
        case (.metered, _): break
        case (.listed, .failure(let failure)): feed(.storeFailed("the account state could not be read: \(failure.message)"))
        case (_, .failure(let failure)): feed(.storeFailed("the account state could not be written: \(failure.message)"))
        case (.lease, .success), (.lookUp, .success), (.listed, .success), (.known, .success), (.standing, .success),
            (.settled, .success):
            break
        }
    }

    private static func checkpointFailed(_ failure: CheckpointError) -> MachineEvent {
        .storeFailed("the checkpoint could not be written: \(failure.message)")
    }

    // MARK: the account's memory

    mutating func tellAccount(_ operation: AccountOperation, then event: MachineEvent) {
        effects.append(.account(operation, then: .event(event)))
    }

    private mutating func lease(_ wish: LeaseRequest) {
        guard let limits = accountPlans[wish.account]?.limits else {
            return post(.storeFailed("the plan names no limits for account \(wish.account)"))
        }
        let finished = sends.takeFinished(wish.account)
        effects.append(.account(.lease(wish, limits, start.holder, finished: finished, now: now), then: .lease(wish)))
    }

    /// The provider's count is taken in where it and the log differ: fewer left than the log has were taken by others; more, where windows are
    /// fixed, came back. Requests on their way are counted by the log, and by the provider or not yet.
    mutating func metered(_ id: Int, _ reading: RateReading) {
        guard let call = calls[id], let limits = accountPlans[call.account]?.limits, let left = requestsLeft[call.account],
            let limit = limits.requests.first(where: reading.isOf)
        else { return }
        let comesBack = limit.semantics == .fixed && reading.remaining > left + max(1, limit.rate.count / 20)
        guard reading.remaining < left || comesBack else { return }
        effects.append(
            .account(
                .meter(reading, call.account, limits, asked: call.at, now: now),
                then: .metered(call.account, resetsAt: reading.resetsAt)))
    }

    private mutating func holdSlot(_ job: JobReference, _ key: JobKey, _ remoteID: String?, _ expiresAt: Timestamp) {
        let instance = plan.instances[job.instance]
        let counts = accountPlans[instance.account]?.limits.imagesFrom.contains(instance.operation) == true
        let images = counts ? instance.jobs[job.job].outputs.count : 0
        // Granted, and not sent after all.
        sends.end(sends.claim(slot: key.idempotencyKey), instance.account, at: now)
        tellAccount(
            .markRunning(
                key: key.idempotencyKey, instance.account, remoteID: remoteID, images: images, price: instance.jobs[job.job].price.money,
                start.holder, now: now, expiresAt: expiresAt), then: .slotHeld(job))
    }

    private mutating func lookUp(_ transfer: Int) {
        guard let file = file(of: transfer) else { return post(.transferLookedUp(transfer, found: false)) }
        effects.append(.account(.upload(sha256: file.sha256, plan.transfers[transfer].account), then: .lookUp(transfer)))
    }

    /// The run ends: the account's log learns what ended since its last lease. Left untold, requests count until the next run finds their
    /// holder gone: too long, never too short.
    mutating func tellFinishedSends() {
        for account in plan.accounts.map(\.id) {
            let finished = sends.takeFinished(account)
            if !finished.isEmpty { effects.append(.account(.finish(finished, account), then: nil)) }
        }
    }

    // MARK: the campaign's memory

    private mutating func write(_ write: CheckpointWrite, then event: MachineEvent) {
        effects.append(.checkpoint([write], then: .event(event)))
    }

    mutating func write(stage: JobStage, of key: JobKey, then event: MachineEvent) {
        records[key]?.stage = stage
        guard let record = records[key] else { return post(.storeFailed("\(key) has no recorded intent")) }
        write(booked(record), then: event)
    }

    /// The writes of an intent: its price is reserved, and what `--rerun` raised together is on record from the first intent of it.
    mutating func booked(_ intent: SubmissionIntent) -> [CheckpointWrite] {
        var writes: [CheckpointWrite] = []
        if raised[intent.key.identity] != nil {
            writes = raised.values.sorted { $0.base < $1.base }.map(CheckpointWrite.generation)
            raised = [:]
        }
        let booking = Booking(run: start.holder.run, at: now)
        ledger.book(JobRecord(intent: intent, stage: .intended), booking)
        return writes + [.intent(intent, booking)]
    }

    /// The write of a submission's stage, with what it comes to.
    mutating func booked(_ record: JobRecord) -> CheckpointWrite {
        var isRefunded = false
        if case .ended(_, let outcome, _, _, _) = record.stage {
            isRefunded = accountPlans[record.intent.account]?.refunded.contains(outcome) ?? false
        }
        let booking = Booking(run: start.holder.run, at: now, isRefunded: isRefunded)
        ledger.book(record, booking)
        return .stage(record.intent.key, record.stage, booking)
    }

    /// - Parameter sentAt: where it was sent before, by somebody that this campaign's record does not know.
    private mutating func recordIntent(_ job: JobReference, _ key: JobKey, at sentAt: Timestamp? = nil) {
        switch intent(of: job, key, at: sentAt) {
        case .success(let intent):
            describe(plan.instances[job.instance])
            records[key] = JobRecord(intent: intent, stage: .intended)
            recordsByText[key.idempotencyKey] = key
            effects.append(.checkpoint(booked(intent), then: .event(.intentRecorded(job))))
        case .failure(let failure): post(.intentRefused(job, failure))
        }
    }

    private mutating func recordAccepted(_ job: JobReference, _ key: JobKey, _ accepted: AcceptedJob) {
        remoteIDs.insert(accepted.remoteID)
        var whole = accepted
        if accepted.context.isEmpty, let builder = builder(job), let submission = submission(of: key) {
            whole = AcceptedJob(
                remoteID: accepted.remoteID, context: builder.adopt(accepted.remoteID, for: submission).context, report: accepted.report)
        }
        write(stage: .accepted(whole, at: now), of: key, then: .acceptedRecorded(job, whole))
    }

    private mutating func recordArtifact(_ output: OutputReference) {
        guard let record = artifacts[output] else {
            return post(.storeFailed("artifact \(output.output) of \(plan.instances[output.instance].name) has no file"))
        }
        let identity = plan.instances[output.instance].identity
        effects.append(
            .checkpoint(
                [.artifact(identity, output: output.output, record)],
                then: .artifact(output, record.artifact, part: parts.removeValue(forKey: output))))
    }

    private mutating func recordInstance(_ position: Int, _ status: InstanceStatus, _ reason: String?) {
        let instance = plan.instances[position]
        if status == .succeeded, otherRenditions.remove(instance.identity) != nil { describe(instance, again: true) }
        let record = InstanceRecord(
            identity: instance.identity, step: instance.step, name: instance.name, status: status, reason: reason, at: now)
        write(.instance(record), then: .instanceRecorded(position))
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
