import Foundation
import Sandbox
import Testing

/// Results that are no longer what was saved, however that came about.
@Suite struct LostResultTests {
    private static let folder = "outputs/test-sandbox/"

    private func finished(_ names: [String]) async throws -> (workspace: Workspace, paths: [String: URL]) {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(names))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        var paths: [String: URL] = [:]
        for step in try workspace.summary().steps {
            let name = try #require(names.first { step.instance.contains($0) })
            paths[name] = workspace.url(Self.folder + (try #require(step.artifacts.first?.path)))
        }
        return (workspace, paths)
    }

    @Test func whatIsRemovedAlteredTruncatedOrReplacedByALinkIsFetchedAgain() async throws {
        let (workspace, paths) = try await finished(["cat", "dog", "owl", "elk"])
        let whole = try paths.mapValues { try Data(contentsOf: $0) }
        let (cat, dog) = (try #require(paths["cat"]), try #require(paths["dog"]))
        let (owl, elk) = (try #require(paths["owl"]), try #require(paths["elk"]))
        try FileManager.default.removeItem(at: cat)
        try (try #require(whole["dog"]) + Data("x".utf8)).write(to: dog)
        try Data(try #require(whole["owl"]).prefix(10)).write(to: owl)
        try FileManager.default.removeItem(at: elk)
        try FileManager.default.createSymbolicLink(at: elk, withDestinationURL: workspace.url("product.png"))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        for (name, path) in paths { #expect(try Data(contentsOf: path) == whole[name], "\(name): \(result.everything)") }
        let type = try FileManager.default.attributesOfItem(atPath: elk.path)[.type] as? FileAttributeType
        #expect(type == .typeRegular, "written through a link")
        #expect(FileManager.default.fileExists(atPath: workspace.url("product.png").path))
        #expect(try await workspace.ledger().entries.count == 4)
    }

    @Test func aFolderInItsPlaceIsKeptAsideAndTheResultIsFetchedAgain() async throws {
        let (workspace, paths) = try await finished(["cat"])
        let cat = try #require(paths["cat"])
        let whole = try Data(contentsOf: cat)
        try FileManager.default.removeItem(at: cat)
        try FileManager.default.createDirectory(at: cat, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: cat.appending(path: "mine.txt"))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try Data(contentsOf: cat) == whole)
        let kept = workspace.files().filter { $0.lastPathComponent == "mine.txt" }
        #expect(try kept.map { try String(contentsOf: $0, encoding: .utf8) } == ["mine"])
        #expect(try await workspace.ledger().entries.count == 1)
    }

    /// A provider that says it has expired, and one that only has a 404 for it.
    @Test(arguments: ["result_expired", "result_not_ready"])
    func whatIsGoneForGoodIsReportedWithThePriceOfAnother(fault: String) async throws {
        let (workspace, paths) = try await finished(["cat", "dog"])
        let cat = try #require(paths["cat"])
        try FileManager.default.removeItem(at: cat)
        try workspace.write("faults: [{ fault: \(fault), endpoint: job-image }]\n", to: "faults.yaml")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.yaml"])
        #expect(result.exitCode == 1, "\(result.everything)")
        let path = String(cat.path.dropFirst(workspace.url(Self.folder).path.count)).trimmingCharacters(in: ["/"])
        #expect(result.errors.contains("gone at the provider"), "\(result.errors)")
        #expect(result.errors.contains("making it again costs 100 VND: `--rerun \(path)`"), "\(result.errors)")
        #expect(try await workspace.ledger().entries.count == 2)
        let again = try await Flowbatch.runSandbox(workspace, ["--rerun", path])
        #expect(again.exitCode == 0, "\(again.everything)")
        #expect(FileManager.default.fileExists(atPath: cat.path))
        #expect(try await workspace.ledger().entries.count == 3)
    }
}
