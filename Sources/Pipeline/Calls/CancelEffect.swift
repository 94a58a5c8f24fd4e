/// What became of the wish to end a job early.
package enum CancelEffect: String, Hashable, Sendable, Codable, CaseIterable {
    /// It is over, and runs no more.
    case canceled
    /// The provider took note; polling tells when the job is over.
    case requested
    /// It had ended before.
    case ended
    /// The provider knows no such job.
    case unknown
}
