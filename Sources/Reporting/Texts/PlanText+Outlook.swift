import Foundation
import Pipeline

/// What is to come: when a run would end, under which plan, and whether its results fit on the disk.
extension PlanText {
    var forecastLines: [String] {
        guard hasWork, let forecast = report.forecast, forecast.binding != nil || forecast.seconds > 0 else { return [] }
        var lines = [headline(forecast)]
        if let binding = forecast.binding { lines.append("  " + bindingText(binding, forecast)) }
        if let stop = forecast.stop { lines.append("  " + stopText(stop, forecast)) }
        for reason in forecast.reasons.prefix(4) { lines.append("  Something is left undone: \(Printable.line(reason))") }
        var table = TextTable([])
        for account in forecast.accounts where !account.requests.isEmpty {
            let use = account.slotUse.map { "slots in use \($0) % of the time" }
            table.add([account.account, [use, requestText(account.requests, forecast.method)].compactMap(\.self).joined(separator: " · ")])
        }
        return lines + table.lines(indent: 2) + timelineLines(forecast)
    }

    private func headline(_ forecast: PlanForecast) -> String {
        let least = Self.span(forecast.bounds.most)
        guard forecast.method == .simulation else {
            return
                "Forecast: not before \(moment(forecast.finishesAt, forecast)), in \(least); there are too many jobs to try the run out, so only "
                + "the least it can take is known"
        }
        var text = "Forecast: done at about \(moment(forecast.finishesAt, forecast)), in \(Self.span(forecast.seconds))"
        text += rangeText(forecast)
        // What is left undone takes no time; all of it would.
        guard forecast.exitCode == 0 || forecast.seconds >= forecast.bounds.most else {
            return text + ", with something left undone; all of it would take \(least) at the least"
        }
        guard forecast.bounds.most > 0 else { return text }
        let why = forecast.bounds.limit.map { ", by \(Wording.scarce($0, of: forecast.bounds.account))" } ?? ""
        return text + "; no run can take less than \(least)\(why)"
    }

