import Foundation
import Pipeline
import Testing

@Suite struct DeadlineCheckTests {
    private let start = Timestamp(milliseconds: 1_800_000_000_000)

    private func forecast(_ seconds: Int, atMost: Int? = nil, method: PlanForecast.Method = .simulation, exitCode: Int = 0) -> PlanForecast
    {
        PlanForecast(
            method: method, startsAt: start, finishesAt: start + .seconds(seconds), latestAt: start + .seconds(atMost ?? seconds),
            bounds: PlanForecast.Bounds(), binding: nil, accounts: [], stop: nil, exitCode: exitCode, reasons: [])
    }

    private func check(_ deadline: Int, _ forecast: PlanForecast) -> DeadlineCheck { DeadlineCheck(start + .seconds(deadline), forecast) }

    @Test func theVerdictFollowsTheTypicalAndTheLongestFinish() {
        #expect(check(100, forecast(60, atMost: 100)).verdict == .met)
        #expect(check(99, forecast(60, atMost: 100)).verdict == .likely)
        #expect(check(59, forecast(60, atMost: 100)).verdict == .missed)
        #expect(check(59, forecast(60)).marginSeconds == -1)
        #expect(check(90, forecast(60)).marginSeconds == 30)
        #expect(check(100, forecast(60, method: .lowerBound)).verdict == .unknown)
        #expect(check(50, forecast(60, method: .lowerBound)).verdict == .missed)
        #expect(check(100, forecast(60, exitCode: 3)).verdict == .missed, "what is left undone meets no deadline")
    }

    @Test func theChanceIsThatOfTheTrials() {
        let trials = [50, 60, 70, 80].map { start + .seconds($0) }
        let forecast = PlanForecast(
            method: .simulation, startsAt: start, finishesAt: start + .seconds(65), latestAt: start + .seconds(80),
            range: PlanForecast.Range(ends: trials, startsAt: start), bounds: PlanForecast.Bounds(), binding: nil, accounts: [], stop: nil,
            exitCode: 0, reasons: [])
        #expect(check(40, forecast).chance == 0 && check(50, forecast).chance == 25 && check(79, forecast).chance == 75)
        #expect(check(80, forecast).chance == 100 && check(80, forecast).verdict == .met)
        #expect(check(70, forecast).verdict == .likely && check(64, forecast).verdict == .missed)
        #expect(check(40, self.forecast(60)).chance == nil, "nothing was tried out")
        #expect(forecast.range?.secondsEarliest == 53 && forecast.range?.secondsLatest == 77)
    }

    private func row(_ name: String, _ seconds: Int, atMost: Int? = nil, cost: Int, deadline: Int = 100, exitCode: Int = 0)
        -> PlanComparison.Row
    {
        let forecast = forecast(seconds, atMost: atMost, exitCode: exitCode)
        return PlanComparison.Row(
            plan: [name], isCurrent: name == "a", threads: 3, dailyImages: nil, cost: [Money(Decimal(cost), "VND")], unknownPrices: 0,
            forecast: forecast, deadline: check(deadline, forecast), withinBudget: cost <= 200)
    }

    @Test func theBestPlanForEachWish() throws {
        let rows = [row("a", 300, cost: 100), row("b", 90, atMost: 110, cost: 150), row("c", 80, cost: 200), row("d", 40, cost: 400)]
        let comparison = PlanComparison(provider: "flow", rows: rows, notes: [])
        #expect(comparison.fastest?.name == "d" && comparison.cheapest?.name == "a")
        #expect(comparison.bestForDeadline?.name == "c", "the cheapest that surely meets it")
        #expect(comparison.bestForBudget?.name == "c")
        let short = PlanComparison(provider: "flow", rows: [rows[0], rows[1]], notes: [])
        #expect(short.bestForDeadline?.name == "b", "only likely, but nothing is better")
        #expect(PlanComparison(provider: "flow", rows: [rows[0]], notes: []).bestForDeadline == nil)
        let undone = PlanComparison(provider: "flow", rows: [row("e", 1, cost: 1, exitCode: 3), rows[0]], notes: [])
        #expect(undone.fastest?.name == "a", "what leaves something undone is not the faster one")
        let json = try JSONEncoder().encode(comparison)
        #expect(try JSONDecoder().decode(PlanComparison.self, from: json) == comparison)
        #expect(String(decoding: json, as: UTF8.self).contains(#""best_for_deadline":["c"]"#))
    }
}
