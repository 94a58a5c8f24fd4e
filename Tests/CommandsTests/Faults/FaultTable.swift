import Foundation
import Testing

/// The table of the page about faults: what is written there is what tests hold the program to.
struct FaultTable {
    struct Row: Sendable, CustomTestStringConvertible {
        /// As it would stand in a plan.
        let rule: String
        let exitCode: Int32
        /// VND.
        let spent: Decimal
        let files: Int

        var testDescription: String { rule }
    }

    let rows: [Row]
    /// The lines of the table that could not be read.
    let unreadable: [String]

    /// The rows, for a test's arguments; none where the page is missing, which a test of its own notices.
    static let written: [Row] = (try? FaultTable().rows) ?? []

    init() throws {
        let page = CommandLinePage.repository.appending(path: "Sources/flowbatch/Documentation.docc/Reference/Faults.md")
        var rows: [Row] = []
        var unreadable: [String] = []
        for line in try String(contentsOf: page, encoding: .utf8).split(separator: "\n") where line.hasPrefix("| `{") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6, let exitCode = Int32(cells[3]), cells[4].hasSuffix(" VND"),
                let spent = Decimal(string: String(cells[4].dropLast(4))), let files = Int(cells[5])
            else {
                unreadable.append(String(line))
                continue
            }
            rows.append(Row(rule: cells[0].trimmingCharacters(in: ["`"]), exitCode: exitCode, spent: spent, files: files))
        }
        self.rows = rows
        self.unreadable = unreadable
    }
}
