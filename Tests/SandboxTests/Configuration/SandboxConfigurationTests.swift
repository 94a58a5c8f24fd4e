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
    }

    @Test(arguments: [
        ("faults:", "it isn't JSON"), ("{\"faults\": [\n  {\"fault\": }]}", "it isn't JSON (line 2, column 1"),
        ("[]", "the file must be an object, not an array"), ("{}", "“faults” is missing"),
        (#"{"faults": {}}"#, "faults must be an array, not an object"), (#"{"fault": []}"#, "unknown field “fault”; it takes faults"),
        (#"{"faults": ["explode"]}"#, "faults[0] must be an object, not a string"),
        (#"{"faults": [{"endpoint": "usage"}]}"#, "faults[0].fault is missing"),
        (
            #"{"faults": [{"fault": "throttle"}, {"fault": "explode"}]}"#,
            "faults[1].fault is “explode”, which is none of close_before_accepting, "
        ),
        (#"{"faults": [{"fault": "throttle", "endpoint": 3}]}"#, "faults[0].endpoint is 3, which is none of upload-image, "),
        (#"{"faults": [{"fault": "throttle", "request": [1]}]}"#, "faults[0] has an unknown field “request”"),
        (#"{"faults": [{"fault": "throttle", "requests": 1}]}"#, "faults[0].requests must be an array, not a number"),
        (#"{"faults": [{"fault": "throttle", "requests": [1, 0]}]}"#, "faults[0].requests[1] must be a whole number from 1, not 0"),
        (#"{"faults": [{"fault": "throttle", "probability": 2}]}"#, "faults[0].probability must be a number from 0 to 1, not 2"),
    ])
    func aWrongFaultFileIsRefusedWithItsPlace(file: String, reason: String) throws {
        let error = try #require(throws: SandboxError.self) { try FaultRule.decode(Data(file.utf8)) }
        #expect(error.description.contains(reason), "\(error)")
        #expect(error.description.hasSuffix(".") && !error.description.hasSuffix(".."), "\(error)")
        for word in ["Expected", "decode", "Swift", "Codable", "initialize"] { #expect(!error.description.contains(word), "\(error)") }
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
