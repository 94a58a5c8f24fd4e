import Crypto
import Definitions
import Foundation
import Pipeline
import Testing

@testable import Providers

/// What other providers' protocols need of the interpreter, with a definition made for these tests.
@Suite struct OtherProtocolTests {
    private static let text = """
        definition: 1
        name: other
        title: Other
        host: { base: null, path: /v1, uploads: ["*.store.example"], results: ["cdn.example"] }
        auth: { header: Authorization, prefix: "Bearer ", key_starts: fk- }
        limits: { threads: 3, requests: 60/minute, counts: [submit, poll] }
        rate_headers: { remaining: X-Left, reset: X-Reset, reset_as: epoch_seconds }
        prices: [{ when: {}, amount: unknown, per: job }]
        durations: [{ when: {}, typical: 10s }]
        upload:
          types: [image/png]
          max: 1MB
          steps:
            - post: presign
              json: { filename: "{file.name}", contentType: "{file.type}", size: "{file.size}" }
              keep: { url: /url, ref: /key }
            - { put: "{url}", host: uploads, headers: { Content-Type: "{file.type}" }, bytes: "{file}" }
          gives: "{ref}"
          lasts: unknown
        operations:
          t2i:
            request: { post: "run/{model}", json: { prompt: "{prompt}", n: "{count}" } }
            params:
              model: { type: path, open: true, default: own/model/fast }
              prompt: { type: text, required: true }
              count: { type: int, min: 1, max: 4, default: 1 }
            makes: { image: "{count}" }
        jobs:
          queue:
            accepts: [202]
            id: [/request_id, /id]
            poll: { get: "run/requests/{job}", reply_url: /status_url, min: 1s, max: 5s }
            states:
              - running: { http: 400, /detail: still in progress }
              - blocked: { /status: done, /reason: policy }
              - succeeded: { /status: done }
              - failed: { http: [4xx, 5xx], /status: failed }
              - failed: { /status: failed }
            error: [/detail/0/msg, /detail]
            outputs: { image: [{ url: "/images/*/url" }, { base64: "/data/*/b64" }], withheld: "/hidden/*" }
            cost: { at: /cost, unit: credits }
            refunded: [failed]
            lasts: 10m
        errors:
          - { when: { /error/code: used_up }, is: credits }
          - { when: { http: 429 }, is: throttled }
          - { when: { call: submit, http: 409 }, is: in_flight }
          - { when: { call: put, http: 403 }, is: stale_url }
          - { when: { http: 5xx }, is: server }
        idempotency: { header: Idempotency-Key, honoured: true, lasts: 24h }
        gaps: []
        """

    private func with<Outcome: Sendable>(
        _ reply: @escaping @Sendable (SeenRequest) -> ScriptedReply, key: Secret = FlowFixture.key,
        _ body: @Sendable (ProviderClient, ScriptedServer) async throws -> Outcome
    ) async throws -> Outcome {
        try await ScriptedServer.with(reply) { server in
            let definition = try ProviderDefinition.read(Self.text, file: "other.yaml")
            return try await FlowFixture.with(server.url(), definition: definition, key: key) { try await body($0, server) }
        }
    }

    private func submit(_ reply: ScriptedReply) async throws -> Result<AcceptedJob, CallFailure> {
        try await with({ _ in reply }) { client, _ in await client.submit(try FlowFixture.submission(client)) }
    }

    private func poll(_ reply: ScriptedReply) async throws -> Result<JobReport, CallFailure> {
        try await with({ _ in reply }) { client, _ in await client.poll(AcceptedJob(remoteID: "j1"), operation: .t2i) }
    }

    private func fetch(
        _ reply: @escaping @Sendable (SeenRequest) -> ScriptedReply, output: Int = 0
    ) async throws -> Result<FetchedFile, CallFailure> {
        try await with(reply) { client, _ in
            let folder = try TemporaryFolder()
            return await client.fetch(
                AcceptedJob(remoteID: "j1"), operation: .t2i, output: output, kind: .image, into: folder.file("x.part"))
        }
    }

