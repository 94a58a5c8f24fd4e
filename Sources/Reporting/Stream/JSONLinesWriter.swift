import Foundation
package import Pipeline
import Synchronization

/// The event stream as JSON Lines: one object a line, each with the system before the next event is taken.
///
/// A file is appended to, so that no earlier run's events are lost (every line names its run). Where an earlier run was killed in the
/// middle of a line, the first line written starts on a line of its own.
package final class JSONLinesWriter: EventConsumer {
    private let file: OutputFile
    private let needsLineBreak: Mutex<Bool>

    /// - Parameter path: a file, created for its owner alone (0600), or `-` for standard output.
    /// - Throws: where it cannot be opened for writing.
    package init(path: String) throws(ReportingError) {
        if path == "-" {
            file = .standardOutput
            needsLineBreak = Mutex(false)
        } else {
            needsLineBreak = Mutex(Self.endsWithinLine(path))
            file = try .appending(to: path)
        }
    }

    package func consume(_ event: RunEvent) throws(ReportingError) {
        let line = Array((event.jsonLine + "\n").utf8)
        // Held while writing, so that lines of concurrent callers never mix.
        try needsLineBreak.withLock { needsLineBreak throws(ReportingError) in
            try file.write((needsLineBreak ? [UInt8(ascii: "\n")] : []) + line)
            needsLineBreak = false
        }
    }

    private static func endsWithinLine(_ path: String) -> Bool {
        let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
        guard type == .typeRegular, let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }
        guard let length = try? handle.seekToEnd(), length > 0, (try? handle.seek(toOffset: length - 1)) != nil else { return false }
        return (try? handle.read(upToCount: 1)) != Data([UInt8(ascii: "\n")])
    }
}
