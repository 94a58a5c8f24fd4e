package import Foundation
package import Pipeline
package import Providers

/// What a run asks of a provider. `ProviderClient` is the real one; a simulation brings its own.
package protocol ProviderPort: Sendable {
    func prepare(
        _ operation: Pipeline.Operation, arguments: [String: Argument], job: PlannedJob, media: (MediaSource) -> Value?,
        idempotencyKey: String
    ) throws(CallFailure) -> PreparedSubmission
    func submit(_ submission: PreparedSubmission) async -> Result<AcceptedJob, CallFailure>
    /// The job of a submission whose id came from the provider's listing instead of a reply.
    func adopt(_ remoteID: String, for submission: PreparedSubmission) -> AcceptedJob
    func poll(_ job: AcceptedJob, operation: Pipeline.Operation) async -> Result<JobReport, CallFailure>
    func fetch(_ job: AcceptedJob, operation: Pipeline.Operation, output: Int, kind: MediaKind, into part: URL) async -> Result<
        FetchedFile, CallFailure
    >
    func upload(_ file: LocalFile) async -> Result<String, CallFailure>
    func listJobs() async -> Result<[ListedJob], CallFailure>
}

extension ProviderClient: ProviderPort {}