    /// ` (most likely between 14:20 and 14:31, at the latest at 14:40)`.
    private func rangeText(_ forecast: PlanForecast) -> String {
        var parts: [String] = []
        if let range = forecast.range, range.secondsEarliest < range.secondsLatest {
            let (earliest, latest) = (moment(range.earliestAt, forecast), moment(range.latestAt, forecast))
            // Where the clock shows no difference, seconds do.
            parts.append(
                earliest == latest
                    ? "most likely in \(Self.span(range.secondsEarliest)) to \(Self.span(range.secondsLatest))"
                    : "most likely between \(earliest) and \(latest)")
        }
        if forecast.secondsAtMost > (forecast.range?.secondsLatest ?? forecast.seconds) {
            parts.append("at the worst at \(moment(forecast.latestAt, forecast)), in \(Self.span(forecast.secondsAtMost))")
        }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: "; ")))"
    }

    /// Whether a run of the plan has anything to do that takes time.
    private var hasWork: Bool { report.totals.runs + report.totals.continues > 0 }

    private func bindingText(_ binding: PlanForecast.Binding, _ forecast: PlanForecast) -> String {
        guard let account = binding.account, let value = binding.value else {
            return
                "Bound by the longest chain of jobs that wait for each other, \(Self.span(forecast.bounds.criticalPath)): no limit holds it up"
        }
        var text = "Bound by the \(value) of \(Printable.line(account))"
        if let without = binding.secondsWithout { text += "; without that limit it would take \(Self.span(without))" }
        if let assumption = binding.assumption { text += "; this limit is an assumption: \(Printable.line(assumption))" }
        return text
    }

    private func stopText(_ stop: PlanForecast.Stop, _ forecast: PlanForecast) -> String {
        let again = stop.until.map { " until \(moment($0, forecast))" } ?? ""
        let what = stop.limit == .dailyImages ? "the images of the day are used up" : "what the account may spend is used up"
        return
            "At about \(moment(stop.at, forecast)) \(what)\(again): the run ends with exit code \(stop.exitCode) and the same command goes on "
            + "then; with --wait-quota it waits"
    }

    private func requestText(_ requests: [String: Int], _ method: PlanForecast.Method) -> String {
        let kinds = CallKind.allCases.compactMap { kind in requests[kind.rawValue].map { (kind.rawValue, $0) } }.filter { $0.1 > 0 }
        let total = kinds.reduce(0) { $0 + $1.1 }
        let parts = kinds.map { "\(Wording.grouped($0.1)) \($0.0)" }.joined(separator: ", ")
        return "\(method == .simulation ? "" : "at least ")\(Wording.count(total, "request")): \(parts)"
    }

    var deadlineLines: [String] {
        guard let deadline = report.deadline, let forecast = report.forecast else { return [] }
        var lines = ["Deadline \(moment(deadline.at, forecast)): \(verdictText(deadline, forecast))"]
        guard deadline.verdict != .met else { return lines }
        for comparison in report.comparisons ?? [] {
            guard let best = comparison.bestForDeadline, let check = best.deadline else {
                lines.append("  No plan of \(comparison.provider) would \(deadline.verdict == .likely ? "surely " : "")meet it")
                continue
            }
            if best.isCurrent { continue }
            lines.append("  `plan: \(Self.written(best.plan))` of \(comparison.provider): \(verdictText(check, best.forecast))")
        }
        return lines
    }

    private func verdictText(_ deadline: DeadlineCheck, _ forecast: PlanForecast) -> String {
        let margin = Self.span(abs(deadline.marginSeconds))
        switch deadline.verdict {
        case .met:
            return "met, \(margin) to spare" + (forecast.secondsAtMost > forecast.seconds ? ", also at the worst" : "")
        case .likely:
            let chance = deadline.chance.map { "in \($0) % of the trials" } ?? "where jobs take as long as they typically do"
            return "likely met, \(chance), \(margin) to spare; not at the worst (\(moment(forecast.latestAt, forecast)))"
        case .missed where forecast.exitCode != 0: return "missed: something is left undone"
        case .missed: return "missed by \(margin)" + (deadline.chance.map { $0 > 0 ? ", met in \($0) % of the trials" : "" } ?? "")
        case .unknown: return "not known: the least that the run can take would leave \(margin)"
        }
    }

    var comparisonLines: [String] {
        guard let comparisons = report.comparisons, !comparisons.isEmpty else { return [] }
        if !hasWork { return ["Nothing is left to compare: under every plan there is nothing to run."] }
        return comparisons.flatMap(lines)
    }

    private func lines(_ comparison: PlanComparison) -> [String] {
        let asked = comparison.rows.contains { $0.deadline != nil }
        var table = TextTable([.left, .left, .right, .right, .right, .right, .left, .left])
        table.add(["", "plan", "slots", "images a day", "cost at most", "done in", "at"] + (asked ? ["deadline"] : []))
        for row in comparison.rows {
            var cells = [
                row.isCurrent ? "*" : "", row.name, row.threads.map(Wording.grouped) ?? "any",
                row.dailyImages.map(Wording.grouped) ?? "any",
                costText(row), (row.forecast.method == .lowerBound ? "≥ " : "") + Self.span(row.forecast.seconds),
                moment(row.forecast.finishesAt, row.forecast),
            ]
            if let check = row.deadline {
                let margin = Self.span(abs(check.marginSeconds))
                cells.append(check.verdict == .missed ? "missed by \(margin)" : "\(check.verdict.rawValue), \(margin) to spare")
            }
            table.add(cells)
        }
        var lines = ["Plans of \(comparison.provider) (* is the campaign's):"] + table.lines(indent: 2)
        if let fastest = comparison.fastest { lines.append("  Done first: \(withFee(fastest, comparison))") }
        if let cheapest = comparison.cheapest {
            lines.append("  Cheapest for this campaign, a plan's own fee aside: \(withFee(cheapest, comparison))")
        }
        if asked {
            lines.append("  Best for the deadline: \(comparison.bestForDeadline.map { withFee($0, comparison) } ?? "none meets it")")
        }
        if comparison.rows.contains(where: { $0.withinBudget != nil }) {
            lines.append(
                "  Best within the budget, a plan's own fee aside: "
                    + (comparison.bestForBudget.map { withFee($0, comparison) } ?? "none is covered by it"))
        }
        return lines + noteLines(comparison)
    }

    /// A plan with what its provider says of it: no verdict counts the fee, so none is told without it.
    private func withFee(_ row: PlanComparison.Row, _ comparison: PlanComparison) -> String {
        let notes = comparison.notes.filter { row.plan.contains($0.plan) }.map { "\($0.plan): \($0.text)" }
        return row.isCurrent || notes.isEmpty ? row.name : "\(row.name) (\(notes.joined(separator: "; ")))"
    }

    /// What the provider says of each plan, fees included, once.
    private func noteLines(_ comparison: PlanComparison) -> [String] {
        var table = TextTable([])
        for note in comparison.notes { table.add([note.plan, note.text]) }
        return table.lines(indent: 2)
    }

    private func costText(_ row: PlanComparison.Row) -> String {
        var parts = row.cost.map { "\($0)" }
        if row.unknownPrices > 0 { parts.append("unknown for \(Wording.count(row.unknownPrices, "job"))") }
        return parts.isEmpty ? "nothing" : parts.joined(separator: " + ")
    }

    var diskLines: [String] {
        (report.disk ?? []).compactMap { check in
            switch check.verdict {
            case .fits, .unknown: nil
            case .tight: "Disk: it may not fit: \(check.sentence)"
            case .short: "Disk: it does NOT fit, a run refuses to begin: \(check.sentence)"
            }
        }
    }

    private func moment(_ moment: UTCMoment, _ forecast: PlanForecast) -> String { time.moment(moment.time, now: forecast.startsAt.time) }

    private static func span(_ seconds: Int) -> String { Duration.seconds(seconds).shortText }

    /// As a campaign writes it: `turbo`, `[monthly, turbo]`.
    private static func written(_ plan: [String]) -> String {
        plan.count == 1 ? plan[0] : "[\(plan.joined(separator: ", "))]"
    }
}
