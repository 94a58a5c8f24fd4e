import Checkpoint
import Pipeline
import Providers
import Runner
import Scheduling

/// What a protocol wants done is begun, and comes back some time later.
extension World {
    func perform(_ effects: [RunEffect], of process: SimulatedProcess) {
        for effect in effects {
            trace.say("\(now.milliseconds) \(process.holder.run)   → \(Trace.short(effect))")
            switch effect {
            case .prepareOutput:
                trace.note(1)
                timeline.add(.signal(process, .prepared(.success(process.campaign.disk.prepare()))), at: now + .milliseconds(1))
            case .checkpoint(let writes, let then):
                trace.note(2)
                process.writes.append((writes, then))
                process.writesDoneAt = max(now, process.writesDoneAt) + random.milliseconds(1...8)
                timeline.add(.write(process), at: process.writesDoneAt)
            case .account(let operation, let then):
                trace.note(3)
                process.questions.append((operation, then))
                process.questionsDoneAt = max(now, process.questionsDoneAt) + random.milliseconds(1...4)
                timeline.add(.question(process), at: process.questionsDoneAt)
            case .call(let id, let call, let account):
                trace.note(4)
                send(id, call, account, of: process)
            case .place(let placement):
                trace.note(5)
                timeline.add(.place(process, placement), at: now + random.milliseconds(1...20))
            case .removePart(let part):
                trace.note(6)
                process.campaign.disk.removePart(part)
            case .arrange(let arrangement):
                trace.note(7)
                timeline.add(.signal(process, .arranged(.success(arrangement.artifacts))), at: now + .milliseconds(1))
            case .wake(let time):
                trace.note(8)
                process.wake += 1
                if let time { timeline.add(.wake(process, process.wake), at: max(now, time - process.clockError)) }
            case .endCalls:
                trace.note(9)
                endCalls(of: process)
            case .tell(let event):
                trace.note(10)
                if case .limitShared(let account, let requests) = event.kind {
                    broken(.storeTellsTheTruth, "\(requests) of \(account)'s own requests are taken for others'")
                }
            case .end(let result):
                trace.note(11)
                return end(process, result)
            }
        }
    }

    // MARK: the two stores

    /// The oldest write that is open is done: durable, or failed, or durable although it says that it failed.
    func write(_ process: SimulatedProcess) {
        let (writes, then) = process.writes[process.firstWrite]
        process.firstWrite += 1
        var failure: CheckpointError?
        if process.isStoreBroken || random.oneIn(faults.storeError) {
            if !process.isStoreBroken, random.oneIn(2) { _ = apply(writes, of: process) }
            process.isStoreBroken = true
            failure = .cannotWrite("no space left on the device")
        } else {
            failure = apply(writes, of: process)
        }
        if let then { deliver(.recorded(then, failure), to: process) }
    }

    func apply(_ writes: [CheckpointWrite], of process: SimulatedProcess) -> CheckpointError? {
        for write in writes {
            switch write {
            case .stage(let key, .abandoned, _): books.abandon(SubJob(identity: key.identity, job: key.job))
            case .stage(let key, .accepted(let job, _), _): checkOwn(job.remoteID, of: SubJob(identity: key.identity, job: key.job))
            default: break
            }
        }
        switch mutation {
        case .noIntentWrite: return process.campaign.apply(holdingIntentsBack(writes, process), token: process.token)
        case .noRefundLine: return process.campaign.apply(writes.map(Self.withoutRefund), token: process.token)
        default: return process.campaign.apply(writes, token: process.token)
        }
    }

    private static func withoutRefund(_ write: CheckpointWrite) -> CheckpointWrite {
        guard case .stage(let key, let stage, let booking) = write else { return write }
        return .stage(key, stage, Booking(run: booking.run, at: booking.at))
    }

    /// Each intent goes to disk with the first that is known of its submission.
    private func holdingIntentsBack(_ writes: [CheckpointWrite], _ process: SimulatedProcess) -> [CheckpointWrite] {
        writes.flatMap { write -> [CheckpointWrite] in
            switch write {
            case .intent(let intent, _):
                process.heldBack[intent.key] = write
                return []
            case .stage(let key, _, _): return (process.heldBack.removeValue(forKey: key).map { [$0] } ?? []) + [write]
            default: return [write]
            }
        }
    }

    /// The oldest question that is open is answered.
    func answer(_ process: SimulatedProcess) {
        let (operation, then) = process.questions[process.firstQuestion]
        process.firstQuestion += 1
        var answer: Result<AccountAnswer, CheckpointError>
        if random.oneIn(faults.storeError) {
            if random.oneIn(2) { _ = ask(operation, process.clockError) }
            answer = .failure(.cannotWrite("no space left on the device"))
        } else {
            answer = ask(operation, process.clockError)
        }
        if let then { deliver(.answered(then, answer), to: process) }
    }

    /// - Parameter clockError: how far the wall clock of the process that asks is off; the account's never is.
    func ask(_ operation: AccountOperation, _ clockError: Duration) -> Result<AccountAnswer, CheckpointError> {
        switch operation {
        case .markSending where mutation == .noSlotHold || mutation == .noIntentWrite: return .success(.done)
        case .markRunning where mutation == .noSlotHold: return .success(.done)
        default: break
        }
        if mutation == .noStoreSync { told.append((operation, clockError)) }
        do throws(CheckpointError) {
            let store = ClockedAccountStore(accounts, lead: mutation == .noAccountClock ? .zero : .zero - clockError)
            let answer = try operation.perform(at: store) { holder in campaigns.contains { $0.process?.holder == holder } }
            if mutation == .noRivals, case .explained(let ids, _) = answer { return .success(.explained(ids, unanswered: [])) }
            return .success(answer)
        } catch {
            return .failure(error)
        }
    }

