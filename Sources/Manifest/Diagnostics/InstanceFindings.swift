import Pipeline

/// The problems of a step's instances, each told once however many instances have it.
struct InstanceFindings {
    private struct Key: Hashable {
        let code: String
        let place: SourcePlace?
        /// Tells apart what one instance has at one place; empty for the instances after it.
        let detail: String
    }

    private struct Finding {
        let diagnostic: Diagnostic
        /// The first instance that has it.
        let instance: String
        var last: String
        var count = 1
    }

    private var found: [Finding] = []
    private var positions: [Key: Int] = [:]
    private var instance = ""
    private(set) var hasErrors = false
    /// How often anything was added, be it known already.
    private(set) var additions = 0
    private static let most = 1000

    /// What is added from now on belongs to this instance.
    mutating func begin(_ instance: String) { self.instance = instance }

    /// - Parameter detail: tells problems apart that have one code at one place and still are two, such as two files that are missing.
    mutating func add(_ diagnostic: Diagnostic, detail: String = "") {
        if diagnostic.severity == .error { hasErrors = true }
        additions += 1
        let general = Key(code: diagnostic.code, place: diagnostic.place, detail: detail)
        if let position = positions[general] {
            if found[position].instance != instance {
                if found[position].last != instance { found[position].count += 1 }
                found[position].last = instance
                return
            }
            let exact = Key(code: diagnostic.code, place: diagnostic.place, detail: diagnostic.message)
            if found[position].diagnostic.message == diagnostic.message || positions[exact] != nil { return }
            positions[exact] = found.count
        } else {
            positions[general] = found.count
        }
        if found.count < Self.most { found.append(Finding(diagnostic: diagnostic, instance: instance, last: instance)) }
    }

    /// - Parameter instances: how many the step has; with several, a note says which have the problem.
    func diagnostics(instances: Int) -> [Diagnostic] {
        found.map { finding in
            let diagnostic = finding.diagnostic
            guard instances > 1, !finding.instance.isEmpty else { return diagnostic }
            let more = finding.count - 1
            let note = "in `\(finding.instance.shortened)`" + (more > 0 ? " and \(more) more \(more == 1 ? "instance" : "instances")" : "")
            return Diagnostic(
                code: diagnostic.code, severity: diagnostic.severity, diagnostic.message, at: diagnostic.place, cause: diagnostic.cause,
                suggestion: diagnostic.suggestion, notes: diagnostic.notes + [Diagnostic.Note(note)])
        }
    }
}
