import Pipeline
import YAML

/// Reads the fields of one mapping and notes what is wrong with them; a null value counts as absent.
///
/// Every accessor returns nil where the field is absent or unusable, so a reader asks for all of its fields, calls `finish()`, and only
/// then gives up: all problems are found in one pass.
final class FieldReader {
    let node: Node
    /// For messages: `operation t2i`.
    let what: String
    let log: ProblemLog
    /// What the mapping may have; nothing else is read.
    private let keys: KeyTable
    private let entries: [Entry]
    private var asked: Set<String> = []

    /// Nil, with a problem noted, where `node` is no mapping.
    init?(_ node: Node, _ what: String, _ keys: KeyTable, _ log: ProblemLog) {
        guard let entries = node.mapping else {
            log.note(DefinitionCode.wrongType, "\(what) is \(node.typeName), not a mapping", at: node.place)
            return nil
        }
        self.node = node
        self.what = what
        self.keys = keys
        self.log = log
        self.entries = entries
    }

    func node(_ key: String) -> Node? {
        guard keys.contains(key) else { return nil }
        asked.insert(key)
        return entries.first { $0.name == key && !$0.value.isNull }?.value
    }

    func required(_ key: String) -> Node? {
        if let node = node(key) { return node }
        log.note(
            DefinitionCode.missingKey, "\(what) lacks `\(key)`", at: node.place.firstLine, cause: meaning(of: key),
            suggestion: "add `\(key):\(keys[key]?.shape.example.map { " " + $0 } ?? "")`")
        return nil
    }

    /// The mapping under `key` as a reader of its own.
    func fields(_ key: String, _ what: String, _ keys: KeyTable) -> FieldReader? {
        node(key).flatMap { FieldReader($0, what, keys, log) }
    }

    /// The entries of the mapping under `key`; none where it is absent.
    func entries(_ key: String) -> [Entry] {
        guard let node = node(key) else { return [] }
        guard let entries = node.mapping else {
            wrongType(node, key, "a mapping")
            return []
        }
        return entries
    }

    func list(_ key: String) -> [Node]? {
        guard let node = node(key) else { return nil }
        if node.sequence == nil { wrongType(node, key, "a list", suggestion: node.scalarText.map { "write `[\($0.prefix(60))]`" }) }
        return node.sequence
    }

    func text(_ key: String) -> String? { text(node(key), key) }
    func requiredText(_ key: String) -> String? { text(required(key), key) }

    func texts(_ key: String) -> [String]? { list(key)?.compactMap { text($0, key) } }

    func int(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let node = node(key) else { return nil }
        guard let int = node.scalar?.value.int else {
            wrongType(node, key, "a whole number")
            return nil
        }
        guard range.contains(int) else {
            log.note(DefinitionCode.malformed, "`\(key)` is \(int), not from \(range.lowerBound) to \(range.upperBound)", at: node.place)
            return nil
        }
        return int
    }

    func bool(_ key: String) -> Bool? {
        guard let node = node(key) else { return nil }
        guard case .bool(let bool)? = node.scalar?.value else {
            let isQuoted = node.scalarText == "true" || node.scalarText == "false"
            wrongType(node, key, "true or false", suggestion: isQuoted ? "leave the quotes out" : nil)
            return nil
        }
        return bool
    }

    /// A word of a fixed set.
    func word<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type = Word.self) -> Word? where Word.RawValue == String {
        node(key).flatMap { word($0, key) }
    }

    /// The words of a list, each of a fixed set.
    func words<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type = Word.self) -> [Word]? where Word.RawValue == String {
        list(key)?.compactMap { word($0, key) }
    }

    /// What `read` makes of a text, or a problem that says what form is expected.
    ///
    /// - Parameter help: what to write instead of a text that is not of that form.
    func parsed<Result>(_ key: String, _ form: String, _ read: (String) -> Result?, help: (String) -> String? = { _ in nil }) -> Result? {
        node(key).flatMap { parsed($0, key, form, read, help: help) }
    }

    func parsed<Result>(
        _ node: Node, _ key: String, _ form: String, _ read: (String) -> Result?, help: (String) -> String? = { _ in nil }
    ) -> Result? {
        guard let text = text(node, key) else { return nil }
        guard let result = read(text) else {
            log.note(DefinitionCode.malformed, "`\(key): \(text.prefix(60))` is not \(form)", at: node.place, suggestion: help(text))
            return nil
        }
        return result
    }

    /// Notes every key that was not asked for.
    func finish() {
        for entry in entries where !asked.contains(entry.name) {
            log.note(
                DefinitionCode.unknownKey, "\(what) has no key `\(entry.name)`", at: entry.key.place,
                suggestion: Suggestion.nearest(to: entry.name, among: asked).map { "did you mean `\($0)`?" }
                    ?? (isCondition(entry.name) ? "put it under `when:`" : Self.list(keys.names.filter(asked.contains))))
        }
    }

    /// Whether the key is a test that belongs under `when`.
    private func isCondition(_ name: String) -> Bool {
        keys.contains("when") && (DefinitionKeys.conditionKeys.contains(name) || name.hasPrefix("/"))
    }

    private static func list(_ names: [String]) -> String { "known here: " + names.map { "`\($0)`" }.joined(separator: ", ") }

    func wrongType(_ node: Node, _ key: String, _ expected: String, suggestion: String? = nil) {
        log.note(DefinitionCode.wrongType, "`\(key)` is \(node.typeName), not \(expected)", at: node.place, suggestion: suggestion)
    }

    /// What the key says, as a cause of a message about it.
    private func meaning(of key: String) -> String? {
        keys[key].map { known in
            let summary = known.summary.hasSuffix(".") ? known.summary.dropLast() : known.summary[...]
            return "it says: " + summary.prefix(1).lowercased() + summary.dropFirst()
        }
    }

    /// A scalar's text; numbers are taken as they are written.
    private func text(_ node: Node?, _ key: String) -> String? {
        guard let node else { return nil }
        if node.scalarText == nil { wrongType(node, key, "text") }
        return node.scalarText
    }

    private func word<Word: RawRepresentable & CaseIterable>(_ node: Node, _ key: String) -> Word? where Word.RawValue == String {
        guard let text = text(node, key) else { return nil }
        guard let word = Word(rawValue: text) else {
            log.note(
                DefinitionCode.unknownWord, "`\(key)` can't be `\(text.prefix(60))`", at: node.place,
                suggestion: Suggestion.text(for: text, among: Word.allCases.map(\.rawValue)) ?? Self.list(Word.allCases.map(\.rawValue)))
            return nil
        }
        return word
    }
}

extension SourcePlace {
    /// Where it starts, for what is said of the whole.
    fileprivate var firstLine: SourcePlace { SourcePlace(file: file, start: start, end: start) }
}
