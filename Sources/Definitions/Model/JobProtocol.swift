package import Pipeline

/// How long something a provider gave stays.
package enum Lifetime: Hashable, Sendable {
    case unknown
    case forever
    case limited(Duration)
}

/// The life of a job at a provider: its id, its states, its outputs.
package struct JobProtocol: Hashable, Sendable {
    /// The first whose condition holds names the state; where none does and the reply is a success, the job is still running.
    package struct StateRule: Hashable, Sendable {
        package let state: JobReport.State
        package let condition: Condition

        package init(state: JobReport.State, condition: Condition) {
            self.state = state
            self.condition = condition
        }
    }

    /// Where an output is found; the first that gives anything counts.
    package enum OutputSource: Hashable, Sendable {
        /// URLs in the reply, one an output. Never with the key, unless on the API host.
        case url(JSONPointer)
        /// Base64 text in the reply, one an output.
        case base64(JSONPointer)
        /// A request to the API host for each `{index}` from 0.
        case request(path: TextTemplate, query: [String: Template])

        package var placeholders: [Placeholder] {
            switch self {
            case .url(let pointer), .base64(let pointer): pointer.placeholders
            case .request(let path, let query): path.placeholders + query.values.flatMap(\.placeholders)
            }
        }
    }

    /// A last request for the result of a job that polling saw ended.
    package struct ResultRequest: Hashable, Sendable {
        package let request: RequestTemplate
        package let states: [StateRule]

        package init(request: RequestTemplate, states: [StateRule]) {
            self.request = request
            self.states = states
        }
    }

    /// What the provider says it charged.
    package struct ReportedCost: Hashable, Sendable {
        package let at: JSONPointer
        package let unit: String

        package init(at: JSONPointer, unit: String) {
            self.at = at
            self.unit = unit
        }
    }

    /// Asks the provider to end a job early.
    package struct CancelRequest: Hashable, Sendable {
        package struct Reply: Hashable, Sendable {
            package let effect: CancelEffect
            package let condition: Condition

            package init(effect: CancelEffect, condition: Condition) {
                self.effect = effect
                self.condition = condition
            }
        }

        package let request: RequestTemplate
        /// The first whose condition holds counts; where none does, a success is `requested` and a 404 `unknown`.
        package let replies: [Reply]

        package init(request: RequestTemplate, replies: [Reply]) {
            self.request = request
            self.replies = replies
        }
    }

    package let name: String
    /// Statuses that accept a submission; empty: every 2xx.
    package let acceptedStatuses: [Int]
    package let submitTimeout: Duration?
    /// Where the job's id may be, first match; nil: the reply to the submission is the result.
    package let id: [JSONPointer]?
    package let poll: PollRequest?
    package let batch: BatchRequest?
    package let states: [StateRule]
    package let result: ResultRequest?
    /// Where a running job's progress in percent may be.
    package let progress: [JSONPointer]
    /// Where the provider's reason of a failure may be.
    package let error: [JSONPointer]
    package let outputs: [MediaKind: [OutputSource]]
    /// True values beside outputs that were withheld, in parallel.
    package let withheld: JSONPointer?
    package let cost: ReportedCost?
    /// Outcomes that are not billed.
    package let refunded: Set<JobOutcome>
    /// How long results can be fetched.
    package let lasts: Lifetime
    /// Nil: the provider has no such call.
    package let cancel: CancelRequest?

    package init(
        name: String, acceptedStatuses: [Int], submitTimeout: Duration?, id: [JSONPointer]?, poll: PollRequest?, batch: BatchRequest?,
        states: [StateRule], result: ResultRequest?, progress: [JSONPointer], error: [JSONPointer], outputs: [MediaKind: [OutputSource]],
        withheld: JSONPointer?,
        cost: ReportedCost?, refunded: Set<JobOutcome>, lasts: Lifetime, cancel: CancelRequest?
    ) {
        self.name = name
        self.acceptedStatuses = acceptedStatuses
        self.submitTimeout = submitTimeout
        self.id = id
        self.poll = poll
        self.batch = batch
        self.states = states
        self.result = result
        self.progress = progress
        self.error = error
        self.outputs = outputs
        self.withheld = withheld
        self.cost = cost
        self.refunded = refunded
        self.lasts = lasts
        self.cancel = cancel
    }
}
