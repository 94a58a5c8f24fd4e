/// Words of command lines that people paste into a shell.
enum ShellWord {
    /// `word` as one argument of a POSIX shell, in quotes where it needs them.
    static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0) }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
