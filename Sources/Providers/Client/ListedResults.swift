import Definitions
import Foundation
import Pipeline

extension ProviderClient {
    /// Redirects of a download that are followed, each target checked like the first.
    private static let maxRedirects = 5

    /// Gets an output that a reply named by URL, or held itself as a `data:` URI.
    func fetch(listed text: String, _ life: JobProtocol, _ kind: MediaKind, into part: URL) async -> Result<FetchedFile, CallFailure> {
        let path = part.path(percentEncoded: false)
        let limit = http.policy.maxBytes(of: kind)
        do throws(HTTPFault) {
            if text.hasPrefix("data:") { return await settle(try DataURI.write(text, to: path, limit: limit), kind) }
            var url = text
            for _ in 0...Self.maxRedirects {
                let target = try await checkedTarget(url)
                let call = HTTPCall(method: .get, target: target, timeout: http.policy.downloadTimeout)
                let result = try await inTurn(target) { () async throws(HTTPFault) in
                    try await http.download(call, credential: credential, to: path, limit: limit)
                }
                switch result {
                case .file(let file): return await settle(file, kind)
                case .other(let reply):
                    guard (300..<400).contains(reply.status), let location = reply.headers["location"],
                        let next = URL(string: location, relativeTo: URL(string: url))
                    else {
                        return .failure(refused(reply, life, from: target))
                    }
                    url = next.absoluteString
                }
            }
            return .failure(CallFailure(.badContent, "the result's URL redirects more than \(Self.maxRedirects) times"))
        } catch {
            return .failure(failures.failure(error, call: .fetch))
        }
    }

    /// Where a result may be fetched from: the API's own host, `https` at the definition's result hosts, or a host of files that the user named.
    private func checkedTarget(_ text: String) async throws(HTTPFault) -> HTTPCall.Target {
        guard let url = URL(string: text), let origin = Origin(url), let parts = URLComponents(url: url, resolvingAgainstBaseURL: true)
        else {
            throw HTTPFault(.refused, "the result's address is no http or https URL")
        }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        let target = HTTPCall.Target(origin: origin, pathAndQuery: path + (parts.percentEncodedQuery.map { "?" + $0 } ?? ""))
        if origin == base.origin || isFileHost(origin) { return target }
        guard origin.scheme == .https else { throw HTTPFault(.refused, "the result is at \(origin), and only https is taken from there") }
        switch definition.host.results {
        case .listed(let hosts):
            guard hosts.contains(where: { origin.matches($0) }) else {
                throw HTTPFault(.refused, "the result is at \(origin), which is none of \(definition.title)'s result hosts")
            }
        case .anyPublic:
            guard await origin.isPublic() else { throw HTTPFault(.refused, "the result is at \(origin), which is no public address") }
        }
        return target
    }

    /// Elsewhere than at the API the definition's error rules say nothing.
    private func refused(_ reply: HTTPReply, _ life: JobProtocol, from target: HTTPCall.Target) -> CallFailure {
        let parsed = ParsedReply(reply, call: .fetch)
        if target.origin == base.origin, let failure = failures.failure(parsed, life: life) { return failure }
        let kind: CallFailure.Kind =
            switch reply.status {
            case 403, 404, 410: .gone
            case 429: .throttled(retryAfter: reply.headers["retry-after"].flatMap { RetryAfter.pause($0, now: failures.now()) })
            case 500...: .server
            default: .badContent
            }
        return CallFailure(kind, "\(target) answered \(reply.status) instead of the result", httpStatus: reply.status)
    }
}
