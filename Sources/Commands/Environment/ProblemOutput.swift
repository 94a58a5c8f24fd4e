import Pipeline
import Reporting

/// What commands that check files say of what they found.
enum ProblemOutput {
    /// Writes the problems to standard output in `format`; in the one for people, with where to read more.
    ///
    /// - Throws: exit 70 where they cannot be put into that form.
    static func write(_ diagnostics: [Diagnostic], sources: [String: String], as format: DiagnosticFormat) throws(CommandFailure) {
        do throws(ReportingError) {
            let report = DiagnosticReport(
                diagnostics, sources: sources, version: FlowbatchCommand.version, explanations: CodeExplanations.all)
            Console.standard.raw(try report.text(as: format))
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
        if format == .text { Console.standard.raw(hint(diagnostics).map { "\n\($0)\n" } ?? "") }
    }

    /// Where the problems are explained; nil where there are none.
    static func hint(_ diagnostics: [Diagnostic]) -> String? {
        let codes = Set(diagnostics.map(\.code)).sorted()
        guard let first = codes.first else { return nil }
        return codes.count == 1
            ? "`flowbatch explain \(first)` says more about it"
            : "`flowbatch explain \(codes.prefix(4).joined(separator: " "))` says more about them"
    }
}
