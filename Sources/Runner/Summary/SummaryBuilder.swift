import Checkpoint
import Pipeline
import Scheduling

/// Puts `run.json` together from the machine's standing and the run's records.
struct SummaryBuilder {
    let plan: Plan
    let run: String
    let startedAt: Timestamp
    let requests: Int
    /// Every attempt on record for planned instances, in order of job and attempt.
    let jobs: [Int: [JobRecord]]
    /// Every record of the campaign, also of what the plan no longer holds.
    let all: [JobRecord]
    let ledger: Ledger
    let artifacts: [OutputReference: ArtifactRecord]
    /// Keys that this run submitted.
    let submittedNow: Set<JobKey>
    /// What of the accounts' limits was used up when the run began.
    let standing: [AccountID: LowerBound.Standing]

    func summary(machine: RunMachine, exitCode: ExitCode, finishedAt: Timestamp) -> RunSummary {
        var totals = RunTotals(steps: plan.instances.count, done: 0, cached: 0, failed: 0, held: 0, requests: requests, cost: [], spent: [])
        let steps = plan.instances.enumerated().map { position, instance in
            let standing = machine.standing(of: position)
            switch standing.status {
            case .succeeded: totals.done += 1
            case .failed, .partial, .timedOut, .skipped: totals.failed += 1
            case .held: totals.held += 1
            case .waiting: if instance.awaits != nil { totals.waiting += 1 }
            case .running: break
            }
            if standing.cached { totals.cached += 1 }
            let records = jobs[position] ?? []
            let cost = CostSum(of: records, in: ledger)
            let saved = instance.outputs.indices.compactMap { artifacts[OutputReference(instance: position, output: $0)]?.artifact }
            return RunSummary.Step(
                step: instance.step, instance: instance.name, identity: instance.identity.hex, uses: instance.operation,
                provider: instance.account.provider, account: instance.account.label, status: standing.status,
                reason: standing.reason ?? (standing.status == .waiting ? instance.awaits?.reason : nil),
                cached: standing.cached, attempts: records.map(\.intent.key.attempt).max() ?? 0,
                jobs: records.compactMap { $0.stage.accepted }.filter { !$0.isGiven }.map(\.remoteID), cost: cost.lines.first,
                unknownPrices: cost.unknownPrices, reserved: cost.reserved.lines.first,
                artifacts: saved, chosen: instance.isPicked ? chosen(position) : nil)
        }
        let cost = CostSum(of: all, in: ledger)
        totals.cost = cost.lines
        totals.unknownPrices = cost.unknownPrices
        totals.reserved = cost.reserved.lines
        totals.reservedJobs = cost.reserved.jobs
        totals.reservedHeld = cost.reserved.held
        let spent = CostSum(of: all.filter { submittedNow.contains($0.intent.key) }, in: ledger)
        totals.spent = spent.lines
        totals.spentUnknownPrices = spent.unknownPrices
        totals.makespan = makespan(machine, exitCode, finishedAt)
        return RunSummary(
            campaign: plan.campaign, run: run, status: isChoiceOpen(exitCode, machine) ? "choice" : exitCode.runStatus,
            startedAt: startedAt, finishedAt: finishedAt, totals: totals,
            steps: steps)
    }

    /// Nil where the run was cut short: then what it left running says nothing of how well it went.
    private func makespan(_ machine: RunMachine, _ exitCode: ExitCode, _ finishedAt: Timestamp) -> Makespan? {
        switch exitCode {
        case .done, .someFailed, .held, .budget, .quota: break
        default: return nil
        }
        var standing = standing
        for account in plan.accounts {
            let day = CalendarDay(of: startedAt, limits: account.limits)
            standing[account.id, default: LowerBound.Standing()].today = day.start..<max(day.start, day.end)
        }
        guard let least = machine.lowerBound(standing: standing).binding else { return nil }
        return Makespan(
            took: finishedAt - startedAt, lowerBound: least.span, limit: least.limit?.rawValue ?? PlanForecast.Bounds.criticalPathName,
            account: least.account?.description)
    }

    private func chosen(_ position: Int) -> [String] {
        let outputs = plan.instances[position].outputs
        return outputs.indices.filter { outputs[$0].choice == .chosen }.map { path(OutputReference(instance: position, output: $0)) }
    }

    /// Where an output is, or will be.
    private func path(_ output: OutputReference) -> String {
        artifacts[output]?.artifact.path ?? plan.instances[output.instance].outputs[output.output].path
    }

    /// What a person may still choose from, step by step, with how many instances wait for it.
    func openChoices(machine: RunMachine, only: Set<Int>?) -> [RunEvent.Kind] {
        var waiting: [String: Int] = [:]
        for (position, instance) in plan.instances.enumerated() where machine.standing(of: position).status == .waiting {
            if let awaits = instance.awaits, only?.contains(position) ?? true { waiting[awaits.step, default: 0] += 1 }
        }
        var paths: [String: [String]] = [:]
        var steps: [String] = []
        for (position, instance) in plan.instances.enumerated() where instance.isPicked && waiting[instance.step] != nil {
            for (output, planned) in instance.outputs.enumerated() {
                let reference = OutputReference(instance: position, output: output)
                guard artifacts[reference] != nil else { continue }
                if paths[instance.step] == nil { steps.append(instance.step) }
                paths[instance.step, default: []] += planned.choice == .open ? [path(reference)] : []
            }
        }
        return steps.map { .choiceAwaited(step: $0, paths: paths[$0] ?? [], waiting: waiting[$0] ?? 0) }
    }

    /// Whether the run ended well, and with a choice that has to be made before anything behind it is paid.
    private func isChoiceOpen(_ code: ExitCode, _ machine: RunMachine) -> Bool {
        code == .done
            && plan.instances.indices.contains { plan.instances[$0].awaits?.isOpen == true && machine.standing(of: $0).status == .waiting }
    }
}
