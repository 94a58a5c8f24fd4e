package import Foundation
package import Pipeline

/// A result that a person brings: a file of this machine, or what an address gives. Taken only as a whole picture or clip, like a download.
package struct GivenResult: Sendable {
    private static let maxRedirects = 5
    private let http: HTTPTransport
    private let excerpt = Excerpt(without: Secret(""))

    package init(http: HTTPTransport) { self.http = http }

    /// Brings `source`, a path or an `https` address, to `part`; where that fails there is no file.
    ///
    /// No key is sent anywhere. A redirect is followed to public hosts only.
    package func take(_ source: String, as kind: MediaKind, into part: URL) async -> Result<FetchedFile, CallFailure> {
        do throws(HTTPFault) {
            let limit = http.policy.maxBytes(of: kind)
            let isAddress = source.hasPrefix("https://") || source.hasPrefix("http://")
            let path = part.path(percentEncoded: false)
            let file = isAddress ? try await download(source, to: path, limit: limit) : try copy(source, to: path, limit: limit)
            do {
                let media = try await file.settle(as: kind, excerpt: excerpt)
                return .success(
                    FetchedFile(
                        sha256: file.sha256, bytes: file.bytes, mediaType: media.type, width: media.size?.width, height: media.size?.height)
                )
            } catch {
                try? FileManager.default.removeItem(at: part)
                if let problem = error as? MediaProblem { return .failure(failure(.badContent, source, problem.message)) }
                return .failure(failure(.cannotWrite, source, (error as? HTTPFault)?.message ?? "\(error)"))
            }
        } catch {
            switch error.kind {
            case .cannotWrite: return .failure(failure(.cannotWrite, source, error.message))
            case .unusableFile: return .failure(failure(.invalid, source, error.message))
            case .tooLarge, .truncated: return .failure(failure(.badContent, source, error.message))
            case .notSent, .lost, .refused: return .failure(failure(.notSent, source, error.message))
            }
        }
    }

    private func failure(_ kind: CallFailure.Kind, _ source: String, _ message: String) -> CallFailure {
        // A signed address is a secret of sorts: what follows its path is left out.
        let shown = source.hasPrefix("http") ? source.split(separator: "?", maxSplits: 1).first.map(String.init) ?? source : source
        return CallFailure(kind, "\(excerpt.text(shown)): \(message)")
    }

    private func copy(_ source: String, to path: String, limit: Int) throws(HTTPFault) -> ReceivedFile {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) else {
            throw HTTPFault(.unusableFile, "it is not there")
        }
        guard !isFolder.boolValue, let handle = FileHandle(forReadingAtPath: source) else {
            throw HTTPFault(.unusableFile, isFolder.boolValue ? "it is a folder" : "it cannot be read")
        }
        defer { try? handle.close() }
        let file = try PartFile(creating: path)
        do throws(HTTPFault) {
            while let chunk = try chunk(of: handle) {
                guard file.bytes + chunk.count <= limit else { throw HTTPFault(.tooLarge, "it is larger than the \(limit) bytes allowed") }
                try file.write(chunk)
            }
            return try file.finish()
        } catch {
            file.discard()
            throw error
        }
    }

    private func chunk(of handle: FileHandle) throws(HTTPFault) -> Data? {
        do { return try handle.read(upToCount: 1 << 20).flatMap { $0.isEmpty ? nil : $0 } } catch {
            throw HTTPFault(.unusableFile, "it cannot be read: \(error.fileProblem)")
        }
    }

    private func download(_ address: String, to path: String, limit: Int) async throws(HTTPFault) -> ReceivedFile {
        var next = address
        for redirect in 0...Self.maxRedirects {
            let target = try await target(next, isRedirected: redirect > 0)
            let call = HTTPCall(method: .get, target: target, timeout: http.policy.downloadTimeout)
            switch try await http.download(call, credential: nil, to: path, limit: limit) {
            case .file(let file): return file
            case .other(let reply):
                guard (300..<400).contains(reply.status), let location = reply.headers["location"],
                    let url = URL(string: location, relativeTo: URL(string: next))
                else { throw HTTPFault(.refused, "it answered \(reply.status)") }
                next = url.absoluteString
            }
        }
        throw HTTPFault(.refused, "it redirects more than \(Self.maxRedirects) times")
    }

    /// The address that a person typed is theirs to choose; where it leads from there is not.
    private func target(_ text: String, isRedirected: Bool) async throws(HTTPFault) -> HTTPCall.Target {
        guard let url = URL(string: text), let origin = Origin(url), let parts = URLComponents(url: url, resolvingAgainstBaseURL: true)
        else { throw HTTPFault(.refused, "it is no http or https address without a user in it") }
        if isRedirected, await !origin.isPublic() { throw HTTPFault(.refused, "it redirects to \(origin), which is no public address") }
        let path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
        return HTTPCall.Target(origin: origin, pathAndQuery: path + (parts.percentEncodedQuery.map { "?" + $0 } ?? ""))
    }
}

extension PreparedSubmission {
    /// The job of this submission under an id that a person found at the provider; nil where that can be no job's id.
    package func job(_ remoteID: String) -> AcceptedJob? { Self.jobID(remoteID).map { AcceptedJob(remoteID: $0, context: context) } }

    /// `text` as a job's id; nil where it can be none.
    package static func jobID(_ text: String) -> String? { JobID.read(.text(text)) }
}
