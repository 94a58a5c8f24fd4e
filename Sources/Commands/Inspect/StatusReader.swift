import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting
import Runner
import Scheduling

/// Reads from plan and stores how each instance stands and what it waits for.
struct StatusReader {
    let plan: Plan
    let standing: CampaignStanding
    let gauges: [AccountID: AccountGauge]
    /// The live run, where there is one.
    let holder: LockHolder?
    let now: Timestamp
    private let ledger: BudgetLedger
    /// Submissions of unknown fate, by the position of their instance.
    private let unknown: [Int: [HeldSubmission]]

    /// - Parameter holder: the live run, where there is one.
    init(plan: Plan, standing: CampaignStanding, gauges: [AccountID: AccountGauge], holder: LockHolder?, now: Timestamp) {
        self.plan = plan
        self.standing = standing
        self.gauges = gauges
        self.holder = holder
        self.now = now
        ledger = BudgetLedger(plan: plan, restored: standing.history.restored)
        var unknown: [Int: [HeldSubmission]] = [:]
        for held in HeldSubmission.all(in: standing.state, plan: plan) {
            if let job = held.job { unknown[job.instance, default: []].append(held) }
        }
        self.unknown = unknown
    }

    var activity: StatusReport.Activity {
        if let holder { return .running(run: holder.run, processID: holder.processID, since: holder.since) }
        let own = standing.state.runs.filter { $0.campaign ?? plan.campaign == plan.campaign }
        guard let last = own.max(by: { $0.startedAt < $1.startedAt }) else { return .never }
        guard let end = last.finishedAt, let exitCode = last.exitCode else { return .cutOff(run: last.id, startedAt: last.startedAt) }
        return .ended(run: last.id, at: end, exitCode: exitCode)
    }

    var steps: [StatusReport.Step] {
        var order: [String] = []
        var counts: [String: [InstanceStatus: Int]] = [:]
        for position in plan.instances.indices {
            let step = plan.instances[position].step
            if counts[step] == nil { order.append(step) }
            counts[step, default: [:]][status(position), default: 0] += 1
        }
        return order.map { StatusReport.Step(name: $0, counts: counts[$0] ?? [:]) }
    }

    /// Instances that are not done, each with what it waits for or how it ended; `arguments` name the campaign.
    func open(_ arguments: String) -> [StatusReport.Instance] {
        plan.instances.indices.compactMap { position in
            let status = status(position)
            let name = plan.instances[position].name
            switch status {
            case .waiting, .running, .held:
                return StatusReport.Instance(
                    name: name, status: status, waitsFor: reason(position), fates: fates(position, arguments))
            case .partial, .failed, .timedOut, .skipped:
                return StatusReport.Instance(name: name, status: status, waitsFor: .end(outcome(position, status)))
            case .succeeded: return nil
            }
        }
    }

    /// What can be done about submissions of unknown fate. In a live run the reply of one that is not held may come any moment.
    private func fates(_ position: Int, _ arguments: String) -> [FateReport] {
        (unknown[position] ?? []).filter { $0.isHeld || holder == nil }.map { held in
            FateReport(
                held, account: plan.accounts.first { $0.id == held.record.intent.account }, arguments: arguments, now: now)
        }
    }

    /// How an instance ended, and what the next run does about it.
    private func outcome(_ position: Int, _ status: InstanceStatus) -> String {
        let recorded = standing.state.instances[plan.instances[position].identity]?.reason
        switch standing.standing(position) {
        case .stays(let reason): return reason
        case .continues(let jobs, _):
            return "\(recorded ?? "past its timeout"); the next run asks about \(jobs.isEmpty ? "it" : jobs.joined(separator: ", ")) first"
        case .runs: return "\(recorded ?? "no reason is on record"); the next run tries it again"
        case .done, .moves, .fetches, .waits, .held, .excluded: return recorded ?? "fewer outputs than asked for; what came is kept"
        }
    }

    /// The commands that go on with what did not end well, settle what is held, and choose what goes on; `arguments` name the campaign.
    func advice(_ arguments: String) -> [String] {
        var lines: [String] = []
        let unsuccessful = plan.instances.indices.filter { [.failed, .timedOut, .skipped].contains(status($0)) }
        if holder == nil, unsuccessful.contains(where: { !isFinal($0) }) {
            lines.append("flowbatch run \(arguments)   (tries again what it can; what is done is not paid again)")
        }
        if let lost = unsuccessful.first(where: { status($0) == .failed && isFinal($0) }) {
            let name = ShellWord.quoted(plan.instances[lost].name)
            lines.append("flowbatch run \(arguments) --rerun \(name)   (pays again for what failed for good; or change what it asks for)")
        }
        if plan.instances.indices.contains(where: { status($0) == .held }) {
            lines.append("flowbatch resolve \(arguments)   (shows what is held, what the provider lists, and the commands that settle it)")
        }
        if plan.instances.contains(where: { $0.awaits?.isOpen == true }), hasChoice {
            lines.append("flowbatch pick \(arguments) FILE…   (without FILE it lists what may be chosen)")
        }
        return lines
    }

