import Foundation
package import Pipeline

/// A terminal's size in columns and rows.
package struct TerminalSize: Sendable, Hashable {
    package let columns: Int
    package let rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// What a terminal that does not say its size has.
    package static let standard = TerminalSize(columns: 80, rows: 24)
}

/// How a frame is drawn.
package struct FrameStyle: Sendable, Hashable {
    package let isColoured: Bool
    /// Whether characters beyond ASCII may be used for bars and marks.
    package let isUnicode: Bool

    package init(isColoured: Bool, isUnicode: Bool) {
        self.isColoured = isColoured
        self.isUnicode = isUnicode
    }

    /// Colours unless `NO_COLOR` is set to something (https://no-color.org); Unicode where the locale's character set is UTF-8.
    package init(environment: [String: String]) {
        let locale = [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]].compactMap { $0 }.first { !$0.isEmpty } ?? ""
        let charset = locale.lowercased()
        self.init(
            isColoured: (environment["NO_COLOR"] ?? "").isEmpty, isUnicode: charset.contains("utf-8") || charset.contains("utf8"))
    }

    fileprivate var full: String { isUnicode ? "█" : "#" }
    fileprivate var started: String { isUnicode ? "▒" : "=" }
    fileprivate var empty: String { isUnicode ? "░" : "." }
    fileprivate var mark: String { isUnicode ? "…" : "~" }
    fileprivate var separator: String { isUnicode ? " · " : ", " }
}

