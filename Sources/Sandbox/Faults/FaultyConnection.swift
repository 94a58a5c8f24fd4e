import Foundation
import Hummingbird
import NIOCore
import Synchronization

/// Carries out the faults of an exchange.
struct FaultyConnection {
    let rule: FaultRule?
    let speed: Double
    /// The provider's clock.
    let now: Date
    /// Keeps the server from accepting connections for so many seconds.
    let closeDoor: @Sendable (Double) -> Void

    private struct ConnectionCut: Error {}

    /// What happens before the request is looked at.
    func before(_ context: SandboxContext) async throws {
        switch rule?.fault {
        case .refuseConnections:
            closeDoor(length(or: 60))
            throw await Self.cut(context)
        case .closeBeforeAccepting: throw await Self.cut(context)
        case .serverError: throw APIError(status: 500, message: "internal error")
        case .unavailable: throw HTTPError(.serviceUnavailable, headers: [.retryAfter: "\(pause)"], message: "try again later")
        case .throttle: throw HTTPError(.tooManyRequests, headers: [.retryAfter: "\(pause)"], message: "too many requests")
        case .throttleUntilDate:
            throw HTTPError(.tooManyRequests, headers: [.retryAfter: Self.httpDate(reset)], message: "too many requests")
        case .throttleUntilEpoch:
            throw HTTPError(
                .tooManyRequests, headers: [.rateLimitReset: "\(Int(reset.timeIntervalSince1970))", .rateLimitRemaining: "0"],
                message: "too many requests")
        case .outOfCredits: throw APIError.noCredits
        case .dailyCap: throw APIError.overDailyLimit
        case .keyInFlight: throw APIError(status: 409, message: "a request with this Idempotency-Key is still being worked on")
        case .keyReused: throw APIError.invalid("this Idempotency-Key was used for another request")
        case .refusePrompt: throw APIError.invalid("the prompt is against the content policy")
        case .resultNotReady: throw APIError.notReady
        case .resultExpired: throw APIError(status: 410, message: "the result has expired")
        default: return
        }
    }

    /// What happens to the reply of a request that took effect.
    func after(_ response: Response, _ context: SandboxContext) async throws -> Response {
        switch rule?.fault {
        case .closeAfterAccepting: throw await Self.cut(context)
        case .errorAfterAccepting: throw APIError(status: 500, message: "internal error")
        case .hangAfterAccepting:
            let channel = context.channel
            await withTaskCancellationHandler {
                try? await channel.closeFuture.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            throw ConnectionCut()
        case .truncateBody: return try await Self.truncated(response)
        case .htmlBody:
            let page = "<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>"
            return Response(status: .ok, headers: [.contentType: "text/html"], body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
        case .slowBody: return try await Self.slowed(response, over: rule?.lasts.map { $0 / speed } ?? 0.5)
        default: return response
        }
    }

    /// The fault's own length on the wall clock, in seconds.
    private func length(or usual: Double) -> Double { (rule?.lasts ?? usual) / speed }

    /// Whole seconds, one at the least: a reply can't ask for less.
    private var pause: Int { Int(min(length(or: 1).rounded(.up), 1e9)).clamped(from: 1) }

    private var reset: Date { Date(timeIntervalSince1970: (now.timeIntervalSince1970 + Double(pause)).rounded(.up)) }

    /// IMF-fixdate (RFC 9110, 5.6.7).
    private static func httpDate(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
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

    private static func slowed(_ response: Response, over seconds: Double) async throws -> Response {
        let whole = try await bytes(of: response)
        return Response(
            status: response.status, headers: response.headers,
            body: ResponseBody(contentLength: whole.readableBytes) { writer in
                var rest = whole
                let piece = max(1, whole.readableBytes / 10)
                while rest.readableBytes > 0, let slice = rest.readSlice(length: min(piece, rest.readableBytes)) {
                    try await writer.write(slice)
                    try await Task.sleep(for: .seconds(seconds / 10))
                }
                try await writer.finish(nil)
            })
    }
}

extension Int {
    fileprivate func clamped(from least: Int) -> Int { Swift.max(least, self) }
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
