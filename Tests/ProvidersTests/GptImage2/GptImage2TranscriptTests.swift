import Crypto
import Definitions
import Foundation
import Pipeline
import Testing

@testable import Providers

/// Every request and reply of gptimage2.plus's document, as the client sends and takes them.
@Suite struct GptImage2TranscriptTests {
    private static let key = Secret("gimg_0123456789abcdef")

    private func with<Outcome: Sendable>(
        _ reply: @escaping @Sendable (SeenRequest) -> ScriptedReply, files: [URL] = [],
        _ body: @Sendable (ProviderClient, ScriptedServer) async throws -> Outcome
    ) async throws -> Outcome {
        try await ScriptedServer.with(reply) { server in
            let http = HTTPTransport(policy: FlowFixture.policy())
            let client = try ProviderClient(
                definition: try #require(try ProviderDefinition.builtIn("gptimage2")), account: AccountID(provider: "gptimage2"),
                baseURL: try #require(URL(string: server.url())), fileHosts: files, key: Self.key, http: http, now: { FlowFixture.now })
            let outcome: Result<Outcome, any Error>
            do { outcome = .success(try await body(client, server)) } catch { outcome = .failure(error) }
            await http.shutdown()
            return try outcome.get()
        }
    }

    private func submission(
        _ client: ProviderClient, _ operation: Pipeline.Operation = .t2i, _ arguments: [String: Argument] = [:], outputs: Int = 1
    ) throws -> PreparedSubmission {
        try client.prepare(
            operation, arguments: arguments.merging(["prompt": .value(.text("a cat"))]) { own, _ in own },
            job: PlannedJob(outputs: 0..<outputs, price: .unknown), media: FlowFixture.reference, idempotencyKey: "fb-1")
    }

    /// `POST /api/v1/generate` with the token and the key in their headers; `202 { "generationId": "...", "status": "queued" }`.
    @Test(arguments: [
        (
            Pipeline.Operation.t2i, ["quality": Argument.value(.text("low"))],
            #"{"n":1,"prompt":"a cat","quality":"low","size":"1024x1024","type":"text2img"}"#
        ),
        (
            .t2i, ["aspect_ratio": .value(.text("2:3")), "resolution": .value(.text("2K"))],
            #"{"n":1,"prompt":"a cat","quality":"high","size":"1024x1536","type":"text2img"}"#
        ),
        (
            .edit, ["image": FlowFixture.picture("r2/a"), "images": .list([FlowFixture.picture("r2/b")])],
            #"{"inputImageKeys":["r2/a","r2/b"],"n":1,"prompt":"a cat","quality":"medium","size":"1024x1024","type":"edit"}"#
        ),
        (
            .r2i,
            ["references": .list([FlowFixture.picture("r2/a")]), "size": .value(.text("1536x1024")), "format": .value(.text("webp"))],
            #"{"inputImageKeys":["r2/a"],"n":1,"prompt":"a cat","quality":"medium","size":"1536x1024","type":"edit"}"#
        ),
    ])
    func submissions(_ operation: Pipeline.Operation, _ arguments: [String: Argument], _ body: String) async throws {
        try await with({ _ in .json(#"{ "generationId": "gen-1", "status": "queued" }"#, status: 202) }) { (client, server) async throws in
            let job = try await client.submit(try submission(client, operation, arguments)).get()
            #expect(job.remoteID == "gen-1" && job.report == nil)
            let request = try #require(server.seen.first)
            #expect(request.method == "POST" && request.uri == "/api/v1/generate" && request.bodyText == body)
            #expect(request.headers["authorization"] == "Bearer gimg_0123456789abcdef")
            #expect(request.headers["idempotency-key"] == "fb-1" && request.headers["content-type"] == "application/json")
        }
    }

    /// "The same key twice returns the existing generation row": with which status, and in which state, is not said.
    @Test func aRepeatedKeyGivesTheRow() async throws {
        let row =
            #"{"id":"gen-1","status":"succeeded","type":"text2img","outputs":[{"png":"https://c.example/0.png","webp":"https://c.example/0.webp","width":1024,"height":1024}],"error":null,"costCredits":1,"createdAt":"2026-04-26T01:23:45.000Z","completedAt":"2026-04-26T01:23:50.000Z"}"#
        for status in [200, 202] {
            try await with({ _ in .json(row, status: status) }) { (client, _) async throws in
                let job = try await client.submit(try submission(client, .t2i, ["format": .value(.text("webp"))])).get()
                #expect(job.remoteID == "gen-1")
                #expect(job.report == JobReport(state: .ended(.succeeded), cost: Money("1 credits")))
                #expect(job.context[JobContext.output(0)] == "https://c.example/0.webp")
            }
        }
        try await with({ _ in .json(#"{"id":"gen-1","status":"running","outputs":[],"error":null,"costCredits":1}"#) }) {
            (client, _) async throws in
            #expect(
                try await client.submit(try submission(client)).get()
                    == AcceptedJob(remoteID: "gen-1", context: [".protocol": "generation", "format": "png"]))
        }
    }

    @Test(arguments: [
        ("queued", JobReport(state: .queued)), ("running", JobReport(state: .running)),
        ("succeeded", JobReport(state: .ended(.succeeded), cost: Money("2 credits"))),
        // What was deducted is given back with both.
        ("failed", JobReport(state: .ended(.failed), cost: Money("0 credits"), message: "why")),
        ("blocked", JobReport(state: .ended(.blocked), cost: Money("0 credits"), message: "why")),
    ])
    func polls(_ status: String, _ expected: JobReport) async throws {
        let row = #"{"id":"gen-1","status":"\#(status)","type":"text2img","outputs":[],"error":"why","costCredits":2}"#
        try await with({ _ in .json(row) }) { (client, server) async throws in
            let report = try await client.poll(AcceptedJob(remoteID: "gen-1"), operation: .t2i).get()
            #expect(report.state == expected.state && report.message == expected.message)
            if case .ended = report.state { #expect(report.cost == expected.cost) }
            #expect(server.seen.map(\.uri) == ["/api/v1/generations/gen-1"])
        }
    }

    @Test(arguments: [
        (400, CallFailure.Kind.invalid), (401, .auth), (402, .credits), (403, .plan), (409, .inFlight), (422, .policy), (500, .lost),
        (429, .throttled(retryAfter: .seconds(7))),
    ])
    func refusals(_ status: Int, _ kind: CallFailure.Kind) async throws {
        let headers = status == 429 ? ["retry-after": "7"] : [:]
        try await with({ _ in .json(#"{"error":"no"}"#, status: status, headers: headers) }) { (client, _) async throws in
            let result = await client.submit(try submission(client))
            guard case .failure(let failure) = result else {
                Issue.record("it went well")
                return
            }
            #expect(failure.kind == kind && !failure.message.contains(Self.key.expose()), "\(failure)")
        }
    }

    /// A 429 without `Retry-After` is over when the window is: `X-RateLimit-Reset` is epoch seconds.
    @Test func rateHeadersAreRead() async throws {
        let reset = FlowFixture.now.milliseconds / 1000 + 90
        let headers = ["x-ratelimit-limit": "600", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "\(reset)"]
        try await with({ _ in .json(#"{"error":"no"}"#, status: 429, headers: headers) }) { (client, _) async throws in
            guard case .failure(let failure) = await client.poll(AcceptedJob(remoteID: "g"), operation: .t2i) else {
                Issue.record("it went well")
                return
            }
            guard case .throttled(let pause?) = failure.kind else {
                Issue.record("no pause: \(failure)")
                return
            }
            #expect(pause == .seconds(90))
        }
    }

    /// The address first, then the bytes to another host: with the signed type, the length, and no key.
    @Test func uploadsGoToThePresignedAddress() async throws {
        let folder = try TemporaryFolder()
        let content = MediaFiles.png()
        let url = folder.file("holiday.png")
        try content.write(to: url)
        let file = LocalFile(
            path: url.path(percentEncoded: false), sha256: SHA256.hex(of: content), bytes: content.count, mediaType: "image/png")
        try await ScriptedServer.with({ _ in ScriptedReply() }) { store in
            let address = store.url("/bucket/inputs/a.png?X-Amz-Expires=300&X-Amz-Signature=abc%2F1")
            let files = try #require(URL(string: store.url()))
            try await with({ _ in .json(#"{"url":"\#(address)","key":"inputs/a.png"}"#) }, files: [files]) {
                (client, server) async throws in
                #expect(try await client.upload(file).get() == "inputs/a.png")
                let name = "upload-\(file.sha256.prefix(12)).png"
                #expect(server.seen.map(\.uri) == ["/api/v1/upload"])
                #expect(server.seen.first?.bodyText == #"{"contentType":"image/png","filename":"\#(name)","size":\#(content.count)}"#)
                let put = try #require(store.seen.first)
                #expect(put.method == "PUT" && put.uri == "/bucket/inputs/a.png?X-Amz-Expires=300&X-Amz-Signature=abc%2F1")
                #expect(put.body == content && put.headers["content-type"] == "image/png")
                #expect(put.headers["content-length"] == "\(content.count)")
                #expect(put.headers["authorization"] == nil && put.headers["idempotency-key"] == nil)
            }
            // Nobody named that host: nothing is sent there.
            try await with({ _ in .json(#"{"url":"\#(address)","key":"inputs/a.png"}"#) }) { (client, _) async throws in
                guard case .failure(let failure) = await client.upload(file) else {
                    Issue.record("it went well")
                    return
                }
                #expect(failure == CallFailure(.invalid, "gptimage2.plus named an upload address that is none of its upload hosts"))
            }
            #expect(store.seen.count == 1)
        }
    }

    /// An address whose time is over is no refusal of the key: another one is asked for.
    @Test func anExpiredAddressIsStale() async throws {
        let folder = try TemporaryFolder()
        let content = MediaFiles.png()
        let url = folder.file("a.png")
        try content.write(to: url)
        let file = LocalFile(
            path: url.path(percentEncoded: false), sha256: SHA256.hex(of: content), bytes: content.count, mediaType: "image/png")
        try await ScriptedServer.with({ _ in ScriptedReply(status: 403, body: Data("<Error><Code>AccessDenied</Code></Error>".utf8)) }) {
            store in
            let files = try #require(URL(string: store.url()))
            try await with({ _ in .json(#"{"url":"\#(store.url("/a"))","key":"inputs/a.png"}"#) }, files: [files]) {
                (client, _) async throws in
                guard case .failure(let failure) = await client.upload(file) else {
                    Issue.record("it went well")
                    return
                }
                #expect(failure.kind == .staleURL)
            }
        }
    }

    /// Results are public and elsewhere: the row is asked with the key, the file without.
    @Test func resultsComeFromTheCDNWithoutTheKey() async throws {
        let picture = MediaFiles.png(width: 9, height: 9)
        try await ScriptedServer.with({ _ in ScriptedReply(body: picture) }) { cdn in
            let files = try #require(URL(string: cdn.url()))
            let outputs = (0..<2).map { #"{"png":"\#(cdn.url("/\($0).png"))","webp":"\#(cdn.url("/\($0).webp"))","width":9,"height":9}"# }
            let row = #"{"id":"g","status":"succeeded","outputs":[\#(outputs.joined(separator: ","))],"costCredits":2}"#
            try await with({ _ in .json(row) }, files: [files]) { (client, server) async throws in
                let folder = try TemporaryFolder()
                let job = AcceptedJob(remoteID: "g", context: ["format": "png"])
                let file = try await client.fetch(job, operation: .t2i, output: 1, kind: .image, into: folder.file("x.part")).get()
                #expect(file.sha256 == SHA256.hex(of: picture) && file.width == 9)
                #expect(server.seen.map(\.uri) == ["/api/v1/generations/g"])
                #expect(server.seen.allSatisfy { $0.headers["authorization"] != nil })
                #expect(cdn.seen.map(\.uri) == ["/1.png"] && cdn.seen.allSatisfy { $0.headers["authorization"] == nil })
            }
        }
    }

    /// "5 at once at most": what is more waits its turn here, and goes out when one of the five is through.
    @Test func fiveCallsAtOnce() async throws {
        let crowd = Crowd()
        let together = try await ScriptedServer.with({ _ in
            await crowd.enter()
            return .json(#"{"id":"g","status":"running"}"#)
        }) { server in
            let http = HTTPTransport(policy: FlowFixture.policy())
            let client = try ProviderClient(
                definition: try #require(try ProviderDefinition.builtIn("gptimage2")), account: AccountID(provider: "gptimage2"),
                baseURL: try #require(URL(string: server.url())), key: Self.key, http: http, now: { FlowFixture.now })
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = await client.poll(AcceptedJob(remoteID: "g"), operation: .t2i) } }
            }
            await http.shutdown()
            #expect(server.seen.count == 20)
            return await crowd.most
        }
        #expect((2...5).contains(together), "\(together) at once")
    }
}

/// How many requests are being answered together; each stays until five are there, or nobody else comes.
private actor Crowd {
    private var present = 0
    private(set) var most = 0

    func enter() async {
        present += 1
        most = max(most, present)
        // Others come in while this one gives way.
        for _ in 0..<200 where present < 5 { await Task.yield() }
        for _ in 0..<50 { await Task.yield() }
        most = max(most, present)
        present -= 1
    }
}
