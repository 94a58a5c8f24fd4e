import Definitions
import Foundation
import Pipeline
import Testing

@testable import Providers

/// Ending jobs early, and listings that come in pages: what Flow AI documents no call for, and other providers have.
@Suite struct CancelTests {
    /// fal's queue protocol as Key4U serves it, and a second kind of jobs that cannot be cancelled.
    private static let text = """
        definition: 1
        name: relay
        title: Relay
        host: { base: null, path: /api }
        auth: { header: Authorization, prefix: "Bearer " }
        limits: { threads: 3, requests: 60/minute }
        prices: [{ when: {}, amount: unknown, per: job }]
        durations: [{ when: {}, typical: 10s }]
        upload: none
        derive: { app: { from: model, by: fal_app } }
        operations:
          t2i:
            request: { post: "{model}", json: { prompt: "{prompt}" } }
            params: { model: { type: path, open: true, default: fal-ai/flux-1/dev }, prompt: { type: text, required: true } }
            makes: { image: 1 }
            via: queue
          t2v:
            request: { post: video, json: { prompt: "{prompt}" } }
            params: { prompt: { type: text, required: true } }
            makes: { video: 1 }
            via: other
            listed_as: [clip]
        jobs:
          queue:
            id: [/request_id]
            poll: { get: "{app}/requests/{job}/status", min: 1s, max: 5s }
            states: [{ succeeded: { /status: COMPLETED } }]
            outputs: { image: [{ url: "/images/*/url" }] }
            refunded: []
            lasts: 1h
            cancel:
              put: "{app}/requests/{job}/cancel"
              reply_url: /cancel_url
              replies:
                - requested: { /status: CANCELLATION_REQUESTED }
                - ended: { http: 400, /status: ALREADY_COMPLETED }
                - unknown: { /status: NOT_FOUND }
                - canceled: { /status: OK }
          other:
            id: [/id]
            poll: { get: "video/{job}", min: 1s, max: 5s }
            states: [{ succeeded: { /status: COMPLETED } }]
            outputs: { video: [{ url: /url }] }
            refunded: []
            lasts: 1h
        errors: [{ when: { http: 401 }, is: auth }]
        idempotency: { header: Idempotency-Key, honoured: false, lasts: unknown }
        account:
          jobs: { get: tasks, query: { size: "2" }, items: [/tasks], next: /next, fields: { id: [/id], type: [/kind], state: [/state] } }
        gaps: []
        """

    private func with<Outcome: Sendable>(
        _ reply: @escaping @Sendable (SeenRequest) -> ScriptedReply,
        _ body: @Sendable (ProviderClient, ScriptedServer) async throws -> Outcome
    ) async throws -> Outcome {
        try await ScriptedServer.with(reply) { server in
            let definition = try ProviderDefinition.read(Self.text, file: "relay.yaml")
            return try await FlowFixture.with(server.url(), definition: definition) { try await body($0, server) }
        }
    }

