import Foundation
import Pipeline
import Scheduling
import Testing

/// What may have been paid for is not paid for again, whatever became of its reply.
@Suite struct UnknownFateTests {
    private func one(_ recovery: RecoveryPlan) -> PlanBuilder {
        var builder = PlanBuilder()
        builder.recovery = recovery
        builder.add(.t2i, prompt: "a")
        return builder
    }

    private let listing = ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600))

    // MARK: named by a person

    /// Nobody at the provider knows the job: it is held again, and the right id goes on from there.
    @Test func aJobThatAPersonNamedAndTheProviderDoesNotKnowIsHeldAgain() {
        let builder = one(.none)
        var simulation = Simulation(builder.plan, seed: 57)
        let key = builder.plan.instances[0].identity.idempotencyKey(job: 0, attempt: 1)
        let sent = simulation.now - .seconds(86_400)
        let right = simulation.provider.accept(
            key: key, builder.plan.instances[0].fingerprint, images: 1, outputs: 1, at: sent, random: &simulation.random)
        let job = JobReference(instance: 0, job: 0)
        func named(_ id: String) -> RestoredJob {
            RestoredJob(attempt: 1, intendedAt: sent, stage: .accepted(AcceptedJob(remoteID: id).named, at: sent))
        }
        simulation.restored[job] = named("nobody")
        simulation.accepted[key] = ("nobody", sent)
        let begun = simulation.now
        let machine = simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(machine.standing(of: 0).reason?.contains("unknown to the provider") == true)
        #expect(simulation.now - begun < .seconds(240), "not polled until the timeout")
        #expect(simulation.accepted.isEmpty && simulation.restored[job]?.stage == .unknown)
        simulation.restored[job] = named(right)
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges == [key: 1] && simulation.accepted[key]?.id == right)
    }

    @Test func whatTheProviderAcceptedIsNotHeldForAnAnswerThatThereIsNoSuchJob() {
        let builder = one(.none)
        var simulation = Simulation(builder.plan, seed: 58)
        let sent = simulation.now
        simulation.restored[JobReference(instance: 0, job: 0)] = RestoredJob(
            attempt: 1, intendedAt: sent, stage: .accepted(AcceptedJob(remoteID: "nobody"), at: sent))
        let machine = simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(machine.standing(of: 0).status == .timedOut)
    }

    // MARK: known elsewhere

    @Test func aKeyThatACopySubmittedIsFollowedAndNotSentAgain() {
        let builder = one(.none)
        var original = Simulation(builder.plan, seed: 51)
        original.run()
        var copy = Simulation(builder.plan, seed: 52, options: MachineOptions(maxCost: [Money(100, "VND")], seed: 52))
        copy.now = original.now
        copy.provider = original.provider
        copy.accepted = original.accepted
        let machine = copy.run()
        #expect(copy.exitCode == .done)
        #expect(copy.provider.charges.values.allSatisfy { $0 == 1 })
        #expect(machine.standing(of: 0).status == .succeeded)
        #expect(copy.events.contains { if case .jobReconciled(_, _, .adopted, "gw-0") = $0 { true } else { false } })
        #expect(!copy.events.contains { if case .stepSubmitted = $0 { true } else { false } })
    }

    @Test func whatACopyPaidForDoesNotCountTowardsMaxCost() {
        var builder = PlanBuilder()
        builder.add(.t2i, prompt: "a")
        builder.add(.t2i, prompt: "b")
        var original = Simulation(builder.plan, seed: 53)
        original.run(crashAfter: 60)
        original.run()
        var copy = Simulation(builder.plan, seed: 54, options: MachineOptions(maxCost: [Money(0, "VND")], seed: 54))
        copy.now = original.now
        copy.provider = original.provider
        copy.accepted = original.accepted
        copy.run()
        #expect(copy.exitCode == .budget, "a lease is not asked for what may not be spent")
        copy.options.maxCost = [Money(100, "VND")]
        copy.run()
        #expect(copy.exitCode == .done, "both are known, and neither is paid for")
        #expect(copy.provider.jobs.count == 2)
    }

    @Test(arguments: [false, true])
    func aKeyThatLeftWithoutAReplyIsLookedForFirst(arrived: Bool) {
        let builder = one(RecoveryPlan(listing: listing))
        var simulation = Simulation(builder.plan, seed: 55)
        let key = builder.plan.instances[0].identity.idempotencyKey(job: 0, attempt: 1)
        let sent = simulation.now - .seconds(30)
        if arrived {
            _ = simulation.provider.accept(
                key: key, builder.plan.instances[0].fingerprint, images: 1, outputs: 1, at: sent, random: &simulation.random)
        }
        simulation.unanswered[key] = sent
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges == [key: 1])
        #expect(simulation.firstCall != .submit || simulation.provider.jobs.count == 1)
    }

    /// A state was lost: what the account remembers is asked for although no money is left for it, and takes its part of the budget.
    @Test(arguments: [true, false])
    func whatOnlyTheAccountRemembersNeedsNoMoneyToBeLookedFor(isStillKnown: Bool) {
        var builder = one(RecoveryPlan(listing: listing))
        builder.add(.t2i, prompt: "b")
        builder.budgets = [Budget(nil, limit: Money(50, "VND"))]
        let plan = builder.plan
        var simulation = Simulation(plan, seed: 59)
        let key = plan.instances[0].identity.idempotencyKey(job: 0, attempt: 2)
        let sent = simulation.now - .seconds(120)
        if isStillKnown {
            _ = simulation.provider.accept(
                key: key, plan.instances[0].fingerprint, images: 1, outputs: 1, at: sent, random: &simulation.random)
            simulation.unanswered[key] = sent
        }
        simulation.restored[JobReference(instance: 0, job: 0)] = RestoredJob(attempt: 2, intendedAt: sent, stage: .remembered)
        simulation.run()
        #expect(simulation.exitCode == .budget, "there is money for neither of them")
        #expect(simulation.provider.charges == (isStillKnown ? [key: 1] : [:]))
        #expect(simulation.unanswered.isEmpty)
    }

    /// Another of its jobs is sent meanwhile: what the step is held for is told all the same.
    @Test func aHeldStepTellsWhyWhateverBecomesOfItsOtherJobs() {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.add(.t2i, prompt: "a", jobs: 2)
        var simulation = Simulation(builder.plan, seed: 60)
        simulation.restored[JobReference(instance: 0, job: 0)] = RestoredJob(
            attempt: 1, intendedAt: simulation.now - .seconds(9), stage: .unknown)
        let machine = simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(simulation.provider.charges.count == 1, "the other one is made")
        #expect(machine.standing(of: 0).status == .held)
        #expect(machine.standing(of: 0).reason != nil)
    }

    /// Nothing new is submitted after a failure whose step says `on_failure: stop`: what left before is looked for all the same.
    @Test func whatOnlyTheAccountRemembersIsLookedForWhateverStopsTheRun() {
        var builder = PlanBuilder()
        builder.recovery = RecoveryPlan(listing: listing)
        builder.add(.t2i, prompt: "a", onFailure: .stop)
        builder.add(.t2i, prompt: "b")
        var simulation = Simulation(builder.plan, seed: 61)
        let key = builder.plan.instances[1].identity.idempotencyKey(job: 0, attempt: 1)
        let sent = simulation.now - .seconds(120)
        _ = simulation.provider.accept(
            key: key, builder.plan.instances[1].fingerprint, images: 1, outputs: 1, at: sent, random: &simulation.random)
        simulation.unanswered[key] = sent
        simulation.restored[JobReference(instance: 0, job: 0)] = RestoredJob(
            attempt: 1, intendedAt: sent, stage: .ended(AcceptedJob(remoteID: "bad"), .blocked, message: "blocked"))
        simulation.restored[JobReference(instance: 1, job: 0)] = RestoredJob(attempt: 1, intendedAt: sent, stage: .remembered)
        let machine = simulation.run()
        #expect(machine.standing(of: 1).status == .succeeded)
        #expect(simulation.provider.charges == [key: 1] && simulation.unanswered.isEmpty)
    }

    @Test func aKeyThatLeftWithoutAReplyIsHeldWhereNothingCanBeFoundOut() {
        let builder = one(.none)
        var simulation = Simulation(builder.plan, seed: 56)
        simulation.unanswered[builder.plan.instances[0].identity.idempotencyKey(job: 0, attempt: 1)] = simulation.now - .seconds(5)
        let machine = simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(machine.standing(of: 0).reason?.contains("another copy of the campaign") == true)
        #expect(simulation.provider.jobs.isEmpty)
    }

    @Test(arguments: [false, true])
    func aLaterAttemptThatTheAccountKnowsIsTakenUpInsteadOfAnEarlierOne(isAnswered: Bool) {
        let builder = one(RecoveryPlan(listing: listing))
        var simulation = Simulation(builder.plan, seed: 68)
        let identity = builder.plan.instances[0].identity
        let sentAt = simulation.now - .seconds(30)
        let key = identity.idempotencyKey(job: 0, attempt: 7)
        let id = simulation.accept(key, "a", at: sentAt)
        simulation.superseded[identity.jobName(0)] =
            isAnswered ? .known(remoteID: id, acceptedAt: sentAt, attempt: 7) : .unanswered(since: sentAt, attempt: 7)
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.charges == [key: 1])
        #expect(simulation.restored[JobReference(instance: 0, job: 0)]?.attempt == 7)
        // A failed job of it is tried again with the next attempt.
        simulation.saved = []
        simulation.restored = [
            JobReference(instance: 0, job: 0): RestoredJob(attempt: 7, intendedAt: sentAt, stage: .closed)
        ]
        simulation.run()
        #expect(simulation.provider.charges == [key: 1, identity.idempotencyKey(job: 0, attempt: 8): 1])
    }

    @Test func aLaterAttemptIsHeldWhereNothingCanBeFoundOut() {
        let builder = one(.none)
        var simulation = Simulation(builder.plan, seed: 69)
        simulation.superseded[builder.plan.instances[0].identity.jobName(0)] = .unanswered(since: simulation.now - .seconds(5), attempt: 2)
        simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(simulation.submissions == 0)
        #expect(simulation.restored[JobReference(instance: 0, job: 0)]?.attempt == 2)
    }

    @Test func aKeyThatLeftBeforeItsLifetimeEndedIsNotResentAfterIt() {
        let builder = one(RecoveryPlan(key: KeyPlan(lifetime: .seconds(3600))))
        let key = builder.plan.instances[0].identity.idempotencyKey(job: 0, attempt: 1)
        for (age, held) in [(600, false), (4000, true)] {
            var simulation = Simulation(builder.plan, seed: 57)
            simulation.provider.honoursKeys = true
            simulation.unanswered[key] = simulation.now - .seconds(age)
            simulation.run()
            #expect(simulation.exitCode == (held ? .held : .done), "sent \(age) s ago")
            #expect(simulation.provider.jobs.count == (held ? 0 : 1))
            // The next run knows of it what this one knew.
            simulation.run()
            #expect(simulation.exitCode == (held ? .held : .done), "sent \(age) s ago, second run")
        }
    }

    // MARK: --on-unknown

    @Test(arguments: [1, 2, 5])
    func resubmitPaysForOneMoreAttemptInARunAndThenHolds(losses: Int) {
        let builder = one(.none)
        var simulation = Simulation(builder.plan, seed: 58, options: MachineOptions(onUnknown: .resubmit, seed: 58))
        simulation.losesReply = { $0 < losses }
        let begin = simulation.now
        let machine = simulation.run()
        #expect(simulation.exitCode == (losses == 1 ? .done : .held))
        #expect(simulation.provider.jobs.count == 2)
        #expect(simulation.provider.jobs[1].acceptedAt - begin >= .seconds(2), "the second is not sent at once")
        if losses > 1 { #expect(machine.standing(of: 0).reason?.contains("sent again once in this run already") == true) }
    }

    @Test(arguments: UnknownPolicy.allCases)
    func anotherPayloadUnderTheKeyIsNeverSentUnderANewOne(policy: UnknownPolicy) {
        for recovery in [RecoveryPlan.none, RecoveryPlan(key: KeyPlan(lifetime: nil)), RecoveryPlan(listing: listing)] {
            let builder = one(recovery)
            var simulation = Simulation(builder.plan, seed: 59, options: MachineOptions(onUnknown: policy, seed: 59))
            simulation.failure = { call, _ in call == .submit ? CallFailure(.mismatch, "422 another payload") : nil }
            simulation.run()
            #expect(simulation.exitCode == (policy == .skip ? .someFailed : .held))
            #expect(simulation.submissions == 1)
        }
    }

    // MARK: keys

    @Test func aResendThatWaitedLongerThanItsKeyLivesIsNotSent() {
        // The provider asks for a pause right after the first sending was lost.
        let builder = one(RecoveryPlan(key: KeyPlan(lifetime: .seconds(600))))
        var simulation = Simulation(builder.plan, seed: 60)
        simulation.provider.honoursKeys = true
        simulation.losesReply = { $0 == 0 }
        simulation.failure = { call, number in
            call == .submit && number == 1 ? CallFailure(.throttled(retryAfter: .seconds(3000)), "429") : nil
        }
        simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(simulation.submissions == 2)
        #expect(simulation.provider.jobs.count == 1)
    }

    /// The record says that it was sent in what is the future now.
    @Test(arguments: [(3600, true), (nil, false)] as [(Int?, Bool)])
    func aKeyWhoseAgeNobodyKnowsIsNotSentAgainUnlessItLivesForEver(lifetime: Int?, isHeld: Bool) {
        let builder = one(RecoveryPlan(key: KeyPlan(lifetime: lifetime.map { .seconds($0) })))
        var simulation = Simulation(builder.plan, seed: 68)
        simulation.provider.honoursKeys = true
        simulation.restored = [
            JobReference(instance: 0, job: 0): RestoredJob(attempt: 1, intendedAt: simulation.now + .seconds(7200), stage: .unknown)
        ]
        let machine = simulation.run()
        #expect(simulation.exitCode == (isHeld ? .held : .done))
        #expect(simulation.submissions == (isHeld ? 0 : 1))
        if isHeld { #expect(machine.standing(of: 0).reason?.contains("the clock was set back") == true) }
    }

    @Test func anExpiredKeyFallsBackToTheListing() {
        let builder = one(RecoveryPlan(key: KeyPlan(lifetime: .seconds(3600)), listing: listing))
        var simulation = Simulation(builder.plan, seed: 61)
        simulation.provider.honoursKeys = true
        simulation.losesReply = { $0 == 0 }
        simulation.run(crashAfter: 8)
        #expect(simulation.provider.jobs.count == 1)
        simulation.now = simulation.now + .seconds(7200)
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.submissions == 1)
        #expect(simulation.provider.jobs.count == 1)
    }

    @Test func aKeyThatStaysInFlightIsNotAskedUnderForEver() {
        let builder = one(RecoveryPlan(key: KeyPlan(lifetime: nil)))
        var simulation = Simulation(builder.plan, seed: 62)
        simulation.failure = { call, _ in call == .submit ? CallFailure(.inFlight, "409 in flight") : nil }
        simulation.run()
        #expect(simulation.exitCode == .held)
        #expect((50...150).contains(simulation.submissions))
    }

    @Test func aConflictAtAProviderThatHonoursNoKeysIsNotAnswered() {
        let builder = one(.none)
        var simulation = Simulation(builder.plan, seed: 63)
        simulation.failure = { call, _ in call == .submit ? CallFailure(.inFlight, "409 in flight") : nil }
        simulation.run()
        #expect(simulation.exitCode == .held)
        #expect(simulation.submissions == 1)
    }

    // MARK: tries and ends

    @Test func whatNeverArrivesIsNotSentForEver() {
        var builder = one(RecoveryPlan(listing: listing))
        builder.retry.attempts = 3
        builder.add(.t2i, prompt: "b")
        var simulation = Simulation(builder.plan, seed: 64)
        simulation.failure = { call, _ in call == .submit ? CallFailure(.lost, "connection reset") : nil }
        let machine = simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(machine.standing(of: 1).reason?.contains("never accepted, 3 times") == true)
        #expect(simulation.provider.jobs.isEmpty)
        simulation.failure = { _, _ in nil }
        simulation.run()
        #expect(simulation.exitCode == .done, "the next run tries again, under the same key")
        #expect(simulation.provider.charges.values.allSatisfy { $0 == 1 })
    }

    @Test func heldStandsAboveTimedOut() {
        var builder = PlanBuilder()
        builder.recovery = .none
        builder.timeout = .seconds(60)
        builder.add(.t2i, prompt: "a", jobs: 2)
        var simulation = Simulation(builder.plan, seed: 65)
        simulation.losesReply = { $0 == 0 }
        simulation.provider.duration = { _ in .seconds(100_000) }
        let machine = simulation.run()
        #expect(machine.standing(of: 0).status == .held)
        #expect(simulation.exitCode == .held)
    }

    @Test func aPaidJobInFlightIsBroughtHomeWhenWhatItsStepNeedsFails() {
        var builder = PlanBuilder()
        let needed = builder.add(.t2i, prompt: "a")
        let other = builder.add(.t2i, prompt: "b", needs: [needed], jobs: 2)
        var simulation = Simulation(builder.plan, seed: 66)
        simulation.run()
        // A later run finds the needed picture gone at the provider, and a job of the second step still on record as accepted.
        simulation.saved = []
        let job = JobReference(instance: other, job: 0)
        let remote = simulation.provider.jobs.first { $0.fingerprint.prompt == "b" }?.id ?? ""
        simulation.restored = [
            JobReference(instance: needed, job: 0): RestoredJob(
                attempt: 1, intendedAt: simulation.now, stage: .ended(AcceptedJob(remoteID: "gw-x"), .failed, message: "broken")),
            job: RestoredJob(attempt: 1, intendedAt: simulation.now, stage: .accepted(AcceptedJob(remoteID: remote), at: simulation.now)),
        ]
        let machine = simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(simulation.saved == [OutputReference(instance: other, output: 0)], "what was paid for is brought home")
        #expect(machine.standing(of: other).status == .failed)
        #expect(simulation.provider.jobs.count == 3, "and what was not sent is not paid for")
    }

    @Test(arguments: [JobOutcome.blocked, .canceled, .failed])
    func whatAnEarlierRunSawRefundedIsNotCalledBilled(outcome: JobOutcome) {
        var builder = PlanBuilder()
        builder.refunded = [.blocked, .canceled]
        builder.add(.t2i, prompt: "a")
        var simulation = Simulation(builder.plan, seed: 67)
        simulation.provider.outcome = { _ in outcome }
        for _ in 0..<2 {
            let machine = simulation.run()
            #expect(simulation.exitCode == .someFailed)
            let reason = machine.standing(of: 0).reason ?? ""
            #expect(reason.contains("not billed") == (outcome != .failed), "\(reason)")
            #expect(reason.contains("not known") == (outcome == .failed), "\(reason)")
        }
        #expect(simulation.provider.jobs.count == 1)
    }
}
