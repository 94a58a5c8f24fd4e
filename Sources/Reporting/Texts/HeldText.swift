package import Pipeline

/// Held submissions as `flowbatch resolve` prints them.
package struct HeldText: Sendable {
    private let report: HeldReport
    private let time: LocalTime
    private let now: Timestamp

    /// The most candidates of one submission that are shown.
    private static let shown = 10

    package init(_ report: HeldReport, time: LocalTime, now: Timestamp) {
        self.report = report
        self.time = time
        self.now = now
    }

    /// The whole text, ending with a line break.
    package var text: String {
        guard !report.submissions.isEmpty else { return "\(Printable.line(report.campaign)): nothing is held\n" }
        return report.submissions.map { section($0).map { $0 + "\n" }.joined() }.joined(separator: "\n")
    }

    /// The report as JSON, ending with a line break.
    package func json() throws(ReportingError) -> String { try ReportJSON.text(of: report) }

    private func section(_ held: HeldReport.Submission) -> [String] {
        let fate = FateText(fate: held.fate, time: time, now: now)
        var table = TextTable([])
        table.add(["step", what(held)])
        table.add(["sent", "\(time.dateAndClock(held.sentAt)) to \(held.fate.provider) (\(held.account.provider)/\(held.account.label))"])
        table.add([held.named == nil ? "why held" : "named", time.localised(held.reason, now: now)])
        if let prompt = held.prompt { table.add(["prompt", prompt]) }
        for input in held.inputs { table.add([input.parameter, input.value]) }
        table.add(["at stake", held.price.map { "\($0)" } ?? "a price that nobody knows"])
        table.add(["key", held.idempotencyKey])
        table.add(["means", fate.means])
        for (position, line) in search(held.search).enumerated() { table.add([position == 0 ? "listing" : "", line]) }
        table.add(["next run", fate.nextRun])
        for (position, command) in held.fate.commands.enumerated() { table.add([position == 0 ? "to settle" : "", command]) }
        return [headline(held)] + table.lines(indent: 2)
    }

    private func headline(_ held: HeldReport.Submission) -> String {
        let standing =
            if !held.isPlanned {
                "the campaign no longer asks for it"
            } else if held.named != nil {
                "you named its job"
            } else {
                held.isHeld ? "held" : "no reply is on record yet; the next run looks for it"
            }
        return "\(Printable.line(held.instance)) [\(held.identity.prefix(12))]: \(standing)"
    }

    private func what(_ held: HeldReport.Submission) -> String {
        var parts = [held.step ?? "unknown"]
        if let uses = held.uses { parts.append("\(uses.rawValue) (\(uses.longName))") }
        if held.subJobs > 1 { parts.append("sub-job \(held.subJob) of \(held.subJobs)") }
        if held.attempt > 1 { parts.append("attempt \(held.attempt)") }
        return parts.joined(separator: ", ")
    }

    private func search(_ search: HeldReport.Search) -> [String] {
        switch search {
        case .notAsked(let reason): return [reason]
        case .found(let candidates) where candidates.isEmpty: return ["shows no job that may be it and that nothing else accounts for"]
        case .found(let candidates):
            let many = candidates.count == 1 ? "one job" : "\(Wording.grouped(candidates.count)) jobs"
            var lines = ["shows \(many) that may be it and that nothing else accounts for:"]
            for candidate in candidates.prefix(Self.shown) {
                let parts = [
                    candidate.job, candidate.createdAt.map { "of \(time.dateAndClock($0))" }, candidate.uses?.rawValue, candidate.address,
                ]
                lines.append("  " + parts.compactMap(\.self).joined(separator: "  "))
            }
            if candidates.count > Self.shown { lines.append("  … and \(Wording.grouped(candidates.count - Self.shown)) more") }
            return lines
        }
    }
}
