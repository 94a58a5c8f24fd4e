/// One problem in a manifest or definition: what is wrong, where, why, and what to write instead.
package struct Diagnostic: Error, Hashable, Sendable {
    package enum Severity: String, Sendable, Hashable, Codable {
        case error
        case warning
    }

    /// Another place that explains the problem (the first of two equal keys, a stop of a cycle).
    package struct Note: Hashable, Sendable {
        package let message: String
        package let place: SourcePlace?

        package init(_ message: String, at place: SourcePlace? = nil) {
            self.message = message
            self.place = place
        }
    }

    /// Stable: `FB1001`. Never reused for another problem.
    package let code: String
    package let severity: Severity
    /// One line, no full stop, names what the user wrote.
    package let message: String
    package let place: SourcePlace?
    /// Why it is a problem, where the message alone does not say.
    package let cause: String?
    /// What to do about it: `did you mean \`aspect_ratio\`?`
    package let suggestion: String?
    package let notes: [Note]

    package init(
        code: String, severity: Severity = .error, _ message: String, at place: SourcePlace?, cause: String? = nil,
        suggestion: String? = nil, notes: [Note] = []
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.place = place
        self.cause = cause
        self.suggestion = suggestion
        self.notes = notes
    }
}

/// Several problems found in one pass; thrown only to stop.
package struct Diagnostics: Error, Sendable {
    /// In the order of their places.
    package let all: [Diagnostic]

    package init(_ all: [Diagnostic]) {
        self.all = all.sorted { ($0.place?.file ?? "", $0.place?.start ?? .start) < ($1.place?.file ?? "", $1.place?.start ?? .start) }
    }

    package var hasErrors: Bool { all.contains { $0.severity == .error } }
}
