import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Pipeline

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension HTTPFault {
    /// What an error of the HTTP library says about the request's fate.
    ///
    /// Only errors that the library raises before it has a connection to write to are `.notSent`: a name that does not resolve, a refused
    /// or timed-out connection, a failed TLS handshake, a request it refuses to build. Everything else may have come after bytes had left.
    init(_ error: any Error, target: HTTPCall.Target, timeout: Duration, headCame: Bool) {
        let host = target.origin
        switch error {
        case let fault as HTTPFault:
            self = fault
        case let file as FileBody.UnusableFile:
            self.init(.unusableFile, file.message)
        case let refused as NIOConnectionError:
            self.init(.notSent, "no connection to \(host): \(Self.reason(refused))")
        case let error as IOError where Self.connectCodes.contains(error.errnoCode):
            self.init(.notSent, "no connection to \(host): \(Self.brief(error))")
        case NIOSSLError.handshakeFailed(let reason):
            self.init(.notSent, "no secure connection to \(host): \(Self.brief(reason))")
        case is NIOSSLExtraError where !headCame:
            self.init(.notSent, "no secure connection to \(host): \(Self.brief(error))")
        case let error as HTTPClientError where Self.beforeSending.contains(error):
            self.init(.notSent, "no connection to \(host): \(error.shortDescription)")
        case let error as HTTPClientError where error == .readTimeout:
            self.init(.lost, "\(host) fell silent in the middle of the call")
        case let error where error is TimeLimitExceeded || error as? HTTPClientError == .deadlineExceeded:
            self.init(.lost, "no whole reply from \(target) within \(timeout.shortText)")
        case is CancellationError:
            self.init(.lost, "the call was cancelled after it had begun")
        case let error where Self.isEarlyEnd(error):
            self.init(
                headCame ? .truncated : .lost, "\(host) closed the connection \(headCame ? "in the middle of its" : "without a") reply")
        default:
            self.init(.lost, "the connection to \(host) broke: \(Self.brief(error))")
        }
    }

    private static let beforeSending: [HTTPClientError] = [
        .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout,
        .invalidProxyResponse, .proxyAuthenticationRequired, .alreadyShutdown, .invalidURL, .emptyHost, .emptyScheme,
    ]

    /// Codes that only opening a connection gives: refused, no local port, no descriptor.
    private static let connectCodes: Set<CInt> = [ECONNREFUSED, EADDRNOTAVAIL, EMFILE, ENFILE]

    private static func isEarlyEnd(_ error: any Error) -> Bool {
        error as? HTTPClientError == .remoteConnectionClosed || error as? HTTPParserError == .invalidEOFState
            || error as? NIOSSLError == .uncleanShutdown
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first { return brief(failure.error) }
        if let failure = error.dnsAError ?? error.dnsAAAAError { return "its name could not be resolved (\(brief(failure)))" }
        return "no address"
    }

    private static func brief(_ error: any Error) -> String {
        let text = (error as? IOError).map { String(cString: strerror($0.errnoCode)).lowercased() } ?? "\(error)"
        return text.count <= 160 ? text : text.prefix(160) + "…"
    }
}
