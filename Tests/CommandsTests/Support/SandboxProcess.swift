import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// The embedded provider as a process of its own, spoken to by nothing of flowbatch.
final class SandboxProcess: Sendable {
    struct Reply {
        let status: Int
        let body: [String: Any]
    }

    let running: Flowbatch.Running
    let address: String

    init(_ workspace: Workspace, _ flags: [String]) async throws {
        running = try Flowbatch.start(["sandbox", "--render", "none"] + flags, in: workspace)
        await running.hasWritten("\n")
        let first = running.written.split(separator: "\n").first.map(String.init) ?? ""
        guard first.hasPrefix("sandbox: http://") else {
            let result = await running.result()
            throw CocoaError(.executableLoad, userInfo: [NSLocalizedDescriptionKey: result.everything])
        }
        address = String(first.dropFirst("sandbox: ".count))
    }

    func post(_ path: String, _ json: String, key: String = "sandbox") async throws -> Reply {
        try await reply("POST", "/public/api/v1/" + path, body: Data(json.utf8), key: key)
    }

    func get(_ path: String, key: String = "sandbox") async throws -> Reply { try await reply("GET", path, body: nil, key: key) }

    /// A JSON reply as the type it is made of.
    func read<Content: Decodable>(_: Content.Type, _ path: String) async throws -> Content {
        try JSONDecoder().decode(Content.self, from: try await send("GET", path, body: nil, key: "sandbox").data)
    }

    private func reply(_ method: String, _ path: String, body: Data?, key: String) async throws -> Reply {
        let (status, data) = try await send(method, path, body: body, key: key)
        return Reply(status: status, body: (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:])
    }

    private func send(_ method: String, _ path: String, body: Data?, key: String) async throws -> (status: Int, data: Data) {
        var request = HTTPClientRequest(url: address + path)
        request.method = .init(rawValue: method)
        request.body = body.map { .bytes($0) }
        request.headers = ["X-API-Key": key, "Content-Type": "application/json", "Connection": "close"]
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let content = try await response.body.collect(upTo: 100_000_000)
        return (Int(response.status.code), Data(content.readableBytesView))
    }

    func picture(_ prompt: String) async throws -> Reply { try await post("text-to-image", #"{"prompts": ["\#(prompt)"]}"#) }

    /// Ends it as Ctrl-C does.
    func stop() async {
        running.send(SIGINT)
        #expect(await running.result().exitCode == 0)
    }
}
