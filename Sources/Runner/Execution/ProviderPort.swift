package import Foundation
package import Pipeline
package import Providers

/// What a run asks of a provider over the network. `ProviderClient` is the real one; a simulation brings its own.
package protocol ProviderPort: SubmissionBuilder {
    /// The same, with `meter` told what replies say of the account's request limit.
    func metered(by meter: @escaping @Sendable (RateReading) -> Void) -> Self
    func submit(_ submission: PreparedSubmission) async -> Result<AcceptedJob, CallFailure>
    func poll(_ job: AcceptedJob, operation: Pipeline.Operation) async -> Result<JobReport, CallFailure>
    /// With one request, by remote id; a job that the reply does not tell of is missing.
    func pollTogether(_ jobs: [(job: AcceptedJob, operation: Pipeline.Operation)]) async -> Result<[String: JobReport], CallFailure>
    func fetch(_ job: AcceptedJob, operation: Pipeline.Operation, output: Int, kind: MediaKind, into part: URL) async -> Result<
        FetchedFile, CallFailure
    >
    func upload(_ file: LocalFile) async -> Result<String, CallFailure>
    func listJobs() async -> Result<[ListedJob], CallFailure>
}

extension ProviderClient: ProviderPort {}
