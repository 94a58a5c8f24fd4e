import Pipeline
import YAML

/// Why a manifest could not be edited as asked; for people.
package struct ManifestEditProblem: Error, Hashable, Sendable {
    package let message: String
}

/// Changes single values of a manifest and leaves everything else, comments and layout included, as it is.
package struct ManifestEdit: Sendable {
    /// The text as it is now.
    package private(set) var text: String

    package init(_ text: String) { self.text = text }

    /// Sets the text under a key of the manifest, such as `name` or `provider`.
    ///
    /// - Throws: where the manifest has no such key with a plain value.
    package mutating func set(_ key: String, to value: String) throws(ManifestEditProblem) {
        guard let node = try root()[key], node.scalar != nil else { throw ManifestEditProblem(message: "the manifest has no `\(key)`") }
        replace(node, with: Self.scalar(value))
    }

    /// Sets a variable of `vars`, which keeps its type: a text stays one whatever it looks like, a list takes a list.
    ///
    /// - Throws: where there is no such variable, or the value is of another type.
    package mutating func set(variable name: String, to value: String) throws(ManifestEditProblem) {
        let variables = try root()["vars"]
        guard let node = variables?[name] else {
            let names = variables?.mapping?.map(\.name) ?? []
            let hint = Suggestion.text(for: name, among: names).map { "; \($0)" } ?? ""
            throw ManifestEditProblem(message: "there is no variable `\(name)`\(hint)")
        }
        switch node.content {
        case .scalar: replace(node, with: Self.quoted(value))
        case .sequence:
            guard let elements = try? YAMLReader.read(value, file: "--var").sequence, !elements.isEmpty,
                elements.allSatisfy({ $0.scalar != nil })
            else { throw ManifestEditProblem(message: "`\(name)` is a list: write --var '\(name)=[\"one\", \"another\"]'") }
            replace(node, with: "[" + elements.map { Self.quoted($0.scalarText ?? "") }.joined(separator: ", ") + "]")
        case .mapping: throw ManifestEditProblem(message: "`\(name)` is a mapping; change it in the file")
        }
    }

    private func root() throws(ManifestEditProblem) -> Node {
        do {
            return try YAMLReader.read(text, file: "campaign.yaml")
        } catch {
            throw ManifestEditProblem(message: DiagnosticText(sources: ["campaign.yaml": text]).text(of: error.all))
        }
    }

    /// A block list reaches to the next token, past comments that are not its own: it is replaced up to its last element.
    private mutating func replace(_ node: Node, with new: String) {
        let end = node.sequence?.last?.place.end ?? node.place.end
        let closes = node.sequence != nil && text.utf8.dropFirst(node.place.start.offset).first == UInt8(ascii: "[")
        let bytes = Array(text.utf8)
        let upper = closes ? node.place.end.offset : end.offset
        guard node.place.start.offset <= upper, upper <= bytes.count else { return }
        text = String(decoding: bytes[..<node.place.start.offset] + Array(new.utf8) + bytes[upper...], as: UTF8.self)
    }

    /// Plain where it needs no quotes in any YAML reader.
    private static func scalar(_ text: String) -> String {
        let isWord = text.wholeMatch(of: #/[a-z][a-z0-9]*(?:-[a-z0-9]+)*/#) != nil
        return isWord && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(text) ? text : quoted(text)
    }

    /// As a double-quoted scalar (YAML 1.2, 7.3.1).
    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || (0x80...0x9F).contains(scalar.value):
                let hex = String(scalar.value, radix: 16)
                out += "\\x" + (hex.count < 2 ? "0" + hex : hex)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
