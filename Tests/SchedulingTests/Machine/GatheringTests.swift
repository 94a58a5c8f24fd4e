import Pipeline
import Scheduling
import Testing

/// When jobs are asked about together, and what is made of the replies.
@Suite struct GatheringTests {
    private func run(
        _ count: Int = 150, slots: Int = 5, batch: BatchPlan? = BatchPlan(mostJobs: nil), _ change: (inout PacedRun) -> Void = { _ in }
    ) -> PacedRun {
        let durations = LogNormal(mean: .seconds(60), variation: 0.5).sample(count, seed: 81)
        var run = PacedRun(RequestEconomyTests.plan(count, slots: slots, batch: batch)) { durations[$0] }
        change(&run)
        run.run()
        return run
    }

    @Test func whereRequestsAreShortOneTellsOfAllThatRun() {
        let run = run(400)
        #expect(run.exitCode == .done)
        #expect(run.askedTogether.count > 50)
        #expect(run.askedTogether.allSatisfy { (1...5).contains($0) })
    }

    @Test func withRequestsToSpareEachJobIsAskedAboutByItself() {
        let run = run(20)
        #expect(run.exitCode == .done)
        #expect(run.askedTogether.isEmpty)
        #expect(run.delays.allSatisfy { $0.delay <= .seconds(3) })
    }

    @Test func aRequestNamesNoMoreJobsThanItMay() {
        let run = run(400, slots: 6, batch: BatchPlan(mostJobs: 4))
        #expect(run.exitCode == .done)
        #expect(!run.askedTogether.isEmpty)
        #expect(run.askedTogether.allSatisfy { $0 <= 4 })
    }

    @Test func aJobThatTheReplyDoesNotTellOfHasNotEnded() {
        let untold = Set(stride(from: 0, to: 400, by: 7))
        let run = run(400) { $0.untold = untold }
        #expect(run.exitCode == .done)
        #expect(run.delays.count == 400)
        #expect(!run.askedTogether.isEmpty)
    }

    @Test func whyAJobFailedIsAskedByItself() {
        let run = run(400) { $0.failing = [30, 300] }
        #expect(run.exitCode == .someFailed)
        #expect(run.delays.count == 400, "each end is heard of in a reply about that job, or as a success")
        #expect(!run.askedTogether.isEmpty)
    }

    @Test(arguments: [(CallFailure.Kind.invalid, 1), (.server, 3)])
    func aProviderThatDoesNotTellIsAskedAboutEachJob(kind: CallFailure.Kind, tries: Int) {
        let run = run(400) { $0.failureTogether = CallFailure(kind, "no") }
        #expect(run.exitCode == .done)
        #expect(run.askedTogether.count == tries)
    }
}
