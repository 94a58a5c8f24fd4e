import Foundation
package import Pipeline

/// What the commands about an account print.
package struct AccountText: Sendable {
    private let time: LocalTime
    private let now: Timestamp
    /// Columns of the widest prompt that is shown whole.
    private let promptWidth: Int

    package init(time: LocalTime, now: Timestamp, promptWidth: Int = 48) {
        self.time = time
        self.now = now
        self.promptWidth = promptWidth
    }

    /// Ends with a line break.
    package func usage(_ reports: [UsageReport]) -> String {
        joined(
            reports.map { report in
                var table = TextTable([])
                table.add(["at the provider", told(report)])
                if let gauge = report.gauge { table.add(["counted here", gauge.parts(now: now, time: time).joined(separator: " · ")]) }
                for (index, duration) in report.durations.enumerated() {
                    table.add([
                        index == 0 ? "jobs take" : "",
                        "\(Printable.line(duration.kind)): \(Self.words(duration.usual)) (expected: \(duration.expected.shortText))",
                    ])
                }
                return [head(report.title, report.account)] + table.lines(indent: 2)
            })
    }

    /// Ends with a line break.
    package func listing(_ reports: [ListingReport]) -> String {
        joined(
            reports.map { report in
                let head = head(report.title, report.account)
                if report.entries.isEmpty { return [head, "  the provider lists no \(report.kind == .jobs ? "jobs" : "outputs")"] }
                var lines = [head] + table(report).lines(indent: 2)
                if let hidden = report.hidden {
                    if hidden > 0 { lines.append("  … and \(Wording.grouped(hidden)) more; --limit shows more") }
                } else {
                    lines.append("  … and more; --limit shows more")
                }
                return lines
            })
    }

    /// One line a file, job or problem; ends with a line break.
    package func outcomes(_ outcomes: [JobOutcomeReport]) -> String {
        var table = TextTable([])
        for outcome in outcomes {
            for (index, file) in outcome.files {
                let size = file.width.flatMap { width in file.height.map { "\(width)×\($0)" } } ?? ""
                table.add([outcome.job, "output \(index)", file.path, Wording.bytes(file.bytes), size])
            }
            if let effect = outcome.effect { table.add([outcome.job, Self.words(effect)]) }
        }
        return table.lines().map { $0 + "\n" }.joined()
    }

    private static func words(_ usual: ClosedRange<Duration>) -> String {
        let (least, most) = (usual.lowerBound.shortText, usual.upperBound.shortText)
        return least == most ? "about \(least)" : "mostly \(least) to \(most)"
    }

    private static func words(_ effect: CancelEffect) -> String {
        switch effect {
        case .canceled: "cancelled"
        case .requested: "the provider took note; the next poll tells when it is over"
        case .ended: "had ended already; what it made can be downloaded"
        case .unknown: "the provider knows no such job"
        }
    }

    private func head(_ title: String, _ account: AccountID) -> String {
        "\(Printable.line(title)) (\(Printable.line(account.description)))"
    }

    private func told(_ report: UsageReport) -> String {
        // Where prices are in credits, the unit is the word.
        let unit = report.creditsUnit.map { " " + Printable.line($0) } ?? ""
        var parts = [report.credits.map { "credit left: \(Money.grouped($0))\(unit)" }]
        switch (report.usedToday, report.dailyLimit) {
        case (let used?, let limit?): parts.append("\(Money.grouped(used)) of \(Money.grouped(limit)) images used today")
        case (let used?, nil): parts.append("\(Money.grouped(used)) images used today")
        case (nil, let limit?): parts.append("at most \(Money.grouped(limit)) images a day")
        case (nil, nil): break
        }
        let known = parts.compactMap { $0 }
        return known.isEmpty ? "its reply says nothing that the definition knows; --json shows it" : known.joined(separator: " · ")
    }

    private func table(_ report: ListingReport) -> TextTable {
        let isLibrary = report.kind == .library
        let known = report.entries.contains { $0.origin != nil }
        var table = TextTable(isLibrary ? [.left, .right] : [])
        table.add(
            ["job"] + (isLibrary ? ["index"] : []) + ["type"] + (isLibrary ? [] : ["state"]) + ["created"]
                + (known ? ["campaign", "instance"] : []) + ["prompt"])
        for entry in report.entries {
            var cells = [entry.id ?? "?"]
            if isLibrary { cells.append(entry.index.map { "\($0)" } ?? "?") }
            cells.append(entry.operation?.rawValue ?? entry.type ?? "?")
            if !isLibrary { cells.append(entry.state ?? "?") }
            cells.append(entry.createdAt.map(time.dateAndClock) ?? "?")
            if known { cells += [entry.origin.map { $0.campaign ?? "ours" } ?? "", entry.origin?.instance ?? ""] }
            cells.append(DisplayWidth.truncated(Printable.line(entry.prompt ?? ""), to: promptWidth))
            table.add(cells)
        }
        return table
    }

    private func joined(_ sections: [[String]]) -> String {
        sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }
}
