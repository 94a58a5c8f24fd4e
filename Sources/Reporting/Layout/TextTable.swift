import Pipeline

/// Rows of cells in aligned columns, by display width, two spaces apart, without trailing spaces.
struct TextTable {
    enum Alignment {
        case left
        case right
    }

    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// One alignment a column; columns beyond them are aligned left.
    init(_ alignments: [Alignment]) { self.alignments = alignments }

    /// Adds a row; cells are cleaned of control characters.
    mutating func add(_ cells: [String]) { rows.append(cells.map { Printable.line($0) }) }

    var isEmpty: Bool { rows.isEmpty }

    /// The rows as lines, each after `indent` spaces.
    func lines(indent: Int = 0) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                let width = DisplayWidth.of(cell)
                if column < widths.count { widths[column] = max(widths[column], width) } else { widths.append(width) }
            }
        }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let isRight = column < alignments.count && alignments[column] == .right
                return DisplayWidth.padded(cell.0, to: cell.1, atEnd: !isRight)
            }
            let line = String(repeating: " ", count: indent) + cells.joined(separator: "  ")
            return String(line.reversed().drop(while: { $0 == " " }).reversed())
        }
    }
}
