import Foundation
import Pipeline
import Runner
import Testing

/// What results take on a disk, and how a disk is asked.
@Suite struct DiskNeedTests {
    private func plan(_ operation: Pipeline.Operation, _ count: Int, _ arguments: [String: String] = [:]) -> Plan {
        let instances = (0..<count).map { number in
            StepInstance(
                step: "s", name: "s[\(number)]", place: nil, operation: operation, account: AccountID(provider: "flow"),
                arguments: Arguments(arguments.mapValues { .value(.text($0)) }), identity: Identity(of: .int(number)),
                jobs: [PlannedJob(outputs: 0..<1, price: .unknown)],
                outputs: [PlannedOutput(kind: operation.outputKind, path: "\(number)")], dependencies: [], needs: [], transfers: [],
                retry: .standard, timeout: .seconds(900), onFailure: .skipDependents, expectedDuration: .seconds(30))
        }
        return Plan(campaign: "test", manifestPath: "c.yaml", instances: instances, transfers: [], accounts: [], budgets: [])
    }

    private func need(_ plan: Plan, done: Set<Int> = [], known: [OutputReference: Artifact] = [:]) -> DiskNeed {
        DiskNeed(of: plan, missing: { done.contains($0) ? [] : [0] }, known: known)
    }

    @Test(
        arguments: [
            (.t2i, [:], 2_100_000, 105_000), (.t2i, ["size": "2000x1000"], 4_000_000, 200_000),
            (.upscale, ["resolution": "4K"], 18_874_368, 943_718),
            (.upscale, ["resolution": "2K", "aspect_ratio": "1:1"], 8_388_608, 419_430),
            (.t2v, ["duration": "10s"], 10_000_000, 1_250_000), (.i2v, [:], 8_000_000, 1_000_000),
            (.t2i, ["size": "huge"], 2_100_000, 105_000),
        ] as [(Pipeline.Operation, [String: String], Int, Int)])
    func sizesFollowWhatIsAskedFor(operation: Pipeline.Operation, arguments: [String: String], likely: Int, least: Int) {
        let need = need(plan(operation, 10, arguments))
        // Beside the files: some lines about each job.
        #expect((10 * likely...10 * likely + 100_000).contains(need.results.likely))
        #expect((10 * least...10 * least + 50_000).contains(need.results.least))
        #expect(need.state.likely > need.state.least && need.account.least > 0)
        #expect(need.learned == 0)
    }

    @Test func whatIsThereTakesNothingMore() {
        let need = need(plan(.t2i, 3), done: [0, 1, 2])
        #expect(need.results == DiskNeed.Bytes() && need.state == DiskNeed.Bytes())
    }

    @Test func sizesAreLearnedFromEarlierResults() {
        let known = Dictionary(
            uniqueKeysWithValues: (0..<3).map { number in
                let bytes = [400_000, 500_000, 600_000][number]
                let artifact = Artifact(path: "\(number)", sha256: "", bytes: bytes, mediaType: "image/png", width: nil, height: nil)
                return (OutputReference(instance: number, output: 0), artifact)
            })
        let learned = need(plan(.t2i, 103), done: [0, 1, 2], known: known)
        #expect(learned.learned == 100)
        #expect((50_000_000...50_500_000).contains(learned.results.likely))
        #expect((12_500_000...12_600_000).contains(learned.results.least))
        #expect(need(plan(.t2i, 103), done: [0, 1], known: known.filter { $0.key.instance < 2 }).learned == 0, "two say too little")
    }

    @Test func theDiskOfAFolderThatIsNotThereYetIsItsParents() {
        let space = FreeSpace { $0.path == "/data" || $0.path == "/" ? FreeSpace.Volume(id: $0.path.count, free: 42) : nil }
        #expect(space.volume(of: URL(fileURLWithPath: "/data/outputs/new/folder"))?.id == 5)
        #expect(space.volume(of: URL(fileURLWithPath: "/elsewhere/outputs"))?.id == 1)
        #expect(FreeSpace { _ in nil }.volume(of: URL(fileURLWithPath: "/data")) == nil)
    }

    @Test func thisMachinesDiskIsAsked() throws {
        let root = FileManager.default.temporaryDirectory
        let volume = try #require(FreeSpace.system.volume(of: root.appendingPathComponent("flowbatch-\(UUID().uuidString)/not/there")))
        #expect(volume.id == FreeSpace.system.volume(of: root)?.id)
        #expect(volume.free > 0)
    }
}
