import Definitions
import Pipeline

/// Why a template gave no request. One sentence without a full stop.
struct RenderProblem: Error, Hashable, Sendable {
    let message: String

    init(_ message: String) { self.message = message }
}

extension Template {
    /// The value it stands for; nil where a placeholder has none, so that the entry or element around it is left out.
    func rendered(_ scope: TemplateScope) -> Value? {
        switch self {
        case .constant(let value): value
        case .placeholder(let placeholder): scope.value(placeholder)
        case .text(let text): text.rendered(scope).map(Value.text)
        case .list(let elements): .list(elements.flatMap { $0.renderedElements(scope) })
        case .map(let entries): .map(entries.compactMapValues { $0.rendered(scope) })
        }
    }

    /// As elements of a list: a placeholder that stands for a list becomes all of that list's elements.
    private func renderedElements(_ scope: TemplateScope) -> [Value] {
        guard let value = rendered(scope) else { return [] }
        if case .placeholder = self, let list = value.list { return list }
        return [value]
    }
}

extension TextTemplate {
    /// Plain text; nil where a placeholder has no value.
    func rendered(_ scope: TemplateScope) -> String? {
        var out = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): out += literal
            case .placeholder(let placeholder):
                guard let value = scope.value(placeholder) else { return nil }
                out += value.inlineText
            }
        }
        return out
    }

    /// A path whose every value is encoded as one segment, or, where it holds several, segment by segment.
    ///
    /// - Throws: where a value is missing, or could lead elsewhere (`..`, a slash in a job id).
    func renderedPath(_ scope: TemplateScope) throws(RenderProblem) -> String {
        var out = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): out += literal
            case .placeholder(let placeholder):
                guard let text = scope.value(placeholder)?.inlineText else {
                    throw RenderProblem("the path needs \(placeholder), which has no value")
                }
                do {
                    out += scope.holdsManySegments(placeholder) ? try PathEncoding.segments(text) : try PathEncoding.segment(text)
                } catch {
                    throw RenderProblem("unsafe path value \"\(text.prefix(80))\" for \(placeholder)")
                }
            }
        }
        // Two harmless pieces side by side may still make a step upwards.
        guard out.split(separator: "/", omittingEmptySubsequences: true).allSatisfy({ $0 != "." && $0 != ".." }) else {
            throw RenderProblem("unsafe path value in \"\(out.prefix(80))\"")
        }
        return out
    }
}

extension [String: Template] {
    /// A query string with sorted names and its leading `?`; empty where nothing has a value.
    func renderedQuery(_ scope: TemplateScope) -> String {
        let items = keys.sorted().compactMap { name in
            self[name]?.rendered(scope).map { "\(PathEncoding.query(name))=\(PathEncoding.query($0.inlineText))" }
        }
        return items.isEmpty ? "" : "?" + items.joined(separator: "&")
    }
}
