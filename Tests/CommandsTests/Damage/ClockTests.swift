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