    private func isFinal(_ position: Int) -> Bool { if case .stays = standing.standing(position) { true } else { false } }

    /// Whether there is something to choose from already.
    private var hasChoice: Bool {
        standing.history.artifacts.keys.contains { plan.instances[$0.instance].isPicked }
    }

    /// What all recorded jobs of the campaign cost.
    var cost: CostSum { CostSum(of: standing.state.jobs.values, in: standing.history.ledger) }

    /// How the instance at `position` stands.
    func status(_ position: Int) -> InstanceStatus {
        let recorded = standing.state.instances[plan.instances[position].identity]?.status
        switch standing.standing(position) {
        case .done, .moves: return recorded == .partial ? .partial : .succeeded
        case .held: return .held
        // Nothing runs at the provider: only its file is missing here.
        case .fetches: return holder == nil ? .waiting : .running
        case .continues: return recorded == .timedOut ? .timedOut : .running
        case .waits: return .waiting
        case .stays: return recorded ?? .failed
        case .runs, .excluded:
            guard let recorded, recorded == .failed || recorded == .skipped else { return .waiting }
            return recorded
        }
    }

    private func reason(_ position: Int) -> StatusReport.WaitReason {
        let instance = plan.instances[position]
        switch standing.standing(position) {
        case .held(let reason): return .decision(reason)
        case .continues(let jobs, _) where jobs.isEmpty: return .reply(isRunning: holder != nil)
        case .continues(let jobs, _): return .jobs(jobs, progress: nil)
        case .fetches(let jobs, let reason): return .fetch(jobs, reason: reason)
        case .waits(let reason): return .choice(reason)
        case .done, .moves, .runs, .stays, .excluded: break
        }
        let missing = (instance.dependencies + instance.needs).filter { status($0) != .succeeded && status($0) != .partial }
        if !missing.isEmpty { return .dependencies(missing.map { plan.instances[$0].name }) }
        if let money = moneyReason(position) { return money }
        guard holder != nil, let gauge = gauges[instance.account] else { return .run }
        if let paused = gauge.pausedUntil, paused > now { return .pause(until: paused) }
        if let cap = gauge.imagesCap, let images = imagesWanted(position), gauge.imagesToday + images > cap { return .dailyCap(until: nil) }
        if let threads = gauge.threads, gauge.slotsInUse >= threads { return .slot }
        if let next = gauge.windows.compactMap(\.nextAt).max() { return .request(until: next) }
        return .run
    }

    /// What the smallest job of the instance that was not sent yet takes of the daily cap; nil where it takes nothing of it.
    private func imagesWanted(_ position: Int) -> Int? {
        let instance = plan.instances[position]
        let limits = plan.accounts.first { $0.id == instance.account }?.limits
        guard limits?.imagesFrom.contains(instance.operation) == true else { return nil }
        return instance.jobs.indices.filter { standing.history.lastAttempts[JobReference(instance: position, job: $0)] == nil }
            .map { instance.jobs[$0].outputs.count }.min()
    }

    /// What of budget and spending limits keeps the next run from sending the instance; nil where nothing does.
    private func moneyReason(_ position: Int) -> StatusReport.WaitReason? {
        let instance = plan.instances[position]
        let spend = plan.accounts.first { $0.id == instance.account }?.limits.spend ?? []
        for job in instance.jobs.indices where standing.history.lastAttempts[JobReference(instance: position, job: job)] == nil {
            let price = instance.jobs[job].price
            if let refusal = ledger.refusal(of: price, account: instance.account, spend: spend) { return .money(refusal.reason) }
            if let money = price.money, let full = gauges[instance.account]?.spending.first(where: { $0.isTooLittle(for: money) }) {
                return .spendLimit(full.limit, until: full.renewedAt)
            }
        }
        return nil
    }
}

extension BudgetLedger {
    /// As a run of the plan would begin with it: what ended is spent, and what may still be billed is reserved.
    init(plan: Plan, restored: RestoredCampaign) {
        self.init(budgets: plan.budgets, maxCost: [], spent: restored.spent)
        for (position, left) in restored.instances where plan.instances.indices.contains(position) {
            let instance = plan.instances[position]
            for (job, known) in left.jobs where instance.jobs.indices.contains(job) && known.stage.isOpen {
                if let money = instance.jobs[job].price.money { reserve(money, account: instance.account, inThisRun: false) }
            }
        }
        for open in restored.openElsewhere where open.planned == nil && open.mayBeBilled {
            if let price = open.price { reserve(price, account: open.account, inThisRun: false) }
        }
    }
}
