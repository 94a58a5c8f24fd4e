import Checkpoint
import Definitions
import Pipeline
import Reporting
import Runner

/// What the records of a state file say of each run: whatever was sent or ended between its beginning and the next one's. Runs of one state
/// file exclude each other, so that was its work; also where it was killed before it could count.
struct RunWork {
    private let state: CheckpointState
    private let starts: [Timestamp]
    private let jobs: [Timestamp: [JobRecord]]
    private let instances: [Timestamp: [InstanceRecord]]

    init(_ state: CheckpointState) {
        self.state = state
        let starts = Set(state.runs.map(\.startedAt)).sorted()
        self.starts = starts
        jobs = Dictionary(grouping: state.jobs.values.filter { Self.start(of: $0.intent.at, among: starts) != nil }) {
            Self.start(of: $0.intent.at, among: starts) ?? $0.intent.at
        }
        instances = Dictionary(grouping: state.instances.values.filter { Self.start(of: $0.at, among: starts) != nil }) {
            Self.start(of: $0.at, among: starts) ?? $0.at
        }
    }

    /// The last of `starts` that is not after `time`.
    private static func start(of time: Timestamp, among starts: [Timestamp]) -> Timestamp? {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? starts[low - 1] : nil
    }

    /// - Throws: exit 70 where a built-in definition cannot be read.
    func of(_ run: RunRecord) throws(CommandFailure) -> RunsReport.Recorded {
        let jobs = jobs[run.startedAt] ?? []
        let instances = instances[run.startedAt] ?? []
        var refunded: [AccountID: Set<JobOutcome>] = [:]
        for account in Set(jobs.map(\.intent.account)) {
            refunded[account] = try BuiltInProviders.named(account.provider)?.accountPlan(label: account.label).refunded ?? []
        }
        let cost = CostSum(of: jobs, refunded: refunded)
        return RunsReport.Recorded(
            done: instances.count { $0.status == .succeeded || $0.status == .partial },
            failed: instances.count { [.failed, .timedOut, .skipped].contains($0.status) }, spent: cost.lines,
            unknownPrices: cost.unknownPrices, reserved: cost.reserved, lastAt: (jobs.map(\.lastAt) + instances.map(\.at)).max())
    }
}

extension JobRecord {
    /// The last moment that its record has.
    fileprivate var lastAt: Timestamp {
        switch stage {
        case .accepted(_, let at), .ended(_, _, _, _, let at): at
        case .intended, .refused, .held, .abandoned: intent.at
        }
    }
}
