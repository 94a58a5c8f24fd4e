import Pipeline
import YAML

/// Reads requests and their templates.
enum RequestReader {
    /// The keys of a request that go on the wire; those of its use (`items`, `min` …) are its reader's.
    static func request(_ fields: FieldReader) -> RequestTemplate? {
        let target = target(fields)
        if target == nil, !fields.hasMethod {
            fields.log.note(
                DefinitionCode.missingKey, "\(fields.what) lacks `get`, `post` or `put`", at: fields.node.place,
                cause: "it says where the request goes", suggestion: "add such as `post: images`, the path below the provider's own")
        }
        let toUploadHost = uploadHost(fields)
        let replyURL = fields.pointer("reply_url")
        let headers = templates(fields, "headers")
        for entry in fields.entries("headers") where !FieldReader.isHeaderName(entry.name) {
            fields.log.note(
                DefinitionCode.malformed, "`\(entry.name.prefix(60))` is not a header's name that may be set", at: entry.key.place)
        }
        let query = templates(fields, "query")
        let body = body(fields)
        let extraAt = fields.pointer("extra") ?? JSONPointer(segments: [])
        var keep: [String: JSONPointer] = [:]
        for entry in fields.entries("keep") {
            keep[entry.name] = fields.parsed(entry.value, entry.name, "a JSON pointer such as `/path`") { JSONPointer($0) }
        }
        let validity = fields.duration("good_for")
        guard let (method, path, place) = target else { return nil }
        guard toUploadHost || isSafe(path) else {
            fields.log.note(
                DefinitionCode.unsafeAddress, "`\(method.rawValue)` is no path below the provider's own", at: place,
                cause: "a request's path comes after the definition's host and path, and never leaves them",
                suggestion: "write it without a leading `/`, a host, or `..`")
            return nil
        }
        return RequestTemplate(
            method: method, path: path, replyURL: replyURL, toUploadHost: toUploadHost, headers: headers, query: query, body: body,
            extraAt: extraAt, keep: keep, validity: validity)
    }

    /// A variant's change of a request.
    static func variant(_ node: Node, _ log: ProblemLog) -> RequestVariant? {
        guard let fields = FieldReader(node, "a variant", DefinitionKeys.variant, log) else { return nil }
        let condition = fields.condition()
        let request = fields.required("request").flatMap { FieldReader($0, "a variant's request", DefinitionKeys.variantRequest, log) }
        fields.finish()
        guard let condition, let request else { return nil }
        let target = target(request)
        let query = templates(request, "query")
        let json = request.node("json").map { template($0, log) }
        request.finish()
        if let (method, path, place) = target, !isSafe(path) {
            log.note(DefinitionCode.unsafeAddress, "`\(method.rawValue)` is no path below the provider's own", at: place)
            return nil
        }
        return RequestVariant(condition: condition, method: target?.0, path: target?.1, query: query, json: json)
    }

    static func template(_ node: Node, _ log: ProblemLog) -> Template {
        switch node.content {
        case .mapping(let entries):
            return .map(Dictionary(entries.map { ($0.name, template($0.value, log)) }, uniquingKeysWith: { first, _ in first }))
        case .sequence(let elements):
            return .list(elements.map { template($0, log) })
        case .scalar(let scalar):
            guard case .text(let text) = scalar.value else { return .constant(scalar.value) }
            guard let parsed = TemplateText.parse(text) else {
                log.note(
                    DefinitionCode.malformed, "`\(text.prefix(60))` is no template", at: node.place,
                    cause: "a placeholder is a name in braces: `{prompt}`, `{image.job}`")
                return .constant(.text(text))
            }
            if parsed.pieces.count == 1, let only = parsed.placeholders.first { return .placeholder(only) }
            return parsed.placeholders.isEmpty ? .constant(scalar.value) : .text(parsed)
        }
    }

    static func templates(_ fields: FieldReader, _ key: String) -> [String: Template] {
        Dictionary(
            fields.entries(key).filter { !$0.value.isNull }.map { ($0.name, template($0.value, fields.log)) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func target(_ fields: FieldReader) -> (RequestTemplate.Method, TextTemplate, SourcePlace)? {
        let written = [RequestTemplate.Method.get, .post, .put].compactMap { method in fields.node(method.rawValue).map { (method, $0) } }
        if written.count > 1 {
            fields.log.note(
                DefinitionCode.conflict, "\(fields.what) has two methods", at: written[1].1.place,
                suggestion: "keep one of `get`, `post`, `put`")
        }
        guard let (method, node) = written.first else { return nil }
        let path = fields.parsed(node, method.rawValue, "a path such as `jobs/{job}`") { TemplateText.parse($0) }
        return path.map { (method, $0, node.place) }
    }

    private static func uploadHost(_ fields: FieldReader) -> Bool {
        guard let node = fields.node("host") else { return false }
        if node.scalarText != "uploads" {
            fields.log.note(
                DefinitionCode.unsafeAddress, "a request's `host` can only be `uploads`", at: node.place,
                cause: "keys and files go to the definition's own hosts only",
                suggestion: "write `host: uploads`, and the host's name under `uploads` of the definition's `host`")
        }
        return node.scalarText == "uploads"
    }

    private static func body(_ fields: FieldReader) -> RequestTemplate.Body {
        let json = fields.node("json")
        let form = fields.node("form")
        let bytes = fields.node("bytes")
        let written = [json, form, bytes].compactMap { $0 }
        if written.count > 1 {
            fields.log.note(
                DefinitionCode.conflict, "\(fields.what) has two bodies", at: written[1].place,
                suggestion: "keep one of `json`, `form`, `bytes`")
        }
        for node in [json, form].compactMap({ $0 }) where node.mapping == nil { fields.wrongType(node, "body", "a mapping") }
        if let bytes, bytes.scalarText != "{file}" {
            fields.log.note(DefinitionCode.malformed, "`bytes` can only be `\"{file}\"`", at: bytes.place)
        }
        if let json { return .json(template(json, fields.log)) }
        if let form { return .form(template(form, fields.log)) }
        return bytes == nil ? .none : .file
    }

    /// Whether the path stays below the provider's own: no leading slash, no empty, `.` or `..` segment, no host, query or fragment.
    static func isSafe(_ path: TextTemplate) -> Bool {
        var text = ""
        for piece in path.pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .placeholder: text += "x"
            }
        }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        return segments.allSatisfy { segment in
            !segment.isEmpty && segment != "." && segment != ".."
                && segment.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || "-._~".utf8.contains(byte)
                }
        }
    }
}

extension FieldReader {
    fileprivate var hasMethod: Bool { [RequestTemplate.Method.get, .post, .put].contains { node($0.rawValue) != nil } }
}
