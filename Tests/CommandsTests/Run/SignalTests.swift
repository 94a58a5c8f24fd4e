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

    /// These jobs never end: who waited for them would say how they ended, and only when their time is over, three minutes at least.
    @Test(
        "The first SIGINT or SIGTERM stops submitting, writes the checkpoint, leaves remote jobs running and exits 6 within seconds; the next run picks the jobs up"
    )
    func nobodyWaitsForRemoteJobs() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl", "elk"]))
        try workspace.write(#"{"faults": [{"fault": "stuck_job", "endpoint": "text-to-image"}]}"#, to: "faults.json")
        let run = try Flowbatch.start(Self.arguments + ["--faults", "faults.json"], in: workspace)
        run.send(SIGINT, onceWritten: "job.accepted", times: 3)
        let ended = await run.result()
        #expect(ended.exitCode == 6, "\(ended.everything)")
        let lines = ended.output.split(separator: "\n")
        let stopping = try #require(lines.firstIndex { $0.contains(#""type":"run.stopping""#) })
        let finished = try #require(lines.firstIndex { $0.contains(#""type":"run.finished""#) })
        let after = lines[stopping...finished]
        for type in ["job.ended", "step.finished", "step.submitted"] { #expect(!after.contains { $0.contains(type) }, "\(after)") }
        // Far from both: seconds are meant, minutes would be waiting for a job.
        let took = try time(of: lines[finished]).timeIntervalSince(time(of: lines[stopping]))
        #expect(took < 60, "\(took) s")
        let jobs = try await workspace.books(speed: 20) { await $0.statistics().jobs }
        #expect(jobs == ["processing": 3])
    }

    private func time(of line: Substring) throws -> Date {
        let text = try #require(line.firstMatch(of: /"time":"([^"]+)"/)?.1)
        return try Date(String(text), strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
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
        #expect(ended.output.split(separator: "\n").last?.contains("run.stopping") == true, "nothing more is done: \(ended.output)")
        let second = try await Flowbatch.run(arguments, in: workspace)
        #expect(second.exitCode == 0, "\(second.everything)")
        #expect(second.output.contains("job.reconciled"))
        #expect(try await workspace.ledger().entries.count == 1)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalBeforeAnythingIsSentEndsWithSixToo(signal: Int32) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let arguments = ["run", "campaign.yaml", "--sandbox=20", "--render", "none"]
        let first = try Flowbatch.start(arguments + ["--events", "-"], in: workspace)
        let stopped = AsyncStream.makeStream(of: Void.self)
        // It holds the campaign for as long as this test needs it.
        first.send(SIGSTOP, onceWritten: "run.started")
        first.react(onceWritten: "run.started") { stopped.continuation.finish() }
        for await _ in stopped.stream {}
        let second = try Flowbatch.start(arguments + ["--wait-lock"], in: workspace)
        second.send(signal, onceShown: "Waiting for another run of this campaign to end")
        let interrupted = await second.result()
        #expect(interrupted.exitCode == 6, "\(interrupted.everything)")
        #expect(interrupted.errors.contains("before anything was sent"), "\(interrupted.everything)")
        first.send(SIGCONT)
        #expect(await first.result().exitCode == 0)
        #expect(try await workspace.ledger(speed: 20).entries.count == 1)
    }
}
