import Definitions
import Foundation
import Pipeline
import Testing

@testable import Providers

/// Every request and reply of Ace Data Cloud's document, as the client sends and takes them.
@Suite struct AceDataTranscriptTests {
    private func with<Outcome: Sendable>(
        _ reply: ScriptedReply, _ body: @Sendable (ProviderClient, ScriptedServer) async throws -> Outcome
    ) async throws -> Outcome {
        let definition = try #require(try ProviderDefinition.builtIn("acedata"))
        return try await ScriptedServer.with({ _ in reply }) { server in
            try await FlowFixture.with(server.url(), definition: definition) { try await body($0, server) }
        }
    }

    private func submission(
        _ client: ProviderClient, _ operation: Pipeline.Operation, _ arguments: [String: Argument], outputs: Int
    ) throws -> PreparedSubmission {
        try client.prepare(
            operation, arguments: arguments, job: PlannedJob(outputs: 0..<outputs, price: .unknown), media: FlowFixture.reference,
            idempotencyKey: "fb-1")
    }

    private static let cat = ["prompt": Argument.value(.text("a white siamese cat")), "model": .value(.text("flux-kontext-pro"))]
    private static let synchronous = """
        {"success": true, "task_id": "226eb763-9eab-4d06-ad57-d59753a03307", "trace_id": "089f8b46-0167-4f25-88ee-3c3f88d80e84", "data": [
          {"prompt": "a white siamese cat", "image_url": "https://fal.media/files/lion/a.png", "timings": 1752743801},
          {"prompt": "a white siamese cat", "image_url": "https://fal.media/files/monkey/b.png", "timings": 1752743801}]}
        """

    /// The document's requests, with `async` beside them, and its reply where that is obeyed.
    @Test(arguments: [
        (
            Pipeline.Operation.t2i, cat.merging(["count": .value(.int(2))]) { $1 }, 2,
            #"{"action":"generate","async":true,"count":2,"model":"flux-kontext-pro","prompt":"a white siamese cat"}"#
        ),
        (
            .edit, cat.merging(["image": .media(.url("https://cdn.acedata.cloud/ytj2qy.png"))]) { $1 }, 1,
            #"{"action":"edit","async":true,"image_url":"https://cdn.acedata.cloud/ytj2qy.png","model":"flux-kontext-pro","prompt":"a white siamese cat"}"#
        ),
        (
            .t2i, cat.merging(["aspect_ratio": .value(.text("16:9"))]) { $1 }, 1,
            #"{"action":"generate","async":true,"count":1,"model":"flux-kontext-pro","prompt":"a white siamese cat","size":"16:9"}"#
        ),
    ])
    func submissions(_ operation: Pipeline.Operation, _ arguments: [String: Argument], _ outputs: Int, _ body: String) async throws {
        try await with(.json(#"{"task_id": "6a97bf49-df50-4129-9e46-119aa9fca73c"}"#)) { (client, server) async throws in
            let job = try await client.submit(try submission(client, operation, arguments, outputs: outputs)).get()
            #expect(job.remoteID == "6a97bf49-df50-4129-9e46-119aa9fca73c" && job.report == nil)
            let request = try #require(server.seen.first)
            #expect(request.method == "POST" && request.uri == "/flux/images" && request.bodyText == body)
            #expect(request.headers["authorization"] == "Bearer \(FlowFixture.key.expose())")
            #expect(request.headers["accept"] == "application/json" && request.headers["content-type"] == "application/json")
        }
    }

    /// Where `async` is not obeyed the reply holds the results, and they are kept with the job.
    @Test func aSynchronousReplyIsTheResult() async throws {
        try await with(.json(Self.synchronous)) { (client, _) async throws in
            let job = try await client.submit(try submission(client, .t2i, Self.cat, outputs: 2)).get()
            #expect(job.remoteID == "226eb763-9eab-4d06-ad57-d59753a03307" && job.report == JobReport(state: .ended(.succeeded)))
            #expect(
                (0..<2).map { job.context[JobContext.output($0)] } == [
                    "https://fal.media/files/lion/a.png", "https://fal.media/files/monkey/b.png",
                ])
        }
    }

    /// The callback's body, as a task shows it.
    private static let response = """
        {"success": true, "task_id": "6a97", "trace_id": "9b4b", "data": [{"prompt": "a white siamese cat",
          "image_url": "https://sf-maas-uat-prod.oss-cn-shanghai.aliyuncs.com/outputs/f4_0.png", "seed": 1698551532, "timings": {"inference": 3.328}}]}
        """

    @Test(arguments: [
        (
            #"{"id": "6a97", "request": {"action": "generate"}, "response": \#(response), "finished_at": 1752744073}"#,
            JobReport.State.ended(.succeeded)
        ),
        (#"{"id": "6a97", "request": {"action": "generate"}}"#, .running), (#"{"id": "6a97", "response": {"success": false}}"#, .running),
        (#"{"id": "6a97", "response": {"success": false}, "finished_at": 1752744073}"#, .ended(.failed)),
        (#"{"id": "6a97", "response": {"success": false, "error": {"code": "api_error", "message": "m"}}}"#, .ended(.failed)),
    ])
    func tasks(_ task: String, _ state: JobReport.State) async throws {
        try await with(.json(task)) { (client, server) async throws in
            let report = try await client.poll(AcceptedJob(remoteID: "6a97"), operation: .t2i).get()
            #expect(report.state == state)
            #expect(server.seen.map(\.uri) == ["/flux/tasks"])
            #expect(server.seen.first?.bodyText == #"{"action":"retrieve","id":"6a97"}"#)
        }
    }

    /// One request for many; what is not told of is as it was.
    @Test func manyTasksTogether() async throws {
        let items =
            #"{"count": 3, "items": [{"id": "a", "response": \#(Self.response)}, {"id": "b", "request": {}}, {"id": "c", "response": {"success": false, "error": {"code": "api_error", "message": "m"}}}]}"#
        try await with(.json(items)) { (client, server) async throws in
            let jobs = ["a", "b", "c", "d"].map { (job: AcceptedJob(remoteID: $0), operation: Pipeline.Operation.t2i) }
            let reports = try await client.pollTogether(jobs).get()
            #expect(reports.mapValues(\.state) == ["a": .ended(.succeeded), "c": .ended(.failed)])
            #expect(server.seen.first?.bodyText == #"{"action":"retrieve_batch","ids":["a","b","c","d"]}"#)
        }
    }

    @Test(arguments: [
        (400, "token_mismatched", CallFailure.Kind.auth), (400, "api_not_implemented", .invalid), (401, "invalid_token", .auth),
        (403, "used_up", .credits), (429, "too_many_requests", .throttled(retryAfter: nil)), (500, "api_error", .lost),
        (200, "used_up", .credits),
    ])
    func refusals(_ status: Int, _ code: String, _ kind: CallFailure.Kind) async throws {
        let body = #"{"success": false, "error": {"code": "\#(code)", "message": "no"}, "trace_id": "t"}"#
        try await with(.json(body, status: status)) { (client, _) async throws in
            let failure = try await client.submit(try submission(client, .t2i, Self.cat, outputs: 1)).failure()
            #expect(failure.kind == kind, "\(failure)")
        }
    }
}
