package import Pipeline
package import Providers

/// The part of a provider's definition that a run's protocol needs itself: pure, without a network.
package protocol SubmissionBuilder: Sendable {
    /// The exact request of one job.
    ///
    /// - Parameter media: what the provider is told of a picture or clip; nil where it is not at the provider.
    func prepare(
        _ operation: Pipeline.Operation, arguments: [String: Argument], job: PlannedJob, media: (MediaSource) -> Value?,
        idempotencyKey: String
    ) throws(CallFailure) -> PreparedSubmission
    /// The job of a submission whose id came from the provider's listing instead of a reply.
    func adopt(_ remoteID: String, for submission: PreparedSubmission) -> AcceptedJob
}
