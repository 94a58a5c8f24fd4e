package import Pipeline

/// The class of an error reply; decides what happens next.
package enum ErrorClass: String, Hashable, Sendable, CaseIterable {
    case auth
    case plan
    case credits
    case quota
    case throttled
    case invalid
    case policy
    case inFlight = "in_flight"
    case mismatch
    case notReady = "not_ready"
    case gone
    case staleURL = "stale_url"
    case server
}

/// How error replies are told apart; the first whose condition holds counts.
package struct ErrorRule: Hashable, Sendable {
    package enum Charge: String, Hashable, Sendable, CaseIterable {
        case no
        case maybe
        case yes
    }

    package let condition: Condition
    package let errorClass: ErrorClass
    /// Whether the provider bills a submission that it answers so; nil: as is usual for the class.
    package let charged: Charge?

    package init(condition: Condition, errorClass: ErrorClass, charged: Charge?) {
        self.condition = condition
        self.errorClass = errorClass
        self.charged = charged
    }
}

/// The idempotency key: always sent, relied on only where honoured.
package struct Idempotency: Hashable, Sendable {
    package let header: String
    package let isHonoured: Bool
    /// From the first send.
    package let lasts: Lifetime

    package init(header: String, isHonoured: Bool, lasts: Lifetime) {
        self.header = header
        self.isHonoured = isHonoured
        self.lasts = lasts
    }
}

/// How a submission without a reply can be found again.
package enum Reconciliation: Hashable, Sendable {
    case listing(ListingReconciliation)
    /// A nonce in the webhook's address brings the id back.
    case webhookNonce
}

/// Finding a submission in the account's listing of jobs.
package struct ListingReconciliation: Hashable, Sendable {
    /// Key into `ProviderDefinition.accountRequests`.
    package let list: String
    /// Fields of a listed job and what a submission has for them.
    package let match: [String: Template]
    package let plan: ListingPlan

    package init(list: String, match: [String: Template], plan: ListingPlan) {
        self.list = list
        self.match = match
        self.plan = plan
    }
}

/// Callbacks: a hint to ask now, never the truth.
package struct WebhookSettings: Hashable, Sendable {
    package enum Registration: String, Hashable, Sendable, CaseIterable {
        case byHand = "by_hand"
        case inRequest = "in_request"
    }

    package enum Signature: String, Hashable, Sendable, CaseIterable {
        case unsigned
        case hmacSHA256Hex = "hmac_sha256_hex"
        case falEd25519 = "fal_ed25519"
        case standardWebhooks = "standard_webhooks"
    }

    package let registration: Registration
    package let events: [String]
    package let job: [JSONPointer]
    /// The header that names a delivery.
    package let deliveryHeader: String?
    package let signature: Signature
    package let signatureHeader: String?
    /// `https` address of the key set.
    package let keys: String?
    /// How old a signature may be.
    package let tolerance: Duration?
    /// How long the key set may be kept.
    package let keysLast: Duration?
    package let answerWithin: Duration?
    package let retries: [Duration]

    package init(
        registration: Registration, events: [String], job: [JSONPointer], deliveryHeader: String?, signature: Signature,
        signatureHeader: String?,
        keys: String?, tolerance: Duration?, keysLast: Duration?, answerWithin: Duration?, retries: [Duration]
    ) {
        self.registration = registration
        self.events = events
        self.job = job
        self.deliveryHeader = deliveryHeader
        self.signature = signature
        self.signatureHeader = signatureHeader
        self.keys = keys
        self.tolerance = tolerance
        self.keysLast = keysLast
        self.answerWithin = answerWithin
        self.retries = retries
    }
}
