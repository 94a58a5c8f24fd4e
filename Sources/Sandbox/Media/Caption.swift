import Foundation

/// Text laid out in lines for a width, by the usual proportions of letters: close enough to wrap without asking the font.
struct Caption: Sendable, Hashable {
    var lines: [String]

    /// - Parameters:
    ///   - width: the room in pixels.
    ///   - fontSize: in pixels.
    ///   - mostLines: what doesn't fit into so many lines is cut with an ellipsis.
    init(_ text: String, width: Double, fontSize: Double, mostLines: Int) {
        let room = width / fontSize
        var lines: [String] = []
        var line = ""
        for word in Self.words(of: text) {
            for piece in Self.pieces(of: word, within: room) {
                let longer = line.isEmpty ? piece : line + " " + piece
                if Self.width(longer) <= room {
                    line = longer
                } else {
                    lines.append(line)
                    line = piece
                }
            }
        }
        if !line.isEmpty { lines.append(line) }
        if lines.count > mostLines {
            lines = Array(lines.prefix(mostLines))
            var last = lines.removeLast()
            while !last.isEmpty, Self.width(last + "…") > room { last.removeLast() }
            lines.append(last + "…")
        }
        self.lines = lines
    }

    /// Words without control characters.
    private static func words(of text: String) -> [String] {
        let printable = text.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control || scalar.properties.isWhitespace ? " " : String(scalar)
        }
        return printable.joined().split(separator: " ").map(String.init)
    }

    /// A word, cut where it is longer than a line.
    private static func pieces(of word: String, within room: Double) -> [String] {
        guard width(word) > room else { return [word] }
        var pieces: [String] = []
        var piece = ""
        for character in word {
            if !piece.isEmpty, width(piece + String(character)) > room {
                pieces.append(piece)
                piece = ""
            }
            piece.append(character)
        }
        return pieces + [piece]
    }

    /// The width in units of the font size.
    static func width(_ text: String) -> Double {
        text.reduce(0) { $0 + width($1) }
    }

    private static func width(_ character: Character) -> Double {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.value >= 0x2E80 { return 1.05 }
        return switch character {
        case "i", "l", "j", "I", ".", ",", "'", ":", ";", "|", "!", " ", "(", ")", "[", "]", "f", "t", "r", "-": 0.4
        case "m", "w", "M", "W", "@", "%", "…": 0.98
        default: character.isUppercase ? 0.74 : 0.635
        }
    }
}
