package import Pipeline

/// The runs of one campaign or of several, newest first: what `flowbatch runs --json` writes, and `RunsText` tells.
package struct RunsReport: Sendable, Encodable {
    package struct Run: Sendable, Encodable {
        package let run: String
        /// Left out where the run did not record it.
        package let campaign: String?
        /// The state file that knows of it.
        package let state: String
        /// `running`, `killed`, or as `run.json` says it: `succeeded`, `failed`, `interrupted` …
        package let status: String
        package let startedAt: String
        /// Left out of a run that is running, or was killed.
        package let finishedAt: String?
        package let exitCode: Int32?
        /// What was done and what it cost; `spent` is what this run submitted.
        package let totals: RunTotals?

        private enum CodingKeys: String, CodingKey {
            case run, campaign, state, status, totals
            case startedAt = "started_at"
            case finishedAt = "finished_at"
            case exitCode = "exit_code"
        }

        /// - Parameter end: nil where it has none on record.
        package init(
            run: String, campaign: String?, state: String, startedAt: Timestamp, end: (at: Timestamp, exitCode: ExitCode)?,
            totals: RunTotals?, isRunning: Bool
        ) {
            self.run = run
            self.campaign = campaign
            self.state = state
            self.startedAt = startedAt.description
            self.totals = totals
            finishedAt = end?.at.description
            exitCode = end?.exitCode.rawValue
            status = end?.exitCode.runStatus ?? (isRunning ? "running" : "killed")
            started = startedAt
            finished = end?.at
        }

        fileprivate let started: Timestamp
        fileprivate let finished: Timestamp?
    }

    package private(set) var version = 1
    package let runs: [Run]

    /// - Parameter runs: in any order.
    package init(_ runs: [Run]) { self.runs = runs.sorted { ($0.started, $0.run) > ($1.started, $1.run) } }
}

/// As `flowbatch runs` prints them.
package struct RunsText: Sendable {
    private let report: RunsReport
    private let time: LocalTime
    private let showsCampaign: Bool

    /// - Parameter showsCampaign: where the runs may be of several campaigns.
    package init(_ report: RunsReport, time: LocalTime, showsCampaign: Bool) {
        self.report = report
        self.time = time
        self.showsCampaign = showsCampaign
    }

    /// The whole text, ending with a line break.
    package var text: String {
        if report.runs.isEmpty { return "No run yet.\n" }
        var table = TextTable((showsCampaign ? [.left] : []) + [.left, .left, .right, .left, .right, .right, .right, .left])
        table.add((showsCampaign ? ["campaign"] : []) + ["run", "started", "took", "ended", "done", "cached", "failed", "spent"])
        for run in report.runs { table.add((showsCampaign ? [run.campaign ?? run.state] : []) + cells(run)) }
        return table.lines().joined(separator: "\n") + "\n"
    }

    private func cells(_ run: RunsReport.Run) -> [String] {
        let took = run.finished.map { ($0 - run.started).shortText } ?? ""
        let ended = run.exitCode.map { $0 == 0 ? run.status : "\(run.status) (exit code \($0))" } ?? run.status
        guard let totals = run.totals else { return [run.run, time.dateAndClock(run.started), took, ended, "", "", "", ""] }
        return [
            run.run, time.dateAndClock(run.started), took, ended, Wording.grouped(totals.done), Wording.grouped(totals.cached),
            Wording.grouped(totals.failed), CostTally.text(totals.spent, unknown: 0) ?? "nothing",
        ]
    }
}

extension RunsReport {
    /// As JSON, ending with a line break.
    package func json() throws(ReportingError) -> String { try ReportJSON.text(of: self) }
}
