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

    @Test func faultFilesAreRead() throws {
        let rules = try FaultRule.decode(
            Data(
                #"""
                {"faults": [
                    {"endpoint": "text-to-image", "fault": "close_after_accepting", "requests": [2, 5]},
                    {"fault": "server_error", "probability": 0.25}
                ]}
                """#.utf8))
        #expect(
            rules == [FaultRule(.closeAfterAccepting, at: .textToImage, requests: [2, 5]), FaultRule(.serverError, probability: 0.25)])
        let error = try #require(throws: SandboxError.self) { try FaultRule.decode(Data(#"{"faults": [{"fault": "explode"}]}"#.utf8)) }
        #expect(error.description.contains("explode"), "\(error)")
        #expect(throws: SandboxError.self) { try FaultRule.decode(Data("faults:".utf8)) }
    }

    @Test func rulesHoldForTheirRequestsOnly() {
        let rule = FaultRule(.serverError, at: .job, requests: [2])
        #expect(rule.applies(to: .job, ordinal: 2, seed: 1))
        #expect(!rule.applies(to: .job, ordinal: 1, seed: 1))
        #expect(!rule.applies(to: .usage, ordinal: 2, seed: 1))
        #expect(FaultRule(.serverError).applies(to: .usage, ordinal: 99, seed: 1))
    }

    @Test func likelihoodIsDecidedBySeedAlone() {
        let rule = FaultRule(.serverError, probability: 0.3)
        let first = (1...2000).map { rule.applies(to: .job, ordinal: $0, seed: 5) }
        #expect(first == (1...2000).map { rule.applies(to: .job, ordinal: $0, seed: 5) })
        #expect(first != (1...2000).map { rule.applies(to: .job, ordinal: $0, seed: 6) })
        #expect((450...750).contains(first.count { $0 }))
    }
}
