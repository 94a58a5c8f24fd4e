import Foundation
import Pipeline
import Scheduling
import Testing

/// Submissions of unknown fate that are no step of the run are settled where they are ours, and are rivals of what the run looks for.
@Suite struct OpenSubmissionTests {
    private func plan(_ prompts: [String] = ["a"]) -> PlanBuilder {
        var builder = PlanBuilder()
        for prompt in prompts { builder.add(.t2i, prompt: prompt) }
        return builder
    }

    private func open(
        _ standing: OpenSubmission.Standing, _ prompt: String = "a", sentAt: Timestamp, key: String = "old"
    ) -> OpenSubmission {
        OpenSubmission(
            key: key, name: "old", job: 0, account: PlanBuilder.account,
            fingerprint: SubmissionFingerprint(operation: .t2i, prompt: prompt),
            price: Money(100, "VND"), intendedAt: sentAt, standing: standing)
    }

    private func results(_ simulation: Simulation) -> [ReconciliationResult] {
        simulation.events.compactMap { if case .jobReconciled("old", _, let result, _) = $0 { result } else { nil } }
    }

    /// An earlier submission with the same prompt, arrived or not.
    private func simulation(_ standing: OpenSubmission.Standing, arrived: Bool, seed: UInt64) -> Simulation {
        var simulation = Simulation(plan().plan, seed: seed)
        let sentAt = simulation.now - .seconds(30)
        simulation.openElsewhere = [open(standing, sentAt: sentAt)]
        if arrived { simulation.accept("old", "a", at: sentAt) }
        return simulation
    }

