import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct SubmitTests {
    /// What a submission came to, and what the server saw of it.
    private func submit(
        _ reply: ScriptedReply, policy: HTTPPolicy = FlowFixture.policy()
    ) async throws -> (result: Result<AcceptedJob, CallFailure>, seen: [SeenRequest]) {
        try await ScriptedServer.with({ _ in reply }) { server in
            let result = try await FlowFixture.with(server.url(), policy: policy) { await $0.submit(try FlowFixture.submission($0)) }
            return (result, server.seen)
        }
    }

    @Test func anAcceptedJobHasItsId() async throws {
        let (result, seen) = try await submit(.json(#"{"job_id":"gw-abc123","status":"queued"}"#))
        let job = try result.get()
        #expect(job.remoteID == "gw-abc123" && job.report == nil)
        let request = try #require(seen.first)
        #expect(seen.count == 1 && request.method == "POST" && request.uri == "/public/api/v1/text-to-image")
        #expect(request.bodyText == #"{"aspect_ratio":"1:1","num_images":1,"prompts":["a cat"]}"#)
        #expect(request.headers["x-api-key"] == FlowFixture.key.expose())
        #expect(request.headers["idempotency-key"] == "fb-0001")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["content-length"] == String(request.body.count))
    }

    @Test(arguments: [
        (403, #"{"error":"key disabled"}"#, CallFailure.Kind.auth), (401, "", .auth), (402, #"{"status":"failed"}"#, .credits),
        (429, "{}", .quota),
        (400, #"{"error":"bad"}"#, .invalid), (422, "{}", .invalid), (404, "", .invalid), (500, "oops", .lost), (502, "<html>", .lost),
        (503, "", .lost), (408, "", .lost), (409, "", .lost),
    ])
    func errorClasses(status: Int, body: String, kind: CallFailure.Kind) async throws {
        let failure = try await submit(.json(body, status: status)).result.failure()
        #expect(failure.kind == kind && failure.httpStatus == status, "\(failure)")
    }

    @Test func messagesQuoteTheProvider() async throws {
        let refused = try await submit(.json(#"{"error":"API key fk-0123456789-secret is disabled\nask admin"}"#, status: 403)).result
            .failure()
        #expect(refused.message == "Flow AI refused the key (HTTP 403: API key <REDACTED> is disabled ask admin)")
        let page = try await submit(ScriptedReply(status: 502, body: Data("<html><h1>Bad gateway</h1></html>".utf8))).result.failure()
        #expect(page.message == "Flow AI failed (HTTP 502: a web page: <html><h1>Bad gateway</h1></html>)")
    }

    @Test(arguments: [
        "", "<html>ok</html>", "{}", #"{"job_id":""}"#, #"{"job_id":"../../admin"}"#, #"{"job_id":null}"#, #"{"job_id":["x"]}"#, "[]",
        #"{"job_id":"gw-1""#,
    ])
    func aReplyWithoutAUsableIdIsLost(body: String) async throws {
        let failure = try await submit(.json(body)).result.failure()
        #expect(failure.kind == .lost && failure.httpStatus == 200, "\(failure)")
        #expect(failure.message.hasPrefix("Flow AI answered 200 without a usable job id; "), "\(failure.message)")
    }

    @Test func hugeRepliesAreLost() async throws {
        let body = #"{"job_id":"gw-1","pad":""# + String(repeating: "x", count: 2 << 20) + "\"}"
        let failure = try await submit(.json(body)).result.failure()
        #expect(failure.kind == .lost && failure.message == "the reply is larger than the 1048576 bytes allowed")
        let deep = #"{"job_id":"gw-1","pad":"# + String(repeating: "[", count: 100_000) + "}"
        #expect(try await submit(.json(deep)).result.failure().kind == .lost)
    }

    @Test(arguments: [(301, CallFailure.Kind.invalid), (302, .lost), (303, .lost), (307, .invalid), (308, .invalid)])
    func redirectsAreNamedAndNotFollowed(status: Int, kind: CallFailure.Kind) async throws {
        try await ScriptedServer.with({ _ in .json(#"{"job_id":"gw-1"}"#) }) { other in
            let location = other.url("/public/api/v1/text-to-image?token=1")
            let failure = try await submit(ScriptedReply(status: status, headers: ["location": location])).result.failure()
            #expect(failure.kind == kind)
            #expect(
                failure.message.hasPrefix("Flow AI redirected to \(other.url("/public/api/v1/text-to-image")) (HTTP \(status)); "),
                "\(failure.message)")
            #expect(!failure.message.contains("token"))
            #expect(other.seen.isEmpty)
        }
    }

    @Test func refusedConnectionWasNotSent() async throws {
        let silent = try SilentPort()
        let port = silent.port
        let failure = try await FlowFixture.with("http://127.0.0.1:\(port)") { await $0.submit(try FlowFixture.submission($0)) }.failure()
        #expect(failure.kind == .notSent && failure.message == "no connection to http://127.0.0.1:\(port): connection refused")
    }

    @Test(arguments: [BluntServer.Step.close, .reset, .hang])
    func noReplyIsLostAndSentOnce(step: BluntServer.Step) async throws {
        try await BluntServer.with([step]) { server in
            let failure = try await FlowFixture.with(server.url(), policy: FlowFixture.policy(timeout: .milliseconds(300))) {
                await $0.submit(try FlowFixture.submission($0))
            }.failure()
            #expect(failure.kind == .lost, "\(failure)")
            #expect(server.requests == 1 && server.accepted == 1)
        }
    }

    @Test func cutRepliesAreLost() async throws {
        try await BluntServer.with([.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"job_id\":\"gw-"), .close]) { server in
            let failure = try await FlowFixture.with(server.url()) { await $0.submit(try FlowFixture.submission($0)) }.failure()
            #expect(failure.kind == .lost, "\(failure)")
        }
    }

    @Test func cancelledSubmissions() async throws {
        try await BluntServer.with([.reach, .hang]) { server in
            let before = try await FlowFixture.with(server.url()) { client in
                let submission = try FlowFixture.submission(client)
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await client.submit(submission)
                }
                return await task.value
            }.failure()
            #expect(before.kind == .notSent && server.accepted == 0)
            let after = try await FlowFixture.with(server.url()) { client in
                let submission = try FlowFixture.submission(client)
                let task = Task { await client.submit(submission) }
                await server.reached()
                task.cancel()
                return await task.value
            }.failure()
            #expect(after.kind == .lost && after.message == "the call was cancelled after it had begun")
        }
    }

    @Test func storedSubmissionsGoOutByteForByte() async throws {
        try await ScriptedServer.with({ _ in .json(#"{"job_id":"gw-1"}"#) }) { server in
            try await FlowFixture.with(server.url()) { client in
                let submission = try FlowFixture.submission(client, prompt: "空气 \"quoted\" \u{1} é")
                let stored = try JSONEncoder().encode(submission)
                #expect(!String(decoding: stored, as: UTF8.self).contains(FlowFixture.key.expose()))
                let again = try JSONDecoder().decode(PreparedSubmission.self, from: stored)
                _ = try await client.submit(submission).get()
                _ = try await client.submit(again).get()
            }
            let seen = server.seen
            #expect(seen.count == 2 && seen[0].body == seen[1].body && seen[0].uri == seen[1].uri && seen[0].headers == seen[1].headers)
        }
    }

    @Test func aTamperedStoreSendsNothing() async throws {
        try await ScriptedServer.with({ _ in .json(#"{"job_id":"gw-1"}"#) }) { server in
            try await FlowFixture.with(server.url()) { client in
                let stored = String(decoding: try JSONEncoder().encode(try FlowFixture.submission(client)), as: UTF8.self)
                for (old, new) in [
                    (#"text-to-image"#, #"x HTTP/1.1\r\nX: y"#), (#""POST""#, #""DELETE""#),
                    (#""jobProtocol":"job""#, #""jobProtocol":"other""#),
                ] {
                    let changed = stored.replacing(old, with: new)
                    #expect(changed != stored)
                    let submission = try JSONDecoder().decode(PreparedSubmission.self, from: Data(changed.utf8))
                    #expect(try await client.submit(submission).failure().kind == .notSent)
                }
            }
            #expect(server.seen.isEmpty)
        }
    }

    @Test func anAdoptedJobIsPolledLikeAnAcceptedOne() async throws {
        try await ScriptedServer.with({ $0.method == "POST" ? .json(#"{"job_id":"gw-1"}"#) : .json(#"{"status":"completed"}"#) }) {
            server in
            try await FlowFixture.with(server.url()) { client in
                let submission = try FlowFixture.submission(client)
                #expect(client.adopt("gw-1", for: submission) == (try await client.submit(submission).get()))
            }
        }
    }
}
