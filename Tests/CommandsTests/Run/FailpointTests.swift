import Foundation
import Runner
import Sandbox
import Testing

/// The order of writes, broken at each of its boundaries.
@Suite struct FailpointTests {
    private static let arguments = ["run", "campaign.yaml", "--sandbox=600", "--render", "none", "--progress", "none"]

    /// A campaign that comes by every boundary: one upload, three jobs.
    private static let small = """
        flowbatch: 1
        name: test
        provider: flow
        steps:
          scene:
            uses: r2i
            for_each: { ratio: ["16:9", "9:16", "1:1"] }
            with: { prompt: on a shelf, references: [product.png], aspect_ratio: "${{ each.ratio }}" }
        """

    /// An error that has no name ends the run like an interruption, with 70.
    @Test(arguments: Failpoint.ofEveryRun.filter { !$0.isBefore && !Failpoint.last.contains($0) })
    func anErrorAtAnyBoundaryEndsWith70AndTheNextRunFinishes(point: Failpoint) async throws {
        let workspace = try Workspace()
        try workspace.write(Self.small)
        let first = try await Flowbatch.run(
            Self.arguments, in: workspace, environment: ["FLOWBATCH_FAILPOINTS": "\(point.rawValue)=error"])
        #expect(first.exitCode == 70, "\(point.rawValue): \(first.everything)")
        try await expectWholeCampaign(of: 3, in: workspace, after: point)
    }

    /// Between its name and its record a result is ours all the same, whatever becomes of the campaign.
    @Test func aResultThatWasPlacedAndNotRecordedFollowsTheManifestToo() async throws {
        func campaign(_ step: String, _ prompt: String) -> String {
            "flowbatch: 1\nname: test\nprovider: flow\nsteps:\n  \(step):\n    uses: t2i\n    with: { prompt: \(prompt) }\n"
        }
        let workspace = try Workspace()
        func run() async throws {
            let result = try await Flowbatch.run(Self.arguments, in: workspace)
            #expect(result.exitCode == 0, "\(result.everything)")
        }
        try workspace.write(campaign("scene", "cat"))
        let killed = try await Flowbatch.run(
            Self.arguments, in: workspace, environment: ["FLOWBATCH_FAILPOINTS": "result-placed=kill"])
        #expect(killed.exitCode == SIGKILL)
        let file = workspace.url("outputs/test-sandbox/scene/1.png")
        let cat = try Data(contentsOf: file)
        try workspace.write(campaign("scene", "dog"))
        try await run()
        #expect(try Data(contentsOf: file) != cat)
        try workspace.write(campaign("view", "cat"))
        try await run()
        #expect(try Data(contentsOf: workspace.url("outputs/test-sandbox/view/1.png")) == cat)
        try workspace.write(campaign("scene", "cat"))
        try await run()
        #expect(try Data(contentsOf: file) == cat)
        #expect(try await workspace.ledger().entries.count == 2)
    }

    @Test func aWrongFailpointIsAWrongConfiguration() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        for order in ["nowhere=kill", "slot-held=explode", "slot-held", "slot-held=kill@0"] {
            let result = try await Flowbatch.run(Self.arguments, in: workspace, environment: ["FLOWBATCH_FAILPOINTS": order])
            #expect(result.exitCode == 78 && result.errors.contains("`\(order)`"), "\(result.everything)")
        }
    }

    private func expectWholeCampaign(of jobs: Int, in workspace: Workspace, after point: Failpoint) async throws {
        let second = try await Flowbatch.run(Self.arguments, in: workspace)
        #expect(second.exitCode == 0, "after \(point.rawValue): \(second.everything)")
        let ledger = try await workspace.ledger()
        let keys = ledger.entries.compactMap(\.idempotencyKey)
        #expect(keys.count == jobs && Set(keys).count == jobs, "after \(point.rawValue): \(keys.count) charges, \(Set(keys).count) keys")
        let summary = try workspace.summary()
        #expect(summary.totals.cost.map(\.amount) == [ledger.totals.charged], "after \(point.rawValue)")
        let paths = Set(summary.steps.flatMap(\.artifacts).map(\.path))
        #expect(paths.count == jobs)
        let output = workspace.url("outputs/test-sandbox/").path
        let files = workspace.files().map(\.path).filter { $0.hasPrefix(output) }.map { String($0.dropFirst(output.count + 1)) }
        #expect(
            Set(files) == paths.union(["run.json", "events.jsonl"]), "after \(point.rawValue): files that nobody made or that are missing")
    }
}
