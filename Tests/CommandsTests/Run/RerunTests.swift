import Foundation
import Sandbox
import Testing

/// `--rerun` through the built program: what is paid again, what is continued, what is kept.
@Suite struct RerunTests {
    private static let pictures = Campaigns.pictures(["cat", "dog", "owl"])

    private func finished(_ campaign: String = pictures) async throws -> Workspace {
        let workspace = try Workspace()
        try workspace.write(campaign)
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return workspace
    }

    private func charges(_ workspace: Workspace) async throws -> Int { try await workspace.ledger().entries.count }

    @Test("`--rerun` raises the generation of finished instances only, and while that generation is unfinished the flag continues it")
    func generations() async throws {
        let workspace = try await finished()
        let one = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture[cat]"])
        #expect(one.exitCode == 0, "\(one.everything)")
        #expect(try await charges(workspace) == 4)
        #expect(try workspace.summary().totals.cached == 2)

        // Stopped by what it may spend: one of three is made, two are still to come.
        let stopped = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture", "--max-cost", "100 VND"])
        #expect(stopped.exitCode == 3, "\(stopped.everything)")
        #expect(!stopped.errors.contains("--rerun picture"), "the command that resumes does not raise again: \(stopped.errors)")
        #expect(try await charges(workspace) == 5)
        let continued = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture"])
        #expect(continued.exitCode == 0, "\(continued.everything)")
        #expect(try await charges(workspace) == 7)
        let again = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture"])
        #expect(again.exitCode == 0, "\(again.everything)")
        #expect(try await charges(workspace) == 10)

        // What never ran is run, not raised.
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl", "fox"]))
        let fresh = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture[fox]"])
        #expect(fresh.exitCode == 0, "\(fresh.everything)")
        #expect(try await charges(workspace) == 11)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try workspace.summary().totals.requests == 0)
        let keys = try await workspace.ledger().entries.compactMap(\.idempotencyKey)
        #expect(Set(keys).count == 11)
    }

    /// Nothing was sent, so nothing was begun: nobody pays for it who doesn't ask for it again.
    @Test func aRerunThatSentNothingLeavesNothingBehind() async throws {
        let workspace = try await finished()
        let picture = workspace.url("outputs/test-sandbox/picture/cat.png")
        let before = try Data(contentsOf: picture)
        let stopped = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture[cat]", "--max-cost", "0 VND"])
        #expect(stopped.exitCode == 3, "\(stopped.everything)")
        #expect(stopped.errors.contains("--rerun 'picture[cat]'"), "only the flag asks for it: \(stopped.errors)")
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(plan.output.contains("3 done"), "\(plan.everything)")
        let plain = try await Flowbatch.runSandbox(workspace)
        #expect(plain.exitCode == 0, "\(plain.everything)")
        #expect(try await charges(workspace) == 3, "a plain run does not pay for it")
        #expect(try workspace.summary().totals.cached == 3)
        #expect(try Data(contentsOf: picture) == before, "the earlier result is in its place again")

        _ = try await Flowbatch.run(
            ["run", "campaign.yaml", "--sandbox=600", "--render", "none", "--rerun", "picture"], in: workspace,
            environment: ["FLOWBATCH_FAILPOINTS": "intent-recorded=kill"])
        // From the first intent on it may have been sent: now it is begun, and goes on.
        let resumed = try await Flowbatch.runSandbox(workspace)
        #expect(resumed.exitCode == 0, "\(resumed.everything)")
        #expect(try await charges(workspace) == 6)
    }

    @Test func aKilledRerunIsContinuedAndPaidForOnce() async throws {
        let workspace = try await finished()
        let arguments = ["run", "campaign.yaml", "--sandbox=20", "--render", "none", "--events", "-", "--rerun", "picture"]
        let first = try Flowbatch.start(arguments, in: workspace)
        first.send(SIGKILL, onceWritten: "step.submitted")
        _ = await first.result()
        let second = try await Flowbatch.run(arguments, in: workspace)
        #expect(second.exitCode == 0, "\(second.everything)")
        #expect(try await charges(workspace) == 6)
    }

