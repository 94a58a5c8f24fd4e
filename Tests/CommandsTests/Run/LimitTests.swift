import Foundation
import Sandbox
import Testing

/// What the server sees of a client under limits.
@Suite struct LimitTests {
    @Test(arguments: [("prepaid", 3), ("turbo", 6)])
    func neverMoreJobsAtOnceThanThePlanAllows(plan: String, threads: Int) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain(plan: plan, count: 3))
        let result = try await Flowbatch.runSandbox(workspace, speed: 200)
        #expect(result.exitCode == 0, "\(result.everything)")
        let statistics = try await workspace.books(speed: 200) { await $0.statistics() }
        #expect(statistics.peakOutstandingJobs <= threads)
        #expect(statistics.submissionsOverThreads == 0)
    }

    /// Jobs that never end: a run that used fewer threads would never get so far.
    @Test(arguments: [("prepaid", 3), ("turbo", 6)])
    func asManyJobsAtOnceAsThePlanAllowsAreReached(plan: String, threads: Int) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((1...8).map { "cat\($0)" }, overlay: "providers: { flow: { plan: \(plan) } }"))
        try workspace.write(#"{"faults": [{"fault": "stuck_job"}]}"#, to: "faults.json")
        let run = try Flowbatch.start(
            ["run", "campaign.yaml", "--sandbox=600", "--render", "none", "--faults", "faults.json", "--events", "-"], in: workspace)
        run.send(SIGTERM, onceWritten: "job.accepted", times: threads)
        #expect(await run.result().exitCode == 6)
        let statistics = try await workspace.books { await $0.statistics() }
        #expect(statistics.peakOutstandingJobs == threads)
        #expect(statistics.submissionsOverThreads == 0)
    }

    @Test func neverMoreRequestsInAnyWindowThanTheLimitAcrossAKill() async throws {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures((1...12).map { "cat\($0)" }, overlay: "providers: { flow: { limits: { requests: 20/hour } } }"))
        let arguments = ["run", "campaign.yaml", "--sandbox=900", "--render", "none"]
        let first = try Flowbatch.start(arguments + ["--events", "-"], in: workspace)
        // A good part of its allowance is used up by then.
        first.send(SIGKILL, onceWritten: "artifact.saved")
        _ = await first.result()
        let result = try await Flowbatch.run(arguments, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let statistics = try await workspace.books(speed: 900) { await $0.statistics(window: 4) }
        #expect(statistics.peakRequestsInWindow <= 20)
        #expect(statistics.totalRequests > 20)
        #expect(statistics.throttledRequests == 0)
        #expect(try await workspace.ledger(speed: 900).entries.count == 12)
    }

    @Test func aDailyCapEndsWithFive() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((1...5).map { "cat\($0)" }, overlay: "providers: { flow: { limits: { images: 3/day } } }"))
        // The faster the provider, the shorter its day: at this pace hardly a run meets midnight.
        let result = try await Flowbatch.runSandbox(workspace, speed: 60)
        #expect(result.exitCode == 5, "\(result.everything)")
        #expect(try workspace.summary().totals.done == 3)
        #expect(try await workspace.ledger(speed: 60).entries.count == 3)
    }

    @Test func aBudgetEndsWithThreeAndIsNotPassed() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"], overlay: "budget: 250 VND"))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 3, "\(result.everything)")
        #expect(try await workspace.ledger().totals.charged == "200")
        let once = try await Flowbatch.runSandbox(workspace, ["--max-cost", "1000 VND"])
        #expect(once.exitCode == 3)
        #expect(try await workspace.ledger().totals.charged == "200")
    }

    @Test func noCreditsEndsWithFourAndTheNextRunGoesOn() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"]))
        let result = try await Flowbatch.runSandbox(workspace, ["--credits", "250"])
        #expect(result.exitCode == 4, "\(result.everything)")
        #expect(result.errors.contains("top up"))
        #expect(try workspace.summary().totals.done == 2)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 3)
    }
}
