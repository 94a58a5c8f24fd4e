import Foundation
import Testing

@testable import Sandbox

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

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
    private let session: URLSession

    init(_ server: SandboxServer, key: String? = "sandbox") {
        base = server.baseURL
        self.key = key
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 30
        session = URLSession(configuration: configuration)
    }

    func send(_ method: String, _ path: String, body: Data? = nil, headers: [String: String] = [:]) async throws -> Reply {
        var request = URLRequest(url: try #require(URL(string: base.absoluteString + path)))
        request.httpMethod = method
        request.httpBody = body
        if let key { request.setValue(key, forHTTPHeaderField: "X-API-Key") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await session.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        let fields = http.allHeaderFields.reduce(into: [String: String]()) { fields, field in
            fields["\(field.key)".lowercased()] = "\(field.value)"
        }
        return Reply(status: http.statusCode, headers: fields, body: data)
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
