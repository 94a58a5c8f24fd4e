import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Sandbox

/// A reply as a test looks at it.
struct Reply {
    var status: Int
    var headers: [String: String]
    var body: Data

    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] ?? [:] }
    var error: String { json["error"] as? String ?? "" }
}

/// Speaks to a sandbox over HTTP with nothing of the product's own client.
struct Client: Sendable {
    let base: URL
    var key: String? = "sandbox"

    init(_ server: SandboxServer, key: String? = "sandbox") {
        base = server.baseURL
        self.key = key
    }

    /// Of another host, without a key.
    init(base: URL) {
        self.base = base
        key = nil
    }

    func send(_ method: String, _ path: String, body: Data? = nil, headers: [String: String] = [:]) async throws -> Reply {
        var request = HTTPClientRequest(url: base.absoluteString + path)
        request.method = .init(rawValue: method)
        request.body = body.map { .bytes($0) }
        if let key { request.headers.replaceOrAdd(name: "X-API-Key", value: key) }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        // Servers come and go here, and one's port may be the next one's: no connection outlives its request.
        request.headers.replaceOrAdd(name: "Connection", value: "close")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let content = try await response.body.collect(upTo: 100_000_000)
        let fields = response.headers.reduce(into: [String: String]()) { fields, field in fields[field.name.lowercased()] = field.value }
        return Reply(status: Int(response.status.code), headers: fields, body: Data(content.readableBytesView))
    }

    func get(_ path: String) async throws -> Reply { try await send("GET", "/public/api/v1/" + path) }

    func post(_ path: String, _ json: String, key: String? = nil) async throws -> Reply {
        var headers = ["Content-Type": "application/json"]
        if let key { headers["Idempotency-Key"] = key }
        return try await send("POST", "/public/api/v1/" + path, body: Data(json.utf8), headers: headers)
    }

    /// Submits and returns the job's id.
    func submit(_ path: String, _ json: String, key: String? = nil) async throws -> String {
        let reply = try await post(path, json, key: key)
        #expect(reply.status == 200, "\(reply.error)")
        return try #require(reply.json["job_id"] as? String)
    }

    func upload(_ content: Data, field: String = "file", name: String = "picture.png") async throws -> Reply {
        let boundary = "boundary-\(UUID().uuidString)"
        var body = Data("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\n".utf8)
        body += Data("Content-Type: application/octet-stream\r\n\r\n".utf8) + content + Data("\r\n--\(boundary)--\r\n".utf8)
        return try await send(
            "POST", "/public/api/v1/upload-image", body: body, headers: ["Content-Type": "multipart/form-data; boundary=\(boundary)"])
    }

    /// Uploads a small picture and returns its path.
    func uploadedPicture(width: Int = 40, height: Int = 30, label: String = "upload") async throws -> String {
        let picture = PlaceholderPicture(size: PixelSize(width: width, height: height), label: label).encoded()
        return try #require(try await upload(picture).json["path"] as? String)
    }

    func status(of job: String) async throws -> String {
        try #require(try await get("jobs/\(job)").json["status"] as? String)
    }

    /// Polls until the job is over, as a client would; its last status. For renders, which take real time.
    func end(of job: String) async throws -> String {
        while true {
            let status = try await status(of: job)
            if status == "completed" || status == "failed" { return status }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
