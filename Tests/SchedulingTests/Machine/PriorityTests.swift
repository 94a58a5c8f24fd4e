import Foundation
import Pipeline
import Scheduling
import Testing

/// What goes first, and that nothing waits longer than it must.
@Suite struct PriorityTests {
    /// The instances in the order in which they were submitted.
    private final class Order: @unchecked Sendable {
        var instances: [Int] = []
    }

    /// `count` chains of scene, upscale and clip; instance `3 * chain + step`.
    private func chains(_ count: Int, into builder: inout PlanBuilder, seconds: [Int] = [30, 60, 90]) {
        builder.recovery = .none
        builder.limits = AccountLimits(threads: 3, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        for chain in 0..<count {
            let scene = builder.add(.t2i, prompt: "\(chain)", seconds: seconds[0])
            let hd = builder.add(.upscale, needs: [scene], seconds: seconds[1])
            builder.add(.t2v, prompt: "\(chain)", needs: [hd], seconds: seconds[2])
        }
    }

    private func run(_ plan: Plan) -> (order: [Int], run: PacedRun) {
        let order = Order()
        var run = PacedRun(plan) { instance in
            order.instances.append(instance)
            return plan.instances[instance].expectedDuration
        }
        run.run()
        return (order.instances, run)
    }

    private func bound(_ plan: Plan) -> Duration {
        LowerBound(of: plan, now: Timestamp(milliseconds: 0)) { .whole(plan.instances[$0], duration: plan.instances[$0].expectedDuration) }
            .span
    }

    @Test func chainsThatAreBegunAreFinishedBeforeOthersAreStarted() throws {
        var builder = PlanBuilder()
        chains(60, into: &builder)
        let plan = builder.plan
        let (order, run) = run(plan)
        #expect(run.exitCode == .done && order.count == 180)
        let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        // A clip of the first chains is on its way before most others have begun, and so on through the campaign.
        for chain in 0..<22 {
            let clip = try #require(places[3 * chain + 2])
            let later = try #require(places[3 * (chain + 8)])
            #expect(clip < later, "the clip of chain \(chain) is submission \(clip), the scene of chain \(chain + 8) is \(later)")
        }
        let most = Double(bound(plan).wholeMilliseconds) * 1.02 + 90_000
        #expect(Double(run.makespan.wholeMilliseconds) <= most, "\(run.makespan) of \(bound(plan))")
    }

    @Test func theLongestChainGoesFirstWhereItDecides() {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.limits = AccountLimits(threads: 3, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        for number in 0..<100 { builder.add(.t2i, prompt: "\(number)", seconds: 30) }
        var last: [Int] = []
        for step in 0..<15 { last = [builder.add(.upscale, prompt: "link \(step)", needs: last, seconds: 60)] }
        let plan = builder.plan
        let (order, run) = run(plan)
        #expect(order.first == 100, "the chain takes 900 of at least 1300 seconds")
        #expect(
            Double(run.makespan.wholeMilliseconds) <= Double(bound(plan).wholeMilliseconds) * 1.02 + 60_000,
            "\(run.makespan) of \(bound(plan))")
    }

    /// A job on which much hangs is not put off until nothing else is left, short as its own chain may be.
    @Test func whatMuchHangsOnIsNotLeftForTheEnd() {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.limits = AccountLimits(threads: 3, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        let root = builder.add(.t2i, prompt: "root", seconds: 40)
        for number in 0..<60 { builder.add(.t2i, prompt: "\(number)", seconds: 40) }
        let middle = builder.add(.t2i, prompt: "middle", needs: [root], seconds: 40)
        for number in 0..<90 { builder.add(.upscale, prompt: "leaf \(number)", needs: [middle], seconds: 40) }
        let plan = builder.plan
        let run = run(plan).run
        #expect(Double(run.makespan.wholeMilliseconds) <= Double(bound(plan).wholeMilliseconds) * 1.02 + 40_000)
    }

    @Test func noChainStarves() throws {
        var builder = PlanBuilder()
        chains(40, into: &builder, seconds: [10, 10, 10])
        let lonely = builder.add(.t2i, prompt: "lonely", seconds: 5)
        let (order, run) = run(builder.plan)
        #expect(run.exitCode == .done)
        #expect(order.contains(lonely) && order.count == 121, "everything is submitted, each once")
    }

    @Test func slotsAreRefilledAtOnceWhileAnythingWaits() {
        var builder = PlanBuilder()
        chains(50, into: &builder)
        let plan = builder.plan
        let known = DurationModel(median: .seconds(30), spread: 0)
        var run = PacedRun(plan, known: known) { _ in .seconds(30) }
        run.run()
        #expect(run.exitCode == .done && run.mostRunning == 3)
        // Fifty rounds of three jobs: what is lost is what it takes to see an end, and the last round.
        let seen = run.delays.reduce(0) { $0 + $1.delay.wholeMilliseconds }
        let idle = run.makespan.wholeMilliseconds * 3 - 150 * 30_000 - seen
        #expect(idle <= 150 * 30 + 3 * 30_000, "\(idle) ms of slot time are lost besides \(seen) ms until ends are seen")
    }

    @Test func aStepThatWaitsForARetryHoldsNoSlot() throws {
        var builder = PlanBuilder()
        builder.failureIsFree = true
        builder.limits.threads = 1
        builder.retry = RetryPolicy(attempts: 3, initialInterval: .seconds(300), backoff: 2, maxInterval: .seconds(600))
        builder.add(.t2i, prompt: "fails once", seconds: 60)
        builder.add(.t2i, prompt: "other", seconds: 30)
        var simulation = Simulation(builder.plan, seed: 5)
        simulation.provider.outcome = { $0 == 0 ? .failed : .succeeded }
        simulation.run()
        #expect(simulation.exitCode == .done)
        let jobs = simulation.provider.jobs
        #expect(jobs.compactMap(\.fingerprint.prompt) == ["fails once", "other", "fails once"])
        let other = try #require(jobs.first { $0.fingerprint.prompt == "other" })
        let retried = try #require(jobs.last)
        #expect(other.acceptedAt < jobs[0].endsAt + .seconds(20), "the one slot is free while the retry is waited for")
        #expect(retried.acceptedAt > other.endsAt)
    }
}
