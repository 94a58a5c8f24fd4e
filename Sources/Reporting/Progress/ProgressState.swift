package import Pipeline

/// Where a run stands, folded from its events: the one source of both displays.
package struct ProgressState: Sendable {
    /// One step's counts. An instance is in one of them, or waiting.
    package struct Step: Sendable, Hashable {
        package let name: String
        package fileprivate(set) var instances: Int
        package fileprivate(set) var cached: Int
        package fileprivate(set) var running = 0
        fileprivate(set) var ended: [InstanceStatus: Int] = [:]

        /// Instances of this run that ended as `status`.
        package func count(_ status: InstanceStatus) -> Int { ended[status] ?? 0 }

        /// Finished now or before, partial ones included.
        package var done: Int { cached + count(.succeeded) + count(.partial) }
        /// Ended without what was asked for, those skipped or held included.
        package var unsuccessful: Int { count(.failed) + count(.timedOut) + count(.skipped) + count(.held) }
        package var waiting: Int { max(0, instances - done - unsuccessful - running) }
    }

    /// A limit that keeps an account from sending.
    package struct Wait: Sendable, Hashable {
        package let account: AccountID
        package let limit: LimitName
        /// Nil: until something else happens.
        package let until: Timestamp?
    }

    /// Why no more is sent to one account, or (nil) to any.
    package struct Stop: Sendable, Hashable {
        package let account: AccountID?
        package let reason: String
        package let exitCode: ExitCode
        /// Where money stood in the way, what of it.
        package let obstacle: MoneyObstacle?
    }

    /// A choice that a person may make: outputs of a step, and how many instances wait for it.
    package struct Choice: Sendable, Hashable {
        package let step: String
        package let paths: [String]
        package let waiting: Int
    }

    package let outline: RunOutline
    package private(set) var steps: [Step]
    /// The first event's time.
    package private(set) var startedAt: Timestamp?
    /// The last event's time.
    package private(set) var latest: Timestamp?
    /// Limits that hold now, in the order they were met.
    package private(set) var waits: [Wait] = []
    package private(set) var stops: [Stop] = []
    /// Told at the end of a run.
    package private(set) var choices: [Choice] = []
    /// The last saved file, as people can paste it.
    package private(set) var lastPath: String?
    /// Set by the last event.
    package private(set) var outcome: (exitCode: ExitCode, totals: RunTotals)?
    /// As they were last told by `show`.
    package private(set) var gauges: [AccountGauge] = []
    private(set) var cost = CostTally()
    private var positions: [String: Int] = [:]
    private var running: Set<String> = []
    private var reopened: Set<String> = []
    private var openJobs: [String: AccountID?] = [:]
    private var jobs: [String: [String]] = [:]
    private var makers: [String: [Int: String]] = [:]
    private var saved: [String: Int] = [:]

    private var hasSentRepetition = false

    /// The command line that goes on with this run.
    var resumeCommand: String {
        guard let repeated = outline.repeated, !hasSentRepetition else { return outline.command }
        return repeated.command
    }

    package init(outline: RunOutline) {
        self.outline = outline
        steps = outline.steps.map { Step(name: $0.name, instances: $0.instances, cached: $0.cached) }
        for (position, step) in outline.steps.enumerated() { positions[step.name] = position }
    }

    /// Folds one event in. Any order and any repetition is safe.
    package mutating func apply(_ event: RunEvent) {
        startedAt = startedAt ?? event.time
        latest = event.time
        waits.removeAll { wait in wait.until.map { $0 <= event.time } ?? false }
        switch event.kind {
        case .runStarted, .transferFinished, .artifactMissed: break
        case .stepSubmitted(let instance, _, let job, _, let price):
            cost.planned(price, instance: instance, job: job)
            if outline.repeated?.names.contains(instance) == true { hasSentRepetition = true }
            start(instance)
            endWaits(of: instance)
        case .jobAccepted(let instance, let job, let remoteID): open(remoteID, of: instance, job: job)
        case .jobPolled(let instance, let remoteID, _, _): open(remoteID, of: instance, job: nil)
        case .jobEnded(let instance, let remoteID, let outcome, let charged): end(remoteID, of: instance, outcome, charged)
        case .jobReconciled(let instance, let job, let result, let remoteID):
            if result == .adopted, let remoteID { open(remoteID, of: instance, job: job) }
        case .artifactSaved(let instance, let artifact):
            saved[instance, default: 0] += 1
            lastPath = outline.shownPath(artifact.path)
        case .stepRetried(let instance, _, _): stopRunning(instance)
        case .stepFinished(let instance, let step, let status, _): finish(instance, step: step, status: status)
        case .limitWaited(let account, let limit, let until):
            waits.removeAll { $0.account == account && $0.limit == limit }
            waits.append(Wait(account: account, limit: limit, until: until))
        case .limitShared: break
        case .choiceAwaited(let step, let paths, let waiting):
            choices.append(Choice(step: Printable.line(step), paths: paths.map(Printable.line), waiting: waiting))
        case .runStopping(let account, let reason, let exitCode, let obstacle):
            let stop = Stop(account: account, reason: Printable.line(reason), exitCode: exitCode, obstacle: obstacle)
            if !stops.contains(stop) { stops.append(stop) }
        case .runFinished(let exitCode, let totals):
            outcome = (exitCode, totals)
            waits = []
        }
    }

    /// Takes over what the accounts have in use, from a reading of the account store.
    package mutating func show(_ gauges: [AccountGauge]) { self.gauges = gauges }

    /// Step instances in all.
    package var instances: Int { steps.reduce(0) { $0 + $1.instances } }
    package var cached: Int { steps.reduce(0) { $0 + $1.cached } }
    package var runningInstances: Int { steps.reduce(0) { $0 + $1.running } }
    /// Instances that are at an end, good or bad.
    package var ended: Int { steps.reduce(0) { $0 + $1.done + $1.unsuccessful } }
    package var done: Int { steps.reduce(0) { $0 + $1.done } }

    /// Instances that wait for a person's choice, as the end of the run told.
    package var waitingForChoice: Int { choices.reduce(0) { $0 + $1.waiting } }

    /// Instances of this run that ended as `status`.
    package func count(_ status: InstanceStatus) -> Int { steps.reduce(0) { $0 + $1.count(status) } }

    /// Jobs that the provider has and that have not been seen to end.
    package var jobsAtProviders: Int { openJobs.count }

    /// Those of one account.
    package func jobsAtProvider(_ account: AccountID) -> Int { openJobs.values.count { $0 == account } }

    /// The provider's ids of an instance's jobs, in the order they were accepted.
    func jobs(of instance: String) -> [String] { jobs[instance] ?? [] }

    /// The provider's id of the job that made the file at `path`; nil where this run did not see it accepted.
    func job(of instance: String, thatMade path: String) -> String? {
        outline.job(making: path).flatMap { makers[instance]?[$0] }
    }

    /// Whether an instance was done before, and nothing was sent or fetched for it in this run.
    func isUntouched(_ instance: String) -> Bool {
        outline.isCached(instance) && !reopened.contains(instance) && savedFiles(of: instance) == 0
    }

    /// Files saved for an instance in this run.
    func savedFiles(of instance: String) -> Int { saved[instance] ?? 0 }

    private mutating func start(_ instance: String) {
        reopenIfCached(instance)
        guard running.insert(instance).inserted else { return }
        steps[position(of: outline.step(of: instance))].running += 1
    }

    private mutating func stopRunning(_ instance: String) {
        guard running.remove(instance) != nil else { return }
        steps[position(of: outline.step(of: instance))].running -= 1
    }

    private mutating func open(_ remoteID: String, of instance: String, job: Int?) {
        start(instance)
        openJobs[remoteID] = .some(outline.account(of: instance))
        if !(jobs[instance] ?? []).contains(remoteID) { jobs[instance, default: []].append(remoteID) }
        if let job {
            cost.accepted(remoteID, instance: instance, job: job)
            makers[instance, default: [:]][job] = remoteID
        }
    }

    private mutating func end(_ remoteID: String, of instance: String, _ outcome: JobOutcome, _ charged: CostLine?) {
        openJobs[remoteID] = nil
        if !(jobs[instance] ?? []).contains(remoteID) { jobs[instance, default: []].append(remoteID) }
        let refunded = outline.account(of: instance).flatMap(outline.account)?.plan.refunded ?? []
        cost.ended(remoteID, cost: charged?.estimated == false ? charged?.money : nil, isFree: refunded.contains(outcome))
    }

    private mutating func finish(_ instance: String, step: String, status: InstanceStatus) {
        stopRunning(instance)
        // What was done before and took nothing of this run is told again by its step alone: an upload that is still there.
        if isUntouched(instance), status == .succeeded { return }
        reopenIfCached(instance)
        steps[position(of: step)].ended[status, default: 0] += 1
    }

    /// An instance that counted as done before and is worked on after all (its file was lost) is no longer counted so.
    private mutating func reopenIfCached(_ instance: String) {
        guard outline.isCached(instance), reopened.insert(instance).inserted else { return }
        let position = position(of: outline.step(of: instance))
        steps[position].cached = max(0, steps[position].cached - 1)
    }

    /// Something was sent to the account, so nothing but the cap on images, or the money for dearer jobs, can be holding it.
    private mutating func endWaits(of instance: String) {
        guard let account = outline.account(of: instance) else { return }
        waits.removeAll { $0.account == account && $0.limit != .dailyImages && $0.limit != .spend }
    }

    private mutating func position(of step: String) -> Int {
        if let known = positions[step] { return known }
        steps.append(Step(name: step, instances: 0, cached: 0))
        positions[step] = steps.count - 1
        return steps.count - 1
    }
}
