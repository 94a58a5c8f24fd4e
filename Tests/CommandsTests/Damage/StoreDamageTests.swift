import Foundation
import Sandbox
import Testing

/// Both stores are damaged behind a killed run's back; the next run goes on rightly or says what to do, and the provider's books show no
/// second charge either way.
@Suite struct StoreDamageTests {
    @Test func aDamagedStoreIsRefusedByNameOrHarmlessAndNothingIsPaidTwice() async throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = Int(environment["FLOWBATCH_DAMAGE_ROUNDS"] ?? "") ?? 12
        let seed = UInt64(environment["FLOWBATCH_SEED"] ?? "") ?? UInt64.random(in: 0..<1_000_000)
        print("damage rounds: \(rounds), seed \(seed)")
        var random = SplitMix(seed)
        let workspace = try await Self.killed()
        let files = workspace.files().map(\.path).filter { $0.contains(".sqlite") }.sorted()
        #expect(files.count { $0.hasSuffix(".sqlite") } == 2, "campaign and account: \(files)")
        #expect(files.count { $0.hasSuffix("-wal") } == 2, "a killed run leaves its logs: \(files)")
        var refused = 0
        for round in 0..<rounds {
            let copy = try Workspace()
            try FileManager.default.removeItem(at: copy.root)
            try FileManager.default.copyItem(at: workspace.root, to: copy.root)
            // Each file in turn, so that none is left out by chance.
            let name = String(files[round % files.count].dropFirst(workspace.root.path.count + 1))
            let what = try Self.damage(copy.url(name), &random)
            refused += try await Self.resume(copy, name, "seed \(seed) round \(round): \(name) \(what)") ? 1 : 0
        }
        #expect(refused > 0 || rounds < files.count, "seed \(seed): no damage was noticed")
    }

    /// Three pictures, all accepted and on record with the account, one of them finished.
    private static func killed() async throws -> Workspace {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"]))
        let run = try Flowbatch.start(["run", "campaign.yaml", "--sandbox=60", "--render", "none", "--events", "-"], in: workspace)
        run.send(SIGKILL, onceWritten: "artifact.saved")
        _ = await run.result()
        return workspace
    }

    /// Changes, zeroes or cuts a random stretch of a file.
    private static func damage(_ file: URL, _ random: inout SplitMix) throws -> String {
        var bytes = try Data(contentsOf: file)
        guard !bytes.isEmpty else { return "empty" }
        let position = Int.random(in: 0..<bytes.count, using: &random)
        let what: String
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            bytes = bytes.prefix(position)
            what = "cut at \(position)"
        case 1:
            let end = min(bytes.count, position + 600)
            bytes.replaceSubrange(position..<end, with: Data(count: end - position))
            what = "zeroed from \(position)"
        default:
            bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            what = "flipped at \(position)"
        }
        try bytes.write(to: file)
        return what
    }

    /// - Returns: whether the run refused the store.
    private static func resume(_ workspace: Workspace, _ name: String, _ round: String) async throws -> Bool {
        let first = try await Flowbatch.runSandbox(workspace)
        if first.exitCode == 0 {
            try await expectPaidOnce(workspace, round)
            return false
        }
        #expect(first.exitCode == 74, "\(round): exit \(first.exitCode): \(first.everything)")
        let store = try #require(name.range(of: ".sqlite").map { String(name[..<$0.upperBound]) })
        #expect(first.errors.contains(workspace.root.lastPathComponent) && first.errors.contains(store), "\(round): \(first.errors)")
        #expect(first.errors.contains("move it") || first.errors.contains("remove "), "\(round) names no next step: \(first.errors)")
        // What the message says: moved away, the other store still knows what was paid.
        for suffix in ["", "-wal", "-shm", "-mark"] {
            try? FileManager.default.moveItem(at: workspace.url(store + suffix), to: workspace.url("away" + suffix))
        }
        let second = try await Flowbatch.runSandbox(workspace)
        #expect(second.exitCode == 0, "\(round), moved away: exit \(second.exitCode): \(second.everything)")
        try await expectPaidOnce(workspace, round)
        return true
    }

    private static func expectPaidOnce(_ workspace: Workspace, _ round: String) async throws {
        let prompts = try await workspace.ledger().entries.map(\.prompts)
        #expect(prompts.count == 3 && Set(prompts).count == 3, "\(round): charged \(prompts)")
        #expect(workspace.files().count { $0.pathExtension == "png" && $0.path.contains("/outputs/") && !$0.path.contains("/.") } == 3)
    }

    @Test(arguments: ["state.sqlite", "account"])
    func aStoreOfANewerVersionIsLeftAlone(kind: String) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let databases = workspace.files().filter { $0.pathExtension == "sqlite" }
        let file = try #require(databases.first { ($0.lastPathComponent == "state.sqlite") == (kind == "state.sqlite") })
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
        // The header's user version.
        var bytes = try Data(contentsOf: file)
        bytes.replaceSubrange(60..<64, with: [0, 0, 0x27, 0x0F])
        try bytes.write(to: file)
        let result = try await Flowbatch.runSandbox(workspace, ["--rerun", "picture"])
        #expect(result.exitCode == 74, "\(result.everything)")
        #expect(result.errors.contains("9999") && result.errors.contains(file.lastPathComponent), "\(result.errors)")
        #expect(result.errors.contains("newer"), "\(result.errors)")
        #expect(try Data(contentsOf: file) == bytes)
        #expect(try await workspace.ledger().entries.count == 1)
    }
}
