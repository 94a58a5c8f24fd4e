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
    let artifacts: [OutputReference: ArtifactRecord]
    /// Keys that this run submitted.
    let submittedNow: Set<JobKey>

    func summary(machine: RunMachine, exitCode: ExitCode, finishedAt: Timestamp) -> RunSummary {
        let refunded = plan.refunded
        var totals = RunTotals(steps: plan.instances.count, done: 0, cached: 0, failed: 0, held: 0, requests: requests, cost: [], spent: [])
        let steps = plan.instances.enumerated().map { position, instance in
            let standing = machine.standing(of: position)
            switch standing.status {
            case .succeeded: totals.done += 1
            case .failed, .partial, .timedOut, .skipped: totals.failed += 1
            case .held: totals.held += 1
            case .waiting, .running: break
            }
            if standing.cached { totals.cached += 1 }
            let records = jobs[position] ?? []
            let cost = CostSum(of: records, refunded: refunded)
            let saved = instance.outputs.indices.compactMap { artifacts[OutputReference(instance: position, output: $0)]?.artifact }
            return RunSummary.Step(
                step: instance.step, instance: instance.name, identity: instance.identity.hex, uses: instance.operation,
                provider: instance.account.provider, account: instance.account.label, status: standing.status, reason: standing.reason,
                cached: standing.cached, attempts: records.map(\.intent.key.attempt).max() ?? 0,
                jobs: records.compactMap { $0.stage.accepted?.remoteID }, cost: cost.lines.first, artifacts: saved)
        }
        totals.cost = CostSum(of: all, refunded: refunded).lines
        totals.spent = CostSum(of: all.filter { submittedNow.contains($0.intent.key) }, refunded: refunded).lines
        return RunSummary(
            campaign: plan.campaign, run: run, status: exitCode.runStatus, startedAt: startedAt, finishedAt: finishedAt, totals: totals,
            steps: steps, left: left)
    }

    /// Jobs that the provider has and no planned instance asks for any more.
    private var left: [RunSummary.LeftJob] {
        let planned = Set(plan.instances.map(\.identity))
        return all.compactMap { record in
            guard case .accepted(let accepted, _) = record.stage, !planned.contains(record.intent.key.identity) else { return nil }
            return RunSummary.LeftJob(job: accepted.remoteID, identity: record.intent.key.identity.hex, account: "\(record.intent.account)")
        }.sorted { $0.job < $1.job }
    }
}
