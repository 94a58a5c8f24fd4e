/// What to print to replace one frame by another, so that the block stays in place and what was printed above it stays whole. Pure.
struct TerminalScreen: Sendable {
    private var widths: [Int] = []

    /// Control sequences: ECMA-48 cursor and erase functions, and DEC's autowrap mode (?7) and synchronized output (?2026), which
    /// terminals that don't know them ignore. Without autowrap a terminal that counts widths otherwise can't break the block.
    private enum Sequence {
        static let begin = "\u{1B}[?2026h\u{1B}[?7l"
        static let end = "\u{1B}[?7h\u{1B}[?2026l"
        static let clearBelow = "\u{1B}[J"
        static let clearLine = "\u{1B}[K"
        static let lineStart = "\r"
        static func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }
    }

    /// Replaces the frame on the screen. `above` is printed in its place first, wraps as any text does and stays.
    ///
    /// - Parameters:
    ///   - frame: lines without control characters but colours; empty to leave nothing behind.
    ///   - widths: columns of each of the frame's lines.
    ///   - columns: the terminal's width now; after it became narrower, the old frame takes more rows.
    mutating func replace(with frame: [String], widths: [Int], above: [String], columns: Int) -> String {
        let rows = self.widths.reduce(0) { $0 + max(1, ($1 + max(1, columns) - 1) / max(1, columns)) }
        self.widths = widths
        // Line by line: some terminals keep a whole screen that is cleared at once in their history.
        let top = Sequence.lineStart + Sequence.up(rows)
        let erased = top + String(repeating: Sequence.clearLine + "\n", count: rows) + Sequence.up(rows)
        let kept = above.map { $0 + "\n" }.joined()
        guard !frame.isEmpty else { return erased + kept + Sequence.clearBelow }
        let lines = frame.map { Sequence.clearLine + $0 + "\n" }.joined()
        return (above.isEmpty ? top : erased + kept) + Sequence.begin + lines + Sequence.clearBelow + Sequence.end
    }

    /// Whether a frame stands on the screen.
    var isEmpty: Bool { widths.isEmpty }
}
