import Foundation
import Pipeline
import Testing

@testable import Reporting

/// Sums are counted by price and multiplied out; what comes of it is what adding job by job gives.
@Suite struct PlanTallyTests {
    private static let prices: [Price] = [
        .known(Money(100, "VND")), .known(Money(Decimal(string: "0.15") ?? 0, "USD")), .known(Money(0, "VND")), .unknown,
    ]

    /// Knuth's linear congruential generator, its upper half.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            func step() -> UInt64 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return state >> 32
            }
            return step() << 32 | step()
        }
    }

    private struct Random {
        var random: Seeded

        mutating func plan() -> (plan: Plan, standings: [PlanStanding]) {
            var instances: [StepInstance] = []
            var standings: [PlanStanding] = []
            for number in 0..<Int.random(in: 1...40, using: &random) {
                let jobs = (0..<Int.random(in: 0...3, using: &random)).map { job in
                    PlannedJob(outputs: job..<job + 1, price: PlanTallyTests.prices.randomElement(using: &random) ?? .unknown)
                }
                let step = "step\(Int.random(in: 0..<3, using: &random))"
                let account = AccountID(provider: "flow", label: ["one", "two"].randomElement(using: &random) ?? "one")
                instances.append(
                    StepInstance(
                        step: step, name: "\(step)[\(number)]", place: nil, operation: .t2i, account: account, arguments: [:],
                        identity: Identity(of: .int(number)), jobs: jobs,
                        outputs: jobs.indices.map { PlannedOutput(kind: .image, path: "\(number)-\($0).png") }, dependencies: [], needs: [],
                        transfers: [], retry: .standard, timeout: .seconds(900), onFailure: .stop, expectedDuration: .seconds(30)))
                let standing: [PlanStanding] = [
                    .done, .runs(reason: "new"), .waits(reason: "for a choice"), .excluded, .held(reason: "lost"),
                    .continues(jobs: ["a"], unsent: [0, 2]), .moves(from: "x.png"), .stays(reason: "failed"),
                ]
                standings.append(standing.randomElement(using: &random) ?? .done)
            }
            let plan = Plan(campaign: "c", manifestPath: "c.yaml", instances: instances, transfers: [], accounts: [], budgets: [])
            return (plan, standings)
        }
    }

    @Test(arguments: 1...40)
    func sumsAreThoseOfAddingJobByJob(seed: Int) {
        var random = Random(random: Seeded(state: UInt64(seed)))
        let (plan, standings) = random.plan()
        let report = PlanReport(plan: plan, standings: standings)
        for name in Set(plan.instances.map(\.step)) + [nil] {
            var (cost, waiting) = (Amounts(), Amounts())
            var (submissions, unknown, waitingSubmissions, waitingUnknown, instances) = (0, 0, 0, 0, 0)
            for (instance, standing) in zip(plan.instances, standings) where name == nil || instance.step == name {
                instances += 1
                let isWaiting = standing.name == "waits"
                let due: [PlannedJob] =
                    switch standing {
                    case .runs, .waits: instance.jobs
                    case .continues: instance.jobs.enumerated().filter { [0, 2].contains($0.offset) }.map(\.element)
                    default: []
                    }
                for job in due {
                    if isWaiting { waitingSubmissions += 1 } else { submissions += 1 }
                    switch (job.price, isWaiting) {
                    case (.known(let money), false): cost += money
                    case (.known(let money), true): waiting += money
                    case (.unknown, false): unknown += 1
                    case (.unknown, true): waitingUnknown += 1
                    }
                }
            }
            let share = name.map { name in report.steps.first { $0.step == name }?.share } ?? report.totals
            #expect(share?.instances == instances && share?.submissions == submissions && share?.unknownPrices == unknown, "seed \(seed)")
            #expect(share?.cost == cost.all && share?.waitingCost == waiting.all, "seed \(seed)")
            #expect(share?.waitingSubmissions == waitingSubmissions && share?.waitingUnknownPrices == waitingUnknown, "seed \(seed)")
        }
        #expect(report.steps.map(\.step) == plan.instances.map(\.step).reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
        #expect(report.instances.map(\.submissions).reduce(0, +) == report.totals.submissions + report.totals.waitingSubmissions)
    }

    /// Of a large plan a few lines are made, and the others counted.
    @Test func onlyWhatIsShownIsMade() {
        let plan = SampleCampaign.plan
        let report = PlanReport(plan: plan, standing: { _ in .runs(reason: "new") })
        let fold = PlanFold(report.instances, limit: 5)
        #expect(fold.lines.count == 5 && fold.rest == plan.instances.count - 5)
        #expect(
            PlanFold(report.instances, limit: plan.instances.count - 1).rest == 0, "a single one more takes no more room than its count")
        #expect(PlanFold(report.instances, limit: 100).lines.count == plan.instances.count)
    }
}
