import Foundation
import Sandbox
import Testing

/// A run with nothing to do that sees it at once, and everything that it must not miss.
@Suite struct SealTests {
    /// Everything a plan can be made of: a local picture, a table, a pattern, a variable, the environment.
    private static let campaign = """
        flowbatch: 1
        name: test
        provider: flow
        env: [MOOD]
        vars: { product: Serum }
        steps:
          product:
            uses: upload
            with: { file: product.png }
          scene:
            uses: r2i
            for_each: { csv: places.csv }
            with: { prompt: "${{ vars.product }} in ${{ each.place }}, ${{ env.MOOD }}", references: ["${{ steps.product.file }}"] }
          warm:
            uses: r2i
            for_each: { glob: "looks/*.png" }
            with: { prompt: warmer, references: ["${{ each.item }}"] }
        """

    /// A campaign that a run has brought to its end.
    private final class Bed {
        let workspace: Workspace
        var arguments = ["run", "campaign.yaml", "--sandbox=600", "--render", "none", "--env", "MOOD"]
        var environment = ["MOOD": "calm"]
        static let output = "outputs/test-sandbox/"

        init(_ campaign: String = SealTests.campaign) async throws {
            workspace = try Workspace()
            try workspace.write(campaign)
            try workspace.write("place\nbeach\ncity\n", to: "places.csv")
            try FileManager.default.createDirectory(at: workspace.url("looks"), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: workspace.url("product.png"), to: workspace.url("looks/a.png"))
            let first = try await run()
            #expect(first.exitCode == 0, "\(first.everything)")
            // The pattern's folder has `outputs` in it since, so its listing is another one.
            let second = try await run()
            #expect(second.exitCode == 0, "\(second.everything)")
        }

        func run(_ more: [String] = []) async throws -> Flowbatch.Result {
            try await Flowbatch.run(arguments + more, in: workspace, environment: environment)
        }

        /// Runs it, and says whether the embedded provider was not even started, which notes anew how it was started.
        func runSealed(_ more: [String] = []) async throws -> (isSealed: Bool, result: Flowbatch.Result) {
            let before = try settings
            let result = try await run(more)
            return (try settings == before, result)
        }

        private var settings: Forgery.Look { get throws { try Forgery.look(at: workspace.url(".flowbatch/sandbox/settings.json")) } }

        /// Expects that the run with nothing to do is told at once.
        func expectSealed(_ what: String = "", sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let (isSealed, result) = try await runSealed()
            #expect(isSealed, "\(what): \(result.everything)", sourceLocation: sourceLocation)
            #expect(result.exitCode == 0, "\(what): \(result.everything)", sourceLocation: sourceLocation)
            #expect(try requests == 0, "\(what)", sourceLocation: sourceLocation)
        }

