import Definitions
import Foundation
package import Pipeline

extension ProviderClient {
    /// Brings a file to the account.
    ///
    /// The content is compared with the plan's hash while it is sent; a file changed meanwhile is `.invalid`, and the form never closed.
    /// - Returns: the reference for later requests.
    package func upload(_ file: LocalFile) async -> Result<String, CallFailure> {
        guard let procedure = definition.uploads else { return .failure(CallFailure(.invalid, "\(definition.title) takes no uploads")) }
        guard procedure.types.contains(file.mediaType) else {
            return .failure(
                CallFailure(
                    .invalid, "\(file.path) is \(file.mediaType); \(definition.title) takes \(procedure.types.joined(separator: ", "))"))
        }
        guard file.bytes <= procedure.maxBytes else {
            return .failure(
                CallFailure(.invalid, "\(file.path) has \(file.bytes) bytes; \(definition.title) takes at most \(procedure.maxBytes)"))
        }
        guard let name = MultipartFile.fileName(file) else {
            return .failure(CallFailure(.invalid, "\(file.path) has no known digest"))
        }
        var scope = TemplateScope()
        scope["file"] = .map(["name": .text(name), "type": .text(file.mediaType), "size": .int(file.bytes)])
        for step in procedure.steps {
            switch await perform(step, file, scope) {
            case .failure(let failure): return .failure(failure)
            case .success(let kept): for (name, value) in kept { scope[name] = value }
            }
        }
        guard let reference = procedure.gives.rendered(scope), !reference.isEmpty, reference.utf8.count <= 4096 else {
            return .failure(CallFailure(.badContent, "\(definition.title) took the upload of \(file.path) and named no reference for it"))
        }
        return .success(reference)
    }

    /// One request of the procedure, and what of its reply is kept.
    private func perform(_ step: RequestTemplate, _ file: LocalFile, _ scope: TemplateScope) async -> Result<[String: Value], CallFailure> {
        let kind: CallKind = step.toUploadHost ? .put : .upload
        let request: HTTPCall
        do throws(RenderProblem) {
            request = step.toUploadHost ? try presignedCall(step, file, scope) : try uploadCall(step, file, scope)
        } catch {
            return .failure(refusal(error))
        }
        return await send(request, as: kind).flatMap { reply in
            if let failure = failures.failure(reply) { return .failure(failure) }
            var kept: [String: Value] = [:]
            for (name, pointer) in step.keep {
                guard let value = reply.json.flatMap({ pointer.first(in: $0) }), !value.inlineText.isEmpty, value.list == nil,
                    value.map == nil
                else {
                    return .failure(failures.unreadable(reply, "without the upload's \(name)"))
                }
                kept[name] = value
            }
            return .success(kept)
        }
    }

    private func uploadCall(_ step: RequestTemplate, _ file: LocalFile, _ scope: TemplateScope) throws(RenderProblem) -> HTTPCall {
        var call = try call(step, scope: scope, timeout: http.policy.uploadTimeout)
        call.connection = .single
        switch step.body {
        case .none, .json: break
        case .file: call.body = .file(FileBody(file))
        case .form(.map(let fields)):
            let whole = Template.placeholder(Placeholder(name: "file"))
            let plain = fields.filter { $0.value != whole }.sorted { $0.key < $1.key }
                .compactMap { name, value in value.rendered(scope).map { (name: name, value: $0.inlineText) } }
            guard let field = fields.first(where: { $0.value == whole })?.key, let form = MultipartFile(file, field: field, fields: plain),
                let type = HeaderField("Content-Type", form.contentType)
            else { throw RenderProblem("the upload form has no place for the file") }
            call.headers.append(type)
            call.body = .file(form.stream)
        case .form: throw RenderProblem("the upload form has no fields")
        }
        return call
    }

    private func takesUploads(_ origin: Origin) -> Bool {
        // With the API's own host the key would go along.
        guard origin != base.origin else { return false }
        if isFileHost(origin) { return true }
        guard origin.scheme == .https, case .listed(let hosts) = definition.host.uploads else { return false }
        return hosts.contains { origin.matches($0) }
    }

    /// Exactly the headers that were signed, and no key: the address itself is the permission.
    private func presignedCall(_ step: RequestTemplate, _ file: LocalFile, _ scope: TemplateScope) throws(RenderProblem) -> HTTPCall {
        guard let text = step.path.rendered(scope), let url = URL(string: text), let origin = Origin(url),
            let parts = URLComponents(url: url, resolvingAgainstBaseURL: true), takesUploads(origin)
        else { throw RenderProblem("\(definition.title) named an upload address that is none of its upload hosts") }
        let target = HTTPCall.Target(
            origin: origin, pathAndQuery: parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?" + $0 } ?? ""))
        var call = HTTPCall(
            method: step.method.wire, target: target, body: .file(FileBody(file)), connection: .single, timeout: http.policy.uploadTimeout)
        for (name, value) in step.headers.sorted(by: { $0.key < $1.key }) {
            guard let field = value.rendered(scope).flatMap({ HeaderField(name, $0.inlineText) }) else {
                throw RenderProblem("the header \(name) of the upload cannot be sent")
            }
            call.headers.append(field)
        }
        return call
    }
}
