package import Foundation
package import Pipeline

/// One paid request, ready to be sent: all of it but the host and the key.
///
/// Encoded, it is what the store keeps before anything is sent; decoded and sent again, the same bytes go out.
package struct PreparedSubmission: Codable, Hashable, Sendable {
    package let operation: Pipeline.Operation
    /// The idempotency key, also among the headers.
    package let key: String
    /// What the provider's listing would show of it; nil where there is no listing to look into.
    package let fingerprint: SubmissionFingerprint?
    package let method: String
    /// Path and query, encoded, from the root of the host.
    package let path: String
    /// In the order they are sent; never the key.
    let headers: [HeaderField]
    package let body: Data
    /// Which of the definition's job protocols the job will follow.
    let jobProtocol: String
    /// Values that later requests about the job need, by placeholder.
    let context: [String: String]
}
