import HeapModule
package import Pipeline

/// A run as a pure state machine: it takes what happened and says what to do next. It knows no clock, no disk and no network; the same
/// machine runs live, in tests and in simulation.
///
/// Feed it with `start` once, then one `handle` for every completed action, for `woken` at `nextWake`, and for `interrupted`, `internalError` and `metered`. Every action but
/// `report` and `finish` is to be answered by exactly one event. After `finish` it gives no further action.
package struct RunMachine: Sendable {
    let plan: Plan
    let options: MachineOptions
    var ranks: [Int64] = []
    var random: SplitMix64

    package internal(set) var now: Timestamp
    let startedAt: Timestamp
    var actions: [MachineAction] = []
    /// Actions given out and not answered yet.
    var inFlight = 0
    var order = 0
    var wakes = Heap<Timestamp>()

    var instances: [InstanceState] = []
    var transfers: [TransferState] = []
    /// Transfers that this run sent.
    var uploaded: Set<Int> = []
    /// By instance, the kind of its jobs as its account's poll policy counts them.
    var durationKinds: [Int] = []
    var accounts: AccountTable
    let accountOrder: [AccountID]

    /// Finished outputs whose files are not what was saved.
    var lost: [OutputReference: LostArtifact] = [:]

    var outputWaiters: [OutputReference: [Waiter]] = [:]
    var instanceWaiters: [Int: [Int]] = [:]
    var transferUsers: [Int: [Int]] = [:]

    var ledger: BudgetLedger
    /// `on_failure: stop`: nothing new is submitted.
    var isDraining = false
    /// Why everything stops.
    var stopped: ExitCode?
    var storeIsBroken = false
    var stopCodes: Set<ExitCode> = []
    var isFinished = false

    /// Who waits for an output.
    enum Waiter {
        case instance(Int)
        case transfer(Int)
    }

    package init(plan: Plan, restored: RestoredCampaign, options: MachineOptions, now: Timestamp) {
        self.plan = plan
        self.options = options
        self.now = now
        startedAt = now
        random = SplitMix64(seed: options.seed)
        ledger = BudgetLedger(budgets: plan.budgets, maxCost: options.maxCost, spent: restored.spent)
        accountOrder = plan.accounts.map(\.id)
        accounts = AccountTable(plan.accounts)
        transfers = plan.transfers.map { _ in .unneeded }
        let kinds = sortIntoKinds()
        ranks = CriticalPath.ranks(of: plan) { position in
            kinds[plan.instances[position].account]?[durationKinds[position]].expected ?? plan.instances[position].expectedDuration
        }
        restore(restored)
        preparePacing(kinds)
    }

    /// Begins the run.
    package mutating func start(now: Timestamp) -> [MachineAction] {
        advance(to: now)
        let cached = instances.count { $0.isCached }
        report(.runStarted(campaign: plan.campaign, instances: instances.count, cached: cached))
        reportLost()
        begin()
        return settle()
    }

    /// When `woken` is wanted next; nil while only completions matter.
    package var nextWake: Timestamp? { isFinished ? nil : wakes.min }

    /// Takes one event at `now` and gives what is to be done.
    package mutating func handle(_ event: MachineEvent, now: Timestamp) -> [MachineAction] {
        guard !isFinished else { return [] }
        advance(to: now)
        switch event {
        case .woken, .interrupted, .internalError, .metered: break
        default: inFlight -= 1
        }
        dispatch(event)
        return settle()
    }

    /// How each instance stands, with the reason where it is not done.
    package func standing(of instance: Int) -> (status: InstanceStatus, reason: String?, cached: Bool) {
        guard instances.indices.contains(instance) else { return (.waiting, nil, false) }
        let state = instances[instance]
        // What stopped the run may have left it unfinished; what failed of it before has its reason all the same.
        let reason = state.reason ?? state.outputs.lazy.compactMap(\.missingReason).first ?? state.unansweredReason
        let reasons = [reason, state.rememberedReason].compactMap(\.self)
        return (state.status, reasons.isEmpty ? nil : reasons.joined(separator: "; "), state.isCached)
    }

    private mutating func dispatch(_ event: MachineEvent) {
        switch event {
        case .leased(let request, let answer): leased(request, answer)
        case .intentRecorded(let job): intentRecorded(job)
        case .intentRefused(let job, let failure): intentRefused(job, failure)
        case .sendingMarked(let job): sendingMarked(job)
        case .submitted(let job, let result): submitted(job, result)
        case .acceptedRecorded(let job, let accepted): acceptedRecorded(job, accepted)
        case .slotHeld(let job): slotHeld(job)
        case .jobDisowned(let job): jobDisowned(job)
        case .closedRecorded(let job): closedRecorded(job)
        case .openRecorded(let open, let fate): openRecorded(open, fate)
        case .openSettled(let open, let fate): openSettled(open, fate)
        case .polled(let job, let result): polled(job, result)
        case .polledTogether(let account, let jobs, let result): polledTogether(account, jobs, result)
        case .endRecorded(let job): endRecorded(job)
        case .slotReleased(let job): slotReleased(job)
        case .fetched(let output, let result): fetched(output, result)
        case .artifactRecorded(let output, let artifact): artifactRecorded(output, artifact)
        case .transferLookedUp(let transfer, let found): transferLookedUp(transfer, found: found)
        case .transferred(let transfer, let failure): transferred(transfer, failure)
        case .listed(let account, let result): listed(account, result)
        case .instanceRecorded(let instance): instanceRecorded(instance)
        case .metered(let account, let standing, let resetsAt): metered(account, standing, resetsAt: resetsAt)
        case .pauseRecorded, .woken: break
        case .storeFailed(let message):
            storeIsBroken = true
            stopRun(.cannotWrite, message)
        case .internalError(let reason):
            stopRun(
                .internalError,
                "internal error: \(reason); what was sent is on record; run the same command again: jobs that run are picked up; please report "
                    + "this")
        case .interrupted: stopRun(.interrupted, "interrupted; jobs that run at the provider go on and are picked up by the next run")
        }
    }

    private mutating func advance(to time: Timestamp) {
        now = max(now, time)
        while let wake = wakes.min, wake <= now { wakes.removeMin() }
    }

    /// Asks for leases, ends the run where nothing is left, and hands out what was gathered.
    private mutating func settle() -> [MachineAction] {
        if stopped == nil { for account in accountOrder { askForLeases(account) } }
        if inFlight == 0, !hasWork { finish() }
        defer { actions = [] }
        return actions
    }

    private var hasWork: Bool {
        guard stopped == nil else { return false }
        return accounts.contains { id, account in
            account.hasWork(submitting: !isDraining) || waitsForMoneyOfOpen(id) || (!isDraining && account.stop == nil && hasParkedWork(id))
        }
    }

    private mutating func finish() {
        isFinished = true
        for position in instances.indices where instances[position].status == .running {
            if !instances[position].jobs.contains(where: \.isAtProvider) { instances[position].status = .waiting }
        }
        for state in instances where !state.isExcluded {
            switch state.status {
            case .failed, .partial, .timedOut, .skipped: stopCodes.insert(.someFailed)
            case .held: stopCodes.insert(.held)
            case .waiting, .running, .succeeded: break
            }
        }
        for id in accountOrder {
            for reason in budgetReasons(id) {
                stopCodes.insert(.budget)
                report(.runStopping(account: id, reason: reason.text, exitCode: .budget, obstacle: reason.obstacle))
            }
            if stopped == nil, !isDraining, accounts[id]?.stop == nil, let reason = imageReason(id) {
                stopCodes.insert(.quota)
                report(.runStopping(account: id, reason: reason, exitCode: .quota))
            }
        }
        let isOver = instances.indices.allSatisfy { instances[$0].isFinished || instances[$0].isExcluded || waitsForChoice($0) }
        if stopCodes.isEmpty, !isDraining, !isOver {
            report(
                .runStopping(account: nil, reason: "work was left undone for no known reason; please report this", exitCode: .internalError)
            )
            stopCodes.insert(.internalError)
        }
        actions.append(.finish(ExitCode.winner(of: stopCodes)))
    }

    /// Whether nothing of it may be paid before a person has chosen; what the provider has of it already is brought home all the same.
    func waitsForChoice(_ position: Int) -> Bool { plan.instances[position].awaits != nil }

    mutating func emit(_ action: MachineAction) {
        if storeIsBroken, !action.recordsWhatHappened { return }
        inFlight += 1
        actions.append(action)
    }

    mutating func report(_ kind: RunEvent.Kind) { actions.append(.report(kind)) }

    mutating func wake(at time: Timestamp) {
        if time > now, time != .distantFuture { wakes.insert(time) }
    }

    /// An entry of a queue that is ordered by time, then by when it was made.
    mutating func due<Item>(_ item: Item, at time: Timestamp) -> Due<Item> {
        order += 1
        return Due(at: time, order: order, item: item)
    }

    mutating func stopRun(_ code: ExitCode, _ reason: String) {
        stopCodes.insert(code)
        guard stopped == nil else { return }
        stopped = code
        report(.runStopping(account: nil, reason: reason, exitCode: code))
    }

    /// Stops one account; the others finish.
    mutating func stopAccount(_ id: AccountID, _ stop: AccountState.Stop, _ code: ExitCode, _ reason: String) {
        stopCodes.insert(code)
        let before = accounts[id]?.stop
        if before == nil || (before == .submissions && stop == .everything) {
            accounts[id]?.stop = stop
            accounts[id]?.polling.expectNothing()
            report(.runStopping(account: id, reason: reason, exitCode: code))
        }
    }

    func instance(_ job: JobReference) -> StepInstance { plan.instances[job.instance] }
    func account(of job: JobReference) -> AccountID { plan.instances[job.instance].account }
    func plannedJob(_ job: JobReference) -> PlannedJob { plan.instances[job.instance].jobs[job.job] }

    subscript(job: JobReference) -> JobState {
        _read { yield instances[job.instance].jobs[job.job] }
        _modify { yield &instances[job.instance].jobs[job.job] }
    }
}
