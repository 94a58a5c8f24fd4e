import Pipeline

/// One line of a live display: pieces of text with a meaning, cut to a width before any colour is added.
struct StyledLine: Sendable, Hashable {
    enum Tone: Sendable, Hashable {
        case plain
        case strong
        case faint
        case good
        case bad
        case warning

        /// Select Graphic Rendition parameters (ECMA-48).
        fileprivate var code: String? {
            switch self {
            case .plain: nil
            case .strong: "1"
            case .faint: "2"
            case .good: "32"
            case .bad: "31"
            case .warning: "33"
            }
        }
    }

    private struct Piece: Sendable, Hashable {
        let text: String
        let tone: Tone
    }

    private var pieces: [Piece] = []

    /// Appends `text`, cleaned of control characters.
    mutating func append(_ text: String, _ tone: Tone = .plain) { pieces.append(Piece(text: Printable.line(text), tone: tone)) }

    /// Appends all of another line.
    mutating func append(_ line: StyledLine) { pieces += line.pieces }

    /// Columns.
    var width: Int { pieces.reduce(0) { $0 + DisplayWidth.of($1.text) } }

    /// As text of at most `columns` columns, coloured where `isColoured`.
    func text(columns: Int, isColoured: Bool, mark: String) -> String {
        let isCut = width > columns
        var room = max(0, isCut ? columns - DisplayWidth.of(mark) : columns)
        var out = ""
        for piece in pieces {
            let shown = DisplayWidth.truncated(piece.text, to: room, mark: "")
            room -= DisplayWidth.of(shown)
            if isColoured, let code = piece.tone.code, !shown.isEmpty { out += "\u{1B}[\(code)m\(shown)\u{1B}[0m" } else { out += shown }
            if shown != piece.text { break }
        }
        return isCut && DisplayWidth.of(mark) <= columns ? out + mark : out
    }
}
