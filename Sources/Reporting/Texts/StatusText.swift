package import Pipeline

/// A campaign's standing as `flowbatch status` prints it.
package struct StatusText: Sendable {
    private let report: StatusReport
    private let time: LocalTime
    private let now: Timestamp
    private let listed: Int

    /// - Parameter listed: the most instances of each status that are named one by one; the rest are counted.
    package init(_ report: StatusReport, time: LocalTime, now: Timestamp, listed: Int = 20) {
        self.report = report
        self.time = time
        self.now = now
        self.listed = listed
    }

    /// The whole text, ending with a line break.
    package var text: String {
        let sections = [
            [headLine], stepLines, instanceLines(.held), instanceLines(.failed), instanceLines(.timedOut), instanceLines(.partial),
            instanceLines(.skipped), instanceLines(.running), instanceLines(.waiting), report.left, accountLines, adviceLines,
        ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var headLine: String {
        let activity: String
        switch report.activity {
        case .never: activity = report.hasSandboxRuns ? "no run yet; there are runs in the sandbox: add --sandbox" : "no run yet"
        case .running(let run, let processID, let since):
            activity = "running since \(time.dateAndClock(since)) (run \(run), process \(processID))"
        case .ended(let run, let at, let exitCode):
            activity = "run \(run) ended with exit code \(exitCode.rawValue) at \(time.dateAndClock(at))"
        case .cutOff(let run, let startedAt):
            activity = "run \(run) of \(time.dateAndClock(startedAt)) was cut off; the same command resumes it"
        }
        let cost = CostTally.text(report.cost, unknown: report.unknownPrices).map { "; spent \($0) so far" } ?? ""
        let held =
            CostTally.reservedText(report.reserved.sums.all, jobs: report.reserved.jobs, held: report.reserved.held)
            .map { "; \($0)" } ?? ""
        return "\(Printable.line(report.campaign)) (\(Printable.line(report.manifest))): \(Printable.line(activity))\(cost)\(held)"
    }

    private var stepLines: [String] {
        let order: [InstanceStatus] = [.succeeded, .partial, .running, .waiting, .held, .failed, .timedOut, .skipped]
        // Always the ordinary ones; the others only where they happened.
        let shown = order.filter { status in
            [.succeeded, .running, .waiting].contains(status) || report.steps.contains { ($0.counts[status] ?? 0) > 0 }
        }
        var table = TextTable([.left] + shown.map { _ in .right })
        table.add(["step"] + shown.map(\.word))
        for step in report.steps { table.add([step.name] + shown.map { Wording.grouped(step.counts[$0] ?? 0) }) }
        table.add(["total"] + shown.map { status in Wording.grouped(report.steps.reduce(0) { $0 + ($1.counts[status] ?? 0) }) })
        return table.lines()
    }

    private func instanceLines(_ status: InstanceStatus) -> [String] {
        let instances = report.instances.filter { $0.status == status }
        guard !instances.isEmpty else { return [] }
        var table = TextTable([])
        let shown = Wording.shown(instances.count, limit: listed)
        for instance in instances.prefix(shown) { table.add([instance.name, time.localised(waitText(instance.waitsFor), now: now)]) }
        var lines = ["\(Wording.capitalised(status.word)):"]
        for (line, instance) in zip(table.lines(indent: 2), instances) { lines += [line] + fateLines(instance.fates) }
        if instances.count > shown { lines.append("  … and \(Wording.grouped(instances.count - shown)) more") }
        return lines
    }

    /// The same for every submission that stands alike.
    private func fateLines(_ fates: [FateReport]) -> [String] {
        var lines: [String] = []
        var told: Set<[String]> = []
        for fate in fates {
            let text = FateText(fate: fate, time: time, now: now)
            guard told.insert([text.means, text.nextRun]).inserted else { continue }
            var table = TextTable([])
            table.add(["to find out", text.means])
            table.add(["next run", text.nextRun])
            for (position, command) in fate.commands.enumerated() { table.add([position == 0 ? "you can" : "", command]) }
            lines += table.lines(indent: 6)
        }
        return lines
    }

    private func waitText(_ reason: StatusReport.WaitReason) -> String {
        switch reason {
        case .dependencies(let names): "for \(Wording.list(names, limit: 3))"
        case .slot: "for a slot"
        case .request(let until): "for the request limit\(end(until))"
        case .dailyCap(let until): "for the daily cap of images\(end(until))"
        case .money(let reason): "for money: \(reason)"
        case .spendLimit(let limit, let until): "for what the account may spend, \(limit)\(end(until))"
        case .retry(let at, let reason): "for its next attempt at \(time.end(at, now: now)), after: \(Wording.withoutFullStop(reason))"
        case .pause(let until): "for the end of the pause that the provider asked for\(end(until))"
        case .twin: "for the reply to a submission that looks the same"
        case .jobs(let ids, let progress):
            "\(ids.count == 1 ? "job" : "jobs") \(Wording.list(ids, limit: 4)) at the provider\(progress.map { ", \($0)% done" } ?? "")"
        case .choice(let reason): reason
        case .decision(let known): "no reply settled its submission, so it is not sent again: \(known)"
        case .reply(let isRunning):
            isRunning ? "for the reply to its submission" : "for the next run: a submission left, and no reply is on record"
        case .fetch(let jobs, let reason): "for the next run: \(reason); fetched again from \(Wording.list(jobs, limit: 4)), not paid again"
        case .end(let reason): reason
        case .run: "for the next run"
        }
    }

    private func end(_ until: Timestamp?) -> String {
        until.map { ", until \(time.end($0, now: now)) (\(($0 - now).shortText))" } ?? ""
    }

    private var adviceLines: [String] { report.advice.isEmpty ? [] : ["Next:"] + report.advice.map { "  " + Printable.line($0) } }

    private var accountLines: [String] {
        guard !report.accounts.isEmpty else { return [] }
        var table = TextTable([])
        for account in report.accounts {
            table.add([account.title, account.gauge.parts(now: now, time: time).joined(separator: " · ")])
        }
        return ["Accounts:"] + table.lines(indent: 2)
    }
}
