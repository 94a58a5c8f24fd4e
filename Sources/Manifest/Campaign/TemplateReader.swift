import Pipeline
import YAML

/// Reads values that may hold expressions.
extension ManifestReader {
    /// Nil where an expression in it could not be read, which was reported.
    mutating func template(_ node: Node) -> ValueTemplate? {
        switch node.content {
        case .scalar(let scalar):
            guard TextTemplate.holdsExpression(scalar.text) else { return .constant(scalar.value, node.place) }
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
            return try TextTemplate(text, at: place, isBare: isBare)
        } catch {
            findings.add(error.diagnostic(in: text, at: place, places: places))
            return nil
        }
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
