import Foundation
package import Pipeline

/// Holds a node against a shape: the plain way to check a file whose values mean just what their shapes say.
package struct ShapeCheck: Sendable {
    /// The codes that a kind of file has for its problems.
    package struct Codes: Sendable {
        let unknownKey, missingKey, wrongType, malformed, unknownWord: String

        package init(unknownKey: String, missingKey: String, wrongType: String, malformed: String, unknownWord: String) {
            self.unknownKey = unknownKey
            self.missingKey = missingKey
            self.wrongType = wrongType
            self.malformed = malformed
            self.unknownWord = unknownWord
        }
    }

    private let codes: Codes

    package init(_ codes: Codes) { self.codes = codes }

    /// Every problem of `node`; with none, all of it can be read as `shape` says.
    ///
    /// - Parameter what: the node in messages: `the file`, `` `requests` ``.
    package func problems(of node: Node, as shape: Shape, called what: String) -> [Diagnostic] {
        switch shape {
        case .any: []
        case .shared(_, let shape): problems(of: node, as: shape, called: what)
        case .mapping(let table, let others): mapping(node, table, others, what)
        case .named(let form, let shape, let count): named(node, form, shape, count, what)
        case .list(let element, let count): list(node, element, count, what)
        case .either(let shapes): either(node, shapes, what)
        default: scalar(node, shape, what)
        }
    }

    // MARK: Collections

    private func mapping(_ node: Node, _ table: KeyTable, _ others: Shape?, _ what: String) -> [Diagnostic] {
        guard let entries = node.mapping else { return [wrongType(node, what, "a mapping")] }
        let written = entries.filter { !($0.value.isNull && table.isNullAbsent) }
        var found: [Diagnostic] = []
        for entry in entries {
            if let key = table[entry.name] {
                guard !(entry.value.isNull && table.isNullAbsent) else { continue }
                found += problems(of: entry.value, as: key.shape, called: "`\(key.name)`")
            } else if let others {
                found += problems(of: entry.value, as: others, called: "`\(Self.short(entry.name))`")
            } else {
                found.append(
                    Diagnostic(
                        code: codes.unknownKey, "\(what) has no key `\(Self.short(entry.name))`", at: entry.key.place,
                        suggestion: Suggestion.text(for: entry.name, among: table.names)
                            ?? "known here: " + table.names.map { "`\($0)`" }.joined(separator: ", ")))
            }
        }
        // What is misspelt is not missing as well.
        let meant = entries.compactMap { table.contains($0.name) ? nil : Suggestion.nearest(to: $0.name, among: table.names) }
        for key in table.keys where key.isRequired && !written.contains(where: { $0.name == key.name }) && !meant.contains(key.name) {
            found.append(
                Diagnostic(
                    code: codes.missingKey, "\(what) lacks `\(key.name)`",
                    at: SourcePlace(file: node.place.file, start: node.place.start, end: node.place.start), cause: key.summary,
                    suggestion: "add `\(key.name):\(key.shape.example.map { " " + $0 } ?? "")`"))
        }
        return found
    }

    private func named(_ node: Node, _ form: TextForm, _ shape: Shape, _ count: Int, _ what: String) -> [Diagnostic] {
        guard let entries = node.mapping else { return [wrongType(node, what, "a mapping")] }
        guard entries.count >= count else { return [malformed(node, "\(what) needs \(count) entries at least")] }
        return entries.flatMap { entry in
            text(entry.key, form, "a name in \(what)") + problems(of: entry.value, as: shape, called: "`\(Self.short(entry.name))`")
        }
    }

    private func list(_ node: Node, _ element: Shape, _ count: Int, _ what: String) -> [Diagnostic] {
        guard let elements = node.sequence else {
            return [wrongType(node, what, "a list", suggestion: node.scalarText.map { "write `[\(Self.short($0))]`" })]
        }
        guard elements.count >= count else { return [malformed(node, "\(what) needs \(count) elements at least")] }
        return elements.flatMap { problems(of: $0, as: element, called: what) }
    }

    /// What is wrong by the shape that the author seems to have meant: the one of the node's own kind.
    private func either(_ node: Node, _ shapes: [Shape], _ what: String) -> [Diagnostic] {
        let attempts = shapes.map { ($0, problems(of: node, as: $0, called: what)) }
        if attempts.contains(where: { $0.1.isEmpty }) { return [] }
        let isMeant: (Shape) -> Bool = { shape in
            switch shape {
            case .mapping, .named: node.mapping != nil
            case .list: node.sequence != nil
            default: node.scalar != nil
            }
        }
        let meant = attempts.filter { isMeant($0.0) }
        // Of several scalars the one that knows more than the type.
        return meant.first { $0.1.contains { $0.code != codes.wrongType } }?.1 ?? (meant.first ?? attempts.first)?.1 ?? []
    }

    // MARK: Scalars

    private func scalar(_ node: Node, _ shape: Shape, _ what: String) -> [Diagnostic] {
        let value = node.scalar?.value
        switch shape {
        case .text: return node.scalarText == nil || node.isNull ? [wrongType(node, what, "text")] : []
        case .form(let form): return text(node, form, what)
        case .whole(let range):
            guard let int = value?.int else { return [wrongType(node, what, "a whole number")] }
            guard !range.contains(int) else { return [] }
            let bounds = range.upperBound == .max ? "\(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
            return [malformed(node, "\(what) is \(int), not \(bounds)")]
        case .number(let range):
            let number: Decimal? =
                switch value {
                case .int(let int): Decimal(int)
                case .number(let number): number
                default: nil
                }
            guard let number else { return [wrongType(node, what, "a number")] }
            return range.contains(number)
                ? [] : [malformed(node, "\(what) is \(number), not from \(range.lowerBound) to \(range.upperBound)")]
        case .flag:
            if case .bool? = value { return [] }
            return [wrongType(node, what, "true or false")]
        case .words(let words, _): return word(node, words, what)
        case .values(let values):
            guard !values.contains(node.value) else { return [] }
            return [
                malformed(
                    node, "\(what) can't be \(node.typeName)", "write " + values.map { "`\($0.inlineText)`" }.joined(separator: " or "))
            ]
        case .nothing: return node.isNull ? [] : [wrongType(node, what, "nothing")]
        default: return []
        }
    }

    private func text(_ node: Node, _ form: TextForm, _ what: String) -> [Diagnostic] {
        guard let text = node.scalarText, !node.isNull else { return [wrongType(node, what, form.what)] }
        let matches: (String) -> Bool = { pattern in (try? Regex(pattern)).map { text.firstMatch(of: $0) != nil } ?? true }
        let isTaken = matches(form.pattern) && form.except.map { !matches($0) } != false && text.count <= form.maxLength ?? .max
        guard !isTaken else { return [] }
        return [malformed(node, "\(what) can't be `\(Self.short(text))`", "write \(form.what)")]
    }

    private func word(_ node: Node, _ words: [String], _ what: String) -> [Diagnostic] {
        guard let text = node.scalarText, !node.isNull else { return [wrongType(node, what, "one word")] }
        guard !words.contains(text) else { return [] }
        let known = "known here: " + words.map { "`\($0)`" }.joined(separator: ", ")
        return [
            Diagnostic(
                code: codes.unknownWord, "\(what) can't be `\(Self.short(text))`", at: node.place,
                suggestion: Suggestion.nearest(to: text, among: words).map { "did you mean `\($0)`?" } ?? known)
        ]
    }

    // MARK: Problems

    private func wrongType(_ node: Node, _ what: String, _ expected: String, suggestion: String? = nil) -> Diagnostic {
        Diagnostic(code: codes.wrongType, "\(what) is \(node.typeName), not \(expected)", at: node.place, suggestion: suggestion)
    }

    private func malformed(_ node: Node, _ message: String, _ suggestion: String? = nil) -> Diagnostic {
        Diagnostic(code: codes.malformed, message, at: node.place, suggestion: suggestion)
    }

    private static func short(_ text: String) -> Substring { text.prefix(60) }
}
