import Foundation
import Pipeline

/// The last lines of a run: what came of it, what it took, where the files are, what to do next.
struct RunClosing {
    let state: ProgressState
    let time: LocalTime
    /// Problems that had no line of their own.
    let hidden: ReasonTally

    func lines(exitCode: ExitCode, totals: RunTotals, now: Timestamp) -> [String] {
        var table = TextTable([])
        table.add(["requests", Wording.grouped(totals.requests)])
        table.add(["spent", spentText(totals)])
        if let reserved = CostTally.reservedText(
            totals.reserved.map(\.money), jobs: totals.reservedJobs, held: totals.reservedHeld)
        {
            table.add(["reserved", reserved])
        }
        if let makespan = totals.makespan { table.add(["time", Wording.makespan(makespan)]) }
        table.add(["files", state.outline.outputFolder])
        let moves = state.outline.moves
        if moves > 0 {
            table.add(["moved", "\(Wording.count(moves, "file")) to where the campaign now wants \(moves == 1 ? "it" : "them")"])
        }
        for (position, advice) in NextStep(state: state, time: time).advice(exitCode: exitCode, now: now).enumerated() {
            table.add([position == 0 ? "next" : "", advice])
        }
        return hiddenLines() + choiceLines() + ["\(headline(exitCode)): \(counts()); \(tookText(now))"] + table.lines(indent: 2)
    }

    private func hiddenLines() -> [String] {
        guard hidden.total > 0 else { return [] }
        let (reasons, others) = hidden.commonest(5)
        var lines = ["… and \(Wording.grouped(hidden.total)) more that run.json names:"]
        lines += reasons.map { "  \(Wording.grouped($0.count)) × \(Printable.line($0.text))" }
        if others > 0 { lines.append("  \(Wording.grouped(others)) for other reasons") }
        return lines
    }

    /// The pictures by name as far as they fit a screen; `pick` lists them all.
    private func choiceLines() -> [String] {
        state.choices.flatMap { choice -> [String] in
            guard !choice.paths.isEmpty else { return [] }
            let shown = 20
            let more = choice.paths.count > shown ? ["  … and \(Wording.grouped(choice.paths.count - shown)) more"] : []
            return ["To choose from \(choice.step):"] + choice.paths.prefix(shown).map { "  \(state.outline.shownPath($0))" } + more
        }
    }

    private func headline(_ exitCode: ExitCode) -> String {
        switch exitCode {
        case .done: state.choices.isEmpty ? "All done" : "Done as far as was chosen"
        case .someFailed: "Finished, but not everything succeeded"
        case .held: "Finished, but a submission is held"
        case .budget: "Stopped by the budget"
        case .credits: "Stopped: out of credits"
        case .quota: "Stopped by a quota"
        case .interrupted: "Interrupted"
        case .unreachable: "Stopped: a provider cannot be reached"
        case .keyRefused: "Stopped: a key was refused"
        case .cannotWrite: "Stopped: state or output could not be written"
        case .internalError: "Stopped by an internal error"
        case .locked, .usage, .manifest, .missingInput, .configuration: "Not started"
        }
    }

    private func counts() -> String {
        // As `run.json` counts: what was done before is done.
        let before = state.cached
        let done = state.count(.succeeded) + before
        let note = before == 0 ? "" : before == done ? " (all of it before)" : " (\(Wording.grouped(before)) of them before)"
        var parts = ["\(Wording.grouped(done)) done\(note)"]
        for status in [InstanceStatus.partial, .failed, .timedOut, .held, .skipped] where state.count(status) > 0 {
            parts.append("\(Wording.grouped(state.count(status))) \(status.word)")
        }
        let waiting = state.waitingForChoice
        if waiting > 0 { parts.append("\(Wording.grouped(waiting)) waiting for your choice") }
        let open = state.instances - state.ended - waiting
        if open > 0 { parts.append("\(Wording.grouped(open)) not finished") }
        return "\(parts.joined(separator: ", ")) of \(Wording.count(state.instances, "instance"))"
    }

    /// What this run spent, and all runs of the campaign where that is more.
    private func spentText(_ totals: RunTotals) -> String {
        func lines(_ lines: [CostLine]) -> [CostLine] { lines.filter { $0.money.amount != 0 } }
        let spent = CostTally.text(lines(totals.spent), unknown: totals.spentUnknownPrices) ?? "nothing"
        let all = CostTally.text(lines(totals.cost), unknown: totals.unknownPrices)
        let isSame = totals.cost == totals.spent && totals.unknownPrices == totals.spentUnknownPrices
        let note = all.map { isSame ? "" : "; \($0) over all runs of the campaign" } ?? ""
        return "\(spent)\(note)\(state.outline.isSandbox ? " (in the sandbox: nobody is charged)" : "")"
    }

    private func tookText(_ now: Timestamp) -> String { "took \((now - (state.startedAt ?? now)).shortText)" }
}
