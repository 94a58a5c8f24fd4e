import Foundation
import Pipeline
import Scheduling
import Testing

@Suite struct DurationModelTests {
    /// Polls every `interval`: all that is seen of a job.
    private func learn(_ model: inout DurationModel, _ durations: [Duration], interval: Int64) {
        for duration in durations {
            let steps = duration.wholeMilliseconds / interval
            model.observe(endedAfter: .milliseconds(steps * interval), by: .milliseconds((steps + 1) * interval))
        }
    }

    @Test(arguments: [0.1, 0.3, 0.5])
    func itLearnsMiddleAndSpreadFromIntervals(variation: Double) {
        let truth = LogNormal(mean: .seconds(60), variation: variation)
        for expected in [20, 60, 180] {
            var model = DurationModel(expected: .seconds(expected))
            learn(&model, truth.sample(400, seed: 41), interval: 3000)
            let middle = Double(model.median.wholeMilliseconds) / Double(truth.median.wholeMilliseconds)
            #expect(abs(middle - 1) < 0.06, "expected \(expected): \(model.median) of \(truth.median)")
            #expect(abs(model.spread / truth.spread - 1) < 0.2, "expected \(expected): \(model.spread) of \(truth.spread)")
        }
    }

    @Test func itFollowsAProviderThatBecomesSlower() {
        var model = DurationModel(expected: .seconds(60))
        learn(&model, LogNormal(mean: .seconds(60), variation: 0.1).sample(300, seed: 42), interval: 3000)
        let slower = LogNormal(mean: .seconds(150), variation: 0.1)
        learn(&model, slower.sample(200, seed: 43), interval: 3000)
        let middle = Double(model.median.wholeMilliseconds) / Double(slower.median.wholeMilliseconds)
        #expect(abs(middle - 1) < 0.25, "\(model.median) of \(slower.median)")
    }

    @Test func oneOutlierMovesLittle() {
        var model = DurationModel(expected: .seconds(60))
        learn(&model, LogNormal(mean: .seconds(60), variation: 0.1).sample(300, seed: 44), interval: 3000)
        let before = model
        model.observe(endedAfter: .seconds(7000), by: .seconds(7200))
        let middle = Double(model.median.wholeMilliseconds) / Double(before.median.wholeMilliseconds)
        #expect(middle < 1.02)
        #expect(model.spread < before.spread * 1.2)
    }

    @Test func itIsStoredAsItIs() throws {
        var model = DurationModel(expected: .seconds(60))
        learn(&model, LogNormal(mean: .seconds(60), variation: 0.2).sample(20, seed: 47), interval: 3000)
        let stored = try JSONEncoder().encode(model)
        #expect(try JSONDecoder().decode(DurationModel.self, from: stored) == model)
    }

    /// Whatever is seen, nothing but finite numbers comes of it.
    @Test func nothingThatCanBeSeenBreaksIt() {
        var random = SplitMix64(seed: 48)
        var model = DurationModel(expected: .zero)
        for _ in 0..<5000 {
            let ends = [0, 1, 3, 1000, 60_000, 86_400_000, Int64.max / 4]
            let first = ends.randomElement(using: &random) ?? 0
            let last = ends.randomElement(using: &random) ?? 0
            model.observe(endedAfter: .milliseconds(first), by: .milliseconds(last))
            #expect(model.spread.isFinite && model.spread > 0)
            #expect(model.median > .zero)
        }
    }
}
