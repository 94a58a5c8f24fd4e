import Foundation
import Sandbox
import Synchronization
import Testing

/// What `--sandbox` promises, shown with the built program.
@Suite struct SandboxSentenceTests {
    /// The plan without the lines that tell a time of day, which goes on between two plans.
    private func plan(_ workspace: Workspace, _ flags: [String] = []) async throws -> String {
        let result = try await Flowbatch.run(["plan", "campaign.yaml"] + flags, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return result.output.split(separator: "\n").filter { !$0.contains(/[0-9]{2}:[0-9]{2}/) }.joined(separator: "\n")
    }

    private func isThere(_ path: String, in workspace: Workspace) -> Bool {
        FileManager.default.fileExists(atPath: workspace.url(path).path)
    }

    @Test("`--sandbox` uses the account `sandbox`")
    func itHasAnAccountOfItsOwn() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { account: mine } }"))
        #expect(try await plan(workspace, ["--sandbox"]).contains("flow/sandbox"))
        #expect(try await plan(workspace).contains("flow/mine"))
    }

    @Test("its state, account state and the server's own jobs and ledger live in `.flowbatch/sandbox/` and survive kill -9")
    func everythingLivesInOneFolderAndSurvives() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let arguments = ["run", "campaign.yaml", "--sandbox=600", "--render", "none", "--events", "-"]
        let first = try Flowbatch.start(arguments, in: workspace)
        first.send(SIGKILL, onceWritten: "job.accepted", times: 2)
        _ = await first.result()
        for name in ["state.sqlite", "accounts.sqlite", "server/journal.jsonl"] {
            #expect(isThere(".flowbatch/sandbox/" + name, in: workspace))
        }
        for elsewhere in ["home", ".local", ".flowbatch/state.sqlite"] { #expect(!isThere(elsewhere, in: workspace)) }
        let paid = try await workspace.ledger().entries
        #expect(paid.count >= 2)
        #expect(try await Flowbatch.run(arguments, in: workspace).exitCode == 0)
        let ledger = try await workspace.ledger()
        #expect(ledger.entries.count == 12 && Set(paid).isSubset(of: ledger.entries))
        #expect(isThere(".flowbatch/sandbox/server/ledger.json", in: workspace))
    }

    /// Nobody runs between the kill and the look at the clock.
    @Test("jobs advance by the clock")
    func jobsGoOnWithoutAProcess() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let run = try Flowbatch.start(["run", "campaign.yaml", "--sandbox=1", "--render", "none", "--events", "-"], in: workspace)
        run.send(SIGKILL, onceWritten: "job.accepted")
        let events = await run.result().output.split(separator: "\n")
        // Seconds after the job was accepted, however busy this machine is.
        let accepted = try #require(events.first { $0.contains("job.accepted") }?.firstMatch(of: /"time":"([^"]+)"/)?.1)
        let clock = Clock(at: try Date(String(accepted), strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)))
        clock.advance(by: 3)
        let server = try await SandboxServer.start(
            SandboxConfiguration(
                speed: 1, stateDirectory: workspace.url(".flowbatch/sandbox/server"), render: .none, now: { clock.now }))
        let killed = await server.statistics().jobs
        clock.advance(by: 3600)
        let later = await server.statistics().jobs
        await server.stop()
        #expect([killed, later] == [["processing": 1], ["completed": 1]])
    }

    private final class Clock: Sendable {
        private let time: Mutex<Date>

        init(at start: Date) { time = Mutex(start) }

        var now: Date { time.withLock { $0 } }

        func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
    }

    @Test("outputs go to `outputs/<name>-sandbox/`")
    func outputsHaveAFolderOfTheirOwn() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]).replacing("name: test", with: "name: summer") + "\n    save: cat.png\n")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        for name in ["cat.png", "run.json", "events.jsonl"] { #expect(isThere("outputs/summer-sandbox/" + name, in: workspace)) }
        #expect(!isThere("outputs/summer", in: workspace))
    }

    @Test("No real run ever reuses or learns from it")
    func realRunsKnowNothingOfIt() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        // When it would be done depends on when one asks.
        func timeless(_ plan: String) -> String { plan.replacing(#/done at about [^,]*/#, with: "") }
        let before = timeless(try await plan(workspace))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(timeless(try await plan(workspace)) == before, "the plan of a real run changed")
        try await Provider.serving(workspace, { $0.credits = 100 }) { provider in
            let real = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: provider.environment)
            #expect(real.exitCode == 4, "\(real.everything)")
            let ledger = await provider.server.ledger()
            #expect(ledger.entries.count == 1, "what the sandbox made passed for paid work")
            // Other accounts, other identities: not even the keys are the same.
            let sandbox = try await workspace.ledger().entries.compactMap(\.idempotencyKey)
            #expect(Set(ledger.entries.compactMap(\.idempotencyKey)).isDisjoint(with: sandbox))
        }
    }

    @Test("Default SPEED 60")
    func anHourIsAMinute() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await plan(workspace, ["--sandbox"]).contains("600/minute"))
        #expect(try await plan(workspace, ["--sandbox"]) == plan(workspace, ["--sandbox=60"]))
        #expect(try await plan(workspace, ["--sandbox=3600"]).contains("600/second"))
        // A run too: what it left says so, and the limits of a look without a speed are the run's.
        try await expectSpeed(600, ["--sandbox=600"], "600/6s")
        try await expectSpeed(60, ["--sandbox"], "600/minute")
    }

    private func expectSpeed(_ speed: Double, _ flag: [String], _ limit: String) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.run(["run", "campaign.yaml", "--render", "none"] + flag, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let settings = try JSONSerialization.jsonObject(with: Data(contentsOf: workspace.url(".flowbatch/sandbox/settings.json")))
        #expect((settings as? [String: Any])?["speed"] as? Double == speed)
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox"], in: workspace)
        #expect(status.output.contains(limit), "\(status.output)")
    }

    @Test("No key needed")
    func neitherKeyNorHost() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.run(["run", "campaign.yaml"], in: workspace).exitCode == 78)
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
    }
}
