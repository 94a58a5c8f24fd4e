import Foundation

/// The reference page of the command line. Its list of commands is written from the program's own parser; the rest by hand.
struct CommandLinePage {
    /// The repository this test was compiled from.
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let file = repository.appending(path: "Sources/flowbatch/Documentation.docc/Reference/CommandLine.md")

    private static let begin = "## Commands\n"
    private static let end = "\n## Exit codes\n"

    let text: String

    init() throws { text = try String(contentsOf: Self.file, encoding: .utf8) }

    /// The page with its list of commands as `parser` has them.
    func written(from parser: ParserDump) -> String {
        guard let begin = text.range(of: Self.begin), let end = text.range(of: Self.end) else { return text }
        return text[..<begin.upperBound] + parser.commands.map(Self.section).joined() + text[end.lowerBound...]
    }

    /// The code words of the first column of the table below a heading.
    func firstColumn(below heading: String) -> [String] {
        guard let start = text.range(of: "\n## \(heading)\n") else { return [] }
        let section = text[start.upperBound...].prefix { _ in true }.split(separator: "\n## ", maxSplits: 1)[0]
        return section.matches(of: #/(?m)^\| `?([^`|]+?)`? \|/#).map { String($0.1) }.filter { !$0.hasPrefix("-") }.dropFirst().map { $0 }
    }

    private static func section(_ command: ParserDump.Command) -> String {
        let usage = command.arguments.map { "<" + $0 + ">" }.joined(separator: " ")
        var lines = ["", "### \(command.name)", "", command.help]
        if !usage.isEmpty { lines += ["", "`flowbatch \(command.name) \(usage)`"] }
        if !command.flags.isEmpty {
            lines += ["", "| flag | does |", "|---|---|"]
            lines += command.flags.map { flag in
                let value = flag.values.isEmpty ? flag.value : flag.values.joined(separator: "\\|")
                return "| `\(flag.name)\(value.map { " " + $0 } ?? "")` | \(flag.help.replacing("|", with: "\\|")) |"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
