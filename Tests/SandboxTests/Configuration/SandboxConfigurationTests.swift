import Foundation
import Testing

@testable import Sandbox

@Suite struct SandboxConfigurationTests {
    @Test func settingsThatMakeNoSenseAreNamed() async throws {
        let folder = try TestFolder()
        let changes: [(String, (inout SandboxConfiguration) -> Void)] = [
            ("speed", { $0.speed = 0 }), ("speed", { $0.speed = .nan }), ("threads", { $0.threads = 0 }), ("port", { $0.port = 70_000 }),
            ("API key", { $0.apiKeys = [] }), ("API key", { $0.apiKeys = [""] }), ("renders", { $0.concurrentRenders = 0 }),
        ]
        for (word, change) in changes {
            var configuration = SandboxConfiguration(stateDirectory: folder.url.appending(path: "state"))
            change(&configuration)
            let error = await #expect(throws: SandboxError.self) { try await SandboxServer.start(configuration) }
            #expect(error?.description.contains(word) == true, "\(word)")
        }
        #expect(folder.files().isEmpty)
    }
}
