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

    static func plan(_ count: Int, slots: Int?, expected: Int = 60, calls: Set<CallKind> = [.submit, .poll], poll: Duration = .seconds(3)) -> Plan {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.limits.threads = slots
        builder.limits.requests = [RequestLimit(rate: Rate(count: 600, window: .seconds(3600)), calls: calls)]
        for _ in 0..<count { builder.add(.t2v, seconds: expected) }
        return builder.plan
    }

    /// Printed for every cell: what an hour yields once it runs, and what the first hour does. Held against the table: 98 % of it, which is
    /// the part of the hour's requests that is to be used; the table itself is, to a third of a percent, what no policy can be better than
    /// that hears of a job's end only by asking about that job (the optimum of Lagrange's relaxation, with a price on requests).
    @Test(arguments: [true, false])
    func anHourOfRequestsDoesWhatTheBestScheduleWouldDo(isKnown: Bool) {
        var table = "jobs an hour at 600 requests, durations \(isKnown ? "known" : "to be learned, 45 s expected") "
            + "(first hour; best static schedule)\n"
        for (slots, best) in Self.best {
            table += "\(slots) slots:"
            for (variation, most) in zip(Self.variations, best) {
                let truth = LogNormal(mean: .seconds(60), variation: variation)
                let durations = truth.sample(900, seed: 7)
                let known = isKnown ? DurationModel(median: truth.median, spread: truth.spread) : nil
                var run = PacedRun(Self.plan(900, slots: slots, expected: 45), known: known) { durations[$0] }
                run.run(until: .seconds(3 * 3600))
                let rate = Double(run.noticed(from: .seconds(3600), to: run.makespan)) / (Double(run.makespan.wholeMilliseconds) / 3_600_000 - 1)
                let first = run.noticed(from: .zero, to: .seconds(3600))
                let used = run.sendTimes.count { $0 >= run.start + .seconds(3600) && $0 < run.start + .seconds(7200) }
                table += "  \((rate * 10).rounded() / 10) (\(first); \(Int(most)); used \(used))"
                #expect(rate >= (isKnown ? 0.98 : 0.96) * most, "\(slots) slots, variation \(variation): \(rate) of \(most)")
            }
            table += "\n"
        }
        print(table)
    }
}
