import Foundation
import Pipeline
import Scheduling
import Testing

/// How much work the requests of an hour do.
@Suite struct RequestEconomyTests {
    /// Jobs an hour at 600 requests that count submissions and polls, with jobs of 60 s on average: what the best static schedule reaches
    /// that knows the distribution.
    static let best: [(slots: Int, jobs: [Double])] = [
        (3, [180, 173, 167, 163, 158]), (5, [300, 270, 253, 243, 230]), (6, [300, 296, 282, 269, 254]),
    ]
    static let variations = [0, 0.1, 0.2, 0.3, 0.5]

    static func plan(_ count: Int, slots: Int?, expected: Int = 60, calls: Set<CallKind> = [.submit, .poll], batch: BatchPlan? = nil)
        -> Plan
    {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.poll.batch = batch
        builder.limits.threads = slots
        builder.limits.requests = [RequestLimit(rate: Rate(count: 600, window: .seconds(3600)), calls: calls)]
        for _ in 0..<count { builder.add(.t2v, seconds: expected) }
        return builder.plan
    }

    /// Jobs of each cell: enough for two hours; `FLOWBATCH_ECONOMY_JOBS=3000` for ten, where chance averages out.
    static let jobs = ProcessInfo.processInfo.environment["FLOWBATCH_ECONOMY_JOBS"].flatMap { Int($0) } ?? 600

    /// The table is, to a third of a percent, what no policy can be better than that hears of a job's end only by asking about that job: the
    /// optimum of the problem in which requests have a price and their hourly number is kept on average. What is reached without knowing
    /// the durations is held against it, with what is lost to learning in the first hours.
    @Test func anHourOfRequestsDoesWhatTheBestScheduleWouldDo() {
        let part = Self.jobs >= 3000 ? 0.985 : 0.95
        var table = "jobs an hour at 600 requests, durations to be learned (first hour; best static schedule; requests used)\n"
        for (slots, best) in Self.best {
            table += "\(slots) slots:"
            for (variation, most) in zip(Self.variations, best) {
                let durations = LogNormal(mean: .seconds(60), variation: variation).sample(Self.jobs, seed: 7)
                var run = PacedRun(Self.plan(Self.jobs, slots: slots, expected: 45)) { durations[$0] }
                run.run(until: .seconds(3600 * Self.jobs / 300))
                let from = run.start + .seconds(1800)
                let hours = Double((run.now - from).wholeMilliseconds) / 3_600_000
                let rate = Double(run.noticed(from: .seconds(1800), to: run.makespan)) / hours
                let used = Double(run.sendTimes.count { $0 >= from }) / hours
                let first = run.noticed(from: .zero, to: .seconds(3600))
                table += "  \(Int(rate.rounded())) (\(first); \(Int(most)); \(Int(used.rounded())))"
                #expect(rate >= part * most, "\(slots) slots, variation \(variation): \(rate) of \(most)")
            }
            table += "\n"
        }
        print(table)
    }

    /// The static schedules of the table know the distribution. So does a campaign whose account has learned it from an earlier one.
    @Test func whatAnAccountHasLearnedReachesTheTable() {
        let part = Self.jobs >= 3000 ? 0.994 : 0.95
        var table = "jobs an hour at 600 requests, durations known (best static schedule; requests used)\n"
        for (slots, best) in Self.best {
            table += "\(slots) slots:"
            for (variation, most) in zip(Self.variations, best) {
                let spread = LogNormal(mean: .seconds(60), variation: variation)
                let durations = spread.sample(Self.jobs, seed: 7)
                let known = DurationModel(median: spread.median, spread: spread.spread)
                var run = PacedRun(Self.plan(Self.jobs, slots: slots), known: known) { durations[$0] }
                run.run(until: .seconds(3600 * Self.jobs / 300))
                let from = run.start + .seconds(1800)
                let hours = Double((run.now - from).wholeMilliseconds) / 3_600_000
                let rate = Double(run.noticed(from: .seconds(1800), to: run.makespan)) / hours
                let used = Double(run.sendTimes.count { $0 >= from }) / hours
                table += "  \((rate * 10).rounded() / 10) (\(Int(most)); \(Int(used.rounded())))"
                #expect(rate >= part * most, "\(slots) slots, variation \(variation): \(rate) of \(most)")
            }
            table += "\n"
        }
        print(table)
    }

    /// Where the provider tells of all jobs in one reply, as Flow AI's my-jobs does, the whole machine gets by with fewer requests.
    @Test func oneRequestThatTellsOfAllJobsLiftsTheTable() {
        var table =
            "jobs an hour at 600 requests where one tells of all jobs, durations to be learned (best static schedule for single ones)\n"
        for (slots, best) in Self.best {
            table += "\(slots) slots:"
            for (variation, most) in zip(Self.variations, best) where variation > 0 {
                let durations = LogNormal(mean: .seconds(60), variation: variation).sample(Self.jobs, seed: 7)
                var run = PacedRun(Self.plan(Self.jobs, slots: slots, expected: 45, batch: BatchPlan(mostJobs: nil))) { durations[$0] }
                run.run(until: .seconds(3600 * Self.jobs / 300))
                let from = run.start + .seconds(1800)
                let hours = Double((run.now - from).wholeMilliseconds) / 3_600_000
                let rate = Double(run.noticed(from: .seconds(1800), to: run.makespan)) / hours
                table += "  \(Int(rate.rounded())) (\(Int(most)); \(run.askedTogether.count) requests for all)"
                // Three slots are bound by their number more than by requests.
                let part = variation < 0.3 ? 0.97 : slots == 3 ? 1 : 1.03
                #expect(rate >= part * most, "\(slots) slots, variation \(variation): \(rate) of \(most)")
            }
            table += "\n"
        }
        print(table)
    }
}
