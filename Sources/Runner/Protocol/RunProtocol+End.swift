import Checkpoint
import Pipeline
import Scheduling

/// The end of a run: what it did is summed up, its end is on record, and only then it is told.
extension RunProtocol {
    mutating func finish(_ code: ExitCode) {
        phase = .ending(code)
        tellFinishedSends()
        guard let machine else { return end(.failure(CheckpointError.contradiction("a run ended that had not begun"))) }
        let summary = summaryBuilder().summary(machine: machine, exitCode: code, finishedAt: now)
        self.summary = summary
        let end = RunRecord(
            id: start.holder.run, campaign: plan.campaign, startedAt: startedAt, finishedAt: now, exitCode: code, totals: summary.totals)
        effects.append(.checkpoint([.run(end)], then: .end))
    }

    /// The end is on record, or could not be recorded.
    mutating func close(_ code: ExitCode, _ failure: CheckpointError?) {
        guard let machine, var summary else { return }
        let builder = summaryBuilder()
        var code = code
        if let failure, code != .cannotWrite {
            code = .cannotWrite
            tell(.runStopping(account: nil, reason: "the end of the run could not be recorded: \(failure.message)", exitCode: code))
            summary = builder.summary(machine: machine, exitCode: code, finishedAt: now)
        }
        for choice in builder.openChoices(machine: machine, only: start.options.only) { tell(choice) }
        tell(.runFinished(exitCode: code, totals: summary.totals))
        let isSettled = history.restored.openElsewhere.isEmpty && !records.values.contains(where: \.isUnexplained)
        end(.success(RunOutcome(exitCode: code, summary: summary, files: artifacts, isSettled: isSettled)))
    }

    private func summaryBuilder() -> SummaryBuilder {
        var byInstance: [Identity: [JobRecord]] = [:]
        for record in records.values { byInstance[record.intent.key.identity, default: []].append(record) }
        var planned: [Int: [JobRecord]] = [:]
        for (position, instance) in plan.instances.enumerated() {
            planned[position] = byInstance[instance.identity]?.sorted {
                ($0.intent.key.job, $0.intent.key.attempt) < ($1.intent.key.job, $1.intent.key.attempt)
            }
        }
        return SummaryBuilder(
            plan: plan, run: start.holder.run, startedAt: startedAt, requests: requests, jobs: planned, all: Array(records.values),
            ledger: ledger, artifacts: artifacts, submittedNow: submittedNow, standing: start.standing)
    }
}
