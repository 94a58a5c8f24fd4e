package import Pipeline

/// Which hosts something may come from or go to.
package enum AllowedHosts: Hashable, Sendable {
    /// Any public address.
    case anyPublic
    /// These names; `*.` in front stands for one or more labels. Empty: the API host only.
    case listed([String])
}

/// Where the provider is.
package struct HostSettings: Hashable, Sendable {
    /// `https://host[:port]`, or nil where only the environment names it.
    package let base: String?
    /// In front of every request's path: `/public/api/v1`.
    package let path: String
    /// Where presigned uploads may go.
    package let uploads: AllowedHosts
    /// Where results may be fetched from, beside the API host.
    package let results: AllowedHosts

    package init(base: String?, path: String, uploads: AllowedHosts, results: AllowedHosts) {
        self.base = base
        self.path = path
        self.uploads = uploads
        self.results = results
    }
}

/// How the key is sent.
package struct Authentication: Hashable, Sendable {
    package let header: String
    /// In front of the key, its space included: `Bearer `.
    package let prefix: String
    /// What every key starts with, where that is known; a key that does not is refused before it is sent.
    package let keyStarts: String?

    package init(header: String, prefix: String, keyStarts: String?) {
        self.header = header
        self.prefix = prefix
        self.keyStarts = keyStarts
    }
}

/// Whether one job or one output takes a thread of the plan.
package enum ThreadUnit: String, Hashable, Sendable, CaseIterable {
    case job
    case output
}

/// Headers that say how much of the request limit is left.
package struct RateHeaders: Hashable, Sendable {
    package enum ResetForm: String, Hashable, Sendable, CaseIterable {
        case epochSeconds = "epoch_seconds"
        case seconds
        case goDuration = "go_duration"
        case httpDate = "http_date"
    }

    package let limit: String?
    package let remaining: String
    package let reset: String
    package let resetForm: ResetForm

    package init(limit: String?, remaining: String, reset: String, resetForm: ResetForm) {
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
        self.resetForm = resetForm
    }
}

/// What something costs when its condition holds; of several rules the first that applies counts.
package struct PriceRule: Hashable, Sendable {
    package enum Unit: String, Hashable, Sendable, CaseIterable {
        case image
        case video
        case job
        /// Of the clip, or where `secondsAt` is given, of what the reply says.
        case second
    }

    package let condition: Condition
    package let price: Price
    package let unit: Unit
    package let secondsAt: JSONPointer?

    package init(condition: Condition, price: Price, unit: Unit, secondsAt: JSONPointer?) {
        self.condition = condition
        self.price = price
        self.unit = unit
        self.secondsAt = secondsAt
    }
}

/// How long a job takes when its condition holds; of several rules the first that applies counts.
package struct DurationRule: Hashable, Sendable {
    package let condition: Condition
    package let typical: Duration
    package let range: ClosedRange<Duration>?

    package init(condition: Condition, typical: Duration, range: ClosedRange<Duration>?) {
        self.condition = condition
        self.typical = typical
        self.range = range
    }
}

/// How a file is brought to the account.
package struct UploadProcedure: Hashable, Sendable {
    /// Media types taken.
    package let types: [String]
    /// In bytes.
    package let maxBytes: Int
    /// One after the other; what a step keeps fills the next one's placeholders.
    package let steps: [RequestTemplate]
    /// The reference for later requests.
    package let gives: TextTemplate
    /// How long the reference is good.
    package let lasts: Lifetime

    package init(types: [String], maxBytes: Int, steps: [RequestTemplate], gives: TextTemplate, lasts: Lifetime) {
        self.types = types
        self.maxBytes = maxBytes
        self.steps = steps
        self.gives = gives
        self.lasts = lasts
    }
}

/// An assumption of the definition: a place that the provider's document leaves open.
package struct Assumption: Hashable, Sendable {
    /// Into the definition's text; a campaign may overlay what is at or below it.
    package let at: JSONPointer
    package let why: String

    package init(at: JSONPointer, why: String) {
        self.at = at
        self.why = why
    }
}
