import Foundation
import Sandbox
import Testing

/// What each flag of `run` changes.
@Suite struct RunFlagTests {
    private func files(_ workspace: Workspace, below folder: String) -> [String] {
        let root = workspace.url(folder).path + "/"
        return workspace.files().map(\.path).filter { $0.hasPrefix(root) }.map { String($0.dropFirst(root.count)) }.sorted()
    }

    @Test func varSetsAVariableOfTheManifest() async throws {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures(["cat"], overlay: "vars: { mood: calm, place: home }")
                .replacing("a ${{ each.item }}", with: "${{ vars.mood }} ${{ each.item }} at ${{ vars.place }}"))
        let result = try await Flowbatch.runSandbox(workspace, ["--var", "mood=wild", "--var", "place=a=b"])
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try await workspace.ledger().entries.map(\.prompts) == [["wild cat at a=b"]])
    }

    @Test func envLetsTheManifestReadAVariable() async throws {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures(["cat"], overlay: "env: [MOOD]").replacing("a ${{ each.item }}", with: "${{ env.MOOD }} ${{ each.item }}"))
        let environment = ["MOOD": "wild"]
        let run = ["run", "campaign.yaml", "--sandbox=600", "--render", "none"]
        let unasked = try await Flowbatch.run(run, in: workspace, environment: environment)
        #expect(unasked.exitCode == 65 && unasked.errors.contains("--env MOOD"), "\(unasked.everything)")
        #expect(!FileManager.default.fileExists(atPath: workspace.url(".flowbatch").path))
        let consented = try await Flowbatch.run(run + ["--env", "MOOD"], in: workspace, environment: environment)
        #expect(consented.exitCode == 0, "\(consented.everything)")
        #expect(try await workspace.ledger().entries.map(\.prompts) == [["wild cat"]])
    }

    @Test func outputAndStateMoveWhatARunWrites() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]) + "\n    save: cat.png\n")
        let places = ["--output", "made/here", "--state", "kept/state.sqlite"]
        #expect(try await Flowbatch.runSandbox(workspace, places).exitCode == 0)
        #expect(files(workspace, below: "made/here") == ["cat.png", "events.jsonl", "run.json"])
        #expect(FileManager.default.fileExists(atPath: workspace.url("kept/state.sqlite").path))
        #expect(!FileManager.default.fileExists(atPath: workspace.url("outputs").path))
        #expect(!FileManager.default.fileExists(atPath: workspace.url(".flowbatch/sandbox/state.sqlite").path))
        #expect(try await Flowbatch.runSandbox(workspace, places).exitCode == 0)
        #expect(try workspace.summary("made/here").totals.cached == 1)
    }

    @Test func eventsGoToAFileAndStandardOutputStaysEmpty() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.runSandbox(workspace, ["--events", "stream.jsonl"])
        #expect(result.exitCode == 0 && result.output.isEmpty, "\(result.everything)")
        let stream = try String(contentsOf: workspace.url("stream.jsonl"), encoding: .utf8)
        let types = try stream.split(separator: "\n").map { line in
            let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            for field in ["v", "seq", "time", "run"] { #expect(event[field] != nil, "\(line) has no \(field)") }
            return event["type"] as? String
        }
        #expect(types.first == "run.started" && types.last == "run.finished")
        let nowhere = try await Flowbatch.runSandbox(workspace, ["--events", "product.png/stream.jsonl"])
        #expect(nowhere.exitCode == 74 && nowhere.errors.contains("product.png/stream.jsonl"), "\(nowhere.everything)")
    }

    @Test func maxCostBoundsThisRunAlone() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"]))
        let bounded = try await Flowbatch.runSandbox(workspace, ["--max-cost", "250 VND"])
        #expect(bounded.exitCode == 3, "\(bounded.everything)")
        #expect(try await workspace.ledger().totals.charged == "200")
        let second = try await Flowbatch.runSandbox(workspace, ["--max-cost", "100 VND"])
        #expect(second.exitCode == 0, "\(second.everything)")
        #expect(try await workspace.ledger().totals.charged == "300")
    }

    @Test(arguments: [
        ("hold", Int32(2), 1, ["held", "succeeded"]), ("resubmit", 0, 2, ["succeeded", "succeeded"]),
        ("skip", 1, 1, ["failed", "succeeded"]),
    ])
    func onUnknownSaysWhatToDoAboutASubmissionThatNobodyKnowsOf(policy: String, code: Int32, charges: Int, ends: [String]) async throws {
        let workspace = try Workspace()
        let overlay = "providers: { flow: { reconcile: { listing: { complete: false } } } }"
        try workspace.write(Campaigns.pictures(["cat", "dog"], overlay: overlay))
        try workspace.write(
            #"{"faults": [{"fault": "close_before_accepting", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json", "--on-unknown", policy])
        #expect(result.exitCode == code, "\(result.everything)")
        #expect(try workspace.summary().steps.map(\.status).sorted() == ends)
        #expect(try await workspace.ledger().entries.count == charges)
    }

    @Test func waitLockWaitsForTheOtherRunAndThenSendsOnlyWhatIsLeft() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let arguments = ["run", "campaign.yaml", "--sandbox=60", "--render", "none"]
        let first = try Flowbatch.start(arguments + ["--events", "-"], in: workspace)
        await first.hasWritten("run.started")
        let second = try Flowbatch.start(arguments + ["--wait-lock"], in: workspace)
        #expect(await first.result().exitCode == 0)
        let waited = await second.result()
        #expect(waited.exitCode == 0, "\(waited.everything)")
        #expect(try workspace.summary().totals.cached == 1)
        #expect(try await workspace.ledger(speed: 60).entries.count == 1)
    }

    /// A day of the sandbox is 1.4 seconds long here.
    @Test func waitQuotaWaitsForTheNextDay() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"], overlay: "providers: { flow: { limits: { images: 1/day } } }"))
        let result = try await Flowbatch.runSandbox(workspace, speed: 60_000, ["--wait-quota", "--events", "-"])
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(result.output.contains("limit.waited"))
        #expect(try await workspace.ledger(speed: 60_000).entries.count == 2)
    }

    @Test func verifyHashesWhatIsTrustedOtherwise() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]) + "\n    save: cat.png\n")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let file = workspace.url("outputs/test-sandbox/cat.png")
        let good = try Data(contentsOf: file)
        try Forgery.changeLastByte(of: file)
        #expect(try Data(contentsOf: file) != good)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try workspace.summary().totals.requests == 0, "size, time and inode are as they were")
        let verified = try await Flowbatch.runSandbox(workspace, ["--verify"])
        #expect(verified.exitCode == 0, "\(verified.everything)")
        #expect(try Data(contentsOf: file) == good, "the changed file was not fetched again")
        #expect(try await workspace.ledger().entries.count == 1)
    }

    @Test func renderNoneNeedsNoFfmpegAndFullDoes() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let bare = ["PATH": workspace.url("empty").path]
        let full = try await Flowbatch.run(["run", "campaign.yaml", "--sandbox=600", "--render", "full"], in: workspace, environment: bare)
        #expect(full.exitCode == 78 && full.errors.contains("ffmpeg"), "\(full.everything)")
        let none = try await Flowbatch.run(["run", "campaign.yaml", "--sandbox=600", "--render", "none"], in: workspace, environment: bare)
        #expect(none.exitCode == 0, "\(none.everything)")
    }

    @Test func speedDividesLimitWindowsDurationsAndPauses() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { limits: { requests: 600/hour } } }"))
        for (flag, window) in [("--sandbox=3600", "of 600/second"), ("--sandbox=60", "of 600/minute"), ("--sandbox", "of 600/minute")] {
            let run = try await Flowbatch.run(["run", "campaign.yaml", "--render", "none", flag], in: workspace)
            #expect(run.exitCode == 0, "\(run.everything)")
            let status = try await Flowbatch.run(["status", "campaign.yaml", flag], in: workspace)
            #expect(status.output.contains(window), "\(flag): \(status.output)")
        }
    }

    @Test func seedDecidesWhatThePicturesLookLike() async throws {
        var pictures: [Data] = []
        for seed in ["1", "1", "2"] {
            let workspace = try Workspace()
            try workspace.write(Campaigns.pictures(["cat"]) + "\n    save: cat.png\n")
            #expect(try await Flowbatch.runSandbox(workspace, ["--seed", seed]).exitCode == 0)
            pictures.append(try Data(contentsOf: workspace.url("outputs/test-sandbox/cat.png")))
        }
        #expect(pictures[0] == pictures[1])
        #expect(pictures[0] != pictures[2])
    }

    /// Whoever forgot `--sandbox` beside them meant to pay nothing.
    @Test(arguments: [["--render", "none"], ["--faults", "f.json"], ["--credits", "5"], ["--seed", "1"]])
    func whatMeansTheSandboxStartsNoRealRun(flag: [String]) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let result = try await Flowbatch.run(
            ["run", "campaign.yaml", "--yes"] + flag, in: workspace,
            environment: ["FLOW_BASE_URL": "http://127.0.0.1:1", "FLOW_API_KEY": "sk-x"])
        #expect(result.exitCode == 64 && result.errors.contains("`\(flag[0])` goes with `--sandbox`"), "\(result.everything)")
        #expect(!FileManager.default.fileExists(atPath: workspace.url(".flowbatch").path))
    }
}
