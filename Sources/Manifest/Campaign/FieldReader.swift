import Pipeline
import YAML

/// What every part of the manifest is read with: mappings of known keys, fixed texts, names, choices.
extension ManifestReader {
    /// The entries of a mapping by name; unknown keys are reported. Nil where it is no mapping.
    mutating func fields(of node: Node, called what: String, keys: KeyTable) -> [String: Entry]? {
        guard let entries = node.mapping else {
            findings.error(
                ManifestCode.wrongType, "\(what) is a mapping, this is \(node.typeName)", at: node.place,
                suggestion: keys.contains("flowbatch")
                    ? "start the file with `flowbatch: 1`, every key on a line of its own"
                    : Self.mappingAdvice(node, example: keys.names.first.map { "\($0): …" } ?? "key: value"))
            return nil
        }
        var fields: [String: Entry] = [:]
        var misspelt: [(key: String, entry: Entry)] = []
        for entry in entries {
            if keys.contains(entry.name) {
                fields[entry.name] = entry
                continue
            }
            let meant = KeyAdvice.nearest(to: entry.name, among: keys.names)
            if let meant { misspelt.append((meant, entry)) }
            findings.error(
                ManifestCode.unknownKey, "unknown key `\(entry.name.shortened)`", at: entry.key.place,
                cause: "\(what) does not have it",
                suggestion: meant.map { "did you mean `\($0)`?" } ?? KeyAdvice.suggestion(for: entry.name, keys: keys.names))
        }
        // What is meant is read all the same, so that nothing is said to be missing that only is misspelt.
        for (key, entry) in misspelt where fields[key] == nil { fields[key] = entry }
        return fields
    }

    /// The entries of the mapping under `key`; none where nothing is written there.
    mutating func mapping(_ node: Node, of key: String) -> [Entry]? {
        if node.isNull { return [] }
        if let entries = node.mapping { return entries }
        findings.error(
            ManifestCode.wrongType, "`\(key)` takes a mapping, this is \(node.typeName)", at: node.place,
            suggestion: Self.mappingAdvice(node, example: key == "steps" ? "NAME:" : "key: value"))
        return nil
    }

    private static func mappingAdvice(_ node: Node, example: String) -> String {
        node.sequence == nil ? "write lines such as `\(example)` below it, indented" : "write `\(example)` in place of each `- `"
    }

    /// A text that is the same for every instance and run.
    mutating func fixedText(_ node: Node, of key: String) -> Located<String>? {
        guard let text = node.scalarText, !node.isNull else {
            findings.error(
                ManifestCode.wrongType, "`\(key)` takes a text, this is \(node.typeName)", at: node.place,
                suggestion: node.isNull ? "write one, or leave it out" : "write one text")
            return nil
        }
        if TextTemplate.holdsExpression(text) {
            findings.error(
                ManifestCode.notAllowedHere, "`\(key)` takes no expression", at: node.place,
                cause: "it has to be known before anything else is", suggestion: "write the value itself")
            return nil
        }
        return Located(text, at: node.place)
    }

    /// One of the words a key takes.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ node: Node, of key: String, as type: Choice.Type) -> Choice? {
        guard let text = fixedText(node, of: key) else { return nil }
        if let choice = Choice(rawValue: text.content) { return choice }
        findings.error(
            ManifestCode.badChoice, "`\(key)` cannot be `\(text.content.shortened)`", at: text.place,
            suggestion: Suggestion.text(for: text.content, among: Choice.allCases.map(\.rawValue)))
        return nil
    }

    /// Reports a name that expressions could not refer to.
    mutating func checkName(_ key: Node, what: String) {
        guard let name = key.scalarText, !Name.isValid(name) else { return }
        findings.error(
            ManifestCode.badName, "`\(name.shortened)` cannot name \(what)", at: key.place, cause: Name.rule,
            suggestion: Name.isValid(name.slug)
                ? "write `\(name.slug)`" : "write for example `\(what.split(separator: " ").last ?? "name")-1`")
    }

    /// Reports what the language has and this version of the program has not.
    mutating func notSupported(_ what: String, at place: SourcePlace, suggestion: String? = nil) {
        findings.error(
            ManifestCode.notSupported, "\(what) is not supported by this version yet", at: place, suggestion: suggestion)
    }
}
