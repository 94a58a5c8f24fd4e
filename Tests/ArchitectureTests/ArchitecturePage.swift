import Foundation

/// The tables of the documentation's architecture page. They are the rule, so that page and test can't drift apart.
struct ArchitecturePage {
    static let path = "Sources/flowbatch/Documentation.docc/Architecture.md"

    /// A target, and the targets of this package it may import.
    let imports: [String: Set<String>]
    /// A module of another package, and the targets that may import it.
    let thirdParty: [String: Set<String>]

    init() throws {
        try self.init(Repository.text(Self.path))
    }

    init(_ markdown: String) {
        imports = Self.rows(of: "## The targets", in: markdown, key: 0, values: 2)
        thirdParty = Self.rows(of: "## Modules of other packages", in: markdown, key: 0, values: 1)
    }

    /// The table below a heading: the code words of column `key`, each with the code words of column `values`.
    private static func rows(of heading: String, in markdown: String, key: Int, values: Int) -> [String: Set<String>] {
        var table: [String: Set<String>] = [:]
        var inside = false
        for line in markdown.split(separator: "\n") {
            if line.hasPrefix("#") { inside = line == heading }
            guard inside, line.hasPrefix("|") else { continue }
            let cells = line.split(separator: "|").map { cell in
                cell.matches(of: #/`(\w+)`/#).map { String($0.1) }
            }
            guard cells.count > max(key, values) else { continue }
            for name in cells[key] { table[name] = Set(cells[values]) }
        }
        return table
    }
}
