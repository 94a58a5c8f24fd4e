import Definitions
import Foundation
import Pipeline
import Testing
import YAML

@testable import Providers

/// The document prices upscales and names no endpoint; each reading of it is an overlay, and none needs code.
@Suite struct FlowOverlayTests {
    private func definition(_ overlay: String) throws -> ProviderDefinition {
        let node = try YAMLReader.read(overlay, file: "overlay.yaml", limits: .definition)
        let (definition, _, diagnostics) = try FlowFixture.definition().overlaid(with: node)
        #expect(diagnostics.isEmpty, "\(diagnostics.map(\.message))")
        return definition
    }

    private func body(
        _ definition: ProviderDefinition, _ operation: Pipeline.Operation, _ arguments: [String: Argument], media: (MediaSource) -> Value?
    )
        async throws -> String
    {
        try await FlowFixture.with("https://flow.example", definition: definition) { client in
            let submission = try client.prepare(
                operation, arguments: arguments, job: PlannedJob(outputs: 0..<1, price: .unknown), media: media, idempotencyKey: "fb-1")
            return submission.path + " " + String(decoding: submission.body, as: UTF8.self)
        }
    }

    @Test func upscaleByJob() async throws {
        let definition = try definition(
            """
            operations: { upscale: { request: { json: { image_path: null, job_id: "{image.job}", index: "{image.index}" } } } }
            """)
        let sent = try await body(definition, .upscale, ["image": FlowFixture.picture("a"), "resolution": .value(.text("2K"))]) { _ in
            .map(["job": .text("gw-1"), "index": .int(3)])
        }
        #expect(sent == #"/public/api/v1/upscale-image {"index":3,"job_id":"gw-1","resolution":"2k"}"#)
    }

    @Test func upscaleAsAnOptionOfTheFirstPicture() async throws {
        let definition = try definition(
            """
            operations:
              t2i:
                request: { json: { resolution: "{resolution}" } }
                params: { resolution: { values: { 1K: 1k, 2K: 2k, 4K: 4k } } }
            """)
        let sent = try await body(definition, .t2i, ["prompt": .value(.text("p")), "resolution": .value(.text("4K"))]) { _ in nil }
        #expect(sent == #"/public/api/v1/text-to-image {"aspect_ratio":"1:1","num_images":1,"prompts":["p"],"resolution":"4k"}"#)
    }

    @Test func upscaleAtTheDownload() async throws {
        let definition = try definition(
            """
            operations: { t2i: { params: { resolution: { values: { 1K: 1k, 2K: 2k, 4K: 4k } } } } }
            jobs: { job: { outputs: { image: [{ get: "jobs/{job}/image", query: { index: "{index}", resolution: "{resolution}" } }] } } }
            """)
        let replies: @Sendable (SeenRequest) -> ScriptedReply = {
            $0.method == "POST" ? .json(#"{"job_id":"gw-1"}"#) : ScriptedReply(body: MediaFiles.png())
        }
        try await ScriptedServer.with(replies) { server in
            let folder = try TemporaryFolder()
            try await FlowFixture.with(server.url(), definition: definition) { client in
                let submission = try client.prepare(
                    .t2i, arguments: ["prompt": .value(.text("p")), "resolution": .value(.text("4K"))],
                    job: PlannedJob(outputs: 0..<1, price: .unknown), media: { _ in nil }, idempotencyKey: "fb-1")
                let job = try await client.submit(submission).get()
                _ = try await client.fetch(job, operation: .t2i, output: 0, kind: .image, into: folder.file("x.part")).get()
            }
            #expect(server.seen.last?.uri == "/public/api/v1/jobs/gw-1/image?index=0&resolution=4k")
        }
    }
}
