import HeapModule
import Pipeline

/// What an input's arrival or loss means for what waits for it, and how instances end.
extension RunMachine {
    mutating func outputArrived(_ output: OutputReference) {
        for waiter in outputWaiters.removeValue(forKey: output) ?? [] {
            switch waiter {
            case .instance(let position): inputArrived(position)
            case .transfer(let transfer): if transfers[transfer] == .waiting { lookUp(transfer) }
            }
        }
        finishIfComplete(output.instance)
    }

    mutating func inputArrived(_ position: Int) {
        instances[position].unmet -= 1
        if instances[position].unmet == 0 { inputsArrived(position) }
    }

    /// Everything it needs is there.
    mutating func inputsArrived(_ position: Int) {
        guard !instances[position].isFinished, !instances[position].isExcluded else { return }
        if plan.instances[position].jobs.isEmpty {
            instances[position].isCached = plan.instances[position].transfers.allSatisfy { !uploaded.contains($0) }
            return end(position, .succeeded, nil)
        }
        for index in instances[position].jobs.indices where instances[position].jobs[index].phase == .blocked {
            queue(JobReference(instance: position, job: index))
        }
    }

    mutating func outputsMissing(of job: JobReference, _ reason: String) {
        for output in plannedJob(job).outputs { outputMissing(OutputReference(instance: job.instance, output: output), reason) }
    }

    /// - Parameter isFinal: no later run can bring it either.
    mutating func outputMissing(_ output: OutputReference, isFinal: Bool = false, _ reason: String) {
        guard instances[output.instance].outputs.indices.contains(output.output), instances[output.instance].outputs[output.output].isOpen
        else {
            return
        }
        instances[output.instance].outputs[output.output] = .missing(reason, isFinal: isFinal)
        for waiter in outputWaiters.removeValue(forKey: output) ?? [] {
            switch waiter {
            case .instance(let position): inputMissing(of: position, .output(output), from: output.instance, reason)
            case .transfer(let transfer): transferLost(transfer, reason)
            }
        }
        finishIfComplete(output.instance)
    }

    mutating func transferLost(_ transfer: Int, _ reason: String) {
        transfers[transfer] = .failed(reason)
        var supplier: Int?
        if case .output(let output) = plan.transfers[transfer].source { supplier = output.instance }
        for user in transferUsers[transfer] ?? [] {
            inputMissing(of: user, plan.transfers[transfer].source, from: supplier, reason)
        }
    }

    /// One picture will not come: dropped from a list where the failing step says `continue`, else the instance is skipped.
    mutating func inputMissing(of position: Int, _ source: MediaSource, from supplier: Int?, _ reason: String) {
        guard !instances[position].isFinished else { return }
        guard let supplier else { return end(position, .failed, reason) }
        if canDoWithout(source, position, from: supplier) { return inputArrived(position) }
        let reason = skipReason(supplier, reason)
        instances[position].inherited.insert(reason)
        if mayEndAtOnce(position, reason) { end(position, .skipped, reason) }
    }

    /// Whether the provider has nothing of an instance that is to be skipped. What it has is paid for and brought home: then only what was not
    /// sent is given up, and the instance ends with the last of its jobs.
    private mutating func mayEndAtOnce(_ position: Int, _ reason: String) -> Bool {
        guard instances[position].jobs.contains(where: \.isAtProvider) else { return true }
        for index in instances[position].jobs.indices where instances[position].jobs[index].phase == .blocked {
            instances[position].jobs[index].phase = .failed
            outputsMissing(of: JobReference(instance: position, job: index), reason)
        }
        return false
    }

    /// Names the instance that failed, once, however long the chain from there is.
    private func skipReason(_ supplier: Int, _ reason: String) -> String {
        instances[supplier].inherited.contains(reason)
            ? reason : "\(plan.instances[supplier].name) did not give what it needs: \(reason)"
    }

    private func canDoWithout(_ source: MediaSource, _ position: Int, from supplier: Int) -> Bool {
        plan.instances[supplier].onFailure == .continue && !plan.instances[position].arguments.values.contains(.media(source))
            && hasOtherMedia(position, than: source)
    }

    private func hasOtherMedia(_ position: Int, than source: MediaSource) -> Bool {
        plan.instances[position].arguments.values.flatMap(\.media).contains { other in
            guard other != source, case .output(let output) = other, instances[output.instance].outputs.indices.contains(output.output)
            else {
                return other != source
            }
            if case .missing = instances[output.instance].outputs[output.output] { return false }
            return true
        }
    }

