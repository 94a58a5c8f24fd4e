import Foundation
import Sandbox
import Testing

/// Choosing before paying, with the built program.
@Suite struct PickCommandTests {
    private static let campaign = """
        flowbatch: 1
        name: test
        provider: flow
        providers: { flow: { prices: { video: 5000 VND } } }
        steps:
          scene:
            uses: t2i
            for_each: { ratio: ["16:9", "9:16"] }
            with: { prompt: a cat, aspect_ratio: "${{ each.ratio }}", count: 2 }
            pick: manual
          hd:
            uses: upscale
            for_each: ${{ steps.scene.images }}
            with: { image: "${{ each.item }}", resolution: 4K }
            save: hd/${{ each.number }}.png
          clip:
            uses: i2v
            for_each: ${{ steps.hd.images }}
            with: { image: "${{ each.item }}", prompt: slow, aspect_ratio: "${{ each.ratio }}" }
            save: clips/${{ each.number }}.mp4
        """

    private func pick(_ workspace: Workspace, _ more: [String]) async throws -> Flowbatch.Result {
        try await Flowbatch.run(["pick", "campaign.yaml", "--sandbox=600"] + more, in: workspace)
    }

    private struct Listing: Decodable {
        struct Output: Decodable {
            let instance, path: String
            let made, chosen: Bool
        }

        struct Step: Decodable {
            let step: String
            let outputs: [Output]
            let waiting: Int
        }

        let steps: [Step]
    }

    private func listing(_ workspace: Workspace, _ more: [String] = []) async throws -> Listing.Step {
        let result = try await pick(workspace, more + ["--json"])
        #expect(result.exitCode == 0, "\(result.everything)")
        return try #require(try JSONDecoder().decode(Listing.self, from: Data(result.output.utf8)).steps.first)
    }

