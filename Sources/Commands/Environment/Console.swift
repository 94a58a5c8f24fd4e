import Foundation

/// Standard output for results, standard error for progress and messages.
final class Console: Sendable {
    static let standard = Console()

    /// A result, with a line break.
    func result(_ text: String) { write(text + "\n", to: .standardOutput) }

    /// A result as it is.
    func raw(_ text: String) { write(text, to: .standardOutput) }

    /// A message, with a line break.
    func error(_ text: String) { write(text + "\n", to: .standardError) }

    func flush() { fflush(nil) }

    /// A reader that went away is no reason to fail: there is nobody left to tell.
    private func write(_ text: String, to handle: FileHandle) { try? handle.write(contentsOf: Data(text.utf8)) }
}
