/// What one poll said of a job.
package struct JobReport: Hashable, Sendable, Codable {
    package enum State: Hashable, Sendable, Codable {
        case queued
        case running
        case ended(JobOutcome)
    }

    package let state: State
    /// In percent, where the provider says it.
    package let progress: Int?
    /// What the provider says it charged, where it does.
    package let cost: Money?
    /// The provider's reason for a failure, shortened.
    package let message: String?

    package init(state: State, progress: Int? = nil, cost: Money? = nil, message: String? = nil) {
        self.state = state
        self.progress = progress
        self.cost = cost
        self.message = message
    }
}

/// A job the provider accepted: its id, and whatever else of the reply is needed to ask about it again.
package struct AcceptedJob: Hashable, Sendable, Codable {
    package let remoteID: String
    /// Kept pieces of the reply by name; never secrets.
    package let context: [String: String]
    /// Where the reply already was the end (synchronous providers, replays).
    package let report: JobReport?

    package init(remoteID: String, context: [String: String] = [:], report: JobReport? = nil) {
        self.remoteID = remoteID
        self.context = context
        self.report = report
    }

    /// Stands for a job whose id nobody knows and whose results a person gave.
    ///
    /// - Parameter key: the submission's idempotency key.
    package static func given(_ key: String) -> AcceptedJob { AcceptedJob(remoteID: "given-\(key)", context: [givenMark: "yes"]) }

    /// Whether a person gave its results: there is nothing to ask the provider for.
    package var isGiven: Bool { context[Self.givenMark] != nil }

    /// The same job as a person named it: the provider never gave us its id, so it may not know it.
    package var named: AcceptedJob {
        AcceptedJob(remoteID: remoteID, context: context.merging([Self.namedMark: "yes"]) { _, new in new }, report: report)
    }

    /// Whether a person, and not the provider, said that it is the job of its submission.
    package var isNamed: Bool { context[Self.namedMark] != nil }

    private static let givenMark = "given"
    /// No placeholder of a definition begins with a dot.
    private static let namedMark = ".named"
}
