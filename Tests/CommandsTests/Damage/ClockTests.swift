import Foundation
import Sandbox
import Testing

/// The wall clock is set between runs.
@Suite struct ClockTests {
    private let arguments = ["run", "campaign.yaml", "--sandbox=900", "--render", "none"]

    /// Killed under one clock, resumed under another: an hour, a day and a year later, or an hour and a day earlier, then as before.
    @Test(arguments: [3600, 86_400, 31_536_000, -3600, -86_400])
    func nothingIsSentTwiceAndTheRunEnds(jump: Int) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((1...4).map { "cat\($0)" }))
        let first = try Flowbatch.start(arguments + ["--events", "-"], in: workspace)
        first.send(SIGKILL, onceWritten: "job.accepted", times: 2)
        _ = await first.result()
        let second = try await Flowbatch.run(arguments, in: workspace, environment: ["FLOWBATCH_CLOCK": "\(jump)"])
        #expect(second.exitCode == 0, "\(second.everything)")
        let third = try await Flowbatch.run(arguments, in: workspace)
        #expect(third.exitCode == 0, "\(third.everything)")
        #expect(try workspace.summary().totals.requests == 0)
        let prompts = try await workspace.ledger(speed: 900).entries.map(\.prompts)
        #expect(prompts.count == 4 && Set(prompts).count == 4, "charged \(prompts)")
    }

    /// A window opens when its time has passed, not when a clock says so: whether the clock was set ahead, or the machine was started anew with a
    /// clock that is wrong.
    @Test(arguments: [("3600", nil), ("31536000", nil), ("-3600", "another")] as [(String, String?)])
    func aClockThatWasSetOpensNoWindow(clock: String, boot: String?) async throws {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures((1...12).map { "cat\($0)" }, overlay: "providers: { flow: { limits: { requests: 20/hour } } }"))
        let first = try Flowbatch.start(arguments + ["--events", "-"], in: workspace)
        // A good part of its allowance is used up by then.
        first.send(SIGKILL, onceWritten: "artifact.saved")
        _ = await first.result()
        var environment = ["FLOWBATCH_CLOCK": clock]
        environment["FLOWBATCH_BOOT"] = boot
        let second = try await Flowbatch.run(arguments, in: workspace, environment: environment)
        #expect(second.exitCode == 0, "\(second.everything)")
        let statistics = try await workspace.books(speed: 900) { await $0.statistics(window: 4) }
        #expect(statistics.peakRequestsInWindow <= 20 && statistics.totalRequests > 20)
        #expect(try await workspace.ledger(speed: 900).entries.count == 12)
    }

    /// Two at once, as in containers with clocks of their own: one window, the same threads.
    @Test func processesWithDifferentClocksShareOneWindow() async throws {
        let workspace = try Workspace()
        for (folder, prefix) in [("one", "cat"), ("two", "dog")] {
            let manifest = Campaigns.pictures(
                (1...6).map { "\(prefix)\($0)" }, overlay: "providers: { flow: { limits: { requests: 20/hour } } }")
            try workspace.write(manifest.replacing("name: test", with: "name: \(folder)"), to: "\(folder)/campaign.yaml")
        }
        let server = try await SandboxProcess(workspace, ["--port", "0", "--speed", "900", "--threads", "3"])
        let environment = ["FLOW_BASE_URL": server.address, "FLOW_API_KEY": "sandbox", "FLOWBATCH_SPEED": "900"]
        func start(_ folder: String, clock: String) throws -> Flowbatch.Running {
            try Flowbatch.start(
                ["run", "campaign.yaml", "--yes", "--progress", "none"], in: workspace, folder: folder,
                environment: environment.merging(["FLOWBATCH_CLOCK": clock]) { $1 })
        }
        let runs = try [start("one", clock: "7200"), start("two", clock: "-86400")]
        for run in runs {
            let result = await run.result()
            #expect(result.exitCode == 0, "\(result.everything)")
        }
        let statistics = try await server.read(SandboxStatistics.self, "/sandbox/statistics?window=4")
        let ledger = try await server.read(SandboxLedger.self, "/sandbox/ledger")
        await server.stop()
        #expect(statistics.peakRequestsInWindow <= 20 && statistics.totalRequests > 20)
        #expect(statistics.submissionsOverThreads == 0)
        #expect(ledger.entries.count == 12)
    }

    /// A clock that was set back makes the requests of before lie in the future: they still count.
    @Test func aClockSetBackEmptiesNoWindow() async throws {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures((1...12).map { "cat\($0)" }, overlay: "providers: { flow: { limits: { requests: 20/hour } } }"))
        let first = try Flowbatch.start(arguments + ["--events", "-"], in: workspace)
        first.send(SIGKILL, onceWritten: "artifact.saved")
        _ = await first.result()
        let second = try await Flowbatch.run(arguments, in: workspace, environment: ["FLOWBATCH_CLOCK": "-2"])
        #expect(second.exitCode == 0, "\(second.everything)")
        let statistics = try await workspace.books(speed: 900) { await $0.statistics(window: 4) }
        #expect(statistics.peakRequestsInWindow <= 20 && statistics.totalRequests > 20)
        #expect(try await workspace.ledger(speed: 900).entries.count == 12)
    }
}
