import Pipeline

/// The problems of one reading, each once, however often the same text is read (a model repeats its operation).
final class ProblemLog {
    private(set) var all: [Diagnostic] = []
    private var seen: Set<Diagnostic> = []

    func note(_ problem: Diagnostic) {
        if seen.insert(problem).inserted { all.append(problem) }
    }

    func note(_ code: String, _ message: String, at place: SourcePlace?, cause: String? = nil, suggestion: String? = nil) {
        note(Diagnostic(code: code, message, at: place, cause: cause, suggestion: suggestion))
    }
}