    private mutating func finishIfComplete(_ position: Int) {
        let state = instances[position]
        guard !state.isFinished, state.outputs.allSatisfy({ !$0.isOpen }) else { return }
        let reasons = state.outputs.compactMap(\.missingReason)
        if reasons.isEmpty {
            end(position, .succeeded, nil)
        } else {
            // Partial is for good; what a later run can still bring is a failure that the next run takes up.
            let isFinal = state.outputs.allSatisfy { $0.missingReason == nil || $0.isFinallyMissing }
            end(position, isFinal && state.outputs.contains(.saved) ? .partial : .failed, reasons[0])
        }
    }

    mutating func hold(_ position: Int, _ reason: String) {
        guard !instances[position].isFinished, instances[position].status != .held else { return }
        instances[position].status = .held
        instances[position].reason = reason
        emit(.recordInstance(position, .held, reason: reason))
    }

    mutating func timeOut(_ position: Int, _ reason: String) {
        guard !instances[position].isFinished, instances[position].status != .timedOut else { return }
        // What a person has to decide stands above what only takes its time.
        if instances[position].status != .held {
            instances[position].status = .timedOut
            instances[position].reason = reason
            emit(.recordInstance(position, .timedOut, reason: reason))
        }
        stopWhereItsStepSaysSo(position, "has timed out")
    }

    /// `on_failure: stop` is the failing step's: nothing new is submitted, what runs is brought home.
    private mutating func stopWhereItsStepSaysSo(_ position: Int, _ what: String) {
        guard plan.instances[position].onFailure == .stop, !isDraining else { return }
        isDraining = true
        for id in accountOrder { accounts[id]?.polling.expectNothing() }
        report(
            .runStopping(
                account: nil,
                reason: "\(plan.instances[position].name) \(what) and its step says `on_failure: stop`; what runs is brought home",
                exitCode: .someFailed))
    }

    /// Ends an instance and passes it on, without recursion: chains may be long.
    mutating func end(_ position: Int, _ status: InstanceStatus, _ reason: String?) {
        var ending: [(position: Int, status: InstanceStatus, reason: String?)] = [(position, status, reason)]
        while let (position, status, reason) = ending.popLast() {
            guard !instances[position].isFinished else { continue }
            instances[position].status = status
            instances[position].reason = reason
            for job in instances[position].jobs.indices { expectNoMore(JobReference(instance: position, job: job)) }
            emit(.recordInstance(position, status, reason: reason))
            let policy = plan.instances[position].onFailure
            if status == .failed || status == .partial {
                stopWhereItsStepSaysSo(position, status == .failed ? "failed" : "came out partial")
            }
            let mayGoOn = status == .succeeded || status == .partial || policy == .continue
            for waiter in instanceWaiters.removeValue(forKey: position) ?? [] {
                if mayGoOn && (status != .skipped || policy == .continue) {
                    inputArrived(waiter)
                } else {
                    let cause = needReason(position, status, reason)
                    skip(waiter, cause, &ending)
                }
            }
            for output in instances[position].outputs.indices where instances[position].outputs[output].isOpen && status != .succeeded {
                instances[position].outputs[output] = .missing(reason ?? status.rawValue, isFinal: false)
                let reference = OutputReference(instance: position, output: output)
                for waiter in outputWaiters.removeValue(forKey: reference) ?? [] {
                    lost(waiter, .output(reference), from: position, reason ?? status.rawValue, &ending)
                }
            }
        }
    }

    private func needReason(_ position: Int, _ status: InstanceStatus, _ reason: String?) -> String {
        if let reason, instances[position].inherited.contains(reason) { return reason }
        return "\(plan.instances[position].name) \(status.rawValue)\(reason.map { ": \($0)" } ?? "")"
    }

    private mutating func lost(
        _ waiter: Waiter, _ source: MediaSource, from supplier: Int, _ reason: String,
        _ ending: inout [(position: Int, status: InstanceStatus, reason: String?)]
    ) {
        var users: [Int] = []
        switch waiter {
        case .instance(let position): users = [position]
        case .transfer(let transfer):
            transfers[transfer] = .failed(reason)
            users = transferUsers[transfer] ?? []
        }
        for user in users where !instances[user].isFinished {
            if canDoWithout(source, user, from: supplier) {
                inputArrived(user)
            } else {
                skip(user, skipReason(supplier, reason), &ending)
            }
        }
    }

    private mutating func skip(
        _ position: Int, _ cause: String, _ ending: inout [(position: Int, status: InstanceStatus, reason: String?)]
    ) {
        instances[position].inherited.insert(cause)
        if mayEndAtOnce(position, cause) { ending.append((position, .skipped, cause)) }
    }

    mutating func instanceRecorded(_ position: Int) {
        let state = instances[position]
        report(
            .stepFinished(
                instance: plan.instances[position].name, step: plan.instances[position].step, status: state.status, reason: state.reason))
    }
}
