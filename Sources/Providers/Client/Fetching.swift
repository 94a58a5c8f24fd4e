import Definitions
package import Foundation
package import Pipeline

/// A result on disk: whole, checked and forced to disk, under its temporary name.
package struct FetchedFile: Hashable, Sendable {
    /// SHA-256 in lower-case hex.
    package let sha256: String
    package let bytes: Int
    /// What the content is, whatever the server called it.
    package let mediaType: MediaType
    /// In pixels; nil where a clip does not say.
    package let width: Int?
    package let height: Int?

    package init(sha256: String, bytes: Int, mediaType: MediaType, width: Int?, height: Int?) {
        self.sha256 = sha256
        self.bytes = bytes
        self.mediaType = mediaType
        self.width = width
        self.height = height
    }
}

extension ProviderClient {
    /// Downloads one output of an ended job to `part`, and proves that it is a whole picture or clip.
    ///
    /// `part` is made anew with mode 0600 (its folder must exist); a file of that name is replaced, and after a failure there is none.
    /// Where a reply lists results as URLs, that reply is asked for first: it is the request that counts; the download from elsewhere
    /// is not counted.
    ///
    /// - Parameter output: position among the job's own outputs, from 0.
    package func fetch(
        _ job: AcceptedJob, operation: Pipeline.Operation, output: Int, kind: MediaKind, into part: URL
    ) async -> Result<FetchedFile, CallFailure> {
        let life: JobProtocol
        var scope: TemplateScope
        switch self.life(of: job, operation: operation) {
        case .failure(let failure): return .failure(failure)
        case .success(let found): (life, scope) = found
        }
        scope["index"] = .int(output)
        if let kept = job.context[JobContext.output(output)] { return await fetch(listed: kept, life, kind, into: part) }
        for case .request(let path, let query) in life.outputs[kind] ?? [] {
            do throws(RenderProblem) {
                let target = base.target(try path.renderedPath(scope), query: query.renderedQuery(scope))
                return await download(target, life, kind, into: part)
            } catch {
                return .failure(refusal(error))
            }
        }
        switch await reply(about: job, life, scope, life.result == nil ? .poll : .result) {
        case .failure(let failure): return .failure(failure)
        case .success(let reply):
            if let failure = failures.failure(reply, life: life) { return .failure(failure) }
            let withheld = reply.json.flatMap { life.withheld?.values(in: $0) } ?? []
            if withheld.indices.contains(output), withheld[output] == .bool(true) {
                return .failure(CallFailure(.policy, "\(definition.title) withheld this output", httpStatus: reply.status))
            }
            let listed = life.listedOutputs(in: reply.json ?? .null, kind, scope)
            guard listed.indices.contains(output) else {
                let message = "\(definition.title) lists \(listed.count) outputs, and number \(output + 1) was asked for"
                return .failure(CallFailure(.notReady, message, httpStatus: reply.status))
            }
            return await fetch(listed: listed[output], life, kind, into: part)
        }
    }

    /// One GET of the API, with the key, into a file.
    private func download(
        _ target: HTTPCall.Target, _ life: JobProtocol, _ kind: MediaKind, into part: URL
    ) async -> Result<FetchedFile, CallFailure> {
        if let failure = refusedKey { return .failure(failure) }
        let path = part.path(percentEncoded: false)
        do throws(HTTPFault) {
            let call = HTTPCall(method: .get, target: target, timeout: http.policy.downloadTimeout)
            let result = try await inTurn(target) { () async throws(HTTPFault) in
                try await http.download(call, credential: credential, to: path, limit: http.policy.maxBytes(of: kind))
            }
            switch result {
            case .file(let file): return await settle(file, kind)
            case .other(let reply):
                let parsed = ParsedReply(reply, call: .fetch)
                return .failure(failures.failure(parsed, life: life) ?? failures.unreadable(parsed, "instead of a file"))
            }
        } catch {
            return .failure(failures.failure(error, call: .fetch))
        }
    }

    /// Checks a received file, and removes it where it does not hold what was asked for.
    func settle(_ file: ReceivedFile, _ kind: MediaKind) async -> Result<FetchedFile, CallFailure> {
        do {
            let media = try await file.settle(as: kind, excerpt: failures.excerpt)
            return .success(
                FetchedFile(
                    sha256: file.sha256, bytes: file.bytes, mediaType: media.type, width: media.size?.width, height: media.size?.height))
        } catch {
            try? FileManager.default.removeItem(atPath: file.path)
            switch error {
            case let problem as MediaProblem:
                return .failure(
                    CallFailure(.badContent, "\(definition.title) sent a file that is not what was asked for: \(problem.message)"))
            case let fault as HTTPFault:
                return .failure(failures.failure(fault, call: .fetch))
            default:
                return .failure(CallFailure(.cannotWrite, failures.excerpt.text("\(file.path): \(error)")))
            }
        }
    }
}

extension HTTPPolicy {
    func maxBytes(of kind: MediaKind) -> Int { kind == .image ? maxImageBytes : maxVideoBytes }
}
