import Foundation
import Sandbox
import Testing

/// The main job end to end: real HTTP, real SQLite, real kill -9.
@Suite struct ResumeTests {
    @Test func aCampaignRunsToItsEndAndTheBillsMatch() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let summary = try workspace.summary()
        #expect(summary.status == "succeeded")
        #expect(summary.totals.done == 11)
        let ledger = try await workspace.ledger()
        #expect(summary.totals.cost.map(\.amount) == [ledger.totals.charged])
        // 4 pictures at 100, 4 upscales at 150, 4 clips at 5000.
        #expect(ledger.totals.charged == "21000")
        let clips = summary.steps.filter { $0.step == "clip" }.flatMap(\.artifacts)
        #expect(Set(clips.map { ($0.width ?? 0) > ($0.height ?? 0) }) == [true, false])
        let large = summary.steps.filter { $0.step == "hd" }.flatMap(\.artifacts)
        #expect(large.count == 4 && large.allSatisfy { max($0.width ?? 0, $0.height ?? 0) >= 3840 })
        #expect(clips.allSatisfy { FileManager.default.fileExists(atPath: workspace.url("outputs/test-sandbox/" + $0.path).path) })
    }

    @Test func theSameCommandAgainSendsNothing() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let before = try await workspace.ledger()
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let summary = try workspace.summary()
        #expect(summary.totals.requests == 0)
        #expect(summary.totals.cached == 11)
        #expect(try await workspace.ledger() == before)
    }

    /// `rounds` campaigns are each killed once, as soon as a random number of events was written, and run again to the end.
    @Test func killedAtRandomMomentsNothingIsPaidTwiceAndNothingIsLost() async throws {
        let rounds = Int(ProcessInfo.processInfo.environment["FLOWBATCH_KILL_ROUNDS"] ?? "") ?? 20
        let seed = UInt64(ProcessInfo.processInfo.environment["FLOWBATCH_SEED"] ?? "") ?? UInt64.random(in: 0..<1_000_000)
        print("kill -9 rounds: \(rounds), seed \(seed)")
        await withTaskGroup(of: Void.self) { group in
            for round in 0..<rounds {
                if round >= 4 { await group.next() }
                group.addTask {
                    var random = SplitMix(seed &+ UInt64(round))
                    await Self.killOnce(afterEvents: Int.random(in: 1...Self.events, using: &random), round: "seed \(seed) round \(round)")
                }
            }
        }
    }

    /// Events that the chain campaign has at least; polls come on top.
    private static let events = 70

    private static func killOnce(afterEvents count: Int, round: String) async {
        do {
            let workspace = try Workspace()
            try workspace.write(Campaigns.chain())
            let arguments = ["run", "campaign.yaml", "--sandbox=600", "--render", "none"]
            let first = try Flowbatch.start(arguments + ["--events", "-"], in: workspace)
            first.send(SIGKILL, onceWrittenLines: count)
            _ = await first.result()
            let second = try await Flowbatch.run(arguments, in: workspace)
            #expect(second.exitCode == 0, "\(round), killed after \(count) events: \(second.everything)")
            let ledger = try await workspace.ledger()
            let keys = ledger.entries.compactMap(\.idempotencyKey)
            #expect(
                keys.count == 12 && Set(keys).count == 12,
                "\(round), killed after \(count) events: \(keys.count) charges, \(Set(keys).count) keys")
            #expect(try workspace.summary().totals.cost.map(\.amount) == [ledger.totals.charged], "\(round)")
        } catch {
            Issue.record("\(round): \(error)")
        }
    }

    @Test func anInterruptedRunEndsWithSixAndIsPickedUp() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let arguments = ["run", "campaign.yaml", "--sandbox=20", "--render", "none", "--events", "-"]
        let first = try Flowbatch.start(arguments, in: workspace)
        first.send(SIGINT, onceWritten: "job.accepted")
        let interrupted = await first.result()
        #expect(interrupted.exitCode == 6, "\(interrupted.everything)")
        let second = try await Flowbatch.run(arguments, in: workspace)
        #expect(second.exitCode == 0, "\(second.everything)")
        let ledger = try await workspace.ledger(speed: 20)
        #expect(ledger.entries.count == 12)
    }

    @Test func aLostReplyIsFoundAgainInTheListing() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        try workspace.write(
            #"{"faults": [{"fault": "close_after_accepting", "endpoint": "reference-to-image", "requests": [1, 3]}, {"fault": "close_before_accepting", "endpoint": "upscale-image", "requests": [2]}, {"fault": "error_after_accepting", "endpoint": "image-to-video", "requests": [1]}]}"#,
            to: "faults.json")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"])
        #expect(result.exitCode == 0, "\(result.everything)")
        let ledger = try await workspace.ledger()
        #expect(ledger.entries.count == 12)
        #expect(try workspace.summary().totals.cost.map(\.amount) == [ledger.totals.charged])
    }

    @Test func aSubmissionThatNobodyCanKnowOfIsHeld() async throws {
        let workspace = try Workspace()
        let overlay = "providers: { flow: { reconcile: { listing: { complete: false } } } }"
        try workspace.write(Campaigns.pictures(["cat", "dog"], overlay: overlay))
        try workspace.write(
            #"{"faults": [{"fault": "close_before_accepting", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"])
        #expect(result.exitCode == 2, "\(result.everything)")
        let summary = try workspace.summary()
        #expect(Set(summary.steps.map(\.status)) == ["held", "succeeded"])
        #expect(try await workspace.ledger().entries.count == 1)
    }

    @Test func aChangedPromptIsMadeAgainAndTheOldPictureIsKept() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"], extra: ""))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let changed = Campaigns.pictures(["cat", "dog"]).replacing("a ${{ each.item }}", with: "one ${{ each.item }}")
        try workspace.write(changed)
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try await workspace.ledger().entries.count == 4)
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        let back = try await Flowbatch.runSandbox(workspace)
        #expect(back.exitCode == 0, "\(back.everything)")
        #expect(try workspace.summary().totals.requests == 0)
        #expect(try await workspace.ledger().entries.count == 4)
    }

    @Test func filesFollowTheManifestEvenWhenTheyTradeNames() async throws {
        let workspace = try Workspace()
        func campaign(_ save: String) -> String {
            Campaigns.pictures(["cat", "dog", "owl"]) + "\n    save: \(save)\n"
        }
        try workspace.write(campaign("p/${{ each.number }}.png"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let before = try Data(contentsOf: workspace.url("outputs/test-sandbox/p/1.png"))
        try workspace.write(campaign("p/${{ each.number }}.png").replacing("[cat, dog, owl]", with: "[dog, owl, cat]"))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try Data(contentsOf: workspace.url("outputs/test-sandbox/p/3.png")) == before)
        #expect(try workspace.summary().totals.requests == 0)
    }

    @Test func aRemovedFileIsFetchedAgainWithoutPaying() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let path = try #require(try workspace.summary().steps.first?.artifacts.first?.path)
        try FileManager.default.removeItem(at: workspace.url("outputs/test-sandbox/" + path))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(FileManager.default.fileExists(atPath: workspace.url("outputs/test-sandbox/" + path).path))
        #expect(try await workspace.ledger().entries.count == 1)
    }

    @Test func withTheStateLostTheAccountRemembersWhatWasPaid() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        for suffix in ["", "-wal", "-shm", "-mark"] {
            try? FileManager.default.removeItem(at: workspace.url(".flowbatch/sandbox/state.sqlite" + suffix))
        }
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let ledger = try await workspace.ledger()
        #expect(ledger.entries.count == 12)
        #expect(try workspace.summary().totals.cost.map(\.amount) == [ledger.totals.charged])
    }

    @Test func aFileThatIsNotOursIsNeverOverwritten() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]) + "\n    save: cat.png\n")
        try workspace.write("mine", to: "outputs/test-sandbox/cat.png")
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 74, "\(result.everything)")
        #expect(result.errors.contains("was not made by flowbatch"))
        #expect(try String(contentsOf: workspace.url("outputs/test-sandbox/cat.png"), encoding: .utf8) == "mine")
        try FileManager.default.removeItem(at: workspace.url("outputs/test-sandbox/cat.png"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 1)
    }
}

/// A small seeded generator.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
