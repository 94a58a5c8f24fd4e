import Foundation
import Sandbox
import Testing

/// One campaign in two folders that share the accounts' memory, run at the same moment: they have the same idempotency keys.
@Suite struct CopyTests {
    private static let arguments = ["run", "campaign.yaml", "--progress", "none"]

    /// The first run is frozen with a job at the provider. A second is refused; one that waits goes on once the first ends, however it ends.
    @Test(arguments: [SIGCONT, SIGKILL])
    func theSecondIsRefusedByNameOrWaitsAndNothingIsChargedTwice(end: Int32) async throws {
        let workspace = try Workspace()
        for folder in ["one", "two"] {
            try workspace.write(Campaigns.pictures(["cat", "dog", "owl", "fox"]), to: "\(folder)/campaign.yaml")
        }
        let server = try await SandboxProcess(workspace, ["--port", "0", "--speed", "600"])
        let environment = ["FLOW_BASE_URL": server.address, "FLOW_API_KEY": "sandbox", "FLOWBATCH_SPEED": "600"]
        let first = try Flowbatch.start(
            Self.arguments + ["--yes", "--events", "-"], in: workspace, folder: "one", environment: environment)
        first.send(SIGSTOP, onceWritten: "job.accepted")
        await first.hasWritten("job.accepted")

        let second = try await Flowbatch.run(Self.arguments + ["--yes"], in: workspace, folder: "two", environment: environment)
        #expect(second.exitCode == 7, "\(second.everything)")
        #expect(second.errors.contains("process \(first.process.processIdentifier), since 20"))
        #expect(second.errors.contains(workspace.url("one/.flowbatch/state.sqlite").path))
        #expect(second.errors.contains("--wait-lock") && second.errors.contains("nothing was sent"))
        let resolved = try await Flowbatch.run(["resolve", "campaign.yaml"], in: workspace, folder: "two", environment: environment)
        #expect(resolved.exitCode == 0, "a look at what is held needs no lock: \(resolved.everything)")

        let third = try Flowbatch.start(
            Self.arguments + ["--yes", "--wait-lock"], in: workspace, folder: "two", environment: environment)
        third.react(onceShown: "Waiting for another run of this campaign to end: run ") { first.send(end) }
        let waited = await third.result()
        #expect(waited.exitCode == 0, "\(waited.everything)")
        #expect(waited.errors.contains(workspace.url("one/.flowbatch/state.sqlite").path))
        #expect(await first.result().exitCode == (end == SIGKILL ? SIGKILL : 0))

        let ledger = try await server.read(SandboxLedger.self, "/sandbox/ledger")
        #expect(ledger.entries.count == 4 && Set(ledger.entries.map(\.prompts)).count == 4, "charged \(ledger.entries.map(\.prompts))")
        #expect(try workspace.summary("two/outputs/test").totals.done == 4)
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.url("home/campaigns").path).isEmpty)
        // The first of them, killed, finds everything paid for.
        let again = try await Flowbatch.run(Self.arguments + ["--yes"], in: workspace, folder: "one", environment: environment)
        #expect(again.exitCode == 0, "\(again.everything)")
        #expect(try await server.read(SandboxLedger.self, "/sandbox/ledger").entries.count == 4)
        await server.stop()
    }
}
