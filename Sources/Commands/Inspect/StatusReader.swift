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

    /// Instances that are running, waiting or held.
    var open: [StatusReport.Instance] {
        plan.instances.indices.compactMap { position in
            let status = status(position)
            switch status {
            case .waiting, .running, .held, .timedOut:
                return StatusReport.Instance(name: plan.instances[position].name, status: status, waitsFor: reason(position))
            case .succeeded, .partial, .failed, .skipped: return nil
            }
        }
    }

    /// The commands that settle what is held, and choose what goes on; `arguments` name the campaign.
    func advice(_ arguments: String) -> [String] {
        var lines: [String] = []
        if plan.instances.indices.contains(where: { status($0) == .held }) {
            lines.append("flowbatch resolve \(arguments) STEP --job ID | --result FILE | --not-submitted | --resubmit")
        }
        if plan.instances.contains(where: { $0.awaits?.isOpen == true }), hasChoice {
            lines.append("flowbatch pick \(arguments) FILE…   (without FILE it lists what may be chosen)")
        }
        return lines
    }

    /// Whether there is something to choose from already.
    private var hasChoice: Bool {
        standing.history.artifacts.keys.contains { plan.instances[$0.instance].isPicked }
    }

    /// What all recorded jobs of the campaign cost.
    var cost: [CostLine] { CostSum(of: standing.state.jobs.values, refunded: plan.refunded).lines }

    /// How the instance at `position` stands.
    func status(_ position: Int) -> InstanceStatus {
        let recorded = standing.state.instances[plan.instances[position].identity]?.status
        switch standing.standing(position) {
        case .done, .moves: return recorded == .partial ? .partial : .succeeded
        case .held: return .held
        case .continues, .fetches: return recorded == .timedOut ? .timedOut : .running
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
        case .continues(let jobs, _), .fetches(let jobs, _): return .jobs(jobs, progress: nil)
        case .waits(let reason): return .choice(reason)
        case .done, .moves, .runs, .stays, .excluded: break
        }
        let missing = (instance.dependencies + instance.needs).filter { status($0) != .succeeded && status($0) != .partial }
        if !missing.isEmpty { return .dependencies(missing.map { plan.instances[$0].name }) }
        if let money = moneyReason(position) { return money }
        guard holder != nil, let gauge = gauges[instance.account] else { return .run }
        if let paused = gauge.pausedUntil, paused > now { return .pause(until: paused) }
        if let cap = gauge.imagesCap, gauge.imagesToday >= cap { return .dailyCap(until: nil) }
        if let threads = gauge.threads, gauge.slotsInUse >= threads { return .slot }
        if let next = gauge.windows.compactMap(\.nextAt).max() { return .request(until: next) }
        return .run
    }

    /// What of budget and spending limits keeps the next run from sending the instance; nil where nothing does.
    private func moneyReason(_ position: Int) -> StatusReport.WaitReason? {
        let instance = plan.instances[position]
        let budgets = plan.budgets.filter { $0.covers(instance.account) }
        let spend = plan.accounts.first { $0.id == instance.account }?.limits.spend ?? []
        for job in instance.jobs.indices where standing.history.lastAttempts[JobReference(instance: position, job: job)] == nil {
            guard let price = instance.jobs[job].price.money else {
                if budgets.isEmpty, spend.isEmpty { continue }
                return .unknownPrice
            }
            for budget in budgets where budget.limit.unit == price.unit {
                let spent = standing.history.restored.spent.filter { budget.covers($0.key) }
                    .reduce(Decimal(0)) { $0 + $1.value[price.unit] }
                if price.amount > 0, spent + price.amount > budget.limit.amount { return .budget(limit: budget.limit) }
            }
            if let full = gauges[instance.account]?.spending.first(where: { $0.isTooLittle(for: price) }) {
                return .spendLimit(full.limit, until: full.renewedAt)
            }
        }
        return nil
    }
}
