import Foundation
import Pipeline
import Scheduling
import Testing

/// What a failure, a missing output or a timeout means for the rest.
@Suite struct FailureTests {
    private func output(_ instance: Int, _ output: Int = 0) -> OutputReference { OutputReference(instance: instance, output: output) }

    @Test(
        "Planned counts are upper bounds: fewer outputs than asked is `partial`: kept, not retried, dependents of the missing index are skipped with that reason, exit 1"
    )
    func fewerOutputsThanAskedArePartial() {
        var builder = PlanBuilder()
        let scene = builder.add(.t2i, prompt: "a", outputsPerJob: 4)
        let hd = (0..<4).map { builder.add(.upscale, from: [output(scene, $0)]) }
        let clip = builder.add(.i2v, prompt: "b", from: [output(hd[3])])
        var simulation = Simulation(builder.plan, seed: 13)
        simulation.provider.outputsMade = { number, asked in number == 0 ? 3 : asked }
        for _ in 0..<2 {
            let machine = simulation.run()
            #expect(simulation.exitCode == .someFailed)
            #expect(machine.standing(of: scene).status == .partial)
            #expect((0..<3).allSatisfy { simulation.saved.contains(output(scene, $0)) }, "what came is kept")
            #expect(hd.map { machine.standing(of: $0).status } == [.succeeded, .succeeded, .succeeded, .skipped])
            let reason = machine.standing(of: hd[3]).reason ?? ""
            #expect(reason.contains("t2i[0]") && reason.contains("the provider made"), "\(reason)")
            #expect(machine.standing(of: clip).status == .skipped)
            #expect(machine.standing(of: clip).reason == reason, "the cause is named once, however long the chain is")
            #expect(simulation.provider.charges.count == 4, "nothing is asked for again")
        }
    }

    @Test("`on_failure` is the failing step's: `stop` submits nothing new and drains")
    func stopIsTheFailingStepsAndDrains() {
        for failing in [true, false] {
            var builder = PlanBuilder()
            builder.limits.threads = 2
            let first = builder.add(.t2i, prompt: "a", onFailure: failing ? .stop : .skipDependents)
            let second = builder.add(.t2i, prompt: "b", onFailure: .stop)
            let later = (0..<5).map { builder.add(.t2i, prompt: "c\($0)", onFailure: .stop) }
            var simulation = Simulation(builder.plan, seed: 15)
            simulation.provider.outcome = { $0 == 0 ? .failed : .succeeded }
            simulation.latency = { _ in .milliseconds(5) }
            var durations = [20, 60]
            simulation.provider.duration = { _ in .seconds(durations.isEmpty ? 30 : durations.removeFirst()) }
            let machine = simulation.run()
            #expect(simulation.exitCode == .someFailed)
            #expect(machine.standing(of: first).status == .failed)
            #expect(machine.standing(of: second).status == .succeeded, "what runs is brought home")
            #expect(simulation.provider.charges.count == (failing ? 2 : 7))
            #expect(later.allSatisfy { machine.standing(of: $0).status == (failing ? .waiting : .succeeded) })
        }
    }

    @Test func stopStopsAtATimeoutToo() {
        var builder = PlanBuilder()
        builder.timeout = .seconds(100)
        builder.limits.threads = 1
        builder.add(.t2i, prompt: "a", onFailure: .stop)
        builder.add(.t2i, prompt: "b")
        var simulation = Simulation(builder.plan, seed: 16)
        simulation.provider.duration = { _ in .seconds(150) }
        simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(simulation.provider.charges.count == 1)
    }

    @Test("`skip_dependents` skips its data and `needs` dependents")
    func skipDependentsSkipsDataAndNeeds() {
        var builder = PlanBuilder()
        let bad = builder.add(.t2i, prompt: "a", onFailure: .skipDependents)
        let data = builder.add(.upscale, from: [output(bad)])
        let grandchild = builder.add(.i2v, prompt: "b", from: [output(data)])
        let list = builder.add(.r2v, prompt: "c", from: [output(bad), output(data)], asList: true)
        let needs = builder.add(.t2i, prompt: "d", needs: [bad])
        let needsSkipped = builder.add(.t2i, prompt: "e", needs: [data])
        let other = builder.add(.t2i, prompt: "f")
        var simulation = Simulation(builder.plan, seed: 17)
        simulation.latency = { _ in .milliseconds(5) }
        simulation.provider.outcome = { $0 == 0 ? .failed : .succeeded }
        let machine = simulation.run()
        #expect(simulation.exitCode == .someFailed)
        for position in [data, grandchild, list, needs, needsSkipped] {
            let standing = machine.standing(of: position)
            #expect(standing.status == .skipped)
            let reason = standing.reason ?? ""
            #expect(reason.contains("t2i[0]") && reason.contains("gw-0"), "the cause: \(reason)")
            #expect(!reason.contains("upscale[1]") && reason.components(separatedBy: "t2i[0]").count == 2, "named once: \(reason)")
        }
        #expect(machine.standing(of: other).status == .succeeded)
        #expect(simulation.provider.charges.count == 2)
    }

