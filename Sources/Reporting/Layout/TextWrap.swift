import Pipeline

/// Lines broken between words, where a terminal would break them anywhere.
enum TextWrap {
    /// Narrower than this, nothing reads well: the terminal may break it.
    private static let least = 20

    /// `line` as lines of at most `columns` columns; what follows the first is indented like its text. A command line stays whole, so that
    /// it can be copied, and so does a word that is too long.
    static func lines(_ line: String, columns: Int) -> [String] {
        guard columns >= least, DisplayWidth.of(line) > columns, !isCommand(line) else { return [line] }
        let hang = String(repeating: " ", count: hang(of: line, columns: columns))
        var lines: [String] = []
        var current = String(line.prefix { $0 == " " })
        var isEmpty = true
        for word in line.drop(while: { $0 == " " }).split(separator: " ", omittingEmptySubsequences: false) {
            let longer = isEmpty ? current + word : current + " " + word
            if isEmpty || DisplayWidth.of(longer) <= columns {
                current = longer
            } else {
                lines.append(trimmed(current))
                current = hang + word
            }
            isEmpty = false
        }
        return lines + [trimmed(current)]
    }

    private static func isCommand(_ line: String) -> Bool { line.drop { $0 == " " }.hasPrefix("flowbatch ") }

    private static func trimmed(_ line: String) -> String { String(line.reversed().drop { $0 == " " }.reversed()) }

    /// Where the last of a line's columns begins, as two spaces tell; two where that leaves too little room.
    private static func hang(of line: String, columns: Int) -> Int {
        var hang = 0
        var spaces = 0
        for (position, character) in line.prefix(columns / 2).enumerated() {
            if character == " " {
                spaces += 1
                continue
            }
            if spaces >= 2 || position == spaces { hang = position }
            spaces = 0
        }
        return min(max(hang, 2), columns / 2)
    }
}
