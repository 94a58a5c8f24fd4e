import Foundation
import Pipeline
import Testing

@testable import Reporting

/// What `plan` says of times, plans and the disk.
@Suite struct PlanOutlookTests {
    private static let bounds: PlanForecast.Bounds = {
        var bounds = PlanForecast.Bounds()
        bounds.criticalPath = 180
        bounds.threads = 690
        bounds.limit = "threads"
        bounds.account = "flow/default"
        return bounds
    }()

    private func forecast(
        _ seconds: Int, atMost: Int? = nil, method: PlanForecast.Method = .simulation, binding: PlanForecast.Binding?,
        trials: [Int] = [], timeline: PlanForecast.Timeline? = nil, stop: PlanForecast.Stop? = nil
    ) -> PlanForecast {
        let start = SampleCampaign.start
        return PlanForecast(
            method: method, startsAt: start, finishesAt: start + .seconds(seconds), latestAt: start + .seconds(atMost ?? seconds),
            range: PlanForecast.Range(ends: trials.map { start + .seconds($0) }, startsAt: start), bounds: Self.bounds, binding: binding,
            accounts: [
                PlanForecast.Account(
                    account: "flow/default", requests: ["submit": 18, "poll": 25, "fetch": 16], threads: 6,
                    slotUse: method == .simulation ? 92 : nil)
            ], timeline: timeline, stop: stop, exitCode: 0, reasons: [])
    }

    private static let slots = PlanForecast.Binding(limit: "threads", account: "flow/default", value: "6 threads", secondsWithout: 215)
    private static let trials = [760, 730, 745, 700, 770, 735, 750, 740]
    private static let timeline: PlanForecast.Timeline = {
        var use = PlanForecast.Timeline.Use(account: "flow/default", threads: 6)
        use.slots = [5.5, 6, 6, 5.9, 4, 2.25, 0.5, 0]
        use.requests = [12, 10, 11, 9, 8, 6, 2, 1]
        use.requestLimit = "600/hour"
        use.window = [412, 422, 433, 442, 450, 456, 458, 459]
        use.dailyImagesCap = 3000
        use.dailyImages = [2_700, 2_710, 2_720, 2_730, 2_731, 2_731, 2_731, 2_731]
        use.cost = [100, 500, 900, 1_200, 1_500, 1_900, 2_000, 2_000].map { [Money($0, "VND")] }
        use.binding = ["threads", "threads", "threads", "requests", "requests", nil, nil, nil]
        return PlanForecast.Timeline(stepMilliseconds: 93_125, accounts: [use])
    }()
    private static let requests = PlanForecast.Binding(
        limit: "requests", account: "flow/default", value: "600/hour requests", secondsWithout: 720,
        assumption: "requests: 600/hour (no hourly limit is documented)")

    private func report(_ forecast: PlanForecast) -> PlanReport {
        var report = PlanReport(plan: SampleCampaign.plan, standing: { $0.step == "product" ? .done : .runs(reason: "new") })
        report.forecast = forecast
        return report
    }

    private func row(_ plan: [String], _ threads: Int, _ images: Int?, _ cost: Decimal, _ forecast: PlanForecast, _ due: Timestamp)
        -> PlanComparison.Row
    {
        PlanComparison.Row(
            plan: plan, isCurrent: plan == ["prepaid"], threads: threads, dailyImages: images, cost: [Money(cost, "VND")], unknownPrices: 8,
            forecast: forecast, deadline: DeadlineCheck(due, forecast), withinBudget: cost < 3000)
    }

    private var whole: PlanReport {
        let forecast: (Int, Int, PlanForecast.Binding) -> PlanForecast = { [self] in
            self.forecast($0, atMost: $1, binding: $2, trials: Self.trials, timeline: Self.timeline)
        }
        var report = report(forecast(745, 905, Self.requests))
        let due = SampleCampaign.start + .seconds(600)
        report.deadline = report.forecast.map { DeadlineCheck(due, $0) }
        report.comparisons = [
            PlanComparison(
                provider: "flow",
                rows: [
                    row(["prepaid"], 3, nil, 2000, self.forecast(745, atMost: 905, binding: Self.requests), due),
                    row(["monthly"], 3, 3000, 2000, self.forecast(745, atMost: 905, binding: Self.requests), due),
                    row(["prepaid", "turbo"], 6, nil, 2800, self.forecast(400, atMost: 500, binding: Self.slots), due),
                    row(["monthly", "turbo"], 6, 3000, 2800, self.forecast(400, atMost: 620, binding: Self.slots), due),
                ],
                notes: [
                    PlanComparison.Note(plan: "prepaid", text: "100 ₫ an image"),
                    PlanComparison.Note(plan: "monthly", text: "5,000,000 ₫ a month, 3,000 images a day"),
                ])
        ]
        report.disk = [
            DiskCheck(folders: ["outputs/serum-summer"], need: 24_100_000_000, needAtLeast: 3_100_000_000, free: 9_000_000_000, learned: 0)
        ]
        return report
    }

    private func text(_ report: PlanReport) -> String { PlanText(report, time: SampleCampaign.localTime(), listed: 2).text }

    @Test func asText() throws { try GoldenFile.expect(text(whole), is: "plan-outlook.txt") }

    @Test func asJSON() throws {
        let json = try PlanText(whole).json()
        #expect(try JSONDecoder().decode(PlanReport.self, from: Data(json.utf8)) == whole)
        let start = try #require(json.range(of: #"  "comparisons""#))
        let end = try #require(json.range(of: #"  "instances""#))
        try GoldenFile.expect(String(json[start.lowerBound..<end.lowerBound]), is: "plan-outlook.json.txt")
    }

    @Test func limitsOfADayAndPlansTooLargeToTryOut() {
        let stop = PlanForecast.Stop(
            at: UTCMoment(SampleCampaign.start + .seconds(60)), exitCode: 5, limit: .dailyImages,
            until: UTCMoment(SampleCampaign.start + .seconds(36_000)))
        let capped = text(report(forecast(40_000, binding: Self.slots, stop: stop)))
        #expect(
            capped.contains(
                "At about 14:01 the images of the day are used up until 00:00 tomorrow: the run ends with exit code 5 and the same command goes on then"
            ),
            "\(capped)")
        let large = text(report(forecast(690, method: .lowerBound, binding: Self.slots)))
        #expect(large.contains("Forecast: not before 14:12, in 11m 30s; there are too many jobs to try the run out"), "\(large)")
        #expect(large.contains("at least 59 requests"))
    }

    @Test func aDeadlineThatIsMet() {
        var report = report(forecast(300, atMost: 400, binding: Self.slots))
        report.deadline = report.forecast.map { DeadlineCheck(SampleCampaign.start + .seconds(500), $0) }
        #expect(text(report).contains("Deadline 14:09: met, 3m 20s to spare, also at the worst"))
    }

    @Test func whatIsDoneHasNoForecast() {
        var report = PlanReport(plan: SampleCampaign.plan, standing: { _ in .done })
        report.forecast = PlanForecast(
            method: .simulation, startsAt: SampleCampaign.start, finishesAt: SampleCampaign.start, latestAt: SampleCampaign.start,
            bounds: PlanForecast.Bounds(), binding: nil, accounts: [], stop: nil, exitCode: 0, reasons: [])
        #expect(!text(report).contains("Forecast"))
    }
}
