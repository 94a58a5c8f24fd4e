import Definitions
import Foundation
import Pipeline

/// A reply with its body read, and what rules may ask about it.
struct ParsedReply: Sendable {
    let call: CallKind
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: Data
    /// Nil where the body is no JSON.
    let json: Value?

    init(_ reply: HTTPReply, call: CallKind) {
        self.call = call
        status = reply.status
        headers = reply.headers
        body = reply.body
        json = try? Value(json: reply.body)
    }

    /// A part of `reply` as if it were the whole.
    init(_ reply: ParsedReply, json: Value) {
        call = reply.call
        status = reply.status
        headers = reply.headers
        body = reply.body
        self.json = json
    }

    var isSuccess: Bool { (200..<300).contains(status) }
    var isRedirect: Bool { (300..<400).contains(status) }

    /// Whether `condition` holds for this reply.
    func satisfies(_ condition: Condition) -> Bool {
        condition.holds { subject in
            switch subject {
            case .httpStatus: .int(status)
            case .call: .text(call.rawValue)
            case .body(let pointer): json.flatMap { pointer.first(in: $0) }
            case .operation, .makes, .parameter: nil
            }
        }
    }
}

extension Condition {
    var testsStatus: Bool { tests.contains { $0.subject == .httpStatus } }

    var testsBody: Bool {
        tests.contains { if case .body = $0.subject { true } else { false } }
    }
}
