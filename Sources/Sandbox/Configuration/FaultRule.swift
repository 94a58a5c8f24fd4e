package import Foundation

/// Something that goes wrong on purpose.
package enum Fault: String, Sendable, Codable, CaseIterable {
    /// The connection is closed before the request is looked at: nothing is accepted, nothing charged.
    case closeBeforeAccepting = "close_before_accepting"
    /// The request takes effect, then the connection is closed without a reply.
    case closeAfterAccepting = "close_after_accepting"
    /// The request takes effect, then no reply ever comes.
    case hangAfterAccepting = "hang_after_accepting"
    /// The request takes effect, then the reply is a 500.
    case errorAfterAccepting = "error_after_accepting"
    /// The reply is a 500, and the request has no effect.
    case serverError = "server_error"
    /// The reply is a 503 with `Retry-After: 1`, and the request has no effect.
    case unavailable = "unavailable"
    /// The reply is a 429 with `Retry-After: 1`, and the request has no effect.
    case throttle = "throttle"
    /// A download announces its whole length, and the connection closes half-way.
    case truncateBody = "truncate_body"
    /// A download is an HTML page with status 200.
    case htmlBody = "html_body"
    /// A download comes in small pieces, with pauses.
    case slowBody = "slow_body"
    /// The submitted job is accepted, and ends as failed.
    case failJob = "fail_job"
    /// The submitted job completes with one output less than asked for (one at the least).
    case partialOutputs = "partial_outputs"
    /// The submitted job takes ten times as long.
    case slowJob = "slow_job"
    /// The submitted job never ends.
    case stuckJob = "stuck_job"

    /// Whether the fault is one of the job that a submission creates, and not of the exchange.
    var changesJob: Bool {
        switch self {
        case .failJob, .partialOutputs, .slowJob, .stuckJob: true
        default: false
        }
    }
}

/// When a fault happens. As JSON: `{"endpoint": "text-to-image", "fault": "close_after_accepting", "requests": [2, 5]}`.
package struct FaultRule: Sendable, Hashable {
    /// The endpoint it happens at; nil is every one.
    package var endpoint: Endpoint?
    /// What happens.
    package var fault: Fault
    /// Which requests to that endpoint it happens to, counted from 1 over the life of the state directory; nil is every one.
    package var requests: Set<Int>?
    /// How likely it is for each of those requests, 0…1, decided by the seed; nil is certain.
    package var probability: Double?

    package init(_ fault: Fault, at endpoint: Endpoint? = nil, requests: Set<Int>? = nil, probability: Double? = nil) {
        self.fault = fault
        self.endpoint = endpoint
        self.requests = requests
        self.probability = probability
    }

    /// Whether the rule holds for the `ordinal`th request (from 1) to `endpoint` under `seed`.
    func applies(to endpoint: Endpoint, ordinal: Int, seed: UInt64) -> Bool {
        if let own = self.endpoint, own != endpoint { return false }
        if let requests, !requests.contains(ordinal) { return false }
        guard let probability else { return true }
        var generator = SeededGenerator(seed: seed, "fault", fault.rawValue, endpoint.rawValue, String(ordinal))
        return generator.unit() < probability
    }

    /// The rules of a fault file: `{"faults": [rule, …]}`.
    ///
    /// - Throws: ``SandboxError/invalidFaults(_:)`` naming the place.
    package static func decode(_ data: Data) throws(SandboxError) -> [FaultRule] {
        try FaultFile(data).rules
    }
}
