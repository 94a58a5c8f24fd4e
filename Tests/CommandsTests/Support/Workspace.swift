import Foundation
import Sandbox

/// A folder of its own for one test, with a campaign in it; removed at the end.
final class Workspace: Sendable {
    let root: URL

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("flowbatch-\(UUID().uuidString)", isDirectory: true)
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        try Self.picture.write(to: root.appendingPathComponent("product.png"))
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func url(_ path: String) -> URL { root.appendingPathComponent(path) }

    func write(_ text: String, to path: String = "campaign.yaml") throws {
        try FileManager.default.createDirectory(at: url(path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url(path), atomically: true, encoding: .utf8)
    }

    /// `run.json` of the last run.
    func summary(_ folder: String = "outputs/test-sandbox") throws -> Summary {
        try JSONDecoder().decode(Summary.self, from: Data(contentsOf: url(folder + "/run.json")))
    }

    /// The embedded sandbox's server, started on what it left on disk beside a campaign in `folder`, to read its books.
    func books<Answer>(speed: Double = 600, in folder: String = ".", _ read: (SandboxServer) async throws -> Answer) async throws -> Answer
    {
        let server = try await SandboxServer.start(
            SandboxConfiguration(speed: speed, stateDirectory: url(folder + "/.flowbatch/sandbox/server"), render: .none))
        do {
            let answer = try await read(server)
            await server.stop()
            return answer
        } catch {
            await server.stop()
            throw error
        }
    }

    func ledger(speed: Double = 600, in folder: String = ".") async throws -> SandboxLedger {
        try await books(speed: speed, in: folder) { await $0.ledger() }
    }

    /// Every regular file below the folder.
    func files() -> [URL] {
        let all = FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey])?.allObjects ?? []
        return all.compactMap { $0 as? URL }.filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
    }

    /// A product picture: 8×8 pixels, grey.
    private static let picture =
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADklEQVR4nGNYAAUMlDEAoJMoARSFQaoAAAAASUVORK5CYII=") ?? Data()
}

/// The parts of `run.json` that tests look at.
struct Summary: Decodable {
    struct Cost: Decodable {
        let amount: String
        let unit: String
    }

    struct Totals: Decodable {
        let steps, done, cached, failed, held, waiting, requests: Int
        let cost: [Cost]
    }

    struct Artifact: Decodable {
        let path: String
        let width: Int?
        let height: Int?
        let media_type: String
    }

    struct Step: Decodable {
        let step, instance, identity, status: String
        let cached: Bool
        let attempts: Int
        let jobs: [String]
        let reason: String?
        let chosen: [String]?
        let artifacts: [Artifact]
    }

    let run: String
    let status: String
    let totals: Totals
    let steps: [Step]
}
