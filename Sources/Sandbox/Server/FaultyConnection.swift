import Foundation
import Hummingbird
import NIOCore
import Synchronization

/// Carries out the faults of an exchange.
enum FaultyConnection {
    private struct ConnectionCut: Error {}

    /// What happens before the request is looked at.
    static func before(_ fault: Fault?, _ context: SandboxContext) async throws {
        switch fault {
        case .closeBeforeAccepting: throw await cut(context)
        case .serverError: throw APIError(status: 500, message: "internal error")
        case .unavailable: throw HTTPError(.serviceUnavailable, headers: [.retryAfter: "1"], message: "try again later")
        case .throttle: throw HTTPError(.tooManyRequests, headers: [.retryAfter: "1"], message: "too many requests")
        default: return
        }
    }

    /// What happens to the reply of a request that took effect.
    static func after(_ fault: Fault?, _ response: Response, _ context: SandboxContext) async throws -> Response {
        switch fault {
        case .closeAfterAccepting: throw await cut(context)
        case .errorAfterAccepting: throw APIError(status: 500, message: "internal error")
        case .hangAfterAccepting:
            let channel = context.channel
            await withTaskCancellationHandler {
                try? await channel.closeFuture.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            throw ConnectionCut()
        case .truncateBody: return try await truncated(response)
        case .htmlBody:
            let page = "<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>"
            return Response(status: .ok, headers: [.contentType: "text/html"], body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
        case .slowBody: return try await slowed(response)
        default: return response
        }
    }

    private static func cut(_ context: SandboxContext) async -> ConnectionCut {
        try? await context.channel.close()
        return ConnectionCut()
    }

    /// All of a reply's body.
    private static func bytes(of response: Response) async throws -> ByteBuffer {
        let collector = BodyCollector()
        try await response.body.write(collector)
        return collector.bytes
    }

    private static func truncated(_ response: Response) async throws -> Response {
        let whole = try await bytes(of: response)
        let half = whole.getSlice(at: whole.readerIndex, length: whole.readableBytes / 2) ?? ByteBuffer()
        return Response(
            status: response.status, headers: response.headers,
            body: ResponseBody(contentLength: whole.readableBytes) { writer in
                try await writer.write(half)
                throw ConnectionCut()
            })
    }

    private static func slowed(_ response: Response) async throws -> Response {
        let whole = try await bytes(of: response)
        return Response(
            status: response.status, headers: response.headers,
            body: ResponseBody(contentLength: whole.readableBytes) { writer in
                var rest = whole
                let piece = max(1, whole.readableBytes / 10)
                while rest.readableBytes > 0, let slice = rest.readSlice(length: min(piece, rest.readableBytes)) {
                    try await writer.write(slice)
                    try await Task.sleep(for: .milliseconds(50))
                }
                try await writer.finish(nil)
            })
    }
}

/// Keeps a body instead of sending it.
private final class BodyCollector: ResponseBodyWriter, Sendable {
    private let content = Mutex(ByteBuffer())

    var bytes: ByteBuffer { content.withLock { $0 } }

    func write(_ buffer: ByteBuffer) {
        content.withLock { content in
            var buffer = buffer
            content.writeBuffer(&buffer)
        }
    }

    func finish(_ trailingHeaders: HTTPFields?) {}
}
