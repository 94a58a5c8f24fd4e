import HeapModule
import Pipeline

/// From what earlier runs left to what this run has to do.
extension RunMachine {
    /// Builds the state of every instance; gives out no action.
    mutating func restore(_ restored: RestoredCampaign) {
        instances.reserveCapacity(plan.instances.count)
        for (position, instance) in plan.instances.enumerated() {
            let outputs = instance.operation == .upload ? 0 : instance.outputs.count
            var state = InstanceState(
                jobs: Array(repeating: JobState(), count: instance.jobs.count), outputs: Array(repeating: .pending, count: outputs))
            state.isExcluded = options.only.map { !$0.contains(position) } ?? false
            if let left = restored.instances[position] {
                for output in left.saved where state.outputs.indices.contains(output) { state.outputs[output] = .saved }
                if !state.isExcluded {
                    for (output, artifact) in left.lost { lost[OutputReference(instance: position, output: output)] = artifact }
                }
                for output in left.withheld where state.outputs.indices.contains(output) && state.outputs[output].isOpen {
                    state.outputs[output] = .missing("the provider made fewer outputs than asked for", isFinal: true)
                }
            }
            if outputs > 0, state.outputs.allSatisfy({ !$0.isOpen }), state.outputs.contains(.saved) {
                state.status = state.outputs.allSatisfy { $0 == .saved } ? .succeeded : .partial
                state.isCached = true
            }
            instances.append(state)
            if state.isExcluded { reserveExcluded(position, restored.instances[position]) }
        }
        for position in instances.indices where !instances[position].isFinished && !instances[position].isExcluded {
            if let left = restored.instances[position] { restoreJobs(of: position, left) }
        }
        for position in instances.indices where needsInputs(position) { registerWaits(of: position) }
        restoreOpen(restored.openElsewhere)
    }

    /// Open jobs of what this run leaves out may be billed all the same.
    private mutating func reserveExcluded(_ position: Int, _ left: RestoredInstance?) {
        let instance = plan.instances[position]
        for (index, job) in left?.jobs ?? [:] where instance.jobs.indices.contains(index) && job.stage.isOpen {
            if let money = instance.jobs[index].price.money {
                ledger.reserve(money, account: instance.account, inThisRun: false)
            }
        }
    }

    /// How far a time on record may lie ahead without a clock having been set back: processes read the clock before they wait.
    private static let clockSkew = Duration.seconds(10)

    private mutating func restoreJobs(of position: Int, _ left: RestoredInstance) {
        for (index, job) in left.jobs where instances[position].jobs.indices.contains(index) {
            var state = JobState()
            state.isOfEarlierRun = true
            state.attempt = job.attempt
            // A clock that was set back since: nothing was sent or accepted later than now.
            state.intendedAt = min(job.intendedAt, now)
            let isForgetful = accounts[plan.instances[position].account]?.plan.recovery.key?.lifetime != nil
            if isForgetful, job.intendedAt > now + Self.clockSkew {
                state.keyFailure = "the clock was set back since it was sent, so nobody knows how old its idempotency key is"
            }
            switch job.stage {
            case .unknown: state.phase = .unknown
            case .remembered: state.isRemembered = true
            case .closed, .abandoned:
                state.attempt += 1
                state.isOfEarlierRun = false
            case .accepted(let accepted, let at):
                state.acceptedAt = min(at, now)
                state.phase = .holdingSlot(accepted)
            case .ended(let accepted, .succeeded, _): state.phase = .delivered(accepted)
            case .ended(let accepted, let outcome, let message):
                if outcome == .failed, isFree(outcome, position) {
                    state.attempt += 1
                    state.isOfEarlierRun = false
                } else {
                    state.phase = .endedEarlier(accepted, outcome, message: message)
                }
            }
            instances[position].jobs[index] = state
        }
    }

    /// Whether something of it is still to be submitted or uploaded.
    private func needsInputs(_ position: Int) -> Bool {
        let state = instances[position]
        guard !state.isFinished, !state.isExcluded else { return false }
        return plan.instances[position].jobs.isEmpty || state.jobs.contains { $0.phase == .blocked }
    }

