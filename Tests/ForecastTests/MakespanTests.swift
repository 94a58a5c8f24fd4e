import Foundation
import Pipeline
import Scheduling
import Testing

@testable import Forecast

/// How near the scheduler comes to what no schedule can be better than, over random campaigns in virtual time. `FLOWBATCH_CAMPAIGNS=3000` tries
/// more of them, `FLOWBATCH_SEED` the one that failed.
@Suite struct MakespanTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["FLOWBATCH_CAMPAIGNS"].flatMap { Int($0) }
    private static let only = environment["FLOWBATCH_SEED"].flatMap { UInt64($0) }

    /// The worst of many campaigns, told in a line.
    private struct Tally {
        var worst = 0.0
        var seed: UInt64 = 0
        var shape = ""
        var sum = 0.0
        var count = 0
        /// Above 1.02.
        var above = 0

        mutating func add(_ ratio: Double, _ campaign: RandomCampaign) {
            sum += ratio
            count += 1
            if ratio > 1.02 { above += 1 }
            guard ratio > worst else { return }
            (worst, seed, shape) = (ratio, campaign.seed, "\(campaign.shape.rawValue), \(campaign.slots) slots, \(campaign.jobs) jobs")
        }
    }

    private func seeds(_ byDefault: Int) -> [UInt64] { Self.only.map { [$0] } ?? (0..<UInt64(Self.count ?? byDefault)).map { 70_000 + $0 } }

    /// - Parameter allowed: the longest makespan, in milliseconds, of a campaign with a bound.
    private func prove(
        _ name: String, _ campaigns: some Sequence<RandomCampaign>, allowed: (RandomCampaign, Double) -> Double
    ) {
        var tally = Tally()
        for campaign in campaigns {
            guard let makespan = campaign.makespan() else {
                Issue.record("seed \(campaign.seed): it came to no good end")
                continue
            }
            let bound = Double(campaign.bound.span.wholeMilliseconds)
            let took = Double(makespan.wholeMilliseconds)
            tally.add(took / bound, campaign)
            let most = allowed(campaign, bound)
            #expect(took >= bound, "seed \(campaign.seed): faster than is possible, \(took) of \(bound) ms")
            #expect(
                took <= most,
                "FLOWBATCH_SEED=\(campaign.seed) (\(campaign.shape.rawValue), \(campaign.slots) slots, \(campaign.jobs) jobs): \(took / bound)"
            )
        }
        let mean = tally.sum / Double(max(1, tally.count))
        print(
            "\(name): \(tally.count) campaigns, makespan / lower bound \(rounded(mean)) on average, \(rounded(tally.worst)) at the worst (seed \(tally.seed): \(tally.shape)), "
                + "above 1.02 in \(tally.above)"
        )
    }

    /// Where chains leave the provider, it takes a while to see the ends of the last one's jobs elsewhere, too.
    private func away(_ campaign: RandomCampaign) -> Double {
        campaign.shape == .providers ? Double(campaign.longest.wholeMilliseconds) : 0
    }

    private func rounded(_ ratio: Double) -> Double { (ratio * 10_000).rounded() / 10_000 }

    @Test func withKnownDurationsTheMakespanIsWithinAFiftiethOfTheBound() {
        prove("known durations", seeds(12).lazy.map { RandomCampaign(seed: $0, size: 50...80, isKnown: true) }) { campaign, bound in
            bound * 1.02
        }
    }

    /// The bound counts whole windows, as if each one's requests could all leave at its beginning: slots let them leave over its course.
    @Test func whereRequestsBindNoMoreThanTwoOfManyWindowsAreLostBesides() {
        let campaigns = seeds(4).lazy.map { RandomCampaign(seed: $0, size: 50...80, isKnown: true, isShortOfRequests: true) }
        prove("known durations, short of requests", campaigns) { campaign, bound in
            bound * 1.02 + 2 * Double(campaign.window.wholeMilliseconds)
        }
    }

    /// Half an interval for every job on a slot is what it takes on average to see its end.
    @Test func withLearnedDurationsOnlyTheIntervalIsLost() {
        prove("learned durations", seeds(12).lazy.map { RandomCampaign(seed: $0, size: 50...80, isKnown: false) }) { campaign, bound in
            let perSlot = Double(campaign.jobs) / Double(campaign.slots)
            return bound * 1.02 + away(campaign) + perSlot * Double(RandomCampaign.interval.wholeMilliseconds) / 2
        }
    }

    @Test func ofSmallCampaignsNoMoreThanTheLongestJobIsLost() {
        prove("small campaigns", seeds(50).lazy.map { RandomCampaign(seed: $0, size: 1...12, isKnown: true) }) { campaign, bound in
            bound * 1.02 + Double(campaign.longest.wholeMilliseconds)
        }
    }
}
