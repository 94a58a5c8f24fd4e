import Foundation

/// One request, complete but for the key.
struct HTTPCall: Sendable {
    enum Method: String, Sendable, Codable, Hashable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
    }

    enum Body: Sendable {
        case none
        case bytes(Data)
        case file(FileBody)
    }

    /// Whether the request may travel on a connection that carried others before.
    enum Connection: Sendable {
        /// A kept connection that the server closes at that very moment loses the request. Harmless where repeating it is.
        case reused
        /// One connection for this request alone, so that losing it is never the doing of an old connection.
        case single
    }

    let method: Method
    let target: Target
    var headers: [HeaderField] = []
    var body: Body = .none
    var connection: Connection = .reused
    /// For the whole call, from connecting to the reply's last byte.
    let timeout: Duration

    /// What is asked of whom: an origin, and an encoded path with query.
    struct Target: Hashable, Sendable, CustomStringConvertible {
        let origin: Origin
        /// Starts with `/`, percent-encoded.
        let pathAndQuery: String

        var url: String { origin.description + pathAndQuery }
        /// Without the query, which may hold a signature.
        var description: String { origin.description + (pathAndQuery.split(separator: "?", maxSplits: 1).first ?? "/") }
    }
}

/// A reply that came whole and within its bounds.
struct HTTPReply: Sendable {
    let status: Int
    /// Names in lower case; of repeated headers the first.
    let headers: [String: String]
    let body: Data
}

/// Why there is no reply. What it means for money depends on the call, so the caller classifies.
struct HTTPFault: Error, Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// No byte of the request left this machine.
        case notSent
        /// The request may have left; no usable reply came.
        case lost
        /// The reply began and ended too early.
        case truncated
        /// The reply is larger than allowed.
        case tooLarge
        /// Our own disk could not take the reply.
        case cannotWrite
        /// An address that a reply named, and that is not to be asked.
        case refused
        /// The local file that was to be sent is not readable, or not what it was.
        case unusableFile
    }

    let kind: Kind
    /// For people, one sentence without a full stop.
    let message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
