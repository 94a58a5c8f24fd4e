import Checkpoint
import Foundation
import Pipeline
import Reporting
import Runner
import Testing

@testable import Commands

/// A campaign whose results cannot fit is refused before anything is paid.
@Suite struct DiskTests {
    private static let huge = """
        flowbatch: 1
        name: test
        provider: flow
        providers: { flow: { prices: { video: 5000 VND } } }
        steps:
          clip:
            uses: t2v
            for_each: { a: [A], b: [B], c: [C] }
            with: { prompt: "clip ${{ each.a }}-${{ each.b }}-${{ each.c }}", duration: 10s, count: 1000 }
        """

    /// More clips than this machine's disk holds, whatever it holds: at least 1.25 MB each.
    private func write(_ workspace: Workspace) throws {
        let free = try #require(FreeSpace.system.volume(of: workspace.root)?.free)
        let instances = free / 1_250_000 / 1000 + 2
        let side = Int(Double(instances).squareRoot().rounded(.up)) + 1
        func list(_ prefix: String) -> String { (0..<side).map { "\(prefix)\($0)" }.joined(separator: ", ") }
        try workspace.write(
            Self.huge.replacing("a: [A]", with: "a: [\(list("a"))]").replacing("b: [B]", with: "b: [\(list("b"))]")
                .replacing("c: [C]", with: "c: [c]"))
    }

    @Test func aRunWhoseResultsCannotFitIsRefusedBeforeAnythingIsSent() async throws {
        let workspace = try Workspace()
        try write(workspace)
        let environment = ["FLOW_API_KEY": "a-key-of-the-tests", "FLOW_BASE_URL": "http://127.0.0.1:1"]
        let result = try await Flowbatch.run(["run", "campaign.yaml", "--yes"], in: workspace, environment: environment)
        #expect(result.exitCode == 74, "\(result.everything)")
        for word in ["do not fit", "needed in outputs/test", "free", "nothing was sent or spent", "--output"] {
            #expect(result.errors.contains(word), "\(word): \(result.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: workspace.url("outputs").path))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace)
        #expect(plan.exitCode == 0)
        #expect(plan.output.contains("Disk: it does NOT fit"), "\(plan.output.suffix(2000))")
    }

    private func room(free: [String: FreeSpace.Volume], count: Int = 10) throws -> DiskRoom {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((0..<count).map { "cat\($0)" }))
        let path = workspace.url("campaign.yaml").path
        let plan = try CampaignLoader(path: path, variables: [], environmentNames: [], speed: nil, environment: [:]).load().plan
        let home = ["FLOWBATCH_HOME": "/home-of-the-state"]
        return DiskRoom(
            plan: plan, history: CampaignHistory(plan: plan, state: CheckpointState(), standing: { _ in .gone }), chosen: nil,
            places: CampaignPlaces(manifest: "/work-of-mine/c.yaml", state: nil, output: "/results", isSandbox: false, environment: home),
            space: FreeSpace { url in free[url.path] })
    }

    /// Ten pictures: about 21 MB, at least 1 MB, and some lines about each.
    @Test func eachFileSystemIsHeldAgainstWhatItHasToTake() throws {
        let separate = try room(free: [
            "/results": .init(id: 1, free: 2_000_000), "/": .init(id: 2, free: 50_000), "/home-of-the-state": .init(id: 3, free: 1000),
        ]).checks
        #expect(separate.map(\.folders.first) == ["/results", "/work-of-mine/.flowbatch", "/home-of-the-state"])
        #expect(separate.map(\.verdict) == [.tight, .tight, .short])
        let together = try room(free: ["/": .init(id: 2, free: 22_000_000)]).checks
        #expect(together.count == 1 && together[0].folders.count == 3 && together[0].verdict == .fits)
        #expect(try room(free: [:]).checks.map(\.verdict) == [.unknown])
    }

    @Test func onlyWhatClearlyCannotFitIsRefused() throws {
        try room(free: ["/": .init(id: 2, free: 2_000_000)]).confirm()
        let failure = #expect(throws: CommandFailure.self) { try self.room(free: ["/": .init(id: 2, free: 900_000)]).confirm() }
        #expect(failure?.exitCode == .cannotWrite)
        #expect(failure?.message.contains("at least 1.0 MB; 900.0 kB free") == true, "\(failure?.message ?? "")")
    }
}
