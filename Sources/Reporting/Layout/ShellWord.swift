/// Texts as words of a command line that can be pasted into a shell (POSIX).
package enum ShellWord {
    /// `text` as one word.
    package static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0) }
        return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// A command line of these words.
    package static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }
}
