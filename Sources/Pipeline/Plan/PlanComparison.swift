import Foundation

/// The same campaign under every plan that a provider sells. The names are a contract.
package struct PlanComparison: Sendable, Hashable, Codable {
    package struct Row: Sendable, Hashable, Codable {
        /// As `providers.NAME.plan` takes it, a modifier behind what it modifies.
        package let plan: [String]
        /// The one that the campaign chooses.
        package let isCurrent: Bool
        package let threads: Int?
        package let dailyImages: Int?
        /// What is still to be paid, one amount a unit.
        package let cost: [Money]
        /// Jobs whose price nobody knows.
        package let unknownPrices: Int
        package let forecast: PlanForecast
        /// Nil where no deadline was asked about.
        package let deadline: DeadlineCheck?
        /// Whether every budget covers it; nil where there is none.
        package let withinBudget: Bool?

        package init(
            plan: [String], isCurrent: Bool, threads: Int?, dailyImages: Int?, cost: [Money], unknownPrices: Int,
            forecast: PlanForecast, deadline: DeadlineCheck?, withinBudget: Bool?
        ) {
            self.plan = plan
            self.isCurrent = isCurrent
            self.threads = threads
            self.dailyImages = dailyImages
            self.cost = cost
            self.unknownPrices = unknownPrices
            self.forecast = forecast
            self.deadline = deadline
            self.withinBudget = withinBudget
        }

        /// `monthly + turbo`.
        package var name: String { plan.joined(separator: " + ") }

        private enum CodingKeys: String, CodingKey {
            case plan, threads, cost, forecast, deadline
            case isCurrent = "current"
            case dailyImages = "daily_images"
            case unknownPrices = "unknown_prices"
            case withinBudget = "within_budget"
        }
    }

    /// What the provider says of a plan, its fee included.
    package struct Note: Sendable, Hashable, Codable {
        package let plan: String
        package let text: String

        package init(plan: String, text: String) {
            self.plan = plan
            self.text = text
        }
    }

    package let provider: String
    /// In the definition's order.
    package let rows: [Row]
    package let notes: [Note]

    package init(provider: String, rows: [Row], notes: [Note]) {
        self.provider = provider
        self.rows = rows
        self.notes = notes
    }

    /// Ends first; of those the one that costs least.
    package var fastest: Row? { rows.min { Self.isFaster($0, $1) } }

    /// Costs least; of those the one that ends first. Nil where prices are unknown or in several units: then nothing can be said.
    package var cheapest: Row? { cheapest(of: rows) }

    /// The cheapest that surely meets the deadline, else the one that most likely does.
    package var bestForDeadline: Row? {
        for verdicts in [[DeadlineCheck.Verdict.met], [.met, .likely]] {
            let meeting = rows.filter { row in row.deadline.map { verdicts.contains($0.verdict) } ?? false }
            if meeting.isEmpty { continue }
            return cheapest(of: meeting) ?? meeting.min { Self.isFaster($0, $1) }
        }
        return nil
    }

    /// The fastest that the budgets cover.
    package var bestForBudget: Row? { rows.filter { $0.withinBudget == true }.min { Self.isFaster($0, $1) } }

    private func cheapest(of rows: [Row]) -> Row? {
        let units = Set(rows.flatMap { $0.cost.map(\.unit) })
        guard units.count <= 1, rows.allSatisfy({ $0.unknownPrices == rows.first?.unknownPrices }) else { return nil }
        return rows.min { a, b in
            let (left, right) = (a.cost.first?.amount ?? 0, b.cost.first?.amount ?? 0)
            return left == right ? a.forecast.secondsAtMost < b.forecast.secondsAtMost : left < right
        }
    }

    /// What leaves something undone is never the faster one.
    private static func isFaster(_ a: Row, _ b: Row) -> Bool {
        if (a.forecast.exitCode == 0) != (b.forecast.exitCode == 0) { return a.forecast.exitCode == 0 }
        if a.forecast.secondsAtMost != b.forecast.secondsAtMost { return a.forecast.secondsAtMost < b.forecast.secondsAtMost }
        guard let left = a.cost.first, let right = b.cost.first, left.unit == right.unit else { return false }
        return left.amount < right.amount
    }

    private enum CodingKeys: String, CodingKey {
        case provider, rows, notes, fastest, cheapest
        case bestForDeadline = "best_for_deadline"
        case bestForBudget = "best_for_budget"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        provider = try container.decode(String.self, forKey: .provider)
        rows = try container.decode([Row].self, forKey: .rows)
        notes = try container.decode([Note].self, forKey: .notes)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(provider, forKey: .provider)
        try container.encode(rows, forKey: .rows)
        try container.encode(notes, forKey: .notes)
        try container.encodeIfPresent(fastest?.plan, forKey: .fastest)
        try container.encodeIfPresent(cheapest?.plan, forKey: .cheapest)
        try container.encodeIfPresent(bestForDeadline?.plan, forKey: .bestForDeadline)
        try container.encodeIfPresent(bestForBudget?.plan, forKey: .bestForBudget)
    }
}

/// A forecast held against a deadline.
package struct DeadlineCheck: Sendable, Hashable, Codable {
    package enum Verdict: String, Sendable, Hashable, Codable {
        /// Also at the worst: where every job takes its longest, and in the slowest trial.
        case met
        /// In half of the trials at least, but not at the worst.
        case likely
        case missed
        /// Only a lower bound is known, and that is before the deadline.
        case unknown
    }

    package let at: UTCMoment
    package let verdict: Verdict
    /// From the expected finish to the deadline; negative where it is missed.
    package let marginSeconds: Int
    /// In how many of a hundred trials everything is done by then; nil where nothing was tried out.
    package let chance: Int?

    package init(_ deadline: Timestamp, _ forecast: PlanForecast) {
        at = UTCMoment(deadline)
        let margin = deadline - forecast.finishesAt.time
        marginSeconds = Int(clamping: margin.wholeMilliseconds / 1000)
        let time = (deadline - forecast.startsAt.time).wholeMilliseconds / 1000
        chance = forecast.range.map { range in
            forecast.exitCode != 0 ? 0 : range.trials.count { Int64($0) <= time } * 100 / max(1, range.trials.count)
        }
        if margin < .zero || forecast.exitCode != 0 {
            verdict = .missed
        } else if forecast.method == .lowerBound {
            verdict = .unknown
        } else {
            verdict = deadline >= forecast.latestAt.time ? .met : .likely
        }
    }

    private enum CodingKeys: String, CodingKey {
        case at, verdict, chance
        case marginSeconds = "margin_seconds"
    }
}
