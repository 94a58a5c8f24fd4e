import Definitions
import Foundation
import Pipeline

extension ProviderDefinition {
    /// Renders the request of one job.
    ///
    /// - Parameters:
    ///   - media: what a request says for a source: the reference its upload gave, or a mapping of `job` and `index`.
    /// - Throws: `RenderProblem` where something has no value, or one that cannot be sent.
    func submission(
        _ operation: Pipeline.Operation, arguments: [String: Argument], job: PlannedJob, media: (MediaSource) -> Value?, key: String,
        base: APIBase
    ) throws(RenderProblem) -> PreparedSubmission {
        guard let request = requestArguments(operation, arguments: arguments, job: job) else {
            throw RenderProblem("\(title) has no operation \(operation.rawValue)")
        }
        let definition = request.operation
        guard let life = jobProtocol(of: definition) else {
            throw RenderProblem("\(title) says nothing of the jobs of \(operation.rawValue)")
        }
        let scope = try scope(of: request, media: media)
        let template = definition.request
        let path = base.target(try template.path.renderedPath(scope), query: template.query.renderedQuery(scope)).pathAndQuery
        var headers: [HeaderField] = []
        let body: Data
        switch template.body {
        case .none: body = Data()
        case .json(let json):
            guard let rendered = json.rendered(scope) else { throw RenderProblem("the body of \(operation.rawValue) has no value") }
            body = Data(rendered.adding(request.extra, at: template.extraAt).canonicalJSON.utf8)
            headers += try fields(["Content-Type": "application/json"])
        case .form, .file:
            throw RenderProblem(
                "\(title) takes files within the request of \(operation.rawValue), which is not supported; use another model or provider")
        }
        headers += try fields(["Accept": "application/json", idempotency.header: key])
        headers += try fields(template.headers.compactMapValues { $0.rendered(scope)?.inlineText })
        var context: [String: String] = [JobContext.protocolName: definition.jobProtocol]
        for placeholder in JobContext.placeholders(of: life) where placeholder.field == nil {
            if let value = scope.value(placeholder) { context[placeholder.name] = value.inlineText }
        }
        return PreparedSubmission(
            operation: operation, key: key, fingerprint: fingerprint(operation, scope: scope),
            method: template.method.rawValue.uppercased(),
            path: path, headers: headers, body: body, jobProtocol: definition.jobProtocol, context: context)
    }

    /// Names of placeholders that hold several path segments: parameters of that kind, and what is derived from them.
    func manySegmentNames(_ operation: OperationDefinition?) -> Set<String> {
        Set((operation?.parameters ?? []).filter { $0.kind == .path }.map(\.name)).union(falApplications.keys)
    }

    private func scope(of request: RequestArguments, media: (MediaSource) -> Value?) throws(RenderProblem) -> TemplateScope {
        var scope = TemplateScope(manySegments: manySegmentNames(request.operation))
        for (name, argument) in request.values { scope[name] = try argument.value(media) }
        for (name, source) in falApplications {
            if let model = scope[source]?.text { scope[name] = .text(Self.falApplication(of: model)) }
        }
        if let first = request.operation.listedAs.first { scope["listed_as"] = .text(first) }
        return scope
    }

    /// Owner and application of a fal model, without its sub-path: requests about its jobs are addressed by it. Names in the spaces
    /// `workflows` and `comfy` have one segment more.
    static func falApplication(of model: String) -> String {
        let segments = model.split(separator: "/", omittingEmptySubsequences: false)
        let count = ["workflows", "comfy"].contains(segments.first ?? "") ? 3 : 2
        return segments.prefix(count).joined(separator: "/")
    }

    private func fingerprint(_ operation: Pipeline.Operation, scope: TemplateScope) -> SubmissionFingerprint? {
        guard case .listing(let listing)? = reconciliation else { return nil }
        let prompt = listing.match["prompt"]?.rendered(scope)?.text
        return SubmissionFingerprint(operation: operation, prompt: prompt.map(ListedText.normalized))
    }

    private func fields(_ headers: [String: String]) throws(RenderProblem) -> [HeaderField] {
        var fields: [HeaderField] = []
        for name in headers.keys.sorted() {
            guard let field = HeaderField(name, headers[name] ?? "") else {
                throw RenderProblem("the header \(name) cannot hold that value")
            }
            fields.append(field)
        }
        return fields
    }
}

extension Argument {
    /// With every media source replaced by what a request says for it.
    fileprivate func value(_ media: (MediaSource) -> Value?) throws(RenderProblem) -> Value {
        switch self {
        case .value(let value): return value
        case .media(let source):
            if let value = media(source) { return value }
            if case .url(let url) = source { return .text(url) }
            throw RenderProblem("a picture has not been brought to the provider yet")
        case .list(let elements):
            var values: [Value] = []
            for element in elements { values.append(try element.value(media)) }
            return .list(values)
        }
    }
}

extension Value {
    /// This with `extra` laid beside what the mapping at `pointer` has; what is there already stays.
    fileprivate func adding(_ extra: [String: Value], at pointer: JSONPointer) -> Value {
        guard !extra.isEmpty, let map else { return self }
        guard case .key(let key)? = pointer.segments.first else { return .map(map.merging(extra) { own, _ in own }) }
        var changed = map
        changed[key] = (map[key] ?? .map([:])).adding(extra, at: JSONPointer(segments: Array(pointer.segments.dropFirst())))
        return .map(changed)
    }
}