/// The live display of one moment, as lines that never exceed the terminal. Pure.
package struct ProgressFrame: Sendable {
    private let style: FrameStyle
    private let time: LocalTime

    package init(style: FrameStyle, time: LocalTime) {
        self.style = style
        self.time = time
    }

    /// At most `size.rows - 1` lines (the cursor rests below them) of at most `size.columns` columns, colours not counted.
    package func render(_ state: ProgressState, size: TerminalSize, now: Timestamp) -> [String] {
        lines(state, size: size, now: now).map(\.text)
    }

    /// The same, each line with the columns it takes.
    func lines(_ state: ProgressState, size: TerminalSize, now: Timestamp) -> [(text: String, width: Int)] {
        let room = max(1, size.rows - 1)
        let head = [headLine(state, columns: size.columns, now: now)]
        let foot = footLines(state, columns: size.columns, now: now)
        // The foot gives way before the head; steps get what is left, one line at least.
        let shownFoot = foot.prefix(max(0, room - head.count - 1))
        let steps = stepLines(state, columns: size.columns, rows: max(0, room - head.count - shownFoot.count))
        return (head + steps + shownFoot).prefix(room).map {
            let columns = max(0, size.columns)
            return ($0.text(columns: columns, isColoured: style.isColoured, mark: style.mark), min($0.width, columns))
        }
    }

    private func headLine(_ state: ProgressState, columns: Int, now: Timestamp) -> StyledLine {
        var right = StyledLine()
        right.append("\(Wording.grouped(state.done))/\(Wording.grouped(state.instances)) done", .good)
        for status in [InstanceStatus.failed, .timedOut, .held, .skipped] where state.count(status) > 0 {
            right.append(style.separator)
            right.append("\(Wording.grouped(state.count(status))) \(status.word)", status == .skipped ? .faint : .bad)
        }
        right.append("\(style.separator)\((now - (state.startedAt ?? now)).shortText)", .faint)
        var line = StyledLine()
        let room = columns - right.width - 1
        let name = DisplayWidth.truncated(state.outline.campaign, to: max(0, room), mark: style.mark)
        if room >= 8 {
            line.append(DisplayWidth.padded(name, to: room) + " ", .strong)
        }
        line.append(right)
        return line
    }

    /// A bar for each step; where there is no room for all, those that are at work first, in their order, and a count of the others.
    private func stepLines(_ state: ProgressState, columns: Int, rows: Int) -> [StyledLine] {
        guard rows > 0 else { return [] }
        var shown = Array(state.steps.enumerated())
        if shown.count > rows {
            let urgent = shown.sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            shown = urgent.prefix(rows - 1).sorted { $0.offset < $1.offset }
        }
        let steps = shown.map(\.element)
        let nameWidth = min(steps.map { DisplayWidth.of(Printable.line($0.name)) }.max() ?? 0, max(6, columns / 4))
        let countWidth = steps.map { countText($0).count }.max() ?? 0
        var lines = steps.map { stepLine($0, nameWidth: nameWidth, countWidth: countWidth, columns: columns) }
        if steps.count < state.steps.count {
            var line = StyledLine()
            line.append("\(style.mark) and \(Wording.count(state.steps.count - steps.count, "more step"))", .faint)
            lines.append(line)
        }
        return lines
    }

    private func rank(_ step: ProgressState.Step) -> Int {
        if step.running > 0 { return 0 }
        if step.waiting > 0 { return 1 }
        return step.unsuccessful > 0 ? 2 : 3
    }

    private func countText(_ step: ProgressState.Step) -> String {
        "\(Wording.grouped(step.done))/\(Wording.grouped(step.instances))"
    }

    private func stepLine(_ step: ProgressState.Step, nameWidth: Int, countWidth: Int, columns: Int) -> StyledLine {
        var line = StyledLine()
        let name = DisplayWidth.truncated(Printable.line(step.name), to: nameWidth, mark: style.mark)
        line.append(DisplayWidth.padded(name, to: nameWidth) + " ")
        let barWidth = min(24, columns - nameWidth - countWidth - 30)
        if barWidth >= 6 {
            appendBar(of: step, width: barWidth, to: &line)
            line.append(" ")
        }
        line.append(DisplayWidth.padded(countText(step), to: countWidth, atEnd: false), step.done == step.instances ? .good : .plain)
        let notes: [(Int, String, StyledLine.Tone)] = [
            (step.running, "running", .plain), (step.count(.failed) + step.count(.timedOut), "failed", .bad),
            (step.count(.held), "held", .bad), (step.waiting, "waiting", .faint), (step.count(.skipped), "skipped", .faint),
        ]
        for (position, note) in notes.filter({ $0.0 > 0 }).enumerated() {
            line.append(position == 0 ? "  " : style.separator)
            line.append("\(Wording.grouped(note.0)) \(note.1)", note.2)
        }
        return line
    }

    /// Done, at work and failed in their shares; whatever is not zero shows at least one column where there is room.
    private func appendBar(of step: ProgressState.Step, width: Int, to line: inout StyledLine) {
        let total = max(1, step.instances)
        var left = width
        func columns(_ count: Int) -> Int {
            guard count > 0 else { return 0 }
            let columns = min(left, max(1, (count * width) / total))
            left -= columns
            return columns
        }
        let done = columns(step.done)
        let failed = columns(step.unsuccessful)
        let running = columns(step.running)
        line.append(String(repeating: style.full, count: done), .good)
        line.append(String(repeating: style.full, count: failed), .bad)
        line.append(String(repeating: style.started, count: running), .warning)
        line.append(String(repeating: style.empty, count: left), .faint)
    }

    private func footLines(_ state: ProgressState, columns: Int, now: Timestamp) -> [StyledLine] {
        // Parts that do not fit are left out whole.
        var rows: [(label: String, parts: [String], tone: StyledLine.Tone)] = []
        for stop in state.stops { rows.append(("stopping", [stop.reason], .warning)) }
        for account in state.outline.accounts.map(\.plan) {
            let gauge = state.gauges.first { $0.account == account.id } ?? derivedGauge(of: account, state)
            rows.append(
                (
                    state.outline.title(of: account.id),
                    gauge.parts(now: now, time: time, isBrief: true), .plain
                ))
        }
        for wait in state.waits where wait.limit != .threads && (wait.until.map { $0 > now } ?? true) {
            let end = wait.until.map { " until \(time.end($0, now: now)) (\(($0 - now).shortText))" } ?? ""
            let whom = state.outline.accounts.count > 1 ? "\(state.outline.title(of: wait.account)): " : ""
            rows.append(("waiting", ["\(whom)\(wait.limit.title)\(end)"], .warning))
        }
        rows.append(("spent", [CostTally.text(state.cost.lines, unknown: state.cost.unknown) ?? "nothing yet"], .plain))
        let labelWidth = min(rows.map { DisplayWidth.of($0.0) }.max() ?? 0, max(6, columns / 4))
        if let path = state.lastPath {
            rows.append(("last", [DisplayWidth.truncatedAtStart(path, to: max(0, columns - labelWidth - 1), mark: style.mark)], .faint))
        }
        return rows.map { label, parts, tone in
            var line = StyledLine()
            line.append(DisplayWidth.padded(DisplayWidth.truncated(label, to: labelWidth, mark: style.mark), to: labelWidth) + " ", .faint)
            line.append(fitting(parts, columns - labelWidth - 1), tone)
            return line
        }
    }

    /// As many of `parts` as fit, the first one in any case.
    private func fitting(_ parts: [String], _ room: Int) -> String {
        parts.dropFirst().reduce((text: parts.first ?? "", isFull: false)) { sum, part in
            let longer = sum.text + style.separator + part
            return sum.isFull || DisplayWidth.of(longer) > room ? (sum.text, true) : (longer, false)
        }.text
    }

    /// What the events alone say of an account.
    private func derivedGauge(of account: AccountPlan, _ state: ProgressState) -> AccountGauge {
        AccountGauge(
            account: account.id, slotsInUse: state.jobsAtProvider(account.id), threads: account.limits.threads, windows: [], imagesToday: 0,
            imagesCap: nil, pausedUntil: nil)
    }
}
