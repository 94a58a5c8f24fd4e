import Foundation
import Testing

@testable import Sandbox

/// Ace Data Cloud as the sandbox plays it, spoken to as its document says.
@Suite struct AceDataServerTests {
    private func post(_ server: SandboxServer, _ path: String, _ json: String, token: String = "sandbox") async throws -> Reply {
        try await Client(server, key: nil).send(
            "POST", "/flux/" + path, body: Data(json.utf8),
            headers: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"])
    }

    private func code(_ reply: Reply) -> String? { (reply.json["error"] as? [String: Any])?["code"] as? String }

    @Test func aTaskIsTakenAskedForAndPublic() async throws {
        let clock = HandClock()
        try await withServer(in: try TestFolder(), clock: clock) { (server, _) async throws in
            let accepted = try await post(
                server, "images", #"{"action": "generate", "prompt": "a cat", "count": 2, "async": true, "size": "1024x768"}"#)
            #expect(accepted.status == 200 && Set(accepted.json.keys) == ["task_id"])
            let id = try #require(accepted.json["task_id"] as? String)
            let running = try await post(server, "tasks", #"{"action": "retrieve", "id": "\#(id)"}"#)
            #expect(running.status == 200 && running.json["response"] == nil && running.json["finished_at"] == nil)
            clock.advance(by: 121)
            let done = try await post(server, "tasks", #"{"action": "retrieve_batch", "ids": ["\#(id)", "nowhere"]}"#)
            let items = try #require(done.json["items"] as? [[String: Any]])
            #expect(done.json["count"] as? Int == 1 && items.first?["id"] as? String == id)
            let response = try #require(items.first?["response"] as? [String: Any])
            #expect(response["success"] as? Bool == true && response["task_id"] as? String == id)
            let data = try #require(response["data"] as? [[String: Any]])
            #expect(data.map { $0["prompt"] as? String } == ["a cat", "a cat"])
            let text = try #require(data.last?["image_url"] as? String)
            let address = try #require(URL(string: text))
            let host = try #require(server.filesURL)
            #expect(address.port == host.port && address.port != server.port)
            let file = try await Client(base: host).send("GET", address.path)
            #expect(ImageHeader(file.body)?.size == PixelSize(width: 1024, height: 768))
            #expect(await server.ledger().providers["acedata"]?.balance == "2")
        }
    }

    @Test func withoutAsyncTheReplyIsTheResult() async throws {
        try await withServer(
            in: try TestFolder(),
            configure: {
                $0.speed = 100_000; $0.now = { Date() }
            }
        ) { (server, _) async throws in
            let reply = try await post(
                server, "images", #"{"action": "edit", "prompt": "p", "model": "flux-kontext-pro", "image_url": "https://x.example/a.png"}"#
            )
            #expect(reply.status == 200 && reply.json["success"] as? Bool == true && (reply.json["data"] as? [Any])?.count == 1)
            let called = try await post(
                server, "images", #"{"action": "generate", "prompt": "p", "callback_url": "https://x.example/hook"}"#)
            #expect(Set(called.json.keys) == ["task_id"])
            #expect(await server.ledger().entries.map(\.type) == ["edit", "generate"])
        }
    }

    @Test func failuresHaveCodes() async throws {
        let clock = HandClock()
        try await withServer(in: try TestFolder(), clock: clock, configure: { $0.credits = 1 }) { (server, _) async throws in
            #expect(code(try await post(server, "images", "{}", token: "other")) == "invalid_token")
            for body in [
                "{}", #"{"action": "generate"}"#, #"{"action": "draw", "prompt": "p"}"#,
                #"{"action": "generate", "prompt": "p", "size": "1000x10"}"#,
                #"{"action": "edit", "prompt": "p", "image_url": "https://x.example/a.png"}"#,
                #"{"action": "edit", "prompt": "p", "model": "flux-kontext-max", "image_url": "data:image/png;base64,AA=="}"#,
                #"{"action": "edit", "prompt": "p", "model": "flux-kontext-max", "image_url": "https://x.example/a.png", "count": 2}"#,
                #"{"action": "generate", "prompt": "p", "model": "flux-kontext-max", "size": "1024x1024"}"#,
            ] {
                let reply = try await post(server, "images", body)
                #expect(reply.status == 400 && code(reply) == "api_not_implemented" && reply.json["trace_id"] is String, "\(body)")
            }
            #expect(try await post(server, "tasks", #"{"action": "retrieve", "id": "nowhere"}"#).status == 404)
            let failing = try await post(server, "images", #"{"action": "generate", "prompt": "[fail]", "async": true}"#)
            let id = try #require(failing.json["task_id"] as? String)
            let empty = try await post(server, "images", #"{"action": "generate", "prompt": "p", "async": true}"#)
            #expect(empty.status == 403 && code(empty) == "used_up")
            clock.advance(by: 121)
            let response = try await post(server, "tasks", #"{"action": "retrieve", "id": "\#(id)"}"#).json["response"] as? [String: Any]
            #expect(response?["success"] as? Bool == false && (response?["error"] as? [String: Any])?["code"] as? String == "api_error")
        }
    }
}
