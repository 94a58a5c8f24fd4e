import Foundation
import Pipeline
import Scheduling
import Testing

/// What comes before what, and what an upload takes, by the machine itself.
@Suite struct OrderTests {
    @Test("`needs` waits for every instance", arguments: [1, 2, 3])
    func needsWaitsForTheLastOfThem(seed: UInt64) throws {
        var builder = PlanBuilder()
        builder.limits.threads = nil
        let needed = (0..<4).map { builder.add(.t2i, prompt: "needed \($0)") }
        let late = builder.add(.t2v, prompt: "late", needs: needed)
        builder.add(.t2i, prompt: "other")
        var simulation = Simulation(builder.plan, seed: seed)
        // The needed ones end one after the other.
        var durations = [20, 400, 90, 200].map(Duration.seconds)
        simulation.provider.duration = { _ in durations.isEmpty ? .seconds(5) : durations.removeFirst() }
        let machine = simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(machine.standing(of: late).status == .succeeded)
        let jobs = simulation.provider.jobs
        let dependent = try #require(jobs.first { $0.fingerprint.prompt == "late" })
        let ends = jobs.filter { $0.fingerprint.prompt?.hasPrefix("needed") == true }.map(\.endsAt)
        #expect(ends.count == 4)
        #expect(try #require(ends.max()) <= dependent.acceptedAt, "submitted at \(dependent.acceptedAt), they end at \(ends)")
    }

    @Test(
        "Transfers (hidden uploads of a result for the next step) are nodes of the plan keyed by content and account: they take requests, no slot, and are counted in requests, not in steps"
    )
    func transfersTakeRequestsAndNoSlot() throws {
        var builder = PlanBuilder()
        builder.limits.threads = 1
        let scene = builder.add(.t2i, prompt: "scene", outputsPerJob: 2)
        // Two takers of one result: one upload.
        for output in [0, 0, 1] { builder.add(.i2v, prompt: "clip", from: [OutputReference(instance: scene, output: output)]) }
        let plan = builder.plan
        #expect(plan.transfers.count == 2 && plan.instances.count == 4)
        var simulation = Simulation(plan, seed: 23)
        simulation.run()
        #expect(simulation.exitCode == .done)
        #expect(simulation.violation == nil)
        #expect(simulation.transferred.count == 2)
        let uploads = simulation.leases.filter { $0.call == .upload }
        #expect(uploads.count == 2, "each is a request that is leased")
        #expect(uploads.allSatisfy { $0.slot == nil }, "none takes a thread")
        #expect(simulation.leases.count { $0.slot != nil } == 4, "the four jobs do")
        #expect(simulation.provider.requests.count == simulation.leases.count, "uploads are counted like every request")
    }
}