    @Test func modelsArePathsAndKeysHavePrefixes() async throws {
        try await with({ _ in .json(#"{"request_id":"j1"}"#, status: 202) }) { client, server in
            let submission = try FlowFixture.submission(client)
            #expect(submission.fingerprint == nil, "there is no listing to look into")
            #expect(try await client.submit(submission).get().remoteID == "j1")
            #expect(server.seen.map(\.uri) == ["/v1/run/own/model/fast"])
            #expect(server.seen.first?.headers["authorization"] == "Bearer \(FlowFixture.key.expose())")
            let failure = #expect(throws: CallFailure.self) {
                try client.prepare(
                    .t2i, arguments: ["prompt": .value(.text("p")), "model": .value(.text("a/../../keys"))],
                    job: PlannedJob(outputs: 0..<1, price: .unknown), media: { _ in nil }, idempotencyKey: "k")
            }
            #expect(failure?.message == #"unsafe path value "a/../../keys" for {model}"#)
        }
    }

    @Test func foreignKeysAreNotShown() async throws {
        try await with({ _ in .json("{}") }, key: Secret("sk-of-somebody-else")) { client, server in
            let failure = try await client.submit(try FlowFixture.submission(client)).failure()
            #expect(failure.kind == .auth && failure.message == "the key in OTHER_API_KEY was not sent: Other's keys start with fk-")
            #expect(server.seen.isEmpty)
        }
    }

    @Test func onlyDocumentedStatusesAccept() async throws {
        #expect(try await submit(.json(#"{"id":"j1"}"#, status: 202)).get().remoteID == "j1")
        let failure = try await submit(.json(#"{"id":"j1"}"#)).failure()
        #expect(failure.kind == .lost && failure.message.hasPrefix("Other answered 200 which is no status it accepts with"), "\(failure)")
        #expect(try await submit(.json("{}", status: 409)).failure().kind == .inFlight)
    }

    @Test func refusalsWithASuccessStatusAreFound() async throws {
        #expect(try await submit(.json(#"{"error":{"code":"used_up","message":"empty"}}"#, status: 202)).failure().kind == .credits)
        #expect(try await submit(.json(#"{"error":{"code":"used_up","message":"empty"}}"#)).failure().kind == .credits)
        #expect(try await poll(.json(#"{"error":{"code":"used_up"}}"#)).failure().kind == .credits)
    }

    @Test func pausesAreReadInEveryForm() async throws {
        func pause(_ headers: [String: String]) async throws -> CallFailure.Kind {
            try await poll(.json("{}", status: 429, headers: headers)).failure().kind
        }
        #expect(try await pause(["retry-after": "7"]) == .throttled(retryAfter: .seconds(7)))
        #expect(try await pause(["retry-after": "Fri, 01 May 2026 12:01:30 GMT"]) == .throttled(retryAfter: .seconds(90)))
        #expect(try await pause(["x-reset": "1777636805"]) == .throttled(retryAfter: .seconds(5)))
        #expect(try await pause(["retry-after": "soon", "x-reset": "1777636805"]) == .throttled(retryAfter: .seconds(5)))
        #expect(try await pause([:]) == .throttled(retryAfter: nil))
    }

    @Test func statesMayNeedAStatus() async throws {
        #expect(try await poll(.json(#"{"detail":"still in progress"}"#, status: 400)).get().state == .running)
        #expect(try await poll(.json(#"{"detail":"other"}"#, status: 400)).failure().kind == .invalid)
        #expect(
            try await poll(.json(#"{"status":"failed","detail":[{"msg":"too dark"}]}"#, status: 422)).get()
                == JobReport(state: .ended(.failed), message: "too dark"))
        #expect(try await poll(.json(#"{"status":"done"}"#, status: 502)).failure().kind == .server, "a gateway does not know the job")
        #expect(try await poll(.json(#"{"status":"done","reason":"policy"}"#)).get().state == .ended(.blocked))
    }

    @Test func costsAreExact() async throws {
        #expect(try await poll(.json(#"{"status":"done","cost":0.1}"#)).get().cost == Money("0.1 credits"))
        #expect(try await poll(.json(#"{"status":"done","cost":3}"#)).get().cost == Money("3 credits"))
        #expect(try await poll(.json(#"{"status":"done","cost":"2.50"}"#)).get().cost == Money("2.5 credits"))
        #expect(try await poll(.json(#"{"status":"done","cost":[]}"#)).get().cost == nil)
    }

    /// The reply's own URL is used for its path alone, and only where it is about the job.
    @Test(arguments: [
        ("https://elsewhere.example/v1/run/own/requests/j1/status?token=x", "/v1/run/own/requests/j1/status"),
        ("https://elsewhere.example/account/keys", "/v1/run/requests/j1"), ("https://elsewhere.example/j1/../keys", "/v1/run/requests/j1"),
        ("not a url", "/v1/run/requests/j1"),
    ])
    func replyURLs(url: String, path: String) async throws {
        try await with({
            $0.method == "POST" ? .json(#"{"id":"j1","status_url":"\#(url)"}"#, status: 202) : .json(#"{"status":"done"}"#)
        }) { client, server in
            let job = try await client.submit(try FlowFixture.submission(client)).get()
            #expect(try await client.poll(job, operation: .t2i).get().state == .ended(.succeeded))
            #expect(server.seen.last?.uri == path)
        }
    }

    @Test func listedResultsComeFromTheAPIHost() async throws {
        let picture = MediaFiles.png(width: 9, height: 9)
        let file = try await fetch(
            { request in
                if request.uri.hasPrefix("/files/") { return ScriptedReply(body: picture) }
                let host = request.headers["host"] ?? ""
                return .json(#"{"status":"done","images":[{"url":"http://\#(host)/files/0"},{"url":"http://\#(host)/files/1?sig=a%2Fb"}]}"#)
            }, output: 1
        ).get()
        #expect(file.sha256 == SHA256.hex(of: picture))
    }

    @Test func resultsElsewhereAreChecked() async throws {
        try await ScriptedServer.with({ _ in ScriptedReply(body: MediaFiles.png()) }) { other in
            let own = other.url("/x.png")
            for (url, message) in [
                (own, "the result is at http://127.0.0.1:\(other.port), and only https is taken from there"),
                ("https://evil.example/x.png", "the result is at https://evil.example, which is none of Other's result hosts"),
                ("file:///etc/passwd", "the result's address is no http or https URL"),
            ] {
                let failure = try await fetch({ _ in .json(#"{"status":"done","images":[{"url":"\#(url)"}]}"#) }).failure()
                #expect(failure == CallFailure(.badContent, message))
            }
            let redirected = try await fetch({ request in
                if request.uri == "/file" { return ScriptedReply(status: 302, headers: ["location": own]) }
                return .json(#"{"status":"done","images":[{"url":"http://\#(request.headers["host"] ?? "")/file"}]}"#)
            }).failure()
            #expect(redirected.message == "the result is at http://127.0.0.1:\(other.port), and only https is taken from there")
            #expect(other.seen.isEmpty)
        }
    }

    @Test func redirectsOfResultsEnd() async throws {
        let failure = try await fetch({ request in
            if request.uri == "/file" { return ScriptedReply(status: 302, headers: ["location": "/file"]) }
            return .json(#"{"status":"done","images":[{"url":"http://\#(request.headers["host"] ?? "")/file"}]}"#)
        }).failure()
        #expect(failure == CallFailure(.badContent, "the result's URL redirects more than 5 times"))
    }

    @Test func resultsWithinTheReply() async throws {
        let encoded = MediaFiles.png().base64EncodedString()
        #expect(try await fetch({ _ in .json(#"{"status":"done","data":[{"b64":"\#(encoded)"}]}"#) }).get().mediaType == .png)
        #expect(
            try await fetch({ _ in .json(#"{"status":"done","images":[{"url":"data:image/png;base64,\#(encoded)"}]}"#) }).get().mediaType
                == .png)
        for broken in ["data:image/png;base64,!", "data:image/png,abc", "data:image/png;base64,\(encoded.prefix(40))"] {
            #expect(try await fetch({ _ in .json(#"{"status":"done","images":[{"url":"\#(broken)"}]}"#) }).failure().kind == .badContent)
        }
    }

    @Test func missingAndWithheldResults() async throws {
        let reply = #"{"status":"done","images":[{"url":"data:image/png;base64,AA=="}],"hidden":[true]}"#
        #expect(try await fetch({ _ in .json(reply) }).failure().kind == .policy)
        let failure = try await fetch({ _ in .json(reply) }, output: 1).failure()
        #expect(failure == CallFailure(.notReady, "Other lists 1 outputs, and number 2 was asked for", httpStatus: 200))
    }

    /// A reply that is the end already: its results are kept with the job.
    @Test func synchronousRepliesKeepTheirResults() async throws {
        let encoded = MediaFiles.png().base64EncodedString()
        try await with({ _ in
            .json(#"{"id":"j1","status":"done","cost":2,"images":[{"url":"data:image/png;base64,\#(encoded)"}]}"#, status: 202)
        }) { client, server in
            let job = try await client.submit(try FlowFixture.submission(client)).get()
            #expect(job.report == JobReport(state: .ended(.succeeded), cost: Money("2 credits")))
            let folder = try TemporaryFolder()
            let stored = try JSONDecoder().decode(AcceptedJob.self, from: JSONEncoder().encode(job))
            let file = try await client.fetch(stored, operation: .t2i, output: 0, kind: .image, into: folder.file("x.part")).get()
            #expect(file.mediaType == .png && server.seen.count == 1)
        }
    }

    @Test func presignedUploadsStayAtTheirHosts() async throws {
        let folder = try TemporaryFolder()
        let url = folder.file("a.png")
        try MediaFiles.png().write(to: url)
        let file = LocalFile(
            path: url.path(percentEncoded: false), sha256: SHA256.hex(of: MediaFiles.png()), bytes: MediaFiles.png().count,
            mediaType: "image/png")
        for address in [
            "https://evil.example/put?sig=1", "http://a.store.example/put", "https://store.example/put", "https://a.store.example.evil/put",
        ] {
            try await with({ _ in .json(#"{"url":"\#(address)","key":"r2/a"}"#) }) { client, server in
                let failure = try await client.upload(file).failure()
                #expect(failure == CallFailure(.invalid, "Other named an upload address that is none of its upload hosts"))
                let name = "upload-\(file.sha256.prefix(12)).png"
                #expect(server.seen.map(\.bodyText) == [#"{"contentType":"image/png","filename":"\#(name)","size":\#(file.bytes)}"#])
            }
        }
    }
}