    @Test func withWaitLockItWaitsForARunToEnd() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try await expectToWait(
            for: ".flowbatch/sandbox/state.sqlite", ["pick", "campaign.yaml", "--sandbox=600", "scene/16-9-1.png"], in: workspace)
        #expect(try await listing(workspace).outputs.count { $0.chosen } == 1)
    }

    @Test("A step with `pick: manual` stops the campaign there (exit 0, status says so)")
    func aManualStepStopsTheCampaign() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let result = try await Flowbatch.runSandbox(workspace, ["--events", "events.jsonl"])
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try await workspace.ledger().entries.count == 2, "nothing behind the choice is paid")
        let summary = try workspace.summary()
        #expect(summary.status == "choice")
        #expect(summary.totals.done == 2 && summary.totals.waiting == 8 && summary.totals.failed == 0)
        #expect(
            summary.steps.filter { $0.step != "scene" }.allSatisfy {
                $0.status == "waiting" && $0.reason == "waits for your choice among scene's pictures"
            })
        #expect(summary.steps.filter { $0.step == "scene" }.allSatisfy { $0.chosen == [] })
        #expect(result.errors.contains("flowbatch pick campaign.yaml --sandbox=600 scene/16-9-1.png"), "\(result.errors)")
        #expect(result.errors.contains("8 waiting for your choice"))
        let events = try String(contentsOf: workspace.url("events.jsonl"), encoding: .utf8)
        #expect(events.contains(#""type":"choice.awaited""#) && events.contains(#""waiting":8"#))

        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(status.exitCode == 0)
        #expect(status.output.contains("waits for your choice among scene's pictures"), "\(status.output)")
        #expect(status.output.contains("flowbatch pick campaign.yaml --sandbox=600"))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(plan.output.contains("0 to run, 2 done and 8 waiting for your choice"), "\(plan.output)")
        #expect(plan.output.contains("clip: 4 instances wait for your choice, at most 20,000 VND more"))
        let again = try await Flowbatch.runSandbox(workspace)
        #expect(again.exitCode == 0)
        #expect(try workspace.summary().totals.requests == 0)
    }

    @Test("`flowbatch pick CAMPAIGN INSTANCE…` chooses which outputs go on to the paid steps that follow")
    func pickChoosesWhatGoesOn() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let early = try await pick(workspace, ["scene"])
        #expect(early.exitCode == 64 && early.errors.contains("run the campaign first"), "\(early.everything)")
        #expect(!FileManager.default.fileExists(atPath: workspace.url(".flowbatch").path))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await listing(workspace).outputs.map(\.made) == [true, true, true, true])

        // An output's path is that output.
        let first = try await pick(workspace, ["outputs/test-sandbox/scene/16-9-2.png"])
        #expect(first.exitCode == 0, "\(first.everything)")
        #expect(first.output.contains("1 of 4 chosen"), "\(first.output)")
        #expect(first.output.contains("2 instances for at most 5,150 VND"), "\(first.output)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        var summary = try workspace.summary()
        #expect(summary.status == "succeeded")
        #expect(summary.totals.waiting == 6)
        #expect(summary.steps.first { $0.instance == "scene[16:9]" }?.chosen == ["scene/16-9-2.png"])
        #expect(FileManager.default.fileExists(atPath: workspace.url("outputs/test-sandbox/clips/2.mp4").path), "numbers stay")
        #expect(try await workspace.ledger().entries.count == 4)

        // An instance is all of its outputs; what was taken back before it was paid does not run.
        #expect(try await pick(workspace, ["scene[9:16]"]).exitCode == 0)
        let undone = try await listing(workspace, ["scene/9-16-1.png", "--undo"])
        #expect(undone.outputs.map(\.chosen) == [false, true, false, true])
        let identity = try #require(summary.steps.first { $0.instance == "scene[16:9]" }?.identity)
        #expect(
            try await listing(workspace, [String(identity.prefix(8)) + ",scene/9-16-2.png"]).outputs.map(\.chosen) == [
                true, true, false, true,
            ])
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        summary = try workspace.summary()
        #expect(summary.totals.waiting == 2 && summary.totals.done == 8)
        let ledger = try await workspace.ledger()
        #expect(ledger.entries.count == 8)
        #expect(summary.totals.cost.map(\.amount) == [ledger.totals.charged])
    }

    @Test func whatLeavesNoChoiceIsNamed() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        for (names, words) in [
            (["hd"], "leaves no choice"), (["scen"], "did you mean"), (["--undo"], "--undo"), (["hd/1.png"], "leaves no choice"),
        ] {
            let result = try await pick(workspace, names)
            #expect(result.exitCode == 64, "\(names): \(result.everything)")
            #expect(result.errors.contains(words), "\(names): \(result.errors)")
        }
        #expect(try await listing(workspace).outputs.allSatisfy { !$0.chosen })
    }

    @Test func pickingWhileARunIsLiveEndsWithSevenAndNamesIt() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await pick(workspace, ["scene"]).exitCode == 0)
        let run = try Flowbatch.start(["run", "campaign.yaml", "--sandbox=5", "--render", "none", "--events", "-"], in: workspace)
        await run.hasWritten("run.started")
        let result = try await pick(workspace, ["scene", "--undo"])
        #expect(result.exitCode == 7, "\(result.everything)")
        #expect(result.errors.contains("\(run.process.processIdentifier)"))
        #expect(try await pick(workspace, []).exitCode == 0, "looking is safe beside a live run")
        run.send(SIGINT)
        #expect(await run.result().exitCode == 6)
    }

    @Test(
        "Where a provider's operation takes no count (Flow's R2I, videos), `count` becomes that many sub-jobs, each with its own intent, key and ordinal"
    )
    func countBecomesSubJobs() async throws {
        let workspace = try Workspace()
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            providers: { flow: { prices: { video: 5000 VND } } }
            steps:
              mix:
                uses: r2i
                with: { prompt: mix, references: [product.png], count: 3 }
              film:
                uses: t2v
                with: { prompt: film, count: 2 }
              many:
                uses: t2i
                with: { prompt: many, count: 6 }
            """)
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let summary = try workspace.summary()
        #expect(summary.steps.map { [$0.jobs.count, $0.artifacts.count] } == [[3, 3], [2, 2], [2, 6]])
        let entries = try await workspace.ledger().entries
        #expect(Set(entries.compactMap(\.idempotencyKey)).count == 7 && entries.count == 7)
        #expect(entries.filter { $0.type == "text-to-image" }.map(\.images).sorted() == [2, 4])
    }

    @Test func whatChangesNothingSaysSo() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let path = try #require(try await listing(workspace).outputs.first?.path)
        for (more, words) in [
            ([path], ""), ([path], "`\(path)` was chosen already"), (["--undo", path], ""), (["--undo", path], "`\(path)` was not chosen"),
        ] {
            let result = try await pick(workspace, more)
            #expect(result.exitCode == 0 && (words.isEmpty ? result.errors.isEmpty : result.errors.contains(words)), "\(result.everything)")
        }
        // Without --sandbox there is nothing yet: what will be is told apart by its paths, and where the pictures are is said.
        let real = try await Flowbatch.run(["pick", "campaign.yaml"], in: workspace)
        #expect(real.exitCode == 0 && real.errors.contains("add --sandbox"), "\(real.everything)")
        let lines = real.output.split(separator: "\n").filter { $0.contains("not made yet") }
        #expect(lines.count == 4 && Set(lines).count == 4 && lines.allSatisfy { $0.contains("outputs/test/scene/") }, "\(real.output)")
        let early = try await Flowbatch.run(["pick", "campaign.yaml", "scene"], in: workspace)
        #expect(early.exitCode == 64 && early.errors.contains("add --sandbox"), "\(early.everything)")
    }
}