    @Test("Dependents re-run")
    func dependents() async throws {
        let workspace = try await finished(Campaigns.chain())
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--rerun", "scene[16:9]"], in: workspace)
        #expect(plan.output.contains("scene[16:9]   made again by --rerun (generation 1)"), "\(plan.everything)")
        #expect(plan.output.contains("hd[16:9,1]    input scene[16:9] runs again"), "\(plan.everything)")
        #expect(plan.output.contains("clip[16:9,1]  input hd[16:9,1] runs again"), "\(plan.everything)")
        let result = try await Flowbatch.runSandbox(workspace, ["--rerun", "scene[16:9]"])
        #expect(result.exitCode == 0, "\(result.everything)")
        // Two pictures, their two enlargements, their two clips.
        #expect(try await charges(workspace) == 12 + 6)
        #expect(try workspace.summary().totals.cached == 6)
        let kept = workspace.files().filter { $0.path.contains("/.superseded/") }
        #expect(kept.count == 6, "earlier results are kept")
    }

    @Test("Redoing one bad picture: `--rerun clips/9-16-3.mp4`")
    func oneBadPicture() async throws {
        let workspace = try await finished(Campaigns.chain())
        let clip = "outputs/test-sandbox/clips/9-16-3.mp4"
        #expect(FileManager.default.fileExists(atPath: workspace.url(clip).path), "\(workspace.files().map(\.lastPathComponent))")
        // Relative to the output folder, relative to here, absolute, and with the file gone: who deletes it wants another.
        for (number, path) in ["clips/9-16-3.mp4", clip, "./" + clip, workspace.url(clip).path].enumerated() {
            if number == 3 { try FileManager.default.removeItem(at: workspace.url(clip)) }
            let result = try await Flowbatch.runSandbox(workspace, ["--rerun", path])
            #expect(result.exitCode == 0, "\(path): \(result.everything)")
            #expect(try await charges(workspace) == 13 + number, "\(path)")
            #expect(try workspace.summary().totals.cached == 10)
            #expect(FileManager.default.fileExists(atPath: workspace.url(clip).path))
        }
    }

    @Test func aPlanWithRerunWritesNothing() async throws {
        let workspace = try await finished()
        let state = workspace.url(".flowbatch/sandbox/state.sqlite")
        let before = try Data(contentsOf: state)
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--rerun", "picture", "--json"], in: workspace)
        #expect(plan.exitCode == 0 && plan.output.contains(#""submissions" : 3"#), "\(plan.everything)")
        #expect(plan.output.contains(#""amount" : "300""#), "\(plan.everything)")
        #expect(try Data(contentsOf: state) == before)
        let after = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(after.output.contains("3 done"), "\(after.everything)")
    }

    /// Flow AI does not say whether a failed job is billed, so only the user can decide to pay again.
    @Test("Failed jobs are retried by themselves only where the definition says that a failure is not billed")
    func failedForGood() async throws {
        let faults = #"{"faults": [{"fault": "fail_job", "endpoint": "text-to-image", "requests": [1]}]}"#
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write(faults, to: "faults.json")
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 1)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 1)
        #expect(try await charges(workspace) == 1, "not by itself")
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(plan.output.contains("with --rerun"), "\(plan.output)")
        let again = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture[cat]"])
        #expect(again.exitCode == 0, "\(again.everything)")
        #expect(try await charges(workspace) == 2)

        let refunding = try Workspace()
        try refunding.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { jobs: { job: { refunded: [failed] } } } }"))
        try refunding.write(faults, to: "faults.json")
        let result = try await Flowbatch.runSandbox(refunding, ["--faults", "faults.json"])
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try refunding.summary().steps.map(\.attempts) == [2])
    }

    @Test func whatOnlyLeavesOutCannotBeMadeAnew() async throws {
        let workspace = try await finished()
        let result = try await Flowbatch.runSandbox(workspace, ["--only", "picture[cat]", "--rerun", "picture[dog]"])
        #expect(result.exitCode == 64 && result.errors.contains("picture[dog], which --only leaves out"), "\(result.everything)")
        let both = try await Flowbatch.runSandbox(workspace, ["--only", "picture[cat]", "--rerun", "picture[cat]"])
        #expect(both.exitCode == 0, "\(both.everything)")
        #expect(try await charges(workspace) == 4)
    }
}
