import Foundation
import Pipeline
import Synchronization

/// Standard output for results, standard error for progress and messages.
final class Console: Sendable {
    static let standard = Console()

    /// Why a result could not be written; nil where all were.
    private let lost = Mutex<String?>(nil)

    /// A result, with a line break.
    func result(_ text: String) { raw(text + "\n") }

    /// A result as it is. A full disk behind standard output is told at the end (``confirm()``).
    func raw(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
        } catch {
            // A reader that went away is no reason to fail: there is nobody left to tell.
            if error.systemCode == EPIPE { return }
            lost.withLock { if $0 == nil { $0 = error.fileProblem } }
        }
    }

    /// A message, with a line break.
    func error(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8)) }

    /// - Throws: exit 74 where a result could not be written.
    func confirm() throws(CommandFailure) {
        if let reason = lost.withLock(\.self) { throw CommandFailure(.cannotWrite, "standard output cannot be written: \(reason)") }
    }

    func flush() { fflush(nil) }
}
