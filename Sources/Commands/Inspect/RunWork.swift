import Checkpoint
import Pipeline
import Reporting

/// What the records of a state file say of each run: what it submitted, by the ledger, and what ended in it.
struct RunWork {
    private let state: CheckpointState
    private let jobs: [String: [JobRecord]]
    private let instances: [String: [InstanceRecord]]

    init(_ state: CheckpointState) {
        self.state = state
        let times = RunTimes(state.runs)
        jobs = Dictionary(grouping: state.jobs.values) { state.ledger.run(of: $0.intent.key) ?? "" }
        instances = Dictionary(grouping: state.instances.values) { times.run(at: $0.at) ?? "" }
    }

    func of(_ run: RunRecord) -> RunsReport.Recorded {
        let jobs = jobs[run.id] ?? []
        let instances = instances[run.id] ?? []
        let cost = CostSum(of: jobs, in: state.ledger)
        return RunsReport.Recorded(
            done: instances.count { $0.status == .succeeded || $0.status == .partial },
            failed: instances.count { [.failed, .timedOut, .skipped].contains($0.status) }, spent: cost.lines,
            unknownPrices: cost.unknownPrices, reserved: cost.reserved, lastAt: (jobs.map(\.lastAt) + instances.map(\.at)).max())
    }
}

extension JobRecord {
    /// The last moment that its record has.
    fileprivate var lastAt: Timestamp { stage.at ?? intent.at }
}
