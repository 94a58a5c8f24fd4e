import Definitions
import Foundation
import Pipeline

/// Makes classified failures of faults and error replies, in the definition's terms.
struct FailureReader: Sendable {
    let definition: ProviderDefinition
    let excerpt: Excerpt
    let now: @Sendable () -> Timestamp

    /// A call that came to no reply.
    ///
    /// A paid one is lost as soon as a byte may have left, whatever became of the reply.
    func failure(_ fault: HTTPFault, call: CallKind) -> CallFailure {
        let kind: CallFailure.Kind =
            switch fault.kind {
            case .notSent: .notSent
            case .unusableFile: .invalid
            case .cannotWrite: .cannotWrite
            case .lost: .lost
            case .refused: .badContent
            case .truncated, .tooLarge: call == .submit ? .lost : .badContent
            }
        return CallFailure(kind, excerpt.text(fault.message, limit: 300))
    }

    /// What a reply that is no success says; for one with a success status, only where a rule finds the failure in its body.
    func failure(_ reply: ParsedReply, life: JobProtocol? = nil) -> CallFailure? {
        if reply.isSuccess {
            guard
                let rule = definition.errors.first(where: {
                    !$0.condition.testsStatus && $0.condition.testsBody && reply.satisfies($0.condition)
                })
            else { return nil }
            return failure(rule.errorClass, reply, life)
        }
        if reply.isRedirect { return redirect(reply) }
        if let rule = definition.errors.first(where: { reply.satisfies($0.condition) }) { return failure(rule.errorClass, reply, life) }
        return failure(Self.usualClass(of: reply), reply, life)
    }

    /// A reply whose status is good and whose body is not what the call promises.
    func unreadable(_ reply: ParsedReply, _ what: String) -> CallFailure {
        let kind: CallFailure.Kind = reply.call == .submit ? .lost : .badContent
        let begins = reply.body.isEmpty ? "the reply is empty" : "the reply begins: \(excerpt.text(reply.body, limit: 120))"
        return CallFailure(kind, "\(definition.title) answered \(reply.status) \(what); \(begins)", httpStatus: reply.status)
    }

    /// Where the request should go instead is for the user to decide, not for the server: the key would go along.
    private func redirect(_ reply: ParsedReply) -> CallFailure {
        let location = excerpt.text(reply.headers["location"]?.split(separator: "?").first.map(String.init) ?? "nowhere", limit: 120)
        // Moved for good or for now, the request was not worked on (RFC 9110, 15.4); 302 and 303 are also what follows a request that was.
        let untouched = [301, 307, 308].contains(reply.status)
        let kind: CallFailure.Kind = reply.call != .submit ? .badContent : untouched ? .invalid : .lost
        return CallFailure(
            kind, "\(definition.title) redirected to \(location) (HTTP \(reply.status)); redirects are not followed, check the base URL",
            httpStatus: reply.status)
    }

    private func failure(_ errorClass: ErrorClass, _ reply: ParsedReply, _ life: JobProtocol?) -> CallFailure {
        CallFailure(
            kind(errorClass, reply),
            "\(definition.title) \(Self.phrase(errorClass)) (HTTP \(reply.status)\(words(of: reply, life).map { ": \($0)" } ?? ""))",
            httpStatus: reply.status, retryAfter: errorClass == .quota ? pause(reply) : nil)
    }

    private func kind(_ errorClass: ErrorClass, _ reply: ParsedReply) -> CallFailure.Kind {
        switch errorClass {
        case .auth: .auth
        case .plan: .plan
        case .credits: .credits
        case .quota: .quota
        case .throttled: .throttled(retryAfter: pause(reply))
        case .invalid: .invalid
        case .policy: .policy
        case .inFlight: .inFlight
        case .mismatch: .mismatch
        case .notReady: .notReady
        case .gone: .gone
        case .staleURL: .staleURL
        // A server that broke down over a submission may have taken it on before.
        case .server: reply.call == .submit ? .lost : .server
        }
    }

    private func pause(_ reply: ParsedReply) -> Duration? {
        if let value = reply.headers["retry-after"], let pause = RetryAfter.pause(value, now: now()) { return pause }
        guard let limits = definition.rateHeaders, let value = reply.headers[limits.reset.lowercased()] else { return nil }
        return RetryAfter.pause(value, as: limits.resetForm, now: now())
    }

    /// The provider's own reason, shortened.
    func words(of reply: ParsedReply, _ life: JobProtocol?) -> String? {
        guard let json = reply.json else {
            let text = excerpt.text(reply.body)
            return text.isEmpty ? nil : (text.hasPrefix("<") ? "a web page: \(excerpt.text(reply.body, limit: 60))" : text)
        }
        guard let value = reason(in: json, life) else { return nil }
        return excerpt.text(value)
    }

    /// The text at the protocol's error pointers, or at the places that most APIs use.
    func reason(in json: Value, _ life: JobProtocol?) -> String? {
        let usual = ["/error/message", "/error", "/message", "/detail"].compactMap { JSONPointer($0) }
        guard let value = ((life?.error ?? []) + usual).first(in: json), !value.inlineText.isEmpty else { return nil }
        return value.inlineText
    }

    /// For statuses that the definition has no rule for.
    private static func usualClass(of reply: ParsedReply) -> ErrorClass {
        switch reply.status {
        case 401, 403: .auth
        case 402: .credits
        case 429: .throttled
        case 404 where [.poll, .result, .fetch].contains(reply.call): .notReady
        case 410 where [.poll, .result, .fetch].contains(reply.call): .gone
        // Refused in a way that does not say whether the request had been taken on.
        case 408, 409, 425, 499: .server
        case 400..<500: .invalid
        default: .server
        }
    }

    private static func phrase(_ errorClass: ErrorClass) -> String {
        switch errorClass {
        case .auth: "refused the key"
        case .plan: "does not include this in the account's plan"
        case .credits: "has no credits left for this account"
        case .quota: "has given this account its quota for now"
        case .throttled: "asks to slow down"
        case .invalid: "refused the request"
        case .policy: "refused the content"
        case .inFlight: "is still working on the same submission"
        case .mismatch: "knows the idempotency key with another request"
        case .notReady: "has no result yet"
        case .gone: "no longer has the result"
        case .staleURL: "no longer takes the presigned URL"
        case .server: "failed"
        }
    }
}
