import Pipeline

@testable import Reporting

/// A terminal small enough to be believed: rows of text, a cursor, autowrap, scrolling, and the control sequences that a frame uses.
struct TestScreen {
    private(set) var columns: Int
    let rows: Int
    /// Everything that scrolled out at the top, then what is on the screen; without trailing spaces.
    private(set) var lines: [String] = [""]
    private var row = 0
    private var column = 0
    private var wraps = true
    /// Sequences that are not understood.
    private(set) var unknown: [String] = []

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// The first line that is still on the screen.
    private var top: Int { max(0, lines.count - rows) }

    mutating func write(_ text: String) {
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\r": column = 0
            // A terminal in its usual mode starts the next line at its beginning.
            case "\n", "\r\n": lineFeed()
            case "\u{1B}": sequence(&rest)
            default: put(character)
            }
        }
    }

    private mutating func put(_ character: Character) {
        let width = DisplayWidth.of(character)
        if column + width > columns {
            guard wraps else { return }
            lineFeed()
        }
        lines[row].append(character)
        column += width
    }

    private mutating func lineFeed() {
        row += 1
        column = 0
        if row == lines.count { lines.append("") }
    }

    private mutating func sequence(_ rest: inout Substring) {
        var text = ""
        while let character = rest.popFirst() {
            text.append(character)
            if character.isLetter { break }
        }
        switch text {
        case "[J": lines = Array(lines[...row].dropLast()) + [column == 0 ? "" : lines[row]]
        case "[K": lines[row] = String(lines[row].prefix(column))
        case "[?7l": wraps = false
        case "[?7h": wraps = true
        case "[?2026h", "[?2026l": break
        case _ where text.hasPrefix("[") && text.hasSuffix("m"): break
        case _ where text.hasPrefix("[") && text.hasSuffix("A"): row = max(top, row - (Int(text.dropFirst().dropLast()) ?? 1))
        default: unknown.append(text)
        }
    }

    /// Makes the terminal narrower, breaking lines as terminals that reflow do; the cursor is at the end.
    mutating func narrow(to columns: Int) {
        lines = lines.flatMap { line -> [String] in
            var pieces = [""]
            for character in line {
                if DisplayWidth.of(pieces[pieces.count - 1]) + DisplayWidth.of(character) > columns { pieces.append("") }
                pieces[pieces.count - 1].append(character)
            }
            return pieces
        }
        self.columns = columns
        row = lines.count - 1
        column = 0
    }
}
