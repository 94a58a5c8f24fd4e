#if os(Linux)
import Foundation
import Sandbox
import Testing

/// The order of writes of the built program, as the system sees it.
@Suite struct SyncOrderTests {
    private static let speed = 600.0
    private static let arguments = ["run", "campaign.yaml", "--yes", "--progress", "none"]

    /// Three jobs, one after the other.
    private static let chain = """
        flowbatch: 1
        name: test
        provider: flow
        providers: { flow: { prices: { video: 5000 VND }, limits: { threads: 1 } } }
        steps:
          scene:
            uses: r2i
            with: { prompt: on a shelf, references: [product.png] }
          hd:
            uses: upscale
            with: { image: "${{ steps.scene.image }}" }
          clip:
            uses: i2v
            with: { image: "${{ steps.hd.image }}", prompt: slow push-in }
        """

    /// What the program told the system while it made the chain.
    private func calls(dropping: String? = nil) async throws -> SystemCalls {
        let workspace = try Workspace()
        try workspace.write(Self.chain)
        let log = workspace.url("calls")
        let shim = SystemCallShim.environment(try SystemCallShim.compile(into: workspace.root), log: log, dropping: dropping)
        try await Provider.serving(workspace) { provider in
            let result = try await Flowbatch.run(Self.arguments, in: workspace, environment: environment(provider, shim))
            #expect(result.exitCode == 0, "\(result.everything)")
        }
        return try SystemCalls(log)
    }

    private func environment(_ provider: Provider, _ more: [String: String]) -> [String: String] {
        provider.environment.merging(["FLOWBATCH_SPEED": "\(Self.speed)"]) { _, new in new }.merging(more) { _, new in new }
    }

    @Test func everyLinkIsSyncedBeforeTheNext() async throws {
        #expect(try await calls().violations(submissions: 3) == [])
    }

    /// The check is one: without a sync it fails, and says of which link.
    @Test(arguments: [
        ("/state.sqlite-wal", ["is sent before its intent is synced", "is asked about before its id is synced"]),
        ("/accounts.sqlite-wal", ["is sent before its slot is synced"]), (".part", ["has its name before its content is synced"]),
        ("/scene", ["is on record before its folder is synced"]), ("/outputs/test", ["is synced in its folder"]),
    ])
    func withoutASyncItsLinkIsMissed(path: String, expected: [String]) async throws {
        let violations = try await calls(dropping: path).violations(submissions: 3)
        for text in expected { #expect(violations.contains { $0.contains(text) }, "\(violations)") }
        #expect(violations.allSatisfy { violation in expected.contains { violation.contains($0) } }, "\(violations)")
    }

    /// The machine loses its power when the provider has the job and its reply is not on record: of each file, what the last sync left is there.
    @Test(arguments: [(nil, 1), ("-wal", 2)] as [(String?, Int)])
    func afterAPowerCutASubmissionIsPaidTwiceOnlyWithoutTheSync(dropping: String?, charges: Int) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let durable = workspace.url("durable")
        try FileManager.default.createDirectory(at: durable, withIntermediateDirectories: true)
        let shim = SystemCallShim.environment(
            try SystemCallShim.compile(into: workspace.root), log: workspace.url("calls"), durable: durable, dropping: dropping)
        try await Provider.serving(workspace) { provider in
            let killed = try await Flowbatch.run(
                Self.arguments, in: workspace,
                environment: environment(provider, shim.merging(["FLOWBATCH_FAILPOINTS": "reply-received=kill"]) { _, new in new }))
            #expect(killed.exitCode == SIGKILL, "\(killed.everything)")
            try losePower(workspace, durable)
            let result = try await Flowbatch.run(Self.arguments, in: workspace, environment: environment(provider, [:]))
            #expect(result.exitCode == 0, "\(result.everything)")
            #expect(await provider.server.ledger().entries.count == charges)
        }
    }

    /// What no sync ever reached is gone, all else is as its last sync left it.
    private func losePower(_ workspace: Workspace, _ durable: URL) throws {
        let folders = [".flowbatch", "home", "outputs"].map { workspace.url($0).resolvingSymlinksInPath().path + "/" }
        for file in workspace.files().map({ $0.resolvingSymlinksInPath() }) where folders.contains(where: file.path.hasPrefix) {
            let kept = durable.appendingPathComponent(file.path.replacing("/", with: "%"))
            try FileManager.default.removeItem(at: file)
            if FileManager.default.fileExists(atPath: kept.path) { try FileManager.default.copyItem(at: kept, to: file) }
        }
    }
}
#endif
