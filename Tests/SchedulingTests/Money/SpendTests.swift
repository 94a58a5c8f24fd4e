import Foundation
import Pipeline
import Testing

@testable import Scheduling

/// `limits.spend` under virtual time.
@Suite struct SpendTests {
    private func simulation(_ spend: [String], pictures: Int = 10, clips: Int = 0, seed: UInt64 = 1) -> Simulation {
        var builder = PlanBuilder()
        builder.limits.spend = spend.compactMap { SpendLimit($0) }
        for number in 0..<clips { builder.add(.t2v, prompt: "clip \(number)", price: .known(Money(5000, "VND"))) }
        for number in 0..<pictures { builder.add(.t2i, prompt: "picture \(number)") }
        return Simulation(builder.plan, seed: seed)
    }

    @Test func whatTheAccountMayNotSpendIsLeftAndTheRunEndsWithTheBudgetsCode() {
        var simulation = simulation(["450 VND/day"])
        simulation.spent["another campaign's"] = (Money(100, "VND"), simulation.now)
        simulation.run()
        #expect(simulation.violation == nil)
        #expect(simulation.exitCode == .budget)
        #expect(simulation.provider.charges.count == 3)
        #expect(simulation.events.contains { if case .limitWaited(_, .spend, .some) = $0 { true } else { false } })
        let reasons = simulation.events.compactMap { if case .runStopping(_, let reason, _, _) = $0 { reason } else { nil } }
        #expect(reasons.count == 1 && reasons[0].contains("450 VND/day") && reasons[0].contains("--wait-quota"), "\(reasons)")
    }

    @Test func theNextRunGoesOnOnTheNextDay() {
        var simulation = simulation(["400 VND/day"])
        simulation.run()
        #expect(simulation.provider.charges.count == 4)
        simulation.run()
        #expect(simulation.provider.charges.count == 4)
        simulation.now = simulation.now + .seconds(86_400)
        simulation.run()
        #expect(simulation.provider.charges.count == 8)
        #expect(simulation.exitCode == .budget)
    }

    @Test(arguments: ["400 VND/day", "400 VND/hour"])
    func waitingForItFinishesTheCampaignWithinTheLimit(limit: String) {
        var simulation = simulation([limit])
        simulation.options.waitForQuota = true
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 10)
        #expect(simulation.violation == nil)
        let times = simulation.spent.values.map(\.at).sorted()
        let window: Duration = limit.hasSuffix("day") ? .seconds(20 * 3600) : .seconds(3600)
        #expect(times[9] - times[0] > window + window, "ten pictures at 400 VND each stretch take three of them")
        for (position, time) in times.enumerated() where limit.hasSuffix("hour") {
            #expect(times[position...].prefix { $0 < time + .seconds(3600) }.count <= 4)
        }
    }

    @Test func cheaperJobsStillFitWhereADearOneDoesNot() {
        var simulation = simulation(["6000 VND/day"], pictures: 5, clips: 3)
        let machine = simulation.run()
        #expect(simulation.exitCode == .budget)
        let done = simulation.plan.instances.indices.filter { machine.standing(of: $0).status == .succeeded }
        #expect(done.count == 6, "one clip and every picture")
        #expect(machine.standing(of: 2).reason?.contains("limits.spend") == true)
    }

    @Test func aFailureThatIsNotBilledGivesItsMoneyBack() {
        var builder = PlanBuilder()
        builder.limits.spend = [SpendLimit("300 VND/day")].compactMap(\.self)
        builder.limits.threads = 1
        builder.failureIsFree = true
        builder.retry = RetryPolicy(attempts: 1, initialInterval: .seconds(1), backoff: 1, maxInterval: .seconds(1))
        for number in 0..<5 { builder.add(.t2i, prompt: "\(number)") }
        var simulation = Simulation(builder.plan, seed: 3)
        simulation.provider.outcome = { $0 == 0 ? .failed : .succeeded }
        simulation.run()
        #expect(simulation.provider.jobs.count == 4, "the money of the failed one went to another")
        #expect(simulation.exitCode == .budget)
    }

    @Test func anUnknownPriceAPriceInAnotherUnitAndOneThatNeverFitsAreRefusedEachWithItsReason() {
        var builder = PlanBuilder()
        builder.limits.spend = [SpendLimit("300 VND/day")].compactMap(\.self)
        builder.add(.t2v, prompt: "unknown", price: .unknown)
        builder.add(.t2v, prompt: "credits", price: .known(Money(1, "credits")))
        builder.add(.t2v, prompt: "dear", price: .known(Money(301, "VND")))
        builder.add(.t2i, prompt: "fits")
        var simulation = Simulation(builder.plan, seed: 4)
        simulation.options.waitForQuota = true
        let machine = simulation.run()
        #expect(simulation.exitCode == .budget, "what never fits is not waited for")
        #expect(simulation.provider.charges.count == 1)
        let reasons = (0..<3).map { machine.standing(of: $0).reason ?? "" }
        #expect(reasons[0].contains("set the price under `providers.flow.prices`"))
        #expect(reasons[1].contains("`limits.spend` gives no amount in credits"))
        #expect(reasons[2].contains("301 VND") && reasons[2].contains("300 VND/day"))
    }
}
