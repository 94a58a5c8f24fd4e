import Pipeline

/// A CSV file as a fan-out sees it: its columns become axes, its rows instances.
struct Table: Sendable {
    /// As the header names them, each a valid name, each once.
    let columns: [String]
    /// In file order, a cell a column: text, or null where the cell is empty.
    let rows: [[Value]]
}

/// What is wrong with a CSV file, and in which of its lines.
struct TableProblem: Error, Hashable {
    let code: String
    /// Behind the file's name: `has no header`.
    let message: String
    /// From 1; nil where it concerns the file as a whole.
    var line: Int?
    var cause: String?
    var suggestion: String?
}