    @Test(arguments: [false, true])
    func anUnplannedSubmissionIsSettledBeforeItsTwinLeaves(arrived: Bool) {
        var simulation = simulation(.intended, arrived: arrived, seed: 71)
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.firstCall == .account, "the listing is asked before anything is sent")
        #expect(simulation.provider.charges.count == (arrived ? 2 : 1))
        #expect(results(simulation) == [.sought, arrived ? .kept : .dropped])
        switch simulation.openFates["old"] {
        case .accepted("gw-0"): #expect(arrived)
        case .notSubmitted: #expect(!arrived)
        default: Issue.record("\(simulation.openFates)")
        }
    }

    @Test func itsTwinWaitsAndOthersDoNot() {
        var simulation = Simulation(plan(["a", "b"]).plan, seed: 72)
        let begin = simulation.now
        simulation.openElsewhere = [open(.intended, sentAt: begin - .seconds(30))]
        simulation.run()
        #expect(simulation.exitCode == .done)
        let times = simulation.provider.jobs.sorted { $0.acceptedAt < $1.acceptedAt }
        #expect(times.map(\.fingerprint.prompt) == ["b", "a"])
        #expect(times[0].acceptedAt - begin < .seconds(5))
        #expect(times[1].acceptedAt - begin >= .seconds(60), "its listing has to settle first")
    }

    /// The crash that took the reply left two submissions that the listing cannot tell apart.
    @Test(arguments: [OpenSubmission.Standing.held, .abandoned, .foreign], [false, true])
    func aRivalThatIsNotSettledHereMakesTheMatchAmbiguous(standing: OpenSubmission.Standing, isOurs: Bool) {
        var simulation = simulation(standing, arrived: !isOurs, seed: 73)
        let key = simulation.plan.instances[0].identity.idempotencyKey(job: 0, attempt: 1)
        simulation.restored[JobReference(instance: 0, job: 0)] = RestoredJob(
            attempt: 1, intendedAt: simulation.now - .seconds(20), stage: .unknown)
        if isOurs { simulation.accept(key, "a", at: simulation.now - .seconds(20)) }
        let machine = simulation.run()
        #expect(simulation.exitCode == .held)
        let reason = machine.standing(of: 0).reason ?? ""
        #expect(reason.contains("gw-0") && reason.contains("old"), "\(reason)")
        #expect(simulation.submissions == 0)
    }

    @Test func anUnplannedTwinOfWhatIsLookedForMakesBothHeld() {
        var simulation = simulation(.intended, arrived: true, seed: 74)
        simulation.restored[JobReference(instance: 0, job: 0)] = RestoredJob(
            attempt: 1, intendedAt: simulation.now - .seconds(20), stage: .unknown)
        simulation.run()
        #expect(simulation.exitCode == .held)
        guard case .held(let reason) = simulation.openFates["old"] else {
            Issue.record("\(simulation.openFates)")
            return
        }
        #expect(reason.contains("t2i[0]"))
    }

    @Test func anotherCampaignsSubmissionIsWaitedForAndThenCounted() {
        for comesHome in [false, true] {
            var simulation = Simulation(plan().plan, seed: 75)
            let key = simulation.plan.instances[0].identity.idempotencyKey(job: 0, attempt: 1)
            let sentAt = simulation.now - .seconds(20)
            simulation.restored[JobReference(instance: 0, job: 0)] = RestoredJob(attempt: 1, intendedAt: sentAt, stage: .unknown)
            simulation.accept(key, "a", at: sentAt)
            simulation.foreign = [
                UnansweredSubmission(
                    key: "theirs", campaign: "other (/other/state.sqlite)",
                    fingerprint: SubmissionFingerprint(operation: .t2i, prompt: "a"),
                    since: sentAt, isUnderWay: true)
            ]
            let begin = simulation.now
            simulation.afterListing = { world, number in if comesHome, number == 2 { world.foreign = [] } }
            let machine = simulation.run()
            #expect(simulation.exitCode == (comesHome ? .done : .held))
            #expect(simulation.submissions == 0)
            if !comesHome {
                #expect(simulation.now - begin >= .seconds(60))
                #expect(machine.standing(of: 0).reason?.contains("/other/state.sqlite") == true)
            }
        }
    }

    @Test func whatIsLeftOutIsSettledForTheRunThatAsksForIt() {
        let builder = plan(["a", "a"])
        var simulation = Simulation(builder.plan, seed: 76, options: MachineOptions(only: [1], seed: 76))
        let job = JobReference(instance: 0, job: 0)
        let key = builder.plan.instances[0].identity.idempotencyKey(job: 0, attempt: 1)
        let sentAt = simulation.now - .seconds(20)
        simulation.restored[job] = RestoredJob(attempt: 1, intendedAt: sentAt, stage: .unknown)
        simulation.openElsewhere = [
            OpenSubmission(
                key: key, name: "old", job: 0, account: PlanBuilder.account, fingerprint: builder.plan.instances[0].fingerprint,
                price: Money(100, "VND"), intendedAt: sentAt, standing: .intended, planned: job)
        ]
        let id = simulation.accept(key, "a", at: sentAt)
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.openFates[key] == .accepted(remoteID: id))
        #expect(simulation.provider.charges.values.allSatisfy { $0 == 1 })
    }

    @Test func aRunWithNothingToDoDoesNotWaitForThem() {
        var simulation = Simulation(plan().plan, seed: 77)
        simulation.saved = [OutputReference(instance: 0, output: 0)]
        simulation.openElsewhere = [open(.intended, sentAt: simulation.now - .seconds(30))]
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.firstCall == nil && simulation.openFates.isEmpty)
    }

    @Test func aListingThatCannotBeReadHoldsNothingUp() {
        var simulation = simulation(.intended, arrived: false, seed: 78)
        simulation.failure = { call, _ in call == .account ? CallFailure(.server, "500") : nil }
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.openFates.isEmpty, "the next run looks for it again")
    }

    @Test(arguments: [false, true], ["a", "b"])
    func moneyIsHeldBackUntilItIsKnownThatNothingWasBilled(arrived: Bool, prompt: String) {
        var builder = plan()
        builder.budgets = [Budget(nil, limit: Money(150, "VND"))]
        var simulation = Simulation(builder.plan, seed: 79)
        let sentAt = simulation.now - .seconds(30)
        simulation.openElsewhere = [open(.intended, prompt, sentAt: sentAt)]
        if arrived { simulation.accept("old", prompt, at: sentAt) }
        simulation.run()
        #expect(simulation.exitCode == (arrived ? .budget : .done))
    }
}
