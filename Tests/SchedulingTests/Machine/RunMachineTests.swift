import Foundation
import Pipeline
import Scheduling
import Testing

@Suite struct RunMachineTests {
    private func statuses(_ machine: RunMachine, _ plan: Plan) -> [InstanceStatus] {
        plan.instances.indices.map { machine.standing(of: $0).status }
    }

    @Test(arguments: [3, 6])
    func chainsFinishAndFillEverySlot(threads: Int) {
        let plan = PlanBuilder.chains(6, threads: threads).plan
        var simulation = Simulation(plan, seed: 1)
        let machine = simulation.run()
        #expect(simulation.violation == nil)
        #expect(simulation.exitCode == .done)
        #expect(statuses(machine, plan).allSatisfy { $0 == .succeeded })
        #expect(simulation.provider.mostAtOnce == threads)
        #expect(simulation.provider.charges.count == 6 * (2 + 2 + 2))
    }

    @Test func aSecondRunPaysNothingAndSendsNothing() {
        let plan = PlanBuilder.chains(3, threads: 3).plan
        var simulation = Simulation(plan, seed: 2)
        simulation.run()
        let requests = simulation.provider.requests.count
        let machine = simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.requests.count == requests)
        #expect(plan.instances.indices.allSatisfy { machine.standing(of: $0).cached })
    }

    @Test func neverMoreRequestsInAnyWindowThanTheLimit() {
        var builder = PlanBuilder.chains(20, threads: 6)
        builder.limits.requests = [RequestLimit(rate: Rate(count: 60, window: .seconds(3600)), calls: Set(CallKind.allCases))]
        var simulation = Simulation(builder.plan, seed: 3)
        simulation.run()
        #expect(simulation.violation == nil)
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.mostRequests(in: .seconds(3600)) <= 60)
    }

    @Test func theDailyCapStopsWithTheQuotaCodeAndTheNextDayGoesOn() {
        var builder = PlanBuilder()
        builder.limits.dailyImages = 4
        for number in 0..<10 { builder.add(.t2i, prompt: "p\(number)") }
        var simulation = Simulation(builder.plan, seed: 4)
        simulation.run()
        #expect(simulation.exitCode == .quota)
        #expect(simulation.provider.charges.count == 4)
        simulation.now = simulation.now + .seconds(86_400)
        simulation.run()
        #expect(simulation.provider.charges.count == 8)
        simulation.options.waitForQuota = true
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.violation == nil)
    }

    @Test func whatWasGrantedBeforeTheDailyCapWasReachedIsSent() {
        var builder = PlanBuilder()
        builder.limits.threads = nil
        builder.limits.dailyImages = 2
        for number in 0..<2 { builder.add(.t2i, prompt: "p\(number)", outputsPerJob: 2) }
        var simulation = Simulation(builder.plan, seed: 4)
        simulation.run()
        #expect(simulation.exitCode == .quota)
        #expect(simulation.provider.charges.count == 1, "else no day would ever bring anything")
        simulation.now = simulation.now + .seconds(86_400)
        simulation.run()
        #expect(simulation.exitCode == .done && simulation.violation == nil)
    }

    @Test func aLostReplyIsFoundInTheListingAndNotPaidAgain() {
        let plan = PlanBuilder.chains(3, threads: 3).plan
        var simulation = Simulation(plan, seed: 5)
        simulation.losesReply = { $0 % 3 == 0 }
        let machine = simulation.run()
        #expect(simulation.violation == nil)
        #expect(simulation.exitCode == .done, "\(statuses(machine, plan))")
        #expect(simulation.provider.charges.values.allSatisfy { $0 == 1 })
        #expect(simulation.provider.charges.count == 18)
    }

    @Test func aSubmissionThatNeverArrivedIsSentAgainUnderTheSameKey() {
        var builder = PlanBuilder()
        builder.add(.t2i, prompt: "p")
        var simulation = Simulation(builder.plan, seed: 6)
        simulation.failure = { call, number in call == .submit && number == 0 ? CallFailure(.lost, "connection reset") : nil }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges == [builder.plan.instances[0].identity.idempotencyKey(job: 0, attempt: 1): 1])
    }

    @Test func withoutAMeansToKnowItIsHeldAndTheRestRuns() {
        var builder = PlanBuilder()
        builder.recovery = .none
        let lost = builder.add(.t2i, prompt: "a")
        let dependent = builder.add(.upscale, from: [OutputReference(instance: lost, output: 0)])
        let other = builder.add(.t2i, prompt: "b")
        var simulation = Simulation(builder.plan, seed: 7)
        simulation.losesReply = { $0 == 0 }
        let machine = simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(machine.standing(of: lost).status == .held)
        #expect(machine.standing(of: dependent).status == .waiting)
        #expect(machine.standing(of: other).status == .succeeded)
        #expect(simulation.provider.charges.count == 2)
        simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(simulation.provider.charges.count == 2)
    }

    @Test func equalPromptsAreNeverAmbiguous() {
        let plan = PlanBuilder.chains(4, threads: 6, samePrompt: true).plan
        var simulation = Simulation(plan, seed: 8)
        simulation.losesReply = { $0 % 2 == 0 }
        simulation.run()
        #expect(simulation.violation == nil)
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 24)
    }

    @Test(arguments: [
        (CallFailure.Kind.auth, ExitCode.keyRefused), (.credits, .credits), (.quota, .quota), (.notSent, .unreachable),
    ])
    func refusalsEndWithTheirExitCode(kind: CallFailure.Kind, code: ExitCode) {
        let plan = PlanBuilder.chains(2, threads: 3).plan
        var simulation = Simulation(plan, seed: 9)
        simulation.failure = { call, number in call == .submit && number >= 3 ? CallFailure(kind, "refused") : nil }
        simulation.run()
        #expect(simulation.exitCode == code)
        #expect(simulation.violation == nil)
        simulation.failure = { _, _ in nil }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 12)
    }

    @Test func aThrottleIsWaitedForAndNothingIsLost() {
        let plan = PlanBuilder.chains(2, threads: 3).plan
        var simulation = Simulation(plan, seed: 10)
        simulation.failure = { call, number in number == 1 ? CallFailure(.throttled(retryAfter: .seconds(42)), "429 on \(call)") : nil }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 12)
    }

    @Test func aFailedJobOfUnknownBillingIsNotPaidAgain() {
        var builder = PlanBuilder()
        let bad = builder.add(.t2i, prompt: "a")
        let dependent = builder.add(.upscale, from: [OutputReference(instance: bad, output: 0)])
        builder.add(.t2i, prompt: "b")
        var simulation = Simulation(builder.plan, seed: 11)
        simulation.provider.outcome = { $0 == 0 ? .failed : .succeeded }
        for _ in 0..<2 {
            let machine = simulation.run()
            #expect(simulation.exitCode == .someFailed)
            #expect(machine.standing(of: bad).status == .failed)
            #expect(machine.standing(of: dependent).status == .skipped)
            #expect(simulation.provider.charges.count == 2)
        }
    }

    @Test func aFailedJobThatIsNotBilledIsTriedAgainUnderANewKey() {
        var builder = PlanBuilder()
        builder.failureIsFree = true
        builder.add(.t2i, prompt: "a")
        var simulation = Simulation(builder.plan, seed: 12)
        simulation.provider.outcome = { $0 < 2 ? .failed : .succeeded }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 3)
    }

    @Test func aBudgetIsNeverPassedAndEndsWithItsCode() {
        var builder = PlanBuilder.chains(3, threads: 6)
        builder.budgets = [Budget(nil, limit: Money(10_700, "VND"))]
        var simulation = Simulation(builder.plan, seed: 16)
        simulation.run()
        #expect(simulation.exitCode == .budget)
        #expect(simulation.provider.jobs.reduce(0) { $0 + ($1.fingerprint.operation == .i2v ? 5000 : 100) } <= 10_700)
        #expect(simulation.provider.jobs.count { $0.fingerprint.operation == .i2v } <= 1)
    }

    @Test func anUnknownPriceUnderABudgetIsNotAdmittedAndTheRestRuns() {
        var builder = PlanBuilder()
        builder.budgets = [Budget(Budget.Scope(name: "flow", account: PlanBuilder.account), limit: Money(1_000_000, "VND"))]
        builder.add(.t2i, prompt: "a")
        builder.add(.t2v, prompt: "b", price: .unknown)
        var simulation = Simulation(builder.plan, seed: 17)
        simulation.run()
        #expect(simulation.exitCode == .budget)
        #expect(simulation.provider.jobs.map(\.fingerprint.operation) == [.t2i])
    }

    @Test func anInterruptionEndsSoonAndTheNextRunFinishes() {
        let plan = PlanBuilder.chains(3, threads: 3).plan
        var simulation = Simulation(plan, seed: 19)
        simulation.run(interruptAfter: 60)
        #expect(simulation.exitCode == .interrupted)
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 18)
    }

    @Test func aBrokenStoreStopsWithoutAnyFurtherWrite() {
        let plan = PlanBuilder.chains(1, threads: 3).plan
        var machine = RunMachine(
            plan: plan, restored: RestoredCampaign(), options: MachineOptions(seed: 1), now: Timestamp(milliseconds: 0))
        let first = machine.start(now: Timestamp(milliseconds: 0))
        guard case .lease(let request)? = first.last(where: { if case .lease = $0 { true } else { false } }) else {
            Issue.record("no lease was asked for: \(first)")
            return
        }
        let second = machine.handle(.leased(request, .granted(requestsLeft: 599)), now: Timestamp(milliseconds: 1))
        let writes = second.count { if case .recordIntent = $0 { true } else { false } }
        #expect(writes == 1)
        var last = machine.handle(.storeFailed("disk full"), now: Timestamp(milliseconds: 2))
        if case .lease(let other)? = second.first(where: { if case .lease = $0 { true } else { false } }) {
            last = machine.handle(.leased(other, .granted(requestsLeft: 598)), now: Timestamp(milliseconds: 3))
        }
        #expect(last.last == .finish(.cannotWrite))
    }

    @Test func aDownloadThatFailedIsTriedAgainByTheNextRunAlsoBesideSavedSiblings() {
        var builder = PlanBuilder()
        let scene = builder.add(.t2i, prompt: "a", outputsPerJob: 4)
        var simulation = Simulation(builder.plan, seed: 21)
        simulation.failure = { call, number in call == .fetch && number >= 3 ? CallFailure(.server, "503") : nil }
        let first = simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(first.standing(of: scene).status == .failed)
        simulation.failure = { _, _ in nil }
        let second = simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(second.standing(of: scene).status == .succeeded)
        #expect(simulation.provider.charges.count == 1)
    }

    @Test func skipFailsWhatNobodyCanKnowOfAndPaysNothingMore() {
        var builder = PlanBuilder()
        builder.recovery = .none
        let lost = builder.add(.t2i, prompt: "a")
        let dependent = builder.add(.upscale, from: [OutputReference(instance: lost, output: 0)])
        var simulation = Simulation(builder.plan, seed: 22, options: MachineOptions(onUnknown: .skip, seed: 22))
        simulation.losesReply = { $0 == 0 }
        let machine = simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(machine.standing(of: lost).status == .failed)
        #expect(machine.standing(of: dependent).status == .skipped)
        #expect(simulation.provider.charges.count == 1)
    }

    @Test func resubmitPaysForAnotherTryAndKeepsTheFirstOnesSlot() {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.add(.t2i, prompt: "a")
        var simulation = Simulation(builder.plan, seed: 23, options: MachineOptions(onUnknown: .resubmit, seed: 23))
        simulation.losesReply = { $0 == 0 }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 2)
        #expect(simulation.violation == nil)
    }

    @Test func aBlipThatFailsEveryCallAtOnceDoesNotEndTheRun() {
        let plan = PlanBuilder.chains(4, threads: 6).plan
        var simulation = Simulation(plan, seed: 24)
        let begins = simulation.now + .seconds(25)
        simulation.isUnreachable = { $0 >= begins && $0 < begins + .seconds(4) }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges.count == 24)
    }

    @Test func gonePaidResultsAreNotPaidAgainByThemselves() {
        var builder = PlanBuilder()
        builder.failureIsFree = true
        builder.add(.t2i, prompt: "a")
        var simulation = Simulation(builder.plan, seed: 25)
        simulation.failure = { call, _ in call == .poll ? CallFailure(.gone, "410") : nil }
        for _ in 0..<3 {
            simulation.run()
            #expect(simulation.exitCode == .someFailed)
            #expect(simulation.provider.charges.count == 1)
        }
    }

    @Test func aKeyOlderThanItsLifetimeIsHeldAndNotSentAgain() {
        var builder = PlanBuilder()
        builder.recovery = RecoveryPlan(key: KeyPlan(lifetime: .seconds(3600)))
        builder.add(.t2i, prompt: "a")
        var simulation = Simulation(builder.plan, seed: 26)
        simulation.provider.honoursKeys = true
        simulation.losesReply = { _ in true }
        simulation.run(crashAfter: 12)
        simulation.now = simulation.now + .seconds(7200)
        simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(simulation.provider.charges.count == 1)
    }
}
