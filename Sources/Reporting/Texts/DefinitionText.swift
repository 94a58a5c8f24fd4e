/// What was understood of a provider definition, for the person who wrote it.
package struct DefinitionSummary: Sendable {
    /// A part of the definition and its rows of cells.
    package struct Section: Sendable {
        package let title: String
        package let rows: [[String]]

        package init(_ title: String, _ rows: [[String]]) {
            self.title = title
            self.rows = rows
        }
    }

    package let title: String
    package let sections: [Section]

    package init(title: String, sections: [Section]) {
        self.title = title
        self.sections = sections
    }
}

/// That summary as `flowbatch providers check` prints it.
package enum DefinitionText {
    /// Ends with a line break.
    package static func text(of summary: DefinitionSummary) -> String {
        let sections = summary.sections.filter { !$0.rows.isEmpty }.map { section in
            var table = TextTable([])
            for row in section.rows { table.add(row.map { Printable.line($0) }) }
            return [section.title] + table.lines(indent: 2)
        }
        return ([[Printable.line(summary.title)]] + sections).map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }
}
