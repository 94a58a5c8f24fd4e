import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// A request as the server saw it.
struct SeenRequest: Sendable {
    let method: String
    /// Path and query as they came.
    let uri: String
    /// Names in lower case.
    let headers: [String: String]
    let body: Data

    var bodyText: String { String(decoding: body, as: UTF8.self) }
}

struct ScriptedReply: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body = Data()

    static func json(_ text: String, status: Int = 200, headers: [String: String] = [:]) -> ScriptedReply {
        ScriptedReply(
            status: status, headers: headers.merging(["content-type": "application/json"]) { old, _ in old }, body: Data(text.utf8))
    }
}

/// A well-behaved HTTP server on a free port of loopback that answers as a test tells it to, and remembers what it was asked.
final class ScriptedServer: Sendable {
    let port: Int
    private let requests: Mutex<[SeenRequest]>

    var seen: [SeenRequest] { requests.withLock { $0 } }
    func url(_ path: String = "") -> String { "http://127.0.0.1:\(port)\(path)" }

    private init(port: Int) {
        self.port = port
        requests = Mutex([])
    }

    /// Runs `body` beside the server, and stops the server when it returns.
    static func with<Outcome: Sendable>(
        _ reply: @escaping @Sendable (SeenRequest) async -> ScriptedReply, _ body: @Sendable (ScriptedServer) async throws -> Outcome
    ) async throws -> Outcome {
        let (ports, portArrived) = AsyncStream.makeStream(of: Int.self)
        let log = Mutex<ScriptedServer?>(nil)
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            var headers: [String: String] = [:]
            for field in request.headers { headers[field.name.canonicalName] = field.value }
            if let host = request.head.authority { headers["host"] = host }
            let bytes = try await request.body.collect(upTo: 64 << 20)
            let seen = SeenRequest(
                method: request.method.rawValue, uri: request.head.path ?? "", headers: headers, body: Data(bytes.readableBytesView))
            log.withLock { $0 }?.requests.withLock { $0.append(seen) }
            let script = await reply(seen)
            var fields = HTTPFields()
            for (name, value) in script.headers { if let name = HTTPField.Name(name) { fields[name] = value } }
            return Response(
                status: .init(code: script.status), headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: script.body)))
        }
        var logger = Logger(label: "scripted-server")
        logger.logLevel = .critical
        let application = Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { portArrived.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let running = Task { try await application.run() }
        defer { running.cancel() }
        guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
        let server = ScriptedServer(port: port)
        log.withLock { $0 = server }
        return try await body(server)
    }
}
