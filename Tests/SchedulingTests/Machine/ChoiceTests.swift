import Foundation
import Pipeline
import Scheduling
import Testing

/// Choosing before paying, as the machine sees it: what waits for a person is never paid, and keeps nothing else from running.
@Suite struct ChoiceTests {
    private static let open = ChoiceWait(step: "scene", isOpen: true, reason: "waits for your choice among scene's pictures")

    /// A scene of `outputs` pictures, and for each an upscale and a clip that wait for a choice.
    private static func campaign(_ outputs: Int, threads: Int = 3) -> (builder: PlanBuilder, chains: [[Int]]) {
        var builder = PlanBuilder()
        builder.limits.threads = threads
        let scene = builder.add(.t2i, prompt: "scene", outputsPerJob: outputs)
        let chains = (0..<outputs).map { output in
            let hd = builder.add(.upscale, from: [OutputReference(instance: scene, output: output)], awaits: open)
            return [
                hd, builder.add(.i2v, prompt: "clip \(output)", from: [OutputReference(instance: hd, output: 0)], awaits: open),
            ]
        }
        return (builder, chains)
    }

    @Test func whatIsNotChosenWaitsAndTheRunIsDone() {
        var (builder, chains) = Self.campaign(3)
        var simulation = Simulation(builder.plan, seed: 1)
        var machine = simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.jobs.count == 1)
        #expect(simulation.transferred.isEmpty, "nothing is uploaded for what waits")
        #expect(chains.joined().allSatisfy { machine.standing(of: $0).status == .waiting })
        builder.choose(chains[1])
        simulation.plan = builder.plan
        machine = simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(chains[1].allSatisfy { machine.standing(of: $0).status == .succeeded })
        #expect((chains[0] + chains[2]).allSatisfy { machine.standing(of: $0).status == .waiting })
        #expect(simulation.provider.jobs.count == 3)
        builder.choose(chains.joined())
        simulation.plan = builder.plan
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.jobs.count == 7)
    }

    @Test func aFailureSkipsWhatWaitsToo() {
        let (builder, chains) = Self.campaign(2)
        var simulation = Simulation(builder.plan, seed: 2)
        simulation.provider.outcome = { _ in .failed }
        let machine = simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(chains.joined().allSatisfy { machine.standing(of: $0).status == .skipped })
    }

    @Test func whatTheProviderHasIsBroughtHomeThoughTheChoiceWasTakenBack() {
        var (builder, chains) = Self.campaign(1)
        let waiting = builder.plan
        builder.choose(chains[0])
        var simulation = Simulation(builder.plan, seed: 3)
        simulation.provider.duration = { _ in .seconds(60) }
        while simulation.provider.jobs.count < 2 { simulation.run(interruptAfter: 25 + simulation.steps) }
        #expect(simulation.exitCode == .interrupted)
        simulation.plan = waiting
        let machine = simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(machine.standing(of: chains[0][0]).status == .succeeded)
        #expect(machine.standing(of: chains[0][1]).status == .waiting)
        #expect(simulation.provider.jobs.count == 2)
    }

    /// Runs crash at random moments and a person chooses more between them: only what was chosen is paid, each job once.
    @Test func crashesAndChoicesAtRandomMomentsPayOnlyWhatIsChosen() async {
        let rounds = UInt64(ProcessInfo.processInfo.environment["FLOWBATCH_CRASH_ROUNDS"] ?? "") ?? 120
        let base = UInt64(ProcessInfo.processInfo.environment["FLOWBATCH_SEED"] ?? "") ?? UInt64.random(in: 0...UInt64.max / 2)
        print("choice rounds: \(rounds), seed \(base)")
        for round in 0..<rounds {
            await Task.yield()
            let seed = base &+ round
            var random = SplitMix64(seed: seed)
            var (builder, chains) = Self.campaign(Int.random(in: 1...5, using: &random), threads: Int.random(in: 1...4, using: &random))
            var simulation = Simulation(builder.plan, seed: seed)
            simulation.losesReply = { number in
                var chance = SplitMix64(seed: seed &* 1000 &+ UInt64(number))
                return Int.random(in: 0..<5, using: &chance) == 0
            }
            var chosen: Set<Int> = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                simulation.run(crashAfter: Int.random(in: 0...150, using: &random))
                simulation.now = simulation.now + .seconds(Int64.random(in: 0...300, using: &random))
                guard Bool.random(using: &random), let chain = chains.indices.randomElement(using: &random) else { continue }
                chosen.insert(chain)
                builder.choose(chains[chain])
                simulation.plan = builder.plan
            }
            let machine = simulation.run()
            #expect(simulation.violation == nil, "seed \(seed)")
            #expect(simulation.exitCode == .done, "seed \(seed): \(builder.plan.instances.indices.map { machine.standing(of: $0) })")
            #expect(simulation.provider.charges.count == 1 + 2 * chosen.count, "seed \(seed)")
            #expect(simulation.provider.charges.values.allSatisfy { $0 == 1 }, "seed \(seed)")
            for (chain, positions) in chains.enumerated() {
                let wanted: InstanceStatus = chosen.contains(chain) ? .succeeded : .waiting
                #expect(positions.allSatisfy { machine.standing(of: $0).status == wanted }, "seed \(seed)")
            }
            if simulation.violation != nil || simulation.exitCode != .done { return }
        }
    }

    /// `--on-unknown resubmit` is on record before the next attempt: a crash in between neither asks again nor forgets the first.
    @Test func whatWasGivenUpStaysGivenUpAcrossACrash() {
        var asked = 0
        for crash in 1...40 {
            var builder = PlanBuilder()
            builder.recovery = .none
            builder.add(.t2i, prompt: "a")
            var simulation = Simulation(builder.plan, seed: UInt64(crash), options: MachineOptions(onUnknown: .resubmit, seed: 1))
            simulation.losesReply = { $0 == 0 }
            simulation.run(crashAfter: crash)
            let left = simulation.restored[JobReference(instance: 0, job: 0)]
            simulation.options = MachineOptions(onUnknown: .hold, seed: 1)
            simulation.run()
            #expect(simulation.provider.charges.values.allSatisfy { $0 == 1 } && simulation.provider.charges.count <= 2)
            guard left?.stage == .abandoned else { continue }
            asked += 1
            #expect(simulation.exitCode == .done, "crash after \(crash)")
            #expect(simulation.provider.charges.count == 2)
        }
        #expect(asked > 0, "no crash fell between the two attempts")
    }

    @Test func aLostFileIsToldBeforeItIsFetchedAgain() {
        var builder = PlanBuilder()
        builder.add(.t2i, prompt: "a")
        let accepted = AcceptedJob(remoteID: "gw-9")
        let left = RestoredInstance(
            jobs: [0: RestoredJob(attempt: 1, intendedAt: Timestamp(milliseconds: 0), stage: .ended(accepted, .succeeded, message: nil))],
            lost: [0: LostArtifact(path: "a.png", isAltered: true)])
        var machine = RunMachine(
            plan: builder.plan, restored: RestoredCampaign(instances: [0: left]), options: MachineOptions(seed: 1),
            now: Timestamp(milliseconds: 0))
        let actions = machine.start(now: Timestamp(milliseconds: 0))
        #expect(actions.contains(.report(.artifactMissed(instance: "t2i[0]", path: "a.png", isAltered: true))))
    }
}
