/// Why a request to a provider did not give what was asked for, in the classes that decide what happens next.
package struct CallFailure: Error, Hashable, Sendable, Codable {
    package enum Kind: Hashable, Sendable, Codable {
        /// No byte of the request left this machine (name not found, connection or TLS refused): nothing can have been billed.
        case notSent
        /// The request left and no usable reply came (reset, time-out, 5xx, unreadable body): its fate is unknown.
        case lost
        /// The key was refused.
        case auth
        /// The plan does not include this.
        case plan
        /// No credits left.
        case credits
        /// A quota of the day or month is used up: no throttle, nothing to wait for within a run.
        case quota
        /// Too many requests just now; the pause the provider asked for, where it did.
        case throttled(retryAfter: Duration?)
        /// The request is wrong and will be so each time.
        case invalid
        /// Refused by a content policy.
        case policy
        /// A submission under the same idempotency key is still being worked on.
        case inFlight
        /// The idempotency key was used with another body.
        case mismatch
        /// The result is not there yet, or not at all.
        case notReady
        /// The result was there and is gone.
        case gone
        /// A presigned URL was refused; a new one is needed.
        case staleURL
        /// The provider failed (5xx) on a call that bills nothing.
        case server
        /// What came is not what was promised: truncated, another type, too large, structurally broken.
        case badContent
        /// Our own disk could not take it.
        case cannotWrite
    }

    package let kind: Kind
    /// One sentence for people, with the provider's own words shortened and without secrets.
    package let message: String
    /// The reply's status, where one came.
    package let httpStatus: Int?
    /// How long the provider asks to wait, where it does.
    package let retryAfter: Duration?

    /// Whether the answer to a question about a job says that there is none of that id.
    package var saysThatThereIsNoJob: Bool { kind == .gone || httpStatus == 404 || httpStatus == 410 }

    /// `HTTP 404`, where a reply came; else the message.
    package var statusText: String { httpStatus.map { "HTTP \($0)" } ?? message }

    package init(_ kind: Kind, _ message: String, httpStatus: Int? = nil, retryAfter: Duration? = nil) {
        self.kind = kind
        self.message = message
        self.httpStatus = httpStatus
        self.retryAfter = retryAfter
    }
}
