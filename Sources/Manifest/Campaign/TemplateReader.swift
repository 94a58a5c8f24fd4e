import Foundation
import Pipeline
import YAML

/// Reads values that may hold expressions.
extension ManifestReader {
    /// Nil where an expression in it could not be read, which was reported.
    mutating func template(_ node: Node) -> ValueTemplate? {
        switch node.content {
        case .scalar(let scalar):
            guard TextTemplate.holdsExpression(scalar.text) else {
                return checkMarks([scalar.text], in: scalar.text, at: node.place) ? .constant(scalar.value, node.place) : nil
            }
            return textTemplate(scalar.text, at: node.place).map(ValueTemplate.text)
        case .sequence(let nodes):
            let elements = nodes.map { template($0) }
            let readable = elements.compactMap { $0 }
            guard readable.count == elements.count else { return nil }
            let values = readable.compactMap(\.constant)
            return values.count == readable.count ? .constant(.list(values), node.place) : .list(readable, node.place)
        case .mapping(let entries):
            var members: [ValueTemplate.Member] = []
            var isReadable = true
            for entry in entries {
                if let value = template(entry.value) {
                    members.append(ValueTemplate.Member(name: entry.name, value: value))
                } else {
                    isReadable = false
                }
            }
            guard isReadable else { return nil }
            let values = members.compactMap { member in member.value.constant.map { (member.name, $0) } }
            guard values.count == members.count else { return .map(members, node.place) }
            return .constant(.map(Dictionary(values, uniquingKeysWith: { first, _ in first })), node.place)
        }
    }

    mutating func textTemplate(_ text: String, at place: SourcePlace, isBare: Bool = false) -> TextTemplate? {
        do {
            let template = try TextTemplate(text, at: place, isBare: isBare)
            let texts = template.parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
            return checkMarks(texts, in: text, at: place) ? template : nil
        } catch {
            findings.add(error.diagnostic(in: text, at: place, places: places))
            return nil
        }
    }
}

extension ManifestReader {
    /// Reports what is written like an expression of another tool: `{{ vars.product }}`, `${vars.product}`, `$vars.product`. As text it would be
    /// sent, and paid for.
    ///
    /// - Returns: whether there is none.
    private mutating func checkMarks(_ texts: [String], in whole: String, at place: SourcePlace) -> Bool {
        for text in texts where text.utf8.contains(UInt8(ascii: "{")) || text.utf8.contains(UInt8(ascii: "$")) {
            guard
                let found = text.firstMatch(of: #/(?:\$?\{\{?\s*|\$)(?<name>(?:vars|env|each|steps)\.[\p{L}_][\p{L}\p{N}_.\-]*)\s*\}{0,2}/#)
            else { continue }
            let written = String(found.0)
            let start = whole.range(of: written).map { whole.unicodeScalars.distance(from: whole.startIndex, to: $0.lowerBound) } ?? 0
            let problem = ExpressionProblem(
                ManifestCode.otherExpressionMark, "`\(written.shortened)` is text, no expression",
                at: start..<start + written.unicodeScalars.count, cause: "it would be sent to the provider as it is written",
                suggestion: "write `${{ \(String(found.name).shortened) }}`, in quotes")
            findings.add(problem.diagnostic(in: whole, at: place, places: places))
            return false
        }
        return true
    }
}

extension ValueTemplate {
    /// The value where there is no expression in it.
    fileprivate var constant: Value? {
        if case .constant(let value, _) = self { value } else { nil }
    }
}

extension ExpressionProblem {
    /// The problem at the place it has in the file.
    func diagnostic(in text: String, at place: SourcePlace, places: ScalarPlaces, notes: [Diagnostic.Note] = []) -> Diagnostic {
        Diagnostic(
            code: code, message, at: places.place(of: range, in: text, at: place), cause: cause, suggestion: suggestion, notes: notes)
    }
}
