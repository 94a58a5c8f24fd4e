/// What a diagnostic's code means, for `flowbatch explain`, the page of all codes, and code scanning.
package struct CodeExplanation: Sendable, Hashable {
    /// What the examples are parts of.
    package enum Subject: String, Sendable, Hashable {
        case campaign
        case definition
        case faults
    }

    package let code: String
    /// The problem in a few words: `A key that does not exist`.
    package let title: String
    /// What it means and why it is refused.
    package let meaning: String
    package let subject: Subject
    /// A text that has the problem, cut down to what matters. A comment in its first line may say how it is checked
    /// (`# flowbatch validate campaign.yaml --var product=Serum`), `⟨09⟩` stands for a character that cannot be seen, and a line that ends
    /// in `# 1001 times` for so many like it. Empty where nothing a person writes leads there.
    package let wrong: String
    /// The same, corrected.
    package let right: String

    package init(_ code: String, _ title: String, _ meaning: String, of subject: Subject = .campaign, wrong: String, right: String) {
        self.code = code
        self.title = title
        self.meaning = meaning
        self.subject = subject
        self.wrong = wrong
        self.right = right
    }

    /// For a terminal, in lines of 80 columns where they are prose.
    package var text: String {
        let head = "\(code): \(title)\n\n\(Self.wrapped(meaning))"
        guard !wrong.isEmpty else { return head }
        return head + "\n\nWrong:\n\n" + Self.indented(wrong) + "\n\nRight:\n\n" + Self.indented(right)
    }

    /// For a page, below a heading.
    package var markdown: String {
        guard !wrong.isEmpty else { return meaning }
        return "\(meaning)\n\nWrong:\n\n```yaml\n\(wrong)\n```\n\nRight:\n\n```yaml\n\(right)\n```"
    }

    private static func wrapped(_ text: String) -> String {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let line = lines.last, DisplayWidth.of(line) + DisplayWidth.of(String(word)) < 80 {
                lines[lines.count - 1] = line + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  " + $0 }.joined(separator: "\n")
    }
}
