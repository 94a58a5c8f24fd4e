/// Joins a message, a hint and what became of the command.
enum Sentence {
    /// `…; did you mean \`run\`? Nothing was sent` or `…; known here: \`a\`, \`b\`; nothing was sent`.
    static func line(_ message: String, hint: String? = nil, end: String) -> String {
        let text = hint.map { "\(message); \($0)" } ?? message
        guard text.hasSuffix("?") else { return "\(text); \(end)" }
        return "\(text) \(end.prefix(1).uppercased())\(end.dropFirst())"
    }
}
