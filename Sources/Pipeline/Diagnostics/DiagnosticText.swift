/// Diagnostics as text for people, in the form compilers use: place, message, the line with a caret, cause and suggestion.
package struct DiagnosticText: Sendable {
    private let lines: [String: [Substring]]

    /// - Parameter sources: the text of each file that a diagnostic may name.
    package init(sources: [String: String]) {
        lines = sources.mapValues { $0.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" } }
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
        let text = fileLines[place.start.line - 1]
        let start = Self.index(of: place.start, in: text)
        // Only what is shown is looked at: a line may have megabytes.
        let head = text.unicodeScalars[..<start].suffix(60).map(Self.shown)
        let tail = text.unicodeScalars[start...].prefix(120 - head.count).map(Self.shown)
        let width = place.end.line == place.start.line ? max(1, place.end.column - place.start.column) : tail.count
        let line = Self.text(head + tail)
        let before = String(repeating: " ", count: DisplayWidth.of(Self.text(head)))
        let underlined = DisplayWidth.of(Self.text(tail.prefix(width)))
        let caret = before + "^" + String(repeating: "~", count: max(0, underlined - 1))
        let gutter = "\(place.start.line)"
        return "\n \(gutter) | \(line)\n \(String(repeating: " ", count: gutter.count)) | \(caret)"
    }

    /// Where `position` is in its line: by its offset in the file, else (of a file read in another form) by its column.
    private static func index(of position: SourcePosition, in line: Substring) -> Substring.Index {
        let file = line.base.utf8
        if let index = file.index(file.startIndex, offsetBy: position.offset, limitedBy: file.endIndex), index >= line.startIndex,
            index <= line.endIndex, let exact = index.samePosition(in: line.base.unicodeScalars)
        {
            return exact
        }
        let scalars = line.unicodeScalars
        return scalars.index(scalars.startIndex, offsetBy: max(position.column - 1, 0), limitedBy: scalars.endIndex) ?? scalars.endIndex
    }

    private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar { scalar.value < 0x20 ? " " : scalar }

    private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}