    // MARK: requests

    private func send(_ id: Int, _ call: ProviderCall, _ account: AccountID, of process: SimulatedProcess) {
        var open = SimulatedProcess.OpenCall(call: call, account: account, isReplyLost: random.oneIn(faults.replyLost))
        if random.oneIn(faults.notSent) {
            open.hasArrived = true
            let failure = CallFailure(.notSent, "the connection was refused")
            timeline.add(.reply(process, id, epoch: 0, call.failed(failure)), at: now + random.milliseconds(1...50))
        } else if random.oneIn(faults.requestLost) {
            open.hasArrived = true
            timeline.add(.reply(process, id, epoch: 0, lost(call)), at: now + random.milliseconds(1000...20_000))
        } else {
            timeline.add(.arrival(process, id), at: now + random.milliseconds(5...300))
        }
        process.calls[id] = open
    }

    /// No reply will come.
    private func lost(_ call: ProviderCall) -> ProviderReply {
        if mutation == .noReconciliation, call.isPaid { return call.failed(CallFailure(.notSent, "it passes for unsent")) }
        return call.failed(CallFailure(.lost, "the connection was lost"))
    }

    func arrive(_ id: Int, of process: SimulatedProcess) {
        guard let call = process.calls[id], !call.hasArrived else { return }
        process.calls[id]?.hasArrived = true
        let reply = serve(call, of: process)
        process.calls[id]?.reading = providers[call.account]?.reading(at: now)
        if call.isReplyLost {
            timeline.add(.reply(process, id, epoch: call.epoch, lost(call.call)), at: now + random.milliseconds(100...20_000))
        } else {
            timeline.add(.reply(process, id, epoch: call.epoch, reply), at: now + random.milliseconds(5...300))
        }
    }

    func hear(_ id: Int, _ epoch: Int, _ reply: ProviderReply, of process: SimulatedProcess) {
        guard let call = process.calls[id], call.epoch == epoch else { return }
        process.calls[id] = nil
        if let reading = call.reading, !call.isReplyLost { deliver(.metered(id, reading), to: process) }
        guard process.isAlive else { return }
        if case .fetched(.success(let file)) = reply, case .fetch(_, _, let order) = call.call {
            process.campaign.disk.download(order.part, sha256: file.sha256)
        }
        deliver(.called(id, reply), to: process)
    }

    private func endCalls(of process: SimulatedProcess) {
        for (id, call) in process.calls.sorted(by: { $0.key < $1.key }) {
            if call.call.isPaid { timeline.add(.cut(process, id), at: now + .seconds(5)) } else { cut(id, of: process) }
        }
    }

    /// The connection is closed from this side: what is on its way arrives now or never.
    func cut(_ id: Int, of process: SimulatedProcess) {
        guard let call = process.calls[id] else { return }
        process.calls[id]?.epoch += 1
        if !call.hasArrived {
            process.calls[id]?.hasArrived = true
            if random.oneIn(2) { _ = serve(call, of: process) }
        }
        timeline.add(.reply(process, id, epoch: call.epoch + 1, lost(call.call)), at: now + .milliseconds(1))
    }

    /// What the provider makes of a request that reached it.
    func serve(_ call: SimulatedProcess.OpenCall, of process: SimulatedProcess) -> ProviderReply {
        guard let provider = providers[call.account] else {
            return call.call.failed(CallFailure(.invalid, "there is no such provider"))
        }
        if let problem = provider.count(call.call.kind, at: now) { broken(.neverOver, problem) }
        if random.oneIn(faults.refusal) { return call.call.failed(refusal(of: call.call)) }
        switch call.call {
        case .submit(let job, let submission):
            let instance = process.plan.instances[job.instance]
            let subJob = SubJob(identity: instance.identity, job: job.job)
            let (accepted, isNew, problem) = provider.accept(
                submission, of: subJob, plan: process.campaign.planNumber, instance, at: now, &random)
            if let problem { broken(.neverOver, problem) }
            if isNew { bill(accepted, process.campaign) }
            trace.say(
                "\(now.milliseconds) \(call.account) has \(isNew ? "a new job" : "the known job") \(accepted.id) for \(submission.key)")
            return .submitted(.success(AcceptedJob(remoteID: accepted.id)))
        case .poll(_, let accepted, _): return .polled(provider.poll(accepted.remoteID, at: now))
        case .pollTogether(let jobs): return .polledTogether(.success(provider.poll(jobs.map(\.accepted.remoteID), at: now)))
        case .fetch(_, let accepted, let order): return .fetched(provider.fetch(accepted.remoteID, order.index))
        case .upload(_, let file): return .uploaded(.success("ref-\(file.sha256)"))
        case .list: return .listed(.success(provider.list(at: now)))
        }
    }

    private func refusal(of call: ProviderCall) -> CallFailure {
        switch random.below(call.isPaid ? 6 : 3) {
        case 0: CallFailure(.throttled(retryAfter: random.oneIn(2) ? random.seconds(1...20) : nil), "too many requests")
        case 1: CallFailure(call.isPaid ? .lost : .server, "the server failed")
        case 2: CallFailure(call.isPaid ? .lost : .badContent, "what came was cut short")
        case 3: CallFailure(.policy, "refused by the content policy")
        case 4: CallFailure(.credits, "no credits left")
        default: CallFailure(.quota, "the day's quota is used up")
        }
    }
}

extension ProviderCall {
    var kind: CallKind {
        switch self {
        case .submit: .submit
        case .poll, .pollTogether: .poll
        case .fetch: .fetch
        case .upload: .upload
        case .list: .account
        }
    }
}
