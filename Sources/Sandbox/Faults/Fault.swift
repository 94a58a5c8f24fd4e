/// Something that goes wrong on purpose.
package enum Fault: String, Sendable, Codable, CaseIterable {
    /// No connection is accepted for a while, ``FaultRule/lasts``; the request that begins it is cut without effect.
    case refuseConnections = "refuse_connections"
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
    /// The reply is a 503 with `Retry-After`, and the request has no effect.
    case unavailable = "unavailable"
    /// The reply is a 429 with `Retry-After` in seconds, and the request has no effect.
    case throttle = "throttle"
    /// The reply is a 429 with `Retry-After` as an HTTP date, and the request has no effect.
    case throttleUntilDate = "throttle_until_date"
    /// The reply is a 429 with `X-RateLimit-Reset` in seconds since 1970, and the request has no effect.
    case throttleUntilEpoch = "throttle_until_epoch"
    /// The reply is the 402 of an empty account, and the request has no effect.
    case outOfCredits = "out_of_credits"
    /// The reply is the 429 of a day whose images are used up, and the request has no effect.
    case dailyCap = "daily_cap"
    /// The reply is a 409, as if an earlier request with the same key were still being worked on; without effect.
    case keyInFlight = "key_in_flight"
    /// The reply is a 422, as if the key had been used for another request; without effect.
    case keyReused = "key_reused"
    /// The reply is a 422 that blames the content policy, and the request has no effect.
    case refusePrompt = "refuse_prompt"
    /// A download is answered with the 404 of a job that isn't finished, though it is.
    case resultNotReady = "result_not_ready"
    /// A download is answered with a 410: the result was there, and is not kept any longer.
    case resultExpired = "result_expired"
    /// A reply announces its whole length, and the connection closes half-way.
    case truncateBody = "truncate_body"
    /// The reply is an HTML page with status 200.
    case htmlBody = "html_body"
    /// A reply comes in small pieces, with pauses.
    case slowBody = "slow_body"
    /// The submitted job is accepted, and ends as failed.
    case failJob = "fail_job"
    /// The submitted job is accepted, ends as failed, and its charge is given back.
    case refundJob = "refund_job"
    /// The submitted job is accepted, and ends as failed by the content policy.
    case blockJob = "block_job"
    /// The submitted job completes with one output less than asked for (one at the least).
    case partialOutputs = "partial_outputs"
    /// The submitted job takes ten times as long.
    case slowJob = "slow_job"
    /// The submitted job never ends.
    case stuckJob = "stuck_job"

    /// Whether the fault is one of the job that a submission creates, and not of the exchange.
    package var changesJob: Bool {
        switch self {
        case .failJob, .refundJob, .blockJob, .partialOutputs, .slowJob, .stuckJob: true
        default: false
        }
    }

    /// Whether a length in ``FaultRule/lasts`` means anything to it.
    package var takesLength: Bool {
        switch self {
        case .refuseConnections, .unavailable, .throttle, .throttleUntilDate, .throttleUntilEpoch, .slowBody: true
        default: false
        }
    }

    /// Why a job under this fault fails; nil if it doesn't.
    var jobFailure: String? {
        switch self {
        case .failJob, .refundJob: "Generation failed: the model returned no output"
        case .blockJob: "Blocked: the prompt or the result is against the content policy"
        default: nil
        }
    }
}
