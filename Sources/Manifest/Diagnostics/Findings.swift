import Pipeline

/// The problems found so far. Bounded, so that a hostile file cannot fill the memory with complaints about itself.
struct Findings {
    private(set) var all: [Diagnostic] = []
    private(set) var hasErrors = false
    private var seen: Set<Key> = []
    private static let most = 1000

    private struct Key: Hashable {
        let code: String
        let place: SourcePlace?
    }

    /// Whether what is added from now on is not shown.
    var isFull: Bool { all.count > Self.most }

    /// Whether a problem with this code was found at this very place.
    func contains(_ code: String, at place: SourcePlace?) -> Bool { seen.contains(Key(code: code, place: place)) }

    mutating func add(_ diagnostic: Diagnostic) {
        seen.insert(Key(code: diagnostic.code, place: diagnostic.place))
        if diagnostic.severity == .error { hasErrors = true }
        if all.count < Self.most {
            all.append(diagnostic)
        } else if all.count == Self.most {
            all.append(
                Diagnostic(
                    code: ManifestCode.tooManyProblems, "more than \(Self.most) problems; the rest is not shown", at: nil,
                    suggestion: "correct these first, then validate again"))
        }
    }

    mutating func add(contentsOf diagnostics: some Sequence<Diagnostic>) {
        for diagnostic in diagnostics { add(diagnostic) }
    }

    mutating func error(
        _ code: String, _ message: String, at place: SourcePlace?, cause: String? = nil, suggestion: String? = nil,
        notes: [Diagnostic.Note] = []
    ) {
        add(Diagnostic(code: code, message, at: place, cause: cause, suggestion: suggestion, notes: notes))
    }

    mutating func warning(
        _ code: String, _ message: String, at place: SourcePlace?, cause: String? = nil, suggestion: String? = nil,
        notes: [Diagnostic.Note] = []
    ) {
        add(Diagnostic(code: code, severity: .warning, message, at: place, cause: cause, suggestion: suggestion, notes: notes))
    }
}
