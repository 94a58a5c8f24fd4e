/// One sub-job of an instance: one paid submission. An instance has several where its provider takes no `count`, or not so high a one.
package struct PlannedJob: Hashable, Sendable {
    /// The instance's output positions this job is to fill, in the order the provider numbers its results.
    package let outputs: Range<Int>
    /// Price of the whole job.
    package let price: Price

    package init(outputs: Range<Int>, price: Price) {
        self.outputs = outputs
        self.price = price
    }
}

/// One output file an instance is to produce.
package struct PlannedOutput: Hashable, Sendable {
    package let kind: MediaKind
    /// Path within the output folder, `/`-separated, confined and unique in the plan. Its extension is corrected at run time where
    /// the provider sends another type.
    package let path: String
    /// Nil where the output goes on to later steps without being chosen.
    package let choice: OutputChoice?

    package init(kind: MediaKind, path: String, choice: OutputChoice? = nil) {
        self.kind = kind
        self.path = path
        self.choice = choice
    }
}

/// What a step's failure means for the rest (`on_failure`).
package enum FailurePolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing new is submitted; what runs is finished.
    case stop
    /// Data and `needs` dependents are skipped.
    case skipDependents = "skip_dependents"
    /// `needs` dependents run, and lists take what exists.
    case `continue`
}

/// How often and how far apart one thing is tried (`retry`).
package struct RetryPolicy: Hashable, Sendable, Codable {
    /// Counts the first.
    package var attempts: Int
    package var initialInterval: Duration
    package var backoff: Double
    package var maxInterval: Duration

    /// Three attempts, 5 s apart, doubling up to two minutes.
    package static let standard = RetryPolicy(attempts: 3, initialInterval: .seconds(5), backoff: 2, maxInterval: .seconds(120))

    package init(attempts: Int, initialInterval: Duration, backoff: Double, maxInterval: Duration) {
        self.attempts = attempts
        self.initialInterval = initialInterval
        self.backoff = backoff
        self.maxInterval = maxInterval
    }
}

/// One step with one combination of its axes: the unit of work, of identity and of resuming.
package struct StepInstance: Sendable {
    /// What the instances of one step have in common.
    private final class Common: Sendable, Equatable {
        let step: String
        let place: SourcePlace?
        let operation: Operation
        let account: AccountID
        let renditions: Set<String>
        let retry: RetryPolicy
        let timeout: Duration
        let onFailure: FailurePolicy
        let expectedDuration: Duration
        let awaits: ChoiceWait?

        init(
            step: String, place: SourcePlace?, operation: Operation, account: AccountID, renditions: Set<String>, retry: RetryPolicy,
            timeout: Duration, onFailure: FailurePolicy, expectedDuration: Duration, awaits: ChoiceWait?
        ) {
            self.step = step
            self.place = place
            self.operation = operation
            self.account = account
            self.renditions = renditions
            self.retry = retry
            self.timeout = timeout
            self.onFailure = onFailure
            self.expectedDuration = expectedDuration
            self.awaits = awaits
        }

        static func == (a: Common, b: Common) -> Bool {
            a.step == b.step && a.place == b.place && a.operation == b.operation && a.account == b.account && a.renditions == b.renditions
                && a.retry == b.retry && a.timeout == b.timeout && a.onFailure == b.onFailure && a.expectedDuration == b.expectedDuration
                && a.awaits == b.awaits
        }
    }

    private let common: Common
    /// Name of its step in the manifest.
    package var step: String { common.step }
    /// For people: `scene[16:9,beach at dawn]`, or the step's name where nothing fans out.
    package let name: String
    /// Where its step stands in the manifest.
    package var place: SourcePlace? { common.place }
    package var operation: Operation { common.operation }
    package var account: AccountID { common.account }
    /// Parameters as written, after expressions, without a definition's defaults.
    package let arguments: [String: Argument]
    /// Parameters, given or not, that only choose a rendition of what is paid for already: the identity does not cover them.
    package var renditions: Set<String> { common.renditions }
    package let identity: Identity
    /// Empty for an upload step, whose work is its transfer.
    package let jobs: [PlannedJob]
    package let outputs: [PlannedOutput]
    /// Positions in `Plan.instances` of what it takes data from; sorted, each once.
    package let dependencies: [Int]
    /// Positions of what it only waits for (`needs`); sorted, each once.
    package let needs: [Int]
    /// Positions in `Plan.transfers` of what has to be at its provider first; sorted, each once.
    package let transfers: [Int]
    package var retry: RetryPolicy { common.retry }
    /// Bounds an accepted job, from acceptance.
    package var timeout: Duration { common.timeout }
    package var onFailure: FailurePolicy { common.onFailure }
    /// The definition's typical duration of one of its jobs.
    package var expectedDuration: Duration { common.expectedDuration }
    /// The choice that has to be made before anything of it is paid; nil where it may go on.
    package var awaits: ChoiceWait? { common.awaits }

    /// - Parameter sibling: an instance of the same step: what both have in common is kept once, which is most of a large plan.
    package init(
        step: String, name: String, place: SourcePlace?, operation: Operation, account: AccountID, arguments: [String: Argument],
        identity: Identity, jobs: [PlannedJob], outputs: [PlannedOutput], dependencies: [Int], needs: [Int], transfers: [Int],
        retry: RetryPolicy, timeout: Duration, onFailure: FailurePolicy, expectedDuration: Duration, renditions: Set<String> = [],
        awaits: ChoiceWait? = nil, sharingWith sibling: StepInstance? = nil
    ) {
        let own = Common(
            step: step, place: place, operation: operation, account: account, renditions: renditions, retry: retry, timeout: timeout,
            onFailure: onFailure, expectedDuration: expectedDuration, awaits: awaits)
        if let sibling, sibling.common == own { common = sibling.common } else { common = own }
        self.name = name
        self.arguments = arguments
        self.identity = identity
        self.jobs = jobs
        self.outputs = outputs
        self.dependencies = dependencies
        self.needs = needs
        self.transfers = transfers
    }
}
