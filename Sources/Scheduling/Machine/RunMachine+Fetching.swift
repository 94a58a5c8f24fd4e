import HeapModule
import Pipeline

/// Bringing paid results home, and content to providers.
extension RunMachine {
    /// How often a download or upload is tried before it is given up for this run.
    private var freeAttempts: Int { max(1, options.freeRetry.attempts) }

    mutating func queueFetches(of job: JobReference, _ accepted: AcceptedJob) {
        for output in plannedJob(job).outputs where instances[job.instance].outputs.indices.contains(output) {
            if instances[job.instance].outputs[output].isOpen {
                queueFetch(OutputReference(instance: job.instance, output: output), failures: 0, at: now)
            }
        }
    }

    private mutating func queueFetch(_ output: OutputReference, failures: Int, at time: Timestamp) {
        instances[output.instance].outputs[output.output] = .fetchQueued(failures: failures)
        let entry = due(output, at: time)
        accounts[plan.instances[output.instance].account]?.fetches.insert(entry)
        wake(at: time)
    }

    /// The sub-job that fills an output.
    private func supplier(of output: OutputReference) -> JobReference? {
        plan.instances[output.instance].jobs.firstIndex { $0.outputs.contains(output.output) }
            .map { JobReference(instance: output.instance, job: $0) }
    }

    mutating func fetch(_ output: OutputReference) {
        guard case .fetchQueued(let failures) = instances[output.instance].outputs[output.output], let job = supplier(of: output),
            case .delivered(let accepted) = self[job].phase
        else { return }
        instances[output.instance].outputs[output.output] = .fetching(failures: failures)
        emit(.fetch(output, accepted, indexInJob: output.output - plannedJob(job).outputs.lowerBound))
    }

    mutating func fetched(_ output: OutputReference, _ result: Result<Artifact, CallFailure>) {
        guard case .fetching(let failures) = instances[output.instance].outputs[output.output] else { return }
        let id = plan.instances[output.instance].account
        switch result {
        case .success:
            connected(id)
            instances[output.instance].outputs[output.output] = .recording
            emit(.recordArtifact(output))
        case .failure(let failure): fetchFailed(output, failures: failures + 1, failure, id)
        }
    }

    private mutating func fetchFailed(_ output: OutputReference, failures: Int, _ failure: CallFailure, _ id: AccountID) {
        let job = supplier(of: output).flatMap { reference -> String? in
            if case .delivered(let accepted) = self[reference].phase { accepted.remoteID } else { nil }
        }
        let name = "output \(output.output + 1) of job \(job ?? "?")"
        var retryAt = now + freeDelay(failures: failures)
        if stopped != nil { return queueFetch(output, failures: failures, at: retryAt) }
        switch accountVerdict(id, failure, delay: freeDelay(failures: failures), spends: false) {
        case .waiting(let until): retryAt = until
        case .stopped: return queueFetch(output, failures: failures, at: retryAt)
        case .usable: break
        }
        switch failure.kind {
        case .cannotWrite:
            stopRun(
                .cannotWrite,
                "\(failure.message); the result is paid and waits at the provider")
            return queueFetch(output, failures: failures, at: retryAt)
        case .gone: return outputMissing(output, isFinal: true, goneForGood(output, name, failure))
        case .notReady where failures >= freeAttempts && lost[output] != nil:
            return outputMissing(output, isFinal: true, goneForGood(output, name, failure))
        case .notReady where failures >= freeAttempts:
            return outputMissing(output, isFinal: true, "the provider made no \(name) (\(failure.message))")
        default: break
        }
        if failures >= freeAttempts {
            return outputMissing(
                output, "\(name) could not be downloaded in \(failures) tries: \(failure.message); it is paid, and the next run tries again"
            )
        }
        queueFetch(output, failures: failures, at: retryAt)
    }

