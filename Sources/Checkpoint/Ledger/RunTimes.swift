package import Pipeline

/// Which run a moment belongs to. Runs of one state file exclude each other, so whatever was done between the beginning of one and that of the
/// next was its work; also where it was killed before it could say so.
package struct RunTimes: Sendable {
    private let starts: [(at: Timestamp, run: String)]

    package init(_ runs: some Sequence<RunRecord>) {
        starts = runs.map { (at: $0.startedAt, run: $0.id) }.sorted { ($0.at, $0.run) < ($1.at, $1.run) }
    }

    /// The last run that did not begin after `time`; nil where none did.
    package func run(at time: Timestamp) -> String? {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? starts[low - 1].run : nil
    }
}