    /// What waits for a choice hears of what it takes all the same (a failure skips it), but nothing is uploaded for it, and it never submits.
    private mutating func registerWaits(of position: Int) {
        let instance = plan.instances[position]
        let isHeldBack = waitsForChoice(position)
        let transfers = isHeldBack ? [] : instance.transfers
        let transferred = Set(transfers.map { plan.transfers[$0].source })
        var unmet = isHeldBack ? 1 : 0
        var suppliers: Set<Int> = []
        for source in Set(instance.arguments.values.flatMap(\.media)) {
            guard case .output(let output) = source else { continue }
            suppliers.insert(output.instance)
            if transferred.contains(source) || isSaved(output) { continue }
            outputWaiters[output, default: []].append(.instance(position))
            unmet += 1
        }
        // What was left out by a choice may never run: only what runs is waited for.
        for earlier in instance.dependencies.filter({ !suppliers.contains($0) }) + instance.needs
        where !instances[earlier].isFinished && (isHeldBack || !waitsForChoice(earlier)) {
            instanceWaiters[earlier, default: []].append(position)
            unmet += 1
        }
        for transfer in transfers {
            transferUsers[transfer, default: []].append(position)
            unmet += 1
            guard self.transfers[transfer] == .unneeded else { continue }
            self.transfers[transfer] = .waiting
            if case .output(let output) = plan.transfers[transfer].source, !isSaved(output) {
                outputWaiters[output, default: []].append(.transfer(transfer))
            }
        }
        instances[position].unmet = unmet
    }

    /// Tells of files that are fetched again.
    mutating func reportLost() {
        for (output, artifact) in lost.sorted(by: { ($0.key.instance, $0.key.output) < ($1.key.instance, $1.key.output) }) {
            report(
                .artifactMissed(instance: plan.instances[output.instance].name, path: artifact.path, isAltered: artifact.isAltered))
        }
    }

    /// Gives out the first actions: slots of running jobs, look-ups of uploads, downloads that are still owed, reconciliation.
    mutating func begin() {
        for (transfer, state) in transfers.enumerated() where state == .waiting {
            switch plan.transfers[transfer].source {
            case .output(let output) where !isSaved(output): break
            default: lookUp(transfer)
            }
        }
        for position in instances.indices where !instances[position].isExcluded && !instances[position].isFinished {
            for index in instances[position].jobs.indices { beginJob(JobReference(instance: position, job: index)) }
            failAlreadyMissing(position)
        }
        beginOpen()
        for position in instances.indices where needsInputs(position) && instances[position].unmet == 0 { inputsArrived(position) }
    }

    private mutating func beginJob(_ job: JobReference) {
        let id = account(of: job)
        switch self[job].phase {
        case .holdingSlot(let accepted):
            started(job)
            self[job].waitsUntil = now + instance(job).expectedDuration
            takeSlot(job)
            reserveRestored(job)
            accounts[id]?.jobsToFollow += 1
            accounts[id]?.restoring += 1
            beginWatching(job)
            self[job].isRestoring = true
            // The account's memory is told of a job that a person named when the provider has shown that it knows it.
            let known = accepted.isNamed ? nil : accepted.remoteID
            // Until then, a job of the listing may be its.
            if accepted.isNamed { accounts[id]?.unanswered.insert(job) }
            emit(.holdSlot(job, attempt: self[job].attempt, remoteID: known, expiresAt: slotExpiry(job)))
        case .delivered(let accepted):
            started(job)
            queueFetches(of: job, accepted)
        case .endedEarlier(let accepted, let outcome, let message):
            self[job].phase = .failed
            let free = isFree(outcome, job.instance)
            outputsMissing(of: job, "in an earlier run " + reason(for: outcome, accepted, message, free: free))
        case .unknown:
            started(job)
            recover(job)
        case .blocked where self[job].isRemembered: reserveRestored(job)
        default: break
        }
    }

    /// It is or may be billed: until it is settled its price is reserved.
    mutating func reserveRestored(_ job: JobReference) {
        guard self[job].reserved == nil, let money = plannedJob(job).price.money else { return }
        self[job].reserved = money
        ledger.reserve(money, account: account(of: job), inThisRun: !self[job].isOfEarlierRun)
    }

    /// An input that an earlier run already knows will not come.
    private mutating func failAlreadyMissing(_ position: Int) {
        guard needsInputs(position) else { return }
        for source in Set(plan.instances[position].arguments.values.flatMap(\.media)) {
            guard case .output(let output) = source, instances.indices.contains(output.instance),
                instances[output.instance].outputs.indices.contains(output.output),
                case .missing(let reason, _) = instances[output.instance].outputs[output.output]
            else { continue }
            inputMissing(of: position, source, from: output.instance, reason)
        }
    }

    func isSaved(_ output: OutputReference) -> Bool {
        instances.indices.contains(output.instance) && instances[output.instance].outputs.indices.contains(output.output)
            && instances[output.instance].outputs[output.output] == .saved
    }

    /// Whether a job of the instance that ends so is not billed.
    func isFree(_ outcome: JobOutcome, _ position: Int) -> Bool {
        accounts[plan.instances[position].account]?.plan.refunded.contains(outcome) ?? false
    }
}
