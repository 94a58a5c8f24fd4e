package import Pipeline

/// The runs of one campaign or of several, newest first: what `flowbatch runs --json` writes, and `RunsText` tells.
package struct RunsReport: Sendable, Encodable {
    /// What the records know of a run's work by now, whether or not it could count itself.
    package struct Recorded: Sendable, Encodable {
        /// Instances that were finished in it.
        package let done: Int
        package let failed: Int
        /// What its submissions cost.
        package let spent: [CostLine]
        package let unknownPrices: Int
        /// Of its submissions, those whose fate is still unknown.
        package let reserved: Reservation
        /// The last moment on record; nil where nothing is.
        package let lastAt: Timestamp?

        package init(done: Int, failed: Int, spent: [CostLine], unknownPrices: Int, reserved: Reservation, lastAt: Timestamp?) {
            self.done = done
            self.failed = failed
            self.spent = spent
            self.unknownPrices = unknownPrices
            self.reserved = reserved
            self.lastAt = lastAt
        }

        private enum CodingKeys: String, CodingKey {
            case done, failed, spent, reserved
            case unknownPrices = "unknown_prices"
            case reservedJobs = "reserved_jobs"
            case lastAt = "last_at"
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(done, forKey: .done)
            try container.encode(failed, forKey: .failed)
            try container.encode(spent, forKey: .spent)
            try container.encode(unknownPrices, forKey: .unknownPrices)
            try container.encode(reserved.lines, forKey: .reserved)
            try container.encode(reserved.jobs, forKey: .reservedJobs)
            try container.encodeIfPresent(lastAt?.description, forKey: .lastAt)
        }
    }

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
        /// What the records say by now: all there is of a run that was killed.
        package let recorded: Recorded

        private enum CodingKeys: String, CodingKey {
            case run, campaign, state, status, totals, recorded
            case startedAt = "started_at"
            case finishedAt = "finished_at"
            case exitCode = "exit_code"
        }

        /// - Parameter end: nil where it has none on record.
        package init(
            run: String, campaign: String?, state: String, startedAt: Timestamp, end: (at: Timestamp, exitCode: ExitCode)?,
            totals: RunTotals?, recorded: Recorded, isRunning: Bool
        ) {
            self.run = run
            self.campaign = campaign
            self.state = state
            self.startedAt = startedAt.description
            self.totals = totals
            self.recorded = recorded
            finishedAt = end?.at.description
            exitCode = end?.exitCode.rawValue
            status = end?.exitCode.runStatus ?? (isRunning ? "running" : "killed")
            started = startedAt
            finished = end?.at
            code = end?.exitCode
        }

        fileprivate let started: Timestamp
        fileprivate let finished: Timestamp?
        fileprivate let code: ExitCode?
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
    private let hasSandboxRuns: Bool

    /// - Parameters:
    ///   - showsCampaign: where the runs may be of several campaigns.
    ///   - hasSandboxRuns: where the sandbox, which nobody asked for, knows of some.
    package init(_ report: RunsReport, time: LocalTime, showsCampaign: Bool, hasSandboxRuns: Bool = false) {
        self.hasSandboxRuns = hasSandboxRuns
        self.report = report
        self.time = time
        self.showsCampaign = showsCampaign
    }

    /// The whole text, ending with a line break.
    package var text: String {
        if report.runs.isEmpty { return hasSandboxRuns ? "No run yet; there are runs in the sandbox: add --sandbox.\n" : "No run yet.\n" }
        var table = TextTable((showsCampaign ? [.left] : []) + [.left, .left, .right, .left, .right, .right, .right, .left])
        table.add((showsCampaign ? ["campaign"] : []) + ["run", "started", "took", "ended", "done", "of it before", "failed", "spent"])
        for run in report.runs { table.add((showsCampaign ? [run.campaign ?? run.state] : []) + cells(run)) }
        return table.lines().joined(separator: "\n") + "\n"
    }

    private func cells(_ run: RunsReport.Run) -> [String] {
        let recorded = run.recorded
        let reserved = CostTally.reservedText(recorded.reserved.sums.all, jobs: recorded.reserved.jobs, held: recorded.reserved.held)
        func money(_ lines: [CostLine], _ unknown: Int) -> String {
            [CostTally.text(lines, unknown: unknown) ?? (reserved == nil ? "nothing" : nil), reserved].compactMap(\.self)
                .joined(separator: "; ")
        }
        let head = [run.run, time.dateAndClock(run.started)]
        guard let totals = run.totals, let finished = run.finished else {
            let took = (run.finished ?? recorded.lastAt).map { ($0 - run.started).shortText } ?? ""
            return head + [
                run.finished == nil && !took.isEmpty ? "≥ \(took)" : took, ended(run), Wording.grouped(recorded.done), "",
                Wording.grouped(recorded.failed), money(recorded.spent, recorded.unknownPrices),
            ]
        }
        return head + [
            (finished - run.started).shortText, ended(run), Wording.grouped(totals.done), Wording.grouped(totals.cached),
            Wording.grouped(totals.failed), money(totals.spent, totals.spentUnknownPrices),
        ]
    }

    /// How it ended, in words.
    private func ended(_ run: RunsReport.Run) -> String {
        guard let code = run.code else { return run.status }
        let words =
            switch code {
            case .done: "succeeded"
            case .someFailed: "finished, not everything succeeded"
            case .held: "finished, a submission is held"
            case .budget: "stopped by the budget"
            case .credits: "stopped: out of credits"
            case .quota: "stopped by a quota"
            case .interrupted: "interrupted"
            case .unreachable: "stopped: provider unreachable"
            case .keyRefused: "stopped: key refused"
            case .cannotWrite: "stopped: could not write"
            case .locked, .usage, .manifest, .missingInput, .internalError, .configuration: "stopped by an error"
            }
        return code == .done ? words : "\(words) (exit code \(code.rawValue))"
    }
}

extension RunsReport {
    /// As JSON, ending with a line break.
    package func json() throws(ReportingError) -> String { try ReportJSON.text(of: self) }
}