    private func cancel(_ reply: ScriptedReply) async throws -> Result<CancelEffect, CallFailure> {
        try await with({ $0.method == "PUT" ? reply : .json(#"{"request_id":"r1"}"#) }) { client, server in
            let job = try await client.submit(try FlowFixture.submission(client)).get()
            let result = await client.cancel(job, operation: .t2i)
            #expect(server.seen.map(\.uri) == ["/api/fal-ai/flux-1/dev", "/api/fal-ai/flux-1/requests/r1/cancel"])
            #expect(server.seen.last?.method == "PUT")
            #expect(server.seen.last?.headers["authorization"] == "Bearer \(FlowFixture.key.expose())")
            return result
        }
    }

    @Test func theReplySaysWhatBecameOfIt() async throws {
        #expect(try await cancel(.json(#"{"status":"CANCELLATION_REQUESTED"}"#, status: 202)).get() == .requested)
        #expect(try await cancel(.json(#"{"status":"ALREADY_COMPLETED"}"#, status: 400)).get() == .ended)
        #expect(try await cancel(.json(#"{"status":"NOT_FOUND"}"#, status: 404)).get() == .unknown)
        #expect(try await cancel(.json(#"{"status":"OK"}"#)).get() == .canceled)
    }

    @Test func withoutARuleTheStatusDecides() async throws {
        #expect(try await cancel(.json("{}")).get() == .requested)
        #expect(try await cancel(ScriptedReply(status: 204)).get() == .requested)
        #expect(try await cancel(.json("{}", status: 404)).get() == .unknown)
        #expect(try await cancel(.json("{}", status: 401)).failure().kind == .auth)
        #expect(try await cancel(.json("{}", status: 500)).failure().kind == .server)
        #expect(try await cancel(.json("{}", status: 400)).failure().kind == .invalid)
    }

    @Test func theAddressOfTheReplyIsUsedOnOurOwnHost() async throws {
        try await with({
            $0.method == "PUT"
                ? .json("{}") : .json(#"{"request_id":"r1","cancel_url":"https://elsewhere.example/api/own/r1/cancel?token=x"}"#)
        }) { client, server in
            let job = try await client.submit(try FlowFixture.submission(client)).get()
            let stored = try JSONDecoder().decode(AcceptedJob.self, from: JSONEncoder().encode(job))
            #expect(try await client.cancel(stored, operation: .t2i).get() == .requested)
            #expect(server.seen.last?.uri == "/api/own/r1/cancel")
        }
    }

    @Test func aJobOfWhichOnlyTheIDIsKnown() async throws {
        try await with({ _ in .json(#"{"status":"OK"}"#) }) { client, server in
            #expect(client.job("r1", operation: nil, known: nil) == nil, "there are two kinds of jobs")
            #expect(client.job("a/../b", operation: .t2i, known: nil) == nil)
            let job = try #require(client.job("r1", operation: .t2i, known: nil))
            let failure = try await client.cancel(job, operation: .t2i).failure()
            #expect(failure.kind == .invalid && failure.message == "the path needs {app}, which has no value")
            let video = try #require(client.job("v1", operation: .t2v, known: nil))
            #expect(try await client.cancel(video, operation: .t2v).failure().message == "Relay has no call that ends a job early")
            #expect(client.job("r1", operation: nil, known: job) == job)
            #expect(server.seen.isEmpty)
        }
    }

    @Test func flowHasNoSuchCall() async throws {
        try await ScriptedServer.with({ _ in .json("{}") }) { server in
            try await FlowFixture.with(server.url()) { client in
                let job = try #require(client.job("gw-1", operation: nil, known: nil))
                #expect(try await client.cancel(job, operation: .t2i).failure().kind == .invalid)
                #expect(server.seen.isEmpty)
            }
        }
    }

    @Test func listingsAreFollowedPageByPageOnOurOwnHost() async throws {
        try await with({ request in
            switch request.uri {
            case "/api/tasks?size=2":
                .json(
                    #"{"tasks":[{"id":"1","kind":"clip","state":"done"},{"id":"2"}],"next":"https://other.example/api/tasks?cursor=a%2Fb&size=2"}"#
                )
            case "/api/tasks?cursor=a%2Fb&size=2": .json(#"{"tasks":[{"id":"3"}],"next":"https://other.example/keys"}"#)
            default: .json("{}", status: 500)
            }
        }) { client, server in
            let first = try await client.listing("jobs").get()
            #expect(first.entries.map(\.id) == ["1", "2"] && first.entries[0].operation == .t2v)
            let next = try #require(first.next)
            let second = try await client.listing("jobs", page: next).get()
            #expect(second.entries.map(\.id) == ["3"])
            #expect(second.next == nil, "a page outside of the API is none")
            #expect(server.seen.map(\.uri) == ["/api/tasks?size=2", "/api/tasks?cursor=a%2Fb&size=2"])
        }
    }
}
