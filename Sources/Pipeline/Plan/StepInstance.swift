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
    /// Path within the output folder, `/`-separated, confined and unique in the plan. Its extension is corrected at run time where
    /// the provider sends another type.
    package let path: String
    package let kind: MediaKind
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

/// What the instances of one step have in common, kept once.
package final class StepTraits: Sendable {
    /// Name of the step in the manifest.
    package let step: String
    /// Where it stands in the manifest.
    package let place: SourcePlace?
    package let operation: Operation
    package let account: AccountID
    /// Parameters, given or not, that only choose a rendition of what is paid for already: the identity does not cover them.
    package let renditions: Set<String>
    package let retry: RetryPolicy
    /// Bounds an accepted job, from acceptance.
    package let timeout: Duration
    package let onFailure: FailurePolicy
    /// The definition's typical duration of one of its jobs.
    package let expectedDuration: Duration
    /// The choice that has to be made before anything of it is paid; nil where it may go on.
    package let awaits: ChoiceWait?

    package init(
        step: String, place: SourcePlace?, operation: Operation, account: AccountID, retry: RetryPolicy, timeout: Duration,
        onFailure: FailurePolicy, expectedDuration: Duration, renditions: Set<String> = [], awaits: ChoiceWait? = nil
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
}

/// One step with one combination of its axes: the unit of work, of identity and of resuming.
package struct StepInstance: Sendable {
    /// What it has in common with others of its step.
    package let traits: StepTraits
    /// Name of its step in the manifest.
    package var step: String { traits.step }
    /// For people: `scene[16:9,beach at dawn]`, or the step's name where nothing fans out.
    package let name: String
    /// Where its step stands in the manifest.
    package var place: SourcePlace? { traits.place }
    package var operation: Operation { traits.operation }
    package var account: AccountID { traits.account }
    package let arguments: Arguments
    /// Parameters, given or not, that only choose a rendition of what is paid for already: the identity does not cover them.
    package var renditions: Set<String> { traits.renditions }
    package let identity: Identity
    /// Empty for an upload step, whose work is its transfer.
    package let jobs: [PlannedJob]
    package let outputs: [PlannedOutput]
    /// Positions in `Plan.instances` of what it takes data from; sorted, each once.
    package let dependencies: Positions
    /// Positions of what it only waits for (`needs`); sorted, each once.
    package let needs: Positions
    /// Positions in `Plan.transfers` of what has to be at its provider first; sorted, each once.
    package let transfers: Positions
    package var retry: RetryPolicy { traits.retry }
    /// Bounds an accepted job, from acceptance.
    package var timeout: Duration { traits.timeout }
    package var onFailure: FailurePolicy { traits.onFailure }
    /// The definition's typical duration of one of its jobs.
    package var expectedDuration: Duration { traits.expectedDuration }
    /// The choice that has to be made before anything of it is paid; nil where it may go on.
    package var awaits: ChoiceWait? { traits.awaits }

    /// - Parameter traits: one for all instances of the step that have the same: what is kept once is most of a large plan.
    package init(
        _ traits: StepTraits, name: String, arguments: Arguments, identity: Identity, jobs: [PlannedJob], outputs: [PlannedOutput],
        dependencies: Positions, needs: Positions, transfers: Positions
    ) {
        self.traits = traits
        self.name = name
        self.arguments = arguments
        self.identity = identity
        self.jobs = jobs
        self.outputs = outputs
        self.dependencies = dependencies
        self.needs = needs
        self.transfers = transfers
    }

    /// One whose traits are its own.
    package init(
        step: String, name: String, place: SourcePlace?, operation: Operation, account: AccountID, arguments: Arguments,
        identity: Identity, jobs: [PlannedJob], outputs: [PlannedOutput], dependencies: some Collection<Int>, needs: some Collection<Int>,
        transfers: some Collection<Int>,
        retry: RetryPolicy, timeout: Duration, onFailure: FailurePolicy, expectedDuration: Duration, renditions: Set<String> = [],
        awaits: ChoiceWait? = nil
    ) {
        let traits = StepTraits(
            step: step, place: place, operation: operation, account: account, retry: retry, timeout: timeout, onFailure: onFailure,
            expectedDuration: expectedDuration, renditions: renditions, awaits: awaits)
        self.init(
            traits, name: name, arguments: arguments, identity: identity, jobs: jobs, outputs: outputs,
            dependencies: Positions(dependencies), needs: Positions(needs), transfers: Positions(transfers))
    }
}
