/// Diagnostics as text for people, in the form compilers use: place, message, the line with a caret, cause and suggestion.
package struct DiagnosticText: Sendable {
    private let lines: [String: [Substring]]

    /// - Parameter sources: the text of each file that a diagnostic may name.
    package init(sources: [String: String]) {
        lines = sources.mapValues { $0.split(separator: "\n", omittingEmptySubsequences: false) }
    }

    /// One diagnostic over several lines, ending without a newline.
    package func text(of diagnostic: Diagnostic) -> String {
        var out = "\(diagnostic.place.map { "\($0): " } ?? "")\(diagnostic.severity.rawValue)[\(diagnostic.code)]: \(diagnostic.message)"
        out += excerpt(diagnostic.place)
        if let cause = diagnostic.cause { out += "\n  = \(cause)" }
        if let suggestion = diagnostic.suggestion { out += "\n  help: \(suggestion)" }
        for note in diagnostic.notes {
            out += "\n  \(note.place.map { "\($0): " } ?? "")note: \(note.message)" + excerpt(note.place)
        }
        return out
    }

    /// All of them, an empty line between two, and a closing count.
    package func text(of diagnostics: [Diagnostic]) -> String {
        let errors = diagnostics.count { $0.severity == .error }
        let warnings = diagnostics.count - errors
        var counts: [String] = []
        if errors > 0 { counts.append(errors == 1 ? "1 error" : "\(errors) errors") }
        if warnings > 0 { counts.append(warnings == 1 ? "1 warning" : "\(warnings) warnings") }
        return (diagnostics.map(text(of:)) + [counts.joined(separator: ", ")]).joined(separator: "\n\n")
    }

    /// The line at `place` with a caret under what is meant; empty where the text is not at hand. Long lines are cut around the caret.
    private func excerpt(_ place: SourcePlace?) -> String {
        guard let place, let fileLines = lines[place.file], fileLines.indices.contains(place.start.line - 1) else { return "" }
        let scalars = Array(fileLines[place.start.line - 1].unicodeScalars).map { $0 == "\t" || $0.value < 0x20 ? " " : $0 }
        let column = min(max(place.start.column - 1, 0), scalars.count)
        let width = place.end.line == place.start.line ? max(1, place.end.column - place.start.column) : max(1, scalars.count - column)
        let from = max(0, min(column - 60, scalars.count))
        let shown = scalars[from..<min(scalars.count, from + 120)]
        var line = ""
        line.unicodeScalars.append(contentsOf: shown)
        var caret = ""
        for scalar in scalars[from..<column] { caret += scalar.isWide ? "  " : " " }
        let underlined = scalars[column..<min(scalars.count, column + width, from + 120)]
        caret += "^" + String(repeating: "~", count: max(0, underlined.reduce(0) { $0 + ($1.isWide ? 2 : 1) } - 1))
        let gutter = "\(place.start.line)"
        return "\n \(gutter) | \(line)\n \(String(repeating: " ", count: gutter.count)) | \(caret)"
    }
}

extension Unicode.Scalar {
    /// Whether a terminal draws it two columns wide (East Asian wide and emoji blocks).
    fileprivate var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
