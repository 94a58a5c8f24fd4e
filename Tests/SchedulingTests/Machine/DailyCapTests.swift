import Pipeline
import Scheduling
import Testing

/// The daily cap on images: what fits is made, what needs no images goes on, what can never fit fails at once.
@Suite struct DailyCapTests {
    private func builder(images cap: Int) -> PlanBuilder {
        var builder = PlanBuilder()
        builder.limits.dailyImages = cap
        return builder
    }

    @Test(arguments: [(3, 1), (4, 2), (5, 2), (6, 3)])
    func whatFitsIsMadeAlsoBesideWhatDoesNot(cap: Int, made: Int) {
        var builder = builder(images: cap)
        for number in 0..<3 { builder.add(.t2i, prompt: "p\(number)", outputsPerJob: 2) }
        var simulation = Simulation(builder.plan, seed: 41)
        simulation.run()
        #expect(simulation.exitCode == (made == 3 ? .done : .quota))
        #expect(simulation.provider.charges.count == made)
        #expect(simulation.violation == nil)
        simulation.now = simulation.now + .seconds(86_400)
        simulation.run()
        #expect(simulation.provider.charges.count == min(3, 2 * made))
        #expect(simulation.violation == nil)
    }

    @Test func whatNeedsNoImagesAndWhatNeedsFewerGoesOn() {
        var builder = builder(images: 3)
        let big = builder.add(.t2i, prompt: "a", outputsPerJob: 2)
        let bigger = builder.add(.t2i, prompt: "b", outputsPerJob: 2)
        let small = builder.add(.t2i, prompt: "c")
        let videos = (0..<5).map { builder.add(.t2v, prompt: "v\($0)") }
        var simulation = Simulation(builder.plan, seed: 42)
        let machine = simulation.run()
        #expect(simulation.exitCode == .quota)
        #expect(([small] + videos).allSatisfy { machine.standing(of: $0).status == .succeeded })
        #expect([big, bigger].count { machine.standing(of: $0).status == .succeeded } == 1)
        let waits = [big, bigger].first { machine.standing(of: $0).status == .waiting }
        #expect(waits.flatMap { machine.standing(of: $0).reason }?.contains("images of the day") == true)
        let stop = simulation.events.compactMap { if case .runStopping(_, let reason, .quota, _) = $0 { reason } else { nil } }
        #expect(stop.count == 1 && stop[0].contains("until") && stop[0].contains("--wait-quota"), "\(stop)")
    }

    @Test func waitingForTheQuotaMakesEverythingOverTheDays() {
        var builder = builder(images: 4)
        for number in 0..<7 { builder.add(.t2i, prompt: "p\(number)", outputsPerJob: 2) }
        var simulation = Simulation(builder.plan, seed: 43)
        simulation.options.waitForQuota = true
        let begin = simulation.now
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.violation == nil)
        #expect(simulation.provider.charges.count == 7)
        #expect(simulation.now - begin >= .seconds(2 * 86_400))
        #expect(simulation.steps < 3000, "\(simulation.steps) events: it waits busily")
    }

    @Test(arguments: [false, true])
    func aJobThatCanNeverFitFailsAtOnceInsteadOfWaitingForEver(waits: Bool) {
        var builder = builder(images: 1)
        let never = builder.add(.t2i, prompt: "a", outputsPerJob: 2)
        let dependent = builder.add(.upscale, from: [OutputReference(instance: never, output: 0)])
        let fits = builder.add(.t2i, prompt: "b")
        var simulation = Simulation(builder.plan, seed: 44)
        simulation.options.waitForQuota = waits
        let machine = simulation.run(limit: 5000)
        #expect(simulation.exitCode == .someFailed)
        #expect(machine.standing(of: never).status == .failed)
        #expect(machine.standing(of: never).reason?.contains("never allows so many") == true)
        #expect(machine.standing(of: dependent).status == .skipped)
        #expect(machine.standing(of: fits).status == .succeeded)
        #expect(simulation.violation == nil)
    }

    @Test func imagesThatAFailureGivesBackAreUsedInTheSameRun() {
        var builder = builder(images: 2)
        builder.failureIsFree = true
        builder.retry.attempts = 1
        for number in 0..<3 { builder.add(.t2i, prompt: "p\(number)") }
        var simulation = Simulation(builder.plan, seed: 45)
        simulation.provider.outcome = { $0 == 0 ? .failed : .succeeded }
        simulation.run()
        #expect(simulation.provider.charges.count == 3, "the failed job's image is another's")
    }
}
