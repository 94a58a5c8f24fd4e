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
    private let entries: [Entry]
    private var asked: Set<String> = []

    /// Nil, with a problem noted, where `node` is no mapping.
    init?(_ node: Node, _ what: String, _ log: ProblemLog) {
        guard let entries = node.mapping else {
            log.note(DefinitionCode.wrongType, "\(what) is \(node.typeName), not a mapping", at: node.place)
            return nil
        }
        self.node = node
        self.what = what
        self.log = log
        self.entries = entries
    }

    func node(_ key: String) -> Node? {
        asked.insert(key)
        return entries.first { $0.name == key && !$0.value.isNull }?.value
    }

    func required(_ key: String) -> Node? {
        if let node = node(key) { return node }
        log.note(DefinitionCode.missingKey, "\(what) lacks `\(key)`", at: node.place.firstLine)
        return nil
    }

    /// The mapping under `key` as a reader of its own.
    func fields(_ key: String, _ what: String) -> FieldReader? { node(key).flatMap { FieldReader($0, what, log) } }

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
        if node.sequence == nil { wrongType(node, key, "a list") }
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
            wrongType(node, key, "true or false")
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
    func parsed<Result>(_ key: String, _ form: String, _ read: (String) -> Result?) -> Result? {
        node(key).flatMap { parsed($0, key, form, read) }
    }

    func parsed<Result>(_ node: Node, _ key: String, _ form: String, _ read: (String) -> Result?) -> Result? {
        guard let text = text(node, key) else { return nil }
        guard let result = read(text) else {
            log.note(DefinitionCode.malformed, "`\(key): \(text.prefix(60))` is not \(form)", at: node.place)
            return nil
        }
        return result
    }

    /// Notes every key that was not asked for.
    func finish() {
        for entry in entries where !asked.contains(entry.name) {
            log.note(
                DefinitionCode.unknownKey, "\(what) has no key `\(entry.name)`", at: entry.key.place,
                suggestion: Suggestion.text(for: entry.name, among: asked))
        }
    }

    func wrongType(_ node: Node, _ key: String, _ expected: String) {
        log.note(DefinitionCode.wrongType, "`\(key)` is \(node.typeName), not \(expected)", at: node.place)
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
                suggestion: Suggestion.text(for: text, among: Word.allCases.map(\.rawValue)))
            return nil
        }
        return word
    }
}

extension SourcePlace {
    /// Where it starts, for what is said of the whole.
    fileprivate var firstLine: SourcePlace { SourcePlace(file: file, start: start, end: start) }
}
