import Foundation
import Sandbox
import Testing

/// The first SIGINT or SIGTERM stops submitting, writes the checkpoint, leaves remote jobs running and exits 6; a second exits at once.
/// Either way the next run picks the jobs up.
@Suite struct SignalTests {
    private static let arguments = ["run", "campaign.yaml", "--sandbox=20", "--render", "none", "--events", "-"]

    @Test(
        "The first SIGINT or SIGTERM stops submitting, writes the checkpoint, leaves remote jobs running and exits 6 within seconds; the next run picks the jobs up",
        arguments: [SIGINT, SIGTERM])
    func theFirstEndsWithSixAndLeavesRemoteJobsRunning(signal: Int32) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl", "elk"]))
        let first = try Flowbatch.start(Self.arguments, in: workspace)
        first.send(signal, onceWritten: "job.accepted")
        let interrupted = await first.result()
        #expect(interrupted.exitCode == 6, "\(interrupted.everything)")
        #expect(interrupted.output.contains(#""type":"run.finished""#) && interrupted.errors.contains("Interrupted"))
        #expect(try workspace.summary().status == "interrupted")
        // Three slots: the fourth picture was not submitted, and nothing that was is lost.
        let accepted = interrupted.output.split(separator: "\n").count { $0.contains("job.accepted") }
        #expect(try await workspace.ledger(speed: 20).entries.count == accepted)
        #expect(accepted < 4)
        let second = try await Flowbatch.run(Self.arguments, in: workspace)
        #expect(second.exitCode == 0, "\(second.everything)")
        #expect(try await workspace.ledger(speed: 20).entries.count == 4)
    }

    @Test("a second exits at once; the next run picks the jobs up")
    func theSecondExitsAtOnceAndTheNextRunFindsTheJobThatNobodyAnsweredFor() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write(
            #"{"faults": [{"fault": "hang_after_accepting", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        let arguments = ["run", "campaign.yaml", "--sandbox=600", "--render", "none", "--events", "-"]
        let first = try Flowbatch.start(arguments + ["--faults", "faults.json"], in: workspace)
        first.send(SIGINT, onceWritten: "step.submitted")
        first.send(SIGTERM, onceWritten: "run.stopping")
        let ended = await first.result()
        #expect(ended.exitCode == 6, "\(ended.everything)")
        #expect(!ended.output.contains("run.finished"), "a run that ends at once does not wait for a reply")
        let second = try await Flowbatch.run(arguments, in: workspace)
        #expect(second.exitCode == 0, "\(second.everything)")
        #expect(second.output.contains("job.reconciled"))
        #expect(try await workspace.ledger().entries.count == 1)
    }
}
