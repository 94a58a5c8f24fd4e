import Foundation
import Synchronization
import Testing

/// The forecast and the lower bound, held against a run that really takes its time.
///
/// By default the run is short, and the machine may be busy with other tests: then only what would be wrong on any machine fails.
/// `FLOWBATCH_LIVE_JOBS=240` takes two minutes of a machine that does nothing else, and holds both figures to what they promise.
@Suite struct LiveForecastTests {
    private static let speed = 15
    private static let slots = 6
    private static let asked = ProcessInfo.processInfo.environment["FLOWBATCH_LIVE_JOBS"].flatMap { Int($0) }

    private struct Figures {
        let jobs: Int
        /// In seconds.
        let foretold: Double
        let range: ClosedRange<Double>
        let took: Double
        let lowerBound: Double
        /// How much later than it should this process was woken meanwhile, on average, in seconds.
        let lateness: Double

        var ratio: Double { took / lowerBound }
        var error: Double { abs(foretold - took) / took }
    }

    @Test func theForecastAndTheBoundHoldAgainstARealRun() async throws {
        let jobs = Self.asked ?? 48
        let figures = try await measure(jobs)
        print(
            "live: \(jobs) jobs at speed \(Self.speed) in \(Self.slots) slots took \(figures.took) s, foretold \(figures.foretold) s, "
                + "\(figures.took / figures.lowerBound) × the lower bound of \(figures.lowerBound) s; wakes were \(figures.lateness) s late"
        )
        let longest = 36.0 / Double(Self.speed)
        #expect(figures.took >= figures.lowerBound, "faster than is possible")
        if Self.asked != nil {
            #expect(figures.error <= 0.05, "\(figures)")
            #expect(figures.ratio <= 1.08, "\(figures)")
        } else {
            #expect(figures.foretold <= figures.took * 1.1 + longest, "\(figures)")
            #expect(figures.took <= figures.lowerBound * 3 + longest, "\(figures)")
        }
    }

    private func measure(_ jobs: Int) async throws -> Figures {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures(
                (1...jobs).map { "cat\($0)" }, overlay: "providers: { flow: { limits: { threads: \(Self.slots), requests: none } } }"))
        let sandbox = "--sandbox=\(Self.speed)"
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--json", sandbox], in: workspace)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any], "\(plan.everything)")
        let forecast = try #require(report["forecast"] as? [String: Any])
        let start = try Self.moment(forecast["starts_at"])
        let range = try #require(forecast["range"] as? [String: Any])
        let watch = Lateness()
        let watching = Task.detached { await watch.keepWatching() }
        let result = try await Flowbatch.run(["run", "campaign.yaml", sandbox, "--render", "none"], in: workspace)
        watching.cancel()
        #expect(result.exitCode == 0, "\(result.everything)")
        let data = try Data(contentsOf: workspace.url("outputs/test-sandbox/run.json"))
        let summary = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let makespan = try #require((summary["totals"] as? [String: Any])?["makespan"] as? [String: Any])
        #expect(makespan["limit"] as? String == "threads" && makespan["account"] as? String == "flow/sandbox", "\(makespan)")
        #expect(result.errors.contains("× the "), "the run's last lines tell: \(result.errors)")
        return Figures(
            jobs: jobs, foretold: try Self.moment(forecast["finishes_at"]) - start,
            range: try Self.moment(range["earliest_at"]) - start...(Self.moment(range["latest_at"]) - start),
            took: try #require(makespan["seconds"] as? Double), lowerBound: try #require(makespan["lower_bound"] as? Double),
            lateness: watch.average)
    }

    /// Seconds since 1970.
    private static func moment(_ value: Any?) throws -> Double {
        let text = try #require(value as? String)
        return try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text).timeIntervalSince1970
    }

    /// How late a process is woken on this machine.
    private final class Lateness: Sendable {
        private let sums = Mutex<(late: Double, count: Int)>((0, 0))

        func keepWatching() async {
            let pause = Duration.milliseconds(50)
            while !Task.isCancelled {
                let due = ContinuousClock.now + pause
                guard (try? await Task.sleep(until: due, clock: .continuous)) != nil else { return }
                let late = ContinuousClock.now - due
                sums.withLock {
                    $0.late += Double(late.components.seconds) + Double(late.components.attoseconds) / 1e18
                    $0.count += 1
                }
            }
        }

        var average: Double { sums.withLock { $0.count > 0 ? $0.late / Double($0.count) : 0 } }
    }
}
