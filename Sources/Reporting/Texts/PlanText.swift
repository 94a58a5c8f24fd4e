import Foundation
import Pipeline

/// A plan as `flowbatch plan` prints it.
package struct PlanText: Sendable {
    let report: PlanReport
    let time: LocalTime
    private let listed: Int

    /// - Parameters:
    ///   - time: in which moments are told.
    ///   - listed: the most instances that are named one by one; the rest are counted.
    package init(_ report: PlanReport, time: LocalTime = LocalTime(zone: .current), listed: Int = 40) {
        self.report = report
        self.time = time
        self.listed = listed
    }

    /// The whole text, ending with a line break.
    package var text: String {
        let sections = [
            headLines, stepLines, choiceLines, instanceLines, requestLines, limitLines, budgetLines, forecastLines, deadlineLines,
            comparisonLines,
            diskLines,
            [closingLine],
        ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    /// The report as JSON, ending with a line break.
    package func json() throws(ReportingError) -> String { try ReportJSON.text(of: report) }

    private var headLines: [String] {
        let counts = Wording.list(parts(of: report.totals))
        let instances = Wording.count(report.totals.instances, "instance")
        let steps = Wording.count(report.steps.count, "step")
        return ["\(Printable.line(report.campaign)) (\(Printable.line(report.manifest))): \(instances) in \(steps); \(counts)"]
    }

    private func parts(of share: PlanReport.Share) -> [String] {
        var parts = ["\(Wording.grouped(share.runs)) to run"]
        if share.continues > 0 { parts.append("\(Wording.grouped(share.continues)) to continue") }
        if share.done > 0 { parts.append("\(Wording.grouped(share.done)) done") }
        if share.held > 0 { parts.append("\(Wording.grouped(share.held)) held") }
        if share.failed > 0 { parts.append("\(Wording.grouped(share.failed)) failed for good") }
        if share.waiting > 0 { parts.append("\(Wording.grouped(share.waiting)) waiting for your choice") }
        if share.excluded > 0 { parts.append("\(Wording.grouped(share.excluded)) left out") }
        return parts
    }

    private var stepLines: [String] {
        var table = TextTable([.left, .left, .left, .right, .right, .right, .left])
        table.add(["step", "uses", "account", "instances", "done", "to do", "cost at most"])
        for step in report.steps {
            table.add([step.step, step.uses.rawValue, step.account] + cells(step.share))
        }
        table.add(["total", "", ""] + cells(report.totals))
        return table.lines()
    }

    /// What waits for a choice is no part of what the run takes.
    private var choiceLines: [String] {
        report.steps.filter { $0.share.waiting > 0 }.map { step in
            let share = step.share
            var cost = share.waitingCost.map { "\($0)" }
            if share.waitingUnknownPrices > 0 { cost.append("unknown for \(Wording.count(share.waitingUnknownPrices, "job"))") }
            let most = cost.isEmpty ? "" : ", at most \(cost.joined(separator: " + ")) more"
            return "\(step.step): \(Wording.count(share.waiting, "instance waits", "instances wait")) for your choice\(most)"
        }
    }

    private func cells(_ share: PlanReport.Share) -> [String] {
        [
            Wording.grouped(share.instances), Wording.grouped(share.done), Wording.grouped(share.runs + share.continues + share.held),
            costText(share),
        ]
    }

    private func costText(_ share: PlanReport.Share) -> String {
        if share.submissions == 0 { return "nothing" }
        var parts = share.cost.map { "\($0)" }
        if share.unknownPrices > 0 { parts.append("unknown for \(Wording.count(share.unknownPrices, "job"))") }
        return parts.isEmpty ? "0" : parts.joined(separator: " + ")
    }

    private var instanceLines: [String] {
        let fold = PlanFold(report.instances, limit: listed)
        guard !fold.lines.isEmpty else { return [] }
        var table = TextTable([])
        for line in fold.lines { table.add([line.standing, line.name, line.reason]) }
        return ["What the next run does:"] + table.lines(indent: 2)
            + (fold.rest > 0 ? ["  … and \(Wording.grouped(fold.rest)) more (`--json` names all)"] : [])
    }

    private var requestLines: [String] {
        let lines: [String] = report.accounts.compactMap { account in
            guard let requests = account.requestsAtLeast else { return nil }
            let limit = account.requests.isEmpty ? "not limited" : "limited to \(Wording.list(account.requests))"
            return "\(title(of: account)): at least \(Wording.count(requests, "request")), \(limit)"
        }
        guard !lines.isEmpty, report.transfers > 0, report.totals.submissions > 0 else { return lines }
        return lines + ["\(Wording.count(report.transfers, "file")) to upload among them, each once"]
    }

    private var limitLines: [String] {
        report.accounts.flatMap { account in
            var table = TextTable([])
            table.add(["slots", account.threads.map { "\($0) jobs at once" } ?? "not limited"])
            table.add(["requests", account.requests.isEmpty ? "not limited" : Wording.list(account.requests)])
            table.add(["images", account.dailyImages.map { "\(Wording.grouped($0)) a day (days of \(account.dayZone))" } ?? "no daily cap"])
            if let spend = account.spend { table.add(["money", "\(Wording.list(spend)) over all campaigns of the account"]) }
            let relevant = assumptions(of: account)
            for assumption in relevant { table.add(["assumed", assumption]) }
            let rest = account.assumptions.count - relevant.count
            if rest > 0 {
                table.add([
                    "",
                    "\(Wording.count(rest, "assumption")) that \(rest == 1 ? "does" : "do") not matter here: `flowbatch providers \(account.provider)`",
                ])
            }
            let title = "\(Printable.line(account.title)) (\(account.provider)/\(Printable.line(account.account)))"
            return ["Limits at \(title):"] + table.lines(indent: 2)
        }
    }

    /// `Flow AI`; with the account's label where the plan uses several accounts of it.
    private func title(of account: PlanReport.Account) -> String {
        let isAlone = report.accounts.count { $0.title == account.title } == 1
        return Printable.line(isAlone ? account.title : "\(account.title) (\(account.account))")
    }

    /// Those that what is still to be sent depends on.
    private func assumptions(of account: PlanReport.Account) -> [String] {
        let due = report.instances.due(provider: account.provider, account: account.account)
        guard !due.uses.isEmpty else { return [] }
        let makesPictures = due.uses.contains { $0.outputKind == .image }
        // Polls come on top of the fewest requests.
        let isNearItsLimit = account.requestCounts.contains { $0 < (account.requestsAtLeast ?? .max).saturatingDouble }
        return account.assumptions.filter { assumption in
            switch assumption.prefix(while: { $0 != ":" }) {
            case "thread_is": account.threads != nil && due.hasJobsOfSeveral
            case "requests", "counts": isNearItsLimit
            case "images", "images_from": account.dailyImages != nil && makesPictures
            case "day": account.dailyImages != nil && makesPictures || account.spend != nil
            case let key where key.hasPrefix("price of "):
                due.uses.contains { [$0.rawValue, $0.longName].contains(String(key.dropFirst("price of ".count))) }
            default: true
            }
        }
    }

    private var budgetLines: [String] {
        let own =
            report.budgets.isEmpty
            ? CostTally.reservedText(report.reserved, jobs: report.reservedJobs, held: report.reservedHeld)
                .map { [Wording.capitalised($0)] } ?? [] : budgetTexts
        return own
            + (report.maxCost ?? []).map { check in
                let sum = "\(check.planned) at most"
                switch check.verdict {
                case .within: return "--max-cost \(check.limit): enough for \(sum)"
                case .exceeded:
                    return "--max-cost \(check.limit): NOT enough for \(sum); a run that is given it stops there with exit code 3"
                case .unknown:
                    let jobs = Wording.count(check.unknownPrices, "job")
                    return "--max-cost \(check.limit): enough for \(sum), but \(jobs) without a known price will not be sent under it"
                }
            }
    }

    private var budgetTexts: [String] {
        report.budgets.map { budget in
            let whose = budget.provider.map { " of \(Printable.line($0))" } ?? ""
            let held = CostTally.reservedText([budget.reserved], jobs: budget.reservedJobs, held: budget.reservedHeld)
            let sum = ["\(budget.spent) spent before", held, "\(budget.planned) at most now"].compactMap(\.self).joined(separator: " + ")
            switch budget.verdict {
            case .within: return "Budget\(whose) \(budget.limit): enough for \(sum)"
            case .exceeded: return "Budget\(whose) \(budget.limit): NOT enough for \(sum); the run stops there with exit code 3"
            case .unknown:
                let jobs = Wording.count(budget.unknownPrices, "job")
                return
                    "Budget\(whose) \(budget.limit): enough for \(sum), but \(jobs) without a known price will not be sent under a budget: "
                    + "set it under `providers`, `prices`"
            }
        }
    }

    private var closingLine: String {
        if report.totals.runs + report.totals.continues > 0 { return "Nothing was sent: this is only the plan." }
        return report.totals.waiting > 0
            ? "Nothing is left to run before a choice is made: `flowbatch pick` lists what may be chosen."
            : "Nothing is left to run."
    }
}

extension PlanReport.Account {
    /// The counts of `600/hour` and its like.
    fileprivate var requestCounts: [Int] { requests.compactMap { Int($0.prefix(while: \.isNumber)) } }
}

extension Int {
    fileprivate var saturatingDouble: Int {
        let (twice, overflow) = multipliedReportingOverflow(by: 2)
        return overflow ? .max : twice
    }
}
