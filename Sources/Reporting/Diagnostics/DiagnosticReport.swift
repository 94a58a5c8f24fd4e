package import Pipeline

/// The forms in which `flowbatch validate` writes what it found (`--format`).
package enum DiagnosticFormat: String, Sendable, CaseIterable {
    /// For people: place, line, caret, cause, suggestion.
    case text
    /// For programs.
    case json
    /// GitHub Actions' workflow commands, which annotate the changed lines.
    case github
    /// SARIF 2.1.0, for code scanning.
    case sarif
}

/// Diagnostics in any of the forms: the one place where a format is matched.
package struct DiagnosticReport: Sendable {
    private let diagnostics: [Diagnostic]
    private let sources: [String: String]
    private let version: String
    private let explanations: [CodeExplanation]

    /// - Parameters:
    ///   - diagnostics: of all files, in the order they are to be told.
    ///   - sources: the text of each file by the name that diagnostics use; only the text form needs it.
    ///   - version: flowbatch's own, named in SARIF.
    ///   - explanations: what the codes mean, told in SARIF.
    package init(_ diagnostics: [Diagnostic], sources: [String: String], version: String, explanations: [CodeExplanation] = []) {
        self.diagnostics = diagnostics
        self.sources = sources
        self.version = version
        self.explanations = explanations
    }

    /// The whole output, ending with a line break; empty only where there is nothing to say in that form.
    package func text(as format: DiagnosticFormat) throws(ReportingError) -> String {
        switch format {
        case .text:
            readableText
        case .json: try ReportJSON.text(of: diagnostics.map(DiagnosticObject.init))
        case .github: diagnostics.map { WorkflowCommand($0).line + "\n" }.joined()
        case .sarif: try ReportJSON.text(of: SARIFLog(diagnostics, version: version, explanations: explanations))
        }
    }

    /// Cleaned of control characters, which a manifest may hold anywhere: no line of it is one that the manifest's author made up.
    private var readableText: String {
        guard !diagnostics.isEmpty else { return "" }
        let text = DiagnosticText(sources: sources).text(of: diagnostics.map(\.onOneLine))
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { Printable.line($0) + "\n" }.joined()
    }
}

extension Diagnostic {
    /// The same with each of its texts on one line.
    fileprivate var onOneLine: Diagnostic {
        Diagnostic(
            code: code, severity: severity, Printable.line(message), at: place, cause: cause.map { Printable.line($0) },
            suggestion: suggestion.map { Printable.line($0) }, notes: notes.map { Note(Printable.line($0.message), at: $0.place) })
    }
}

/// One diagnostic as the JSON form has it.
private struct DiagnosticObject: Encodable {
    struct Position: Encodable {
        let line: Int
        let column: Int
    }

    struct Note: Encodable {
        let message: String
        let file: String?
        let line: Int?
        let column: Int?
    }

    let code: String
    let severity: String
    let file: String?
    let line: Int?
    let column: Int?
    /// Just past the last character.
    let end: Position?
    let message: String
    let cause: String?
    let suggestion: String?
    let notes: [Note]

    init(_ diagnostic: Diagnostic) {
        code = diagnostic.code
        severity = diagnostic.severity.rawValue
        file = diagnostic.place?.file
        line = diagnostic.place?.start.line
        column = diagnostic.place?.start.column
        end = diagnostic.place.map { Position(line: $0.end.line, column: $0.end.column) }
        message = diagnostic.message
        cause = diagnostic.cause
        suggestion = diagnostic.suggestion
        notes = diagnostic.notes.map {
            Note(message: $0.message, file: $0.place?.file, line: $0.place?.start.line, column: $0.place?.start.column)
        }
    }
}
