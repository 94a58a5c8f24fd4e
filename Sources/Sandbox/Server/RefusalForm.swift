import Foundation
import Hummingbird

/// How a provider writes that it refuses.
enum RefusalForm: Sendable {
    /// `{"error": message}`: Flow AI, gptimage2.plus.
    case message
    /// `{"success": false, "error": {"code", "message"}, "trace_id"}`, with the codes of Ace Data Cloud's document.
    case aceData

    /// Nil for what is no refusal: a connection that is cut, say.
    func response(to error: any Error) throws -> Response? {
        switch error {
        case let error as APIError:
            // At Ace Data Cloud an empty account is forbidden to go on.
            let status = self == .aceData && error.status == 402 ? 403 : error.status
            var response = try Response(status: HTTPResponse.Status(integerLiteral: status), json: body(status: status, error.message))
            if let pause = error.retryAfter { response.headers[.retryAfter] = "\(max(1, Int(min(pause.rounded(.up), 1e9))))" }
            return response
        case let error as HTTPError:
            var response = try Response(
                status: error.status, json: body(status: error.status.code, error.body ?? error.status.reasonPhrase))
            response.headers.append(contentsOf: error.headers)
            return response
        case let error as SandboxError:
            return try Response(status: .internalServerError, json: body(status: 500, error.description))
        default: return nil
        }
    }

    private struct Reason: Encodable {
        var code: String
        var message: String
    }

    private struct Body: Encodable {
        var success: Bool?
        var error: Either
        var trace_id: String?

        enum Either: Encodable {
            case text(String)
            case reason(Reason)

            func encode(to encoder: any Encoder) throws {
                switch self {
                case .text(let text): try text.encode(to: encoder)
                case .reason(let reason): try reason.encode(to: encoder)
                }
            }
        }
    }

    private func body(status: Int, _ message: String) -> Body {
        switch self {
        case .message: Body(error: .text(message))
        case .aceData:
            Body(
                success: false, error: .reason(Reason(code: Self.aceDataCode(status), message: message)),
                trace_id: UUID().uuidString.lowercased())
        }
    }

    private static func aceDataCode(_ status: Int) -> String {
        switch status {
        case 401: "invalid_token"
        // An account without a balance.
        case 402, 403: "used_up"
        case 429: "too_many_requests"
        case 500...: "api_error"
        default: "api_not_implemented"
        }
    }
}

/// Turns everything thrown outside of a provider's own endpoints into `{"error": message}` with its status.
struct ErrorsAsJSON: RouterMiddleware {
    func handle(
        _ request: Request, context: SandboxContext, next: @concurrent (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            guard let response = try RefusalForm.message.response(to: error) else { throw error }
            return response
        }
    }
}
