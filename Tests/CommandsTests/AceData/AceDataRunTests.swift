import Foundation
import Sandbox
import Testing

/// Campaigns at Ace Data Cloud, run by the built program against the sandbox's Ace Data Cloud: what both write down has to agree.
@Suite struct AceDataRunTests {
    private func pictures(_ names: [String]) -> String {
        """
        flowbatch: 1
        name: test
        provider: acedata
        providers: { acedata: { prices: { image: 1 credits } } }
        steps:
          picture:
            uses: t2i
            for_each: [\(names.joined(separator: ", "))]
            with: { prompt: "a ${{ each.item }}" }
        """
    }

    @Test func theExampleRunsAndItsBooksAgree() async throws {
        let workspace = try Workspace()
        let example = CommandLinePage.repository.appending(path: "examples/acedata/campaign.yaml")
        try FileManager.default.copyItem(at: example, to: workspace.url("campaign.yaml"))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let summary = try workspace.summary("outputs/rooms-acedata-sandbox")
        #expect(summary.steps.flatMap(\.artifacts).count == 5)
        #expect(summary.totals.cost.map { "\($0.amount) \($0.unit)" } == ["5 credits"])
        let ledger = try await workspace.ledger()
        #expect(ledger.providers["acedata"]?.balance == "5" && ledger.entries.map(\.images).reduce(0, +) == 5)
        let statistics = try await workspace.books { await $0.statistics() }
        #expect(statistics.keysAtFileHost == 0 && statistics.submissionsOverThreads == 0)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 3)
    }

    /// Four tasks at work are asked for in one request.
    @Test func tasksAreAskedForTogether() async throws {
        let workspace = try Workspace()
        try workspace.write(pictures(["a", "b", "c", "d"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let (tasks, ledger) = try await workspace.books { (await $0.statistics().requests["acedata-tasks"] ?? 0, await $0.ledger()) }
        #expect(ledger.entries.count == 4)
        #expect(tasks > 4, "a task is asked for before its picture is fetched")
    }

    /// Neither a key nor a listing: what nobody knows is held, never sent again, and a person settles it.
    @Test func aLostReplyIsHeld() async throws {
        let workspace = try Workspace()
        try workspace.write(pictures(["cat", "dog"]))
        try workspace.write("faults: [{ fault: close_after_accepting, endpoint: acedata-images, requests: 1 }]", to: "faults.yaml")
        let lost = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.yaml"])
        #expect(lost.exitCode == 2, "\(lost.everything)")
        let before = try await workspace.ledger()
        #expect(before.entries.count == 2)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 2)
        #expect(try await workspace.ledger().entries.count == 2, "sent again without a word")
        let held = try #require(try workspace.summary().steps.first { $0.status != "succeeded" })
        let done = try workspace.summary().steps.flatMap(\.jobs)
        let job = try #require(before.entries.map(\.jobID).first { !done.contains($0) })
        let resolved = try await Flowbatch.run(
            ["resolve", "campaign.yaml", held.instance, "--job", job, "--sandbox=600"], in: workspace)
        #expect(resolved.exitCode == 0, "\(resolved.everything)")
        let finished = try await Flowbatch.runSandbox(workspace)
        #expect(finished.exitCode == 0, "\(finished.everything)")
        #expect(try await workspace.ledger().entries.count == 2)
        #expect(try workspace.summary().totals.cost.map(\.amount) == ["2"])
    }

    @Test func anEmptyAccountStopsTheRun() async throws {
        let workspace = try Workspace()
        try workspace.write(pictures(["cat", "dog", "cow"]))
        let empty = try await Flowbatch.runSandbox(workspace, ["--credits", "2"])
        #expect(empty.exitCode == 4, "\(empty.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 3)
    }
}