    /// What to say of a paid result that nobody has any more, and what another one would cost.
    private func goneForGood(_ output: OutputReference, _ name: String, _ failure: CallFailure) -> String {
        let instance = plan.instances[output.instance]
        var cost = Amounts()
        for job in instance.jobs { if let money = job.price.money { cost += money } }
        let isPriced = instance.jobs.allSatisfy { $0.price.money != nil }
        let price = isPriced ? cost.all.map(\.description).joined(separator: " and ") : "an amount that is not known"
        let path =
            lost[output]?.path ?? (instance.outputs.indices.contains(output.output) ? instance.outputs[output.output].path : instance.name)
        return "\(name) is gone at the provider: \(failure.message); it was billed; making it again costs \(price): `--rerun \(path)`"
    }

    mutating func artifactRecorded(_ output: OutputReference, _ artifact: Artifact) {
        instances[output.instance].outputs[output.output] = .saved
        instances[output.instance].done.fetches += 1
        report(.artifactSaved(instance: plan.instances[output.instance].name, artifact: artifact))
        outputArrived(output)
    }

    // MARK: transfers

    mutating func lookUp(_ transfer: Int) {
        transfers[transfer] = .lookingUp
        emit(.lookUpTransfer(transfer))
    }

    mutating func transferLookedUp(_ transfer: Int, found: Bool) {
        if found { return transferDone(transfer, reported: false) }
        queueTransfer(transfer, failures: 0, at: now)
    }

    private mutating func queueTransfer(_ transfer: Int, failures: Int, at time: Timestamp) {
        transfers[transfer] = .queued(failures: failures)
        let entry = due(transfer, at: time)
        accounts[plan.transfers[transfer].account]?.transfers.insert(entry)
        wake(at: time)
    }

    mutating func beginTransfer(_ transfer: Int) {
        guard case .queued(let failures) = transfers[transfer] else { return }
        transfers[transfer] = .transferring(failures: failures)
        emit(.transfer(transfer))
    }

    mutating func transferred(_ transfer: Int, _ failure: CallFailure?) {
        guard case .transferring(let failures) = transfers[transfer] else { return }
        let id = plan.transfers[transfer].account
        guard let failure else {
            connected(id)
            return transferDone(transfer, reported: true)
        }
        transferFailed(transfer, failures: failures + 1, failure, id)
    }

    private mutating func transferFailed(_ transfer: Int, failures: Int, _ failure: CallFailure, _ id: AccountID) {
        var retryAt = now + freeDelay(failures: failures)
        if stopped != nil { return queueTransfer(transfer, failures: failures, at: retryAt) }
        switch accountVerdict(id, failure, delay: freeDelay(failures: failures), spends: true) {
        case .waiting(let until): retryAt = until
        case .stopped: return queueTransfer(transfer, failures: failures, at: retryAt)
        case .usable: break
        }
        switch failure.kind {
        case .invalid, .policy, .mismatch, .cannotWrite: return transferLost(transfer, "upload refused: \(failure.message)")
        default: break
        }
        if failures >= freeAttempts { return transferLost(transfer, "upload failed in \(failures) tries: \(failure.message)") }
        queueTransfer(transfer, failures: failures, at: retryAt)
    }

    private mutating func transferDone(_ transfer: Int, reported: Bool) {
        transfers[transfer] = .done
        accounts[plan.transfers[transfer].account]?.uploadsOwed -= 1
        if reported {
            uploaded.insert(transfer)
            report(.transferFinished(source: sourceName(transfer), account: plan.transfers[transfer].account))
        }
        for user in transferUsers[transfer] ?? [] { inputArrived(user) }
    }

    private func sourceName(_ transfer: Int) -> String {
        switch plan.transfers[transfer].source {
        case .file(let file): file.path
        case .url(let url): url
        case .output(let output):
            plan.instances[output.instance].outputs.indices.contains(output.output)
                ? plan.instances[output.instance].outputs[output.output].path : plan.instances[output.instance].name
        }
    }
}
