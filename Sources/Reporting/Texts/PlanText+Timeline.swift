import Foundation
import Pipeline

/// What a run is expected to use of each limit as time goes by, in a line each.
extension PlanText {
    func timelineLines(_ forecast: PlanForecast) -> [String] {
        guard let timeline = forecast.timeline, (timeline.accounts.map(\.slots.count).max() ?? 0) > 1 else { return [] }
        let step = Duration.milliseconds(Int64(timeline.stepMilliseconds))
        var lines: [String] = []
        for use in timeline.accounts {
            var table = TextTable([])
            let most = Self.tenths(use.slots.max() ?? 0)
            table.add([
                "slots", Self.bars(use.slots, full: use.threads.map(Double.init)),
                use.threads.map { "up to \(most) of \($0)" } ?? "up to \(most)",
            ])
            if let window = use.window, let limit = use.requestLimit {
                let full = limit.prefix { $0.isNumber }
                table.add([
                    "requests", Self.bars(window.map(Double.init), full: Double(full)),
                    "up to \(Wording.grouped(window.max() ?? 0)) of \(limit)",
                ])
            } else {
                table.add([
                    "requests", Self.bars(use.requests.map(Double.init), full: nil),
                    "up to \(Wording.grouped(use.requests.max() ?? 0)) a step",
                ])
            }
            if let images = use.dailyImages, let cap = use.dailyImagesCap {
                table.add([
                    "images", Self.bars(images.map(Double.init), full: Double(cap)),
                    "up to \(Wording.grouped(images.max() ?? 0)) of \(Wording.grouped(cap)) a day",
                ])
            }
            if let last = use.cost.last, !last.isEmpty {
                table.add(["money", Self.costBars(use.cost), "\(last.map { "\($0)" }.joined(separator: " + ")) in all"])
            }
            lines.append("  \(Printable.line(use.account)), a column is \(step.shortText):")
            lines += table.lines(indent: 4)
            lines.append("    held up by \(phases(use, step, forecast))")
        }
        return lines
    }

    /// Which limit binds when: `the slots until 14:31, then nothing`.
    private func phases(_ use: PlanForecast.Timeline.Use, _ step: Duration, _ forecast: PlanForecast) -> String {
        var phases: [(limit: String?, steps: Int)] = []
        for limit in use.binding {
            if phases.last.map({ $0.limit == limit }) ?? false { phases[phases.count - 1].steps += 1 } else { phases.append((limit, 1)) }
        }
        let shown = 6
        var parts: [String] = []
        var end = forecast.startsAt.time
        for (index, phase) in phases.prefix(shown).enumerated() {
            end = end + step * phase.steps
            let name = phase.limit.map { Wording.scarce($0, of: nil) } ?? "nothing"
            parts.append(index == phases.count - 1 ? name : "\(name) until \(time.moment(end, now: forecast.startsAt.time))")
        }
        if phases.count > shown { parts.append("…") }
        return parts.joined(separator: ", then ")
    }

    /// One column a value, as high as it is of `full`, or of the greatest of them.
    private static func bars(_ values: [Double], full: Double?) -> String {
        let marks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        let top = max(full ?? 0, values.max() ?? 0)
        return String(
            values.map { value in
                guard value > 0, top > 0 else { return " " }
                return marks[min(marks.count - 1, Int(value / top * Double(marks.count) - 0.001))]
            })
    }

    private static func costBars(_ cost: [[Money]]) -> String {
        guard let unit = cost.last?.first?.unit else { return "" }
        return bars(
            cost.map { step in step.first { $0.unit == unit }.map { NSDecimalNumber(decimal: $0.amount).doubleValue } ?? 0 }, full: nil)
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((min(value, 1e9) * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
