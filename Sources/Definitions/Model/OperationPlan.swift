package import Pipeline

/// An argument with where it is written.
package struct LocatedArgument: Hashable, Sendable {
    package let argument: Argument
    package let place: SourcePlace?
    /// Where the parameter's name is written.
    package let keyPlace: SourcePlace?

    package init(argument: Argument, place: SourcePlace? = nil, keyPlace: SourcePlace? = nil) {
        self.argument = argument
        self.place = place
        self.keyPlace = keyPlace
    }
}

/// One step instance as a provider would do it: whether it can, in what jobs, for what price.
package struct OperationPlan: Hashable, Sendable {
    /// With an error among them, the rest is only a best guess.
    package let diagnostics: [Diagnostic]
    /// Empty for an upload step.
    package let jobs: [PlannedJob]
    package let outputKind: MediaKind
    package let outputCount: Int
    /// Of one job.
    package let expectedDuration: Duration
    /// What must be brought to the account first, in order, each once.
    package let uploads: [MediaSource]
    /// The fewest requests that its jobs take, uploads not counted: one submission and one poll a job, one fetch an output.
    package let requests: [CallKind: Int]
    /// Parameters, given or not, that only choose a rendition of what is paid for already.
    package let renditions: Set<String>

    package init(
        diagnostics: [Diagnostic], jobs: [PlannedJob], outputKind: MediaKind, outputCount: Int, expectedDuration: Duration,
        uploads: [MediaSource],
        requests: [CallKind: Int], renditions: Set<String> = []
    ) {
        self.diagnostics = diagnostics
        self.jobs = jobs
        self.outputKind = outputKind
        self.outputCount = outputCount
        self.expectedDuration = expectedDuration
        self.uploads = uploads
        self.requests = requests
        self.renditions = renditions
    }
}

/// What one job's request is rendered from: the operation as it is for its model, and a value for each placeholder that has one.
package struct RequestArguments: Hashable, Sendable {
    package let operation: OperationDefinition
    /// By parameter, as sent: defaults filled in, choices mapped, `fills` resolved, `count` that of this job. Media as they were given.
    package let values: [String: Argument]
    /// A campaign's `extra`, to be laid beside the template's own fields at `request.extraAt`.
    package let extra: [String: Value]

    package init(operation: OperationDefinition, values: [String: Argument], extra: [String: Value]) {
        self.operation = operation
        self.values = values
        self.extra = extra
    }
}