        /// Expects that an ordinary run takes place after `change`, ends with `exitCode` and has sent something or nothing.
        func expectOrdinary(
            _ what: String, sending: Bool = false, exitCode: Int32 = 0, _ more: [String] = [],
            sourceLocation: SourceLocation = #_sourceLocation, _ change: () throws -> Void
        ) async throws {
            try change()
            let (isSealed, result) = try await runSealed(more)
            // What ends with an error ends before it starts a provider, and is told by its code.
            if exitCode == 0 { #expect(!isSealed, "\(what): \(result.everything)", sourceLocation: sourceLocation) }
            #expect(result.exitCode == exitCode, "\(what): \(result.everything)", sourceLocation: sourceLocation)
            if exitCode == 0 { #expect(try (requests > 0) == sending, "\(what)", sourceLocation: sourceLocation) }
        }

        var requests: Int { get throws { try workspace.summary().totals.requests } }

        func url(_ path: String) -> URL { workspace.url(path) }

        func result(_ path: String) -> URL { workspace.url(Self.output + path) }

        func results(of step: String) throws -> [URL] {
            try workspace.summary().steps.filter { $0.step == step }.flatMap(\.artifacts).map { result($0.path) }
        }

        var seal: URL { workspace.url(".flowbatch/sandbox/state.sqlite-seal") }
    }

    // MARK: what it tells

    /// All that a run leaves and shows, without its name and its times.
    private struct Told: Equatable {
        let exitCode: Int32
        let output: String
        let errors: String
        let summary: String
        let events: [String]

        init(_ result: Flowbatch.Result, _ bed: Bed) throws {
            let run = try bed.workspace.summary().run
            func plain(_ text: String) -> String {
                text.replacing(run, with: "RUN").replacing(#/\d{4}-\d\d-\d\dT[0-9:.]+Z/#, with: "TIME")
                    .replacing(#/took [0-9]+m?s/#, with: "took TIME")
            }
            exitCode = result.exitCode
            output = plain(result.output)
            errors = plain(result.errors)
            summary = plain(try String(contentsOf: bed.result("run.json"), encoding: .utf8))
            events = try String(contentsOf: bed.result("events.jsonl"), encoding: .utf8).split(separator: "\n")
                .filter { $0.contains(run) }.map { plain(String($0)) }
        }
    }

    @Test(arguments: [[], ["--events", "-"], ["--progress", "none"], ["--max-cost", "5000 VND", "--yes"]])
    func itTellsWhatAnOrdinaryRunTells(flags: [String]) async throws {
        // A variable that is set and not let in is warned of.
        let bed = try await Bed(Self.campaign.replacing("env: [MOOD]", with: "env: [MOOD, HELD]"))
        bed.environment["HELD"] = "back"
        bed.arguments += flags
        // With these flags for the first time, and after a run that did all the work.
        _ = try await bed.run()
        try FileManager.default.removeItem(at: try #require(bed.results(of: "scene").first))
        let worked = try await bed.run()
        #expect(try worked.exitCode == 0 && bed.requests > 0, "\(worked.everything)")
        let (afterWork, first) = try await bed.runSealed()
        #expect(afterWork, "\(first.everything)")
        let told = try Told(first, bed)
        let (afterSealed, second) = try await bed.runSealed()
        #expect(afterSealed)
        #expect(try Told(second, bed) == told)
        try FileManager.default.removeItem(at: bed.seal)
        let (withoutSeal, third) = try await bed.runSealed()
        #expect(!withoutSeal)
        #expect(try Told(third, bed) == told)
        let (afterNothing, fourth) = try await bed.runSealed()
        #expect(afterNothing)
        #expect(try Told(fourth, bed) == told)
        #expect(told.summary.contains("\"cached\" : true") && !told.summary.contains("\"cached\" : false"))
        #expect(told.errors.contains("HELD"))
        let runs = try await Flowbatch.run(["runs", "campaign.yaml", "--sandbox"], in: bed.workspace)
        #expect(runs.output.ranges(of: "succeeded").count == 8, "\(runs.everything)")
        #expect(try await bed.workspace.ledger().entries.count == 3)
    }

    @Test func aRunWithoutUploadsTellsTheSameToo() async throws {
        let bed = try await Bed(
            Campaigns.pictures(["cat", "dog"], count: 2).replacing("provider: flow", with: "provider: flow\nenv: [MOOD]"))
        let (isSealed, first) = try await bed.runSealed()
        #expect(isSealed, "\(first.everything)")
        let told = try Told(first, bed)
        try FileManager.default.removeItem(at: bed.seal)
        let (isSealedToo, second) = try await bed.runSealed()
        #expect(!isSealedToo)
        #expect(try Told(second, bed) == told)
    }

    // MARK: what breaks it

    @Test func resultsThatAreNotAsTheyWereBreakIt() async throws {
        let bed = try await Bed()
        try await bed.expectSealed()
        let picture = try #require(bed.results(of: "scene").first)
        try await bed.expectOrdinary("deleted", sending: true) { try FileManager.default.removeItem(at: picture) }
        #expect(FileManager.default.fileExists(atPath: picture.path))
        try await bed.expectSealed("fetched again")
        try await bed.expectOrdinary("edited", sending: true) {
            let handle = try FileHandle(forWritingTo: picture)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("mine".utf8))
            try handle.close()
        }
        #expect(FileManager.default.fileExists(atPath: picture.path + ".edited"))
        try await bed.expectSealed("fetched again")
        try await bed.expectOrdinary("an unfinished download") {
            try FileManager.default.createDirectory(at: bed.result(".parts"), withIntermediateDirectories: false)
        }
        try await bed.expectSealed()
        try await bed.expectOrdinary("run.json deleted") { try FileManager.default.removeItem(at: bed.result("run.json")) }
        try await bed.expectSealed()
        try await bed.expectOrdinary("run.json edited") { try Data("{}".utf8).write(to: bed.result("run.json")) }
        try await bed.expectOrdinary("touched") {
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: picture.path)
        }
        #expect(try await bed.workspace.ledger().entries.count == 3)
    }

    @Test func inputsThatAreNotAsTheyWereBreakIt() async throws {
        let bed = try await Bed()
        try await bed.expectSealed()
        try await bed.expectOrdinary("a comment") { try bed.workspace.write(Self.campaign + "\n# later") }
        try await bed.expectSealed("a comment")
        try await bed.expectOrdinary("a row", sending: true) { try bed.workspace.write("place\nbeach\ncity\nshelf\n", to: "places.csv") }
        try await bed.expectSealed("a row")
        try await bed.expectOrdinary("another file", sending: true) {
            var picture = try Data(contentsOf: bed.url("product.png"))
            picture.append(0)
            try picture.write(to: bed.url("looks/b.png"))
        }
        try await bed.expectSealed("another file")
        try await bed.expectOrdinary("a file that looks the same", sending: true) { try Forgery.changeLastByte(of: bed.url("looks/b.png")) }
        try await bed.expectSealed("a file that looks the same")
        try await bed.expectOrdinary("a name", sending: true) {
            try FileManager.default.moveItem(at: bed.url("product.png"), to: bed.url("looks/c.png"))
            try Forgery.changed(bed.url("looks/c.png"), to: bed.url("product.png"))
        }
        try await bed.expectOrdinary("the prompt", sending: true) {
            try bed.workspace.write(Self.campaign.replacing("warmer", with: "colder"))
        }
        try await bed.expectSealed("the prompt")
        try await bed.expectOrdinary("no input", exitCode: 66) { try FileManager.default.removeItem(at: bed.url("product.png")) }
        try await bed.expectOrdinary("no manifest that can be read", exitCode: 65) { try bed.workspace.write("flowbatch: [") }
    }

    @Test func optionsAndTheEnvironmentBreakIt() async throws {
        let bed = try await Bed()
        try await bed.expectSealed()
        for flags in [["--max-cost", "5000 VND"], ["--verify"], ["--seed", "7"], ["--on-unknown", "skip"], ["--only", "scene"]] {
            try await bed.expectOrdinary("\(flags)", flags) {}
        }
        try await bed.expectOrdinary("without them") {}
        try await bed.expectSealed()
        try await bed.expectOrdinary("another folder", ["--output", "elsewhere"]) {}
    }

    @Test func valuesOfTheManifestBreakIt() async throws {
        let bed = try await Bed()
        try await bed.expectOrdinary("a variable", sending: true, ["--var", "product=Cream"]) {}
        try await bed.expectOrdinary("no variable") {}
        try await bed.expectSealed()
        try await bed.expectOrdinary("the environment", sending: true) { bed.environment["MOOD"] = "wild" }
        try await bed.expectSealed()
        try await bed.expectOrdinary("--rerun", sending: true, ["--rerun", "warm"]) {}
        try await bed.expectOrdinary("after --rerun") {}
        try await bed.expectSealed()
    }

    @Test func whateverWritesToTheStateBreaksIt() async throws {
        let bed = try await Bed()
        try await bed.expectSealed()
        let state = ".flowbatch/sandbox/state.sqlite"
        let old = try ["", "-mark", "-seal"].map { try Data(contentsOf: bed.url(state + $0)) }
        for look in [["status"], ["runs"], ["plan"], ["clean"]] {
            _ = try await Flowbatch.run(
                look + ["campaign.yaml", "--sandbox", "--env", "MOOD"], in: bed.workspace, environment: bed.environment)
        }
        try await bed.expectSealed("only looked at")
        try await bed.expectOrdinary("another campaign of the folder") {
            try bed.workspace.write(Self.campaign.replacing("name: test", with: "name: test2"), to: "other.yaml")
            bed.arguments[1] = "other.yaml"
        }
        bed.arguments[1] = "campaign.yaml"
        try await bed.expectOrdinary("after another campaign") {}
        try await bed.expectSealed()
        try await bed.expectOrdinary("a state of before") {
            for (suffix, data) in zip(["", "-mark", "-seal"], old) { try data.write(to: bed.url(state + suffix)) }
        }
        try await bed.expectSealed()
        try await bed.expectOrdinary("a damaged seal") {
            var bytes = try Data(contentsOf: bed.seal)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: bed.seal)
        }
        try await bed.expectOrdinary("a cut seal") { try Data(contentsOf: bed.seal).prefix(200).write(to: bed.seal) }
        try await bed.expectSealed()
        try await bed.expectOrdinary("a damaged state", exitCode: 74) {
            var bytes = try Data(contentsOf: bed.url(state))
            for position in stride(from: 4096, to: bytes.count, by: 64) { bytes[position] ^= 0x5A }
            try bytes.write(to: bed.url(state))
        }
    }

    @Test func anUploadThatTheAccountForgotBreaksIt() async throws {
        let bed = try await Bed()
        try await bed.expectSealed()
        try await bed.expectOrdinary("forgotten", sending: true) {
            for suffix in ["", "-wal", "-shm", "-mark"] {
                try? FileManager.default.removeItem(at: bed.url(".flowbatch/sandbox/accounts.sqlite" + suffix))
            }
        }
        try await bed.expectSealed()
    }

    // MARK: kills, and what is not asked

    @Test(arguments: ["run-ended", "before-run-ended", "run-begun"])
    func aRunThatIsKilledBeforeItsSealIsOnlySlower(failpoint: String) async throws {
        let bed = try await Bed()
        try FileManager.default.removeItem(at: bed.seal)
        bed.environment["FLOWBATCH_FAILPOINTS"] = "\(failpoint)=kill"
        let killed = try await bed.run()
        #expect(killed.exitCode == SIGKILL, "\(killed.everything)")
        bed.environment["FLOWBATCH_FAILPOINTS"] = nil
        try await bed.expectOrdinary("after a kill") {}
        try await bed.expectSealed()
    }

    /// A real run: with nothing to do it asks nobody, neither the provider nor the account's memory.
    @Test func noProviderAndNoAccountIsAsked() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        let arguments = ["run", "campaign.yaml"]
        var environment: [String: String] = [:]
        try await Provider.serving(workspace) { provider in
            environment = provider.environment
            environment["FLOWBATCH_SPEED"] = "600"
            let first = try await Flowbatch.run(arguments, in: workspace, environment: environment)
            #expect(first.exitCode == 0, "\(first.everything)")
            let before = await provider.requests
            let second = try await Flowbatch.run(arguments, in: workspace, environment: environment)
            #expect(second.exitCode == 0, "\(second.everything)")
            #expect(await provider.requests == before)
        }
        // Whoever opens this ends with 74.
        for file in workspace.files() where file.lastPathComponent.hasPrefix("accounts.sqlite") {
            try FileManager.default.removeItem(at: file)
        }
        try Data(repeating: 0x55, count: 8192).write(to: workspace.url("home/accounts.sqlite"))
        for (name, value, exitCode) in [
            ("NOTHING", "changed", 0), ("FLOW_API_KEY", "another-key", 0), ("FLOW_API_KEY", "", 78),
            ("FLOW_BASE_URL", "http://127.0.0.1:9", 74),
            ("FLOWBATCH_HOME", workspace.url("elsewhere").path, 0),
        ] as [(String, String, Int32)] {
            let changed = environment.merging([name: value]) { _, new in new }
            let result = try await Flowbatch.run(arguments, in: workspace, environment: changed)
            #expect(result.exitCode == exitCode, "\(name)=\(value): \(result.everything)")
        }
    }
}

extension Forgery {
    /// The file at `source` with another content, as `target`.
    fileprivate static func changed(_ source: URL, to target: URL) throws {
        try (Data(contentsOf: source) + Data([7])).write(to: target)
    }
}
