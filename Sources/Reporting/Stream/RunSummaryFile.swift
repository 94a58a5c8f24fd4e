package import Foundation
package import Pipeline

/// `run.json`: the outcome of a run for programs. It is there whole or not at all, whatever happens while it is written.
package enum RunSummaryFile {
    /// What it is called in the output folder.
    package static let name = "run.json"

    /// Writes `summary` to `url` in place of what was there: into a file beside it, to the disk, then renamed. Its owner alone may
    /// read it (0600).
    package static func write(_ summary: RunSummary, to url: URL) throws(ReportingError) {
        let path = url.path(percentEncoded: false)
        try OutputFile.replace(path, with: ReportJSON.bytes(of: summary, path: path))
    }

    /// Reads what `write` wrote.
    ///
    /// - Throws: where the file is missing, unreadable or not a summary.
    package static func read(from url: URL) throws -> RunSummary {
        try JSONDecoder().decode(RunSummary.self, from: Data(contentsOf: url))
    }
}
