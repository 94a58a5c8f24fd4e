import Foundation
import Sandbox
import Testing

/// Which of several reasons a run ends with, and which reasons come before anything is sent.
@Suite struct ExitPrecedenceTests {
    private func faults(_ rules: String..., in workspace: Workspace) throws {
        try workspace.write(#"{"faults": [\#(rules.joined(separator: ", "))]}"#, to: "faults.json")
    }

    private let failed = #"{"fault": "fail_job", "endpoint": "text-to-image", "requests": [1]}"#
    private let lost = #"{"fault": "close_before_accepting", "endpoint": "text-to-image", "requests": [2]}"#
    private let unlisted = "providers: { flow: { reconcile: { listing: { complete: false } } } }"

    @Test("a run that reached its end uses 2 > 1 > 0")
    func heldBeatsFailedBeatsDone() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"], overlay: unlisted))
        try faults(failed, lost, in: workspace)
        let held = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"])
        #expect(held.exitCode == 2, "\(held.everything)")
        #expect(try workspace.summary().steps.map(\.status).sorted() == ["failed", "held", "succeeded"])

        let other = try Workspace()
        try other.write(Campaigns.pictures(["cat", "dog"]))
        try faults(failed, in: other)
        let some = try await Flowbatch.runSandbox(other, ["--faults", "faults.json"])
        #expect(some.exitCode == 1, "\(some.everything)")
        #expect(try other.summary().steps.map(\.status).sorted() == ["failed", "succeeded"])

        let whole = try Workspace()
        try whole.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(whole).exitCode == 0)
    }

    @Test("Why it stopped beats what happened: 74 > 70 > 6 > 77 > 4 > 69 > 3 > 5")
    func reasonsBeatFailures() async throws {
        let budget = try Workspace()
        try budget.write(Campaigns.pictures(["cat", "dog", "owl"], overlay: unlisted + "\nbudget: 200 VND"))
        try faults(failed, lost, in: budget)
        let over = try await Flowbatch.runSandbox(budget, ["--faults", "faults.json"])
        #expect(over.exitCode == 3, "3 > 2 and 1: \(over.everything)")

        let credits = try Workspace()
        try credits.write(Campaigns.pictures(["cat", "dog", "owl"], overlay: "budget: 200 VND"))
        try faults(failed, in: credits)
        let out = try await Flowbatch.runSandbox(credits, ["--faults", "faults.json", "--credits", "150"])
        #expect(out.exitCode == 4, "4 > 3 and 1: \(out.everything)")

        let interrupted = try Workspace()
        try interrupted.write(Campaigns.pictures(["cat", "dog"], overlay: "budget: 100 VND"))
        let running = try Flowbatch.start(
            ["run", "campaign.yaml", "--sandbox=20", "--render", "none", "--events", "-"], in: interrupted)
        running.send(SIGINT, onceWritten: "job.accepted")
        let stopped = await running.result()
        #expect(stopped.exitCode == 6, "6 > 3: \(stopped.everything)")

        let unwritable = try Workspace()
        try unwritable.write(Campaigns.pictures(["cat"]))
        try unwritable.write("in the way", to: "outputs/test-sandbox/run.json/file")
        let broken = try await Flowbatch.run(
            ["run", "campaign.yaml", "--sandbox=600", "--render", "none"], in: unwritable,
            environment: ["FLOWBATCH_FAILPOINTS": "accepted-recorded=error"])
        #expect(broken.exitCode == 74, "74 > 70: \(broken.everything)")
    }

    @Test("7, 64, 65, 66, 78 come before anything is sent")
    func nothingIsSentBefore() async throws {
        let workspace = try Workspace()
        let key = "sk-any"
        let server = try await SandboxServer.start(
            SandboxConfiguration(speed: 600, stateDirectory: workspace.url("server"), apiKeys: [key], render: .none))
        let reach = ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": key]
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write(Campaigns.pictures(["cat"]).replacing("uses:", with: "use:"), to: "broken.yaml")
        try workspace.write(Campaigns.chain().replacing("product.png", with: "nowhere.png"), to: "missing.yaml")
        try workspace.write(#"{"faults": [{"fault": "stuck_job"}]}"#, to: "faults.json")
        let holder = try Flowbatch.start(
            [
                "run", "campaign.yaml", "--sandbox", "--render", "none", "--faults", "faults.json", "--state", "state.sqlite", "--events",
                "-",
            ],
            in: workspace)
        await holder.hasWritten("run.started")

        var ends: [Int32] = []
        for (arguments, environment) in [
            (["campaign.yaml", "--state", "state.sqlite"], reach), (["campaign.yaml", "--max-cost", "plenty"], reach),
            (["broken.yaml"], reach), (["missing.yaml"], reach), (["campaign.yaml"], ["FLOW_BASE_URL": server.baseURL.absoluteString]),
        ] {
            let result = try await Flowbatch.run(["run"] + arguments, in: workspace, environment: environment)
            ends.append(result.exitCode)
        }
        #expect(ends == [7, 64, 65, 66, 78])
        #expect(await server.statistics().totalRequests == 0)
        holder.send(SIGTERM)
        #expect(await holder.result().exitCode == 6)
        await server.stop()
    }
}
