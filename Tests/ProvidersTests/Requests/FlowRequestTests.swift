import Definitions
import Foundation
import Pipeline
import Testing

@testable import Providers

/// Flow AI's requests, exactly as its document shows them.
@Suite struct FlowRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let operation: Pipeline.Operation
        let arguments: [String: Argument]
        var outputs = 1
        let path: String
        let body: String

        var testDescription: String { "\(operation) \(body)" }
    }

    static let cases: [Case] = [
        Case(
            operation: .t2i, arguments: ["prompt": .value(.text("A cute cat sleeping"))], path: "text-to-image",
            body: #"{"aspect_ratio":"1:1","num_images":1,"prompts":["A cute cat sleeping"]}"#),
        Case(
            operation: .t2i, arguments: ["prompt": .value(.text("p")), "count": .value(.int(4)), "aspect_ratio": .value(.text("4:3"))],
            outputs: 4,
            path: "text-to-image", body: #"{"aspect_ratio":"4:3","num_images":4,"prompts":["p"]}"#),
        Case(
            operation: .r2i,
            arguments: [
                "prompt": .value(.text("p")), "references": .list([FlowFixture.picture("up/a.png")]), "aspect_ratio": .value(.text("16:9")),
                "count": .value(.int(2)),
            ],
            path: "reference-to-image", body: #"{"aspect_ratio":"16:9","prompts":["p"],"reference_images":["up/a.png"]}"#),
        Case(
            operation: .t2v, arguments: ["prompt": .value(.text("p")), "duration": .value(.text("10s"))], path: "text-to-video",
            body: #"{"aspect_ratio":"16:9","prompts":["p"],"video_length_seconds":10}"#),
        Case(
            operation: .i2v,
            arguments: ["image": FlowFixture.picture("up/a.png"), "prompt": .value(.text("p")), "aspect_ratio": .value(.text("9:16"))],
            path: "image-to-video", body: #"{"aspect_ratio":"9:16","items":[{"image_path":"up/a.png","prompt":"p"}]}"#),
        Case(
            operation: .r2v,
            arguments: [
                "references": .list([FlowFixture.picture("a"), FlowFixture.picture("b")]), "prompt": .value(.text("p")),
                "voice": .value(.text("charon")),
            ],
            path: "multi-ref-video", body: #"{"items":[{"image_paths":["a","b"],"prompt":"p"}],"voice":"charon"}"#),
        Case(
            operation: .r2v, arguments: ["references": .list([FlowFixture.picture("a")]), "prompt": .value(.text("p"))],
            path: "multi-ref-video",
            body: #"{"items":[{"image_paths":["a"],"prompt":"p"}]}"#),
        Case(
            operation: .upscale, arguments: ["image": FlowFixture.picture("a"), "resolution": .value(.text("4K"))], path: "upscale-image",
            body: #"{"image_path":"a","resolution":"4k"}"#),
    ]

    @Test(arguments: cases)
    func requestsAreTheDocuments(_ example: Case) async throws {
        try await FlowFixture.with("https://flow.example") { client in
            let job = PlannedJob(outputs: 0..<example.outputs, price: .unknown)
            let submission = try client.prepare(
                example.operation, arguments: example.arguments, job: job, media: FlowFixture.reference, idempotencyKey: "fb-1")
            #expect(submission.method == "POST")
            #expect(submission.path == "/public/api/v1/" + example.path)
            #expect(String(decoding: submission.body, as: UTF8.self) == example.body)
            #expect(
                submission.headers.map { "\($0.name): \($0.value)" } == [
                    "Content-Type: application/json", "Accept: application/json", "Idempotency-Key: fb-1",
                ])
            let prompt = example.arguments["prompt"].map { _ in
                example.operation == .t2i && example.outputs == 1 ? "A cute cat sleeping" : "p"
            }
            #expect(submission.fingerprint == SubmissionFingerprint(operation: example.operation, prompt: prompt))
            #expect(try JSONDecoder().decode(PreparedSubmission.self, from: JSONEncoder().encode(submission)) == submission)
        }
    }

    @Test func pictureNotYetUploadedIsRefused() async throws {
        try await FlowFixture.with("https://flow.example") { client in
            let failure = #expect(throws: CallFailure.self) {
                try client.prepare(
                    .upscale, arguments: ["image": FlowFixture.picture("a")], job: PlannedJob(outputs: 0..<1, price: .unknown),
                    media: { _ in nil },
                    idempotencyKey: "fb-1")
            }
            #expect(failure?.kind == .invalid && failure?.message == "a picture has not been brought to the provider yet")
        }
    }

    @Test func unknownOperationIsRefused() async throws {
        try await FlowFixture.with("https://flow.example") { client in
            let failure = #expect(throws: CallFailure.self) {
                try client.prepare(
                    .edit, arguments: [:], job: PlannedJob(outputs: 0..<1, price: .unknown), media: { _ in nil }, idempotencyKey: "fb-1")
            }
            #expect(failure?.message == "Flow AI has no operation edit")
        }
    }

    @Test func anIdempotencyKeyCannotWriteHeaders() async throws {
        try await FlowFixture.with("https://flow.example") { client in
            let failure = #expect(throws: CallFailure.self) {
                try client.prepare(
                    .t2i, arguments: ["prompt": .value(.text("p"))], job: PlannedJob(outputs: 0..<1, price: .unknown), media: { _ in nil },
                    idempotencyKey: "x\r\nX-Evil: 1")
            }
            #expect(failure?.kind == .invalid)
        }
    }

    @Test func storedHeadersAreCheckedAgain() throws {
        let stored = Data(#"{"name":"X-A","value":"a\r\nX-Evil: 1"}"#.utf8)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(HeaderField.self, from: stored) }
    }
}