    @Test("`continue` lets `needs` dependents run, and lists take what exists")
    func continueLetsNeedsRunAndListsTakeWhatExists() {
        var builder = PlanBuilder()
        let first = builder.add(.t2i, prompt: "a", onFailure: .continue)
        let second = builder.add(.t2i, prompt: "b", onFailure: .continue)
        let film = builder.add(.r2v, prompt: "film", from: [output(first), output(second)], asList: true)
        let single = builder.add(.upscale, from: [output(first)])
        let after = builder.add(.t2i, prompt: "c", needs: [first])
        var simulation = Simulation(builder.plan, seed: 14)
        simulation.latency = { _ in .milliseconds(5) }
        simulation.provider.outcome = { $0 == 0 ? .failed : .succeeded }
        let machine = simulation.run()
        #expect(machine.standing(of: film).status == .succeeded)
        #expect(machine.standing(of: after).status == .succeeded)
        #expect(machine.standing(of: single).status == .skipped, "one picture is no list")
        #expect(simulation.exitCode == .someFailed)
    }

    @Test("`attempts` counts the first", arguments: [1, 2, 3])
    func attemptsCountTheFirst(attempts: Int) {
        var builder = PlanBuilder()
        builder.failureIsFree = true
        builder.retry = RetryPolicy(attempts: attempts, initialInterval: .seconds(5), backoff: 2, maxInterval: .seconds(60))
        builder.add(.t2i, prompt: "a")
        var simulation = Simulation(builder.plan, seed: 12)
        simulation.provider.outcome = { _ in .failed }
        simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(simulation.provider.jobs.count == attempts)
    }

    @Test(
        "`timeout` bounds an accepted job: past it the instance is `timed_out`, its id is kept and polled first in the next run, and its slot is freed once cancelled or after twice the timeout"
    )
    func theTimeoutBoundsAnAcceptedJob() throws {
        var builder = PlanBuilder()
        builder.timeout = .seconds(100)
        builder.limits.threads = 1
        builder.add(.t2i, prompt: "a")
        builder.add(.t2i, prompt: "b")

        // Nobody knows whether it still runs: the slot is given to the next only after twice the timeout.
        var simulation = Simulation(builder.plan, seed: 18)
        var durations = [180, 30]
        simulation.provider.duration = { _ in .seconds(durations.isEmpty ? 30 : durations.removeFirst()) }
        let machine = simulation.run()
        #expect(simulation.exitCode == .someFailed)
        #expect(machine.standing(of: 0).status == .timedOut)
        #expect(machine.standing(of: 0).reason?.contains("gw-0") == true)
        #expect(machine.standing(of: 1).status == .succeeded)
        let jobs = simulation.provider.jobs
        try #require(jobs.count == 2)
        #expect(jobs[1].acceptedAt - jobs[0].acceptedAt >= .seconds(200))
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.provider.jobs.count == 2, "its id was kept")

        // The next run asks about it before it sends anything, and a job that was cancelled gives its slot back at once.
        for threads in [1, 2] {
            builder.limits.threads = threads
            var cancelled = Simulation(builder.plan, seed: 19)
            cancelled.provider.duration = { _ in .seconds(120) }
            cancelled.provider.outcome = { $0 == 0 ? .canceled : .succeeded }
            cancelled.options.only = [0]
            cancelled.run()
            #expect(cancelled.exitCode == .someFailed)
            let acceptedAt = try #require(cancelled.provider.jobs.first?.acceptedAt)
            cancelled.now = max(cancelled.now, acceptedAt + .seconds(121))
            cancelled.options.only = nil
            let events = cancelled.events.count
            cancelled.run()
            let kinds = cancelled.events.dropFirst(events)
            let ended = try #require(kinds.firstIndex { if case .jobEnded(_, "gw-0", .canceled, _) = $0 { true } else { false } })
            let submitted = try #require(kinds.firstIndex { if case .stepSubmitted = $0 { true } else { false } })
            #expect(threads > 1 || ended < submitted)
            #expect(cancelled.firstCall == .poll, "with \(threads) threads")
            try #require(cancelled.provider.jobs.count == 2)
            #expect(cancelled.provider.jobs[1].acceptedAt < acceptedAt + .seconds(200))
        }
    }
}
