package import Foundation
import Pipeline

/// The address given for a provider cannot be used. One sentence without a full stop.
package struct BaseURLProblem: Error, Hashable, Sendable {
    package let message: String

    /// What is wrong with `url` as a provider's host, before a client is made with it; nil where nothing is.
    package static func find(in url: URL, apiPath: String) -> BaseURLProblem? {
        do throws(BaseURLProblem) {
            _ = try APIBase(url, apiPath: apiPath, plainHTTPHosts: [])
            return nil
        } catch {
            return error
        }
    }
}

/// Where a provider's API is: its origin, and the path in front of every request's own.
struct APIBase: Hashable, Sendable {
    let origin: Origin
    /// Starts with `/`, does not end with one; empty for the root.
    let path: String

    /// - Parameters:
    ///   - url: the provider's host, with a path in front where there is one. The API's own path may be written at its end.
    ///   - apiPath: the definition's (`/public/api/v1`).
    init(_ url: URL, apiPath: String, plainHTTPHosts: Set<String>) throws(BaseURLProblem) {
        let shown = url.host() ?? url.absoluteString
        guard let parts = URLComponents(url: url, resolvingAgainstBaseURL: true), let origin = Origin(url) else {
            throw BaseURLProblem(message: "the base URL of \(shown) is not an http or https address without user name")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw BaseURLProblem(message: "the base URL of \(shown) has a query or a fragment; only scheme, host and path belong there")
        }
        guard origin.isAllowed(plainHTTPHosts: plainHTTPHosts) else {
            throw BaseURLProblem(message: "plain http to \(shown) is refused: the key would travel in the open; use https")
        }
        let prefix = Self.trimmed(parts.percentEncodedPath)
        let api = Self.trimmed(apiPath)
        guard (prefix + api).split(separator: "/").allSatisfy({ $0 != "." && $0 != ".." }) else {
            throw BaseURLProblem(message: "the base URL of \(shown) has a `..` in its path")
        }
        self.origin = origin
        path = prefix.hasSuffix(api) ? prefix : prefix + api
    }

    /// The target of a request whose path is relative to the API's, encoded.
    func target(_ relative: String, query: String = "") -> HTTPCall.Target {
        HTTPCall.Target(origin: origin, pathAndQuery: path + "/" + relative.drop { $0 == "/" } + query)
    }

    private static func trimmed(_ path: String) -> String {
        let inner = path.split(separator: "/", omittingEmptySubsequences: true).joined(separator: "/")
        return inner.isEmpty ? "" : "/" + inner
    }
}
