import AsyncHTTPClient
import Foundation
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Pipeline

/// The one way out to the network: requests with bounds, without redirects, and with the key for its own origin only.
///
/// Share one among all clients of a run, and call `shutdown()` at its end. HTTP/1.1 only: there, whether a request left is plain to say.
/// The library repeats no request by itself; it only opens another connection, and even that is switched off here, so that a refused
/// connection is reported at once.
package final class HTTPTransport: Sendable {
    let policy: HTTPPolicy
    private let logger: Logger
    private let reusing: HTTPClient
    private let single: HTTPClient

    /// - Parameter logger: hears at `debug` of each call's method, address without query, status and duration; never of headers or bodies.
    package init(policy: HTTPPolicy = HTTPPolicy(), logger: Logger = Logger(label: "flowbatch.http")) {
        self.policy = policy
        self.logger = logger
        // The same event loops on every platform: Network.framework's would report other errors, and which error came decides about money.
        let loops = HTTPClient.EventLoopGroupProvider.shared(MultiThreadedEventLoopGroup.singleton)
        reusing = HTTPClient(eventLoopGroupProvider: loops, configuration: Self.configuration(policy, reusing: true))
        single = HTTPClient(eventLoopGroupProvider: loops, configuration: Self.configuration(policy, reusing: false))
    }

    deinit {
        // The library insists on it; after `shutdown()` this reports an error that means nothing.
        reusing.shutdown { _ in }
        single.shutdown { _ in }
    }

    /// Closes every connection. Calls after it fail as not sent.
    package func shutdown() async {
        try? await reusing.shutdown()
        try? await single.shutdown()
    }

    private static func configuration(_ policy: HTTPPolicy, reusing: Bool) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(policy.connectTimeout), read: reusing ? TimeAmount(policy.idleTimeout) : nil))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        // Waiting for a free connection must not be what a call spends its time on: limits are the scheduler's business.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        // A connection opened for a call that was then cancelled has carried nothing, and must not wait to go stale.
        configuration.connectionPool.idleTimeout = reusing ? .seconds(30) : .seconds(1)
        if !reusing { configuration.maximumUsesPerConnection = 1 }
        return configuration
    }

    /// Sends `call` and takes in the whole reply, whatever its status.
    ///
    /// - Parameter limit: bytes of the reply's body.
    /// - Throws: `HTTPFault`, and nothing else.
    func exchange(_ call: HTTPCall, credential: Credential?, limit: Int) async throws(HTTPFault) -> HTTPReply {
        try await perform(call, credential: credential) { response in
            try Self.checkDeclaredLength(response.headers, limit: limit)
            var body = Data()
            for try await chunk in response.body {
                guard body.count + chunk.readableBytes <= limit else { throw Self.tooLarge(limit) }
                body.append(contentsOf: chunk.readableBytesView)
            }
            try Self.checkWhole(response.headers, received: body.count)
            return HTTPReply(status: Int(response.status.code), headers: Self.headers(response.headers), body: body)
        }
    }

    /// What a download came to.
    enum Download: Sendable {
        /// The reply had status 200, and its body is in the file.
        case file(ReceivedFile)
        /// Any other status: the reply as it is, at most 64 KiB of it. No file was made.
        case other(HTTPReply)
    }

    /// Sends `call` and writes a good reply's body to `path` as it comes.
    ///
    /// - Parameter limit: bytes of the file.
    /// - Throws: `HTTPFault`, and nothing else; then there is no file at `path`.
    func download(_ call: HTTPCall, credential: Credential?, to path: String, limit: Int) async throws(HTTPFault) -> Download {
        try await perform(call, credential: credential) { response in
            guard response.status == .ok else {
                var body = Data()
                for try await chunk in response.body {
                    body.append(contentsOf: chunk.readableBytesView.prefix(65_536 - body.count))
                    if body.count >= 65_536 { break }
                }
                return .other(HTTPReply(status: Int(response.status.code), headers: Self.headers(response.headers), body: body))
            }
            try Self.checkDeclaredLength(response.headers, limit: limit)
            let file = try PartFile(creating: path)
            do {
                for try await chunk in response.body {
                    guard file.bytes + chunk.readableBytes <= limit else { throw Self.tooLarge(limit) }
                    try file.write(chunk.readableBytesView)
                }
                try Self.checkWhole(response.headers, received: file.bytes)
                return .file(try file.finish())
            } catch {
                file.discard()
                throw error
            }
        }
    }

    private func perform<Outcome: Sendable>(
        _ call: HTTPCall, credential: Credential?, read: @escaping @Sendable (HTTPClientResponse) async throws -> Outcome
    ) async throws(HTTPFault) -> Outcome {
        let target = call.target
        guard !Task.isCancelled else { throw HTTPFault(.notSent, "the request was cancelled before it was sent") }
        guard target.origin.isAllowed(plainHTTPHosts: policy.plainHTTPHosts) else {
            throw HTTPFault(.notSent, "plain http to \(target.origin) is refused: a key would travel in the open; use https")
        }
        let request = try libraryRequest(call, credential: credential)
        let client = call.connection == .reused ? reusing : single
        let limit = TimeAmount(call.timeout)
        let progress = ReplyProgress()
        let start = ContinuousClock.now
        do {
            return try await withTimeLimit(call.timeout) { [logger] in
                let response = try await client.execute(request, timeout: limit)
                progress.headCame()
                logger.debug("\(call.method.rawValue) \(target) \(response.status.code) after \((ContinuousClock.now - start).shortText)")
                return try await read(response)
            }
        } catch {
            let fault = HTTPFault(error, target: target, timeout: call.timeout, headCame: progress.hasHead)
            logger.debug("\(call.method.rawValue) \(target) failed after \((ContinuousClock.now - start).shortText): \(fault.message)")
            throw fault
        }
    }

    private func libraryRequest(_ call: HTTPCall, credential: Credential?) throws(HTTPFault) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: call.target.url)
        request.method = HTTPMethod(rawValue: call.method.rawValue)
        for field in call.headers { request.headers.add(name: field.name, value: field.value) }
        request.headers.add(name: "User-Agent", value: "flowbatch")
        do {
            if let field = try credential?.field(for: call.target.origin) { request.headers.add(name: field.name, value: field.value) }
        } catch {
            throw HTTPFault(.notSent, "the key holds a line break or another control character, so it cannot be sent")
        }
        switch call.body {
        case .none: break
        case .bytes(let data): request.body = .bytes(ByteBuffer(bytes: data))
        case .file(let file): request.body = .stream(file, length: .known(Int64(file.length)))
        }
        return request
    }

    private static func headers(_ fields: HTTPHeaders) -> [String: String] {
        Dictionary(fields.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
    }

    private static func tooLarge(_ limit: Int) -> HTTPFault {
        HTTPFault(.tooLarge, "the reply is larger than the \(limit) bytes allowed")
    }

    private static func checkDeclaredLength(_ fields: HTTPHeaders, limit: Int) throws {
        if let declared = declaredLength(fields), declared > limit { throw tooLarge(limit) }
    }

    /// A cancelled body ends like a whole one, so the length is counted again here.
    private static func checkWhole(_ fields: HTTPHeaders, received: Int) throws {
        try Task.checkCancellation()
        guard let declared = declaredLength(fields), received != declared else { return }
        throw HTTPFault(.truncated, "the reply ended after \(received) of \(declared) bytes")
    }

    private static func declaredLength(_ fields: HTTPHeaders) -> Int? {
        fields.first(name: "Content-Length").flatMap { Int($0) }
    }
}

extension TimeAmount {
    /// Saturates beyond what nanoseconds in 64 bits hold (292 years).
    fileprivate init(_ duration: Duration) {
        let milliseconds = min(duration.wholeMilliseconds, Int64.max / 1_000_000)
        self = .milliseconds(max(0, milliseconds))
    }
}
