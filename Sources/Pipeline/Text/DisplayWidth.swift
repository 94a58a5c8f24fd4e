/// How many columns of a terminal a text takes. Counted by what is drawn (grapheme clusters), not by characters or bytes:
/// Vietnamese letters take one column whether composed or not, Chinese, Japanese, Korean and emoji take two.
package enum DisplayWidth {
    /// Columns that `text` takes on one line. Control characters take none: clean a text with `Printable` first.
    package static func of(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + of($1) }
    }

    /// Columns of one grapheme cluster: an emoji takes two however many code points it is made of, any other cluster what its letters
    /// and spacing signs take.
    package static func of(_ cluster: Character) -> Int {
        if cluster.isASCII { return cluster >= " " && cluster != "\u{7F}" ? 1 : 0 }
        let scalars = cluster.unicodeScalars
        if scalars.contains(where: \.properties.isEmojiPresentation) { return 2 }
        // U+FE0F asks for the emoji form of what stands before it.
        if let base = scalars.first, base.properties.isEmoji, scalars.contains("\u{FE0F}") { return 2 }
        return scalars.reduce(0) { $0 + columns(of: $1) }
    }

    /// The longest beginning of `text` that fits into `columns`, ending in `mark` where something was cut off.
    package static func truncated(_ text: String, to columns: Int, mark: String = "…") -> String {
        guard of(text) > columns else { return text }
        let room = columns - of(mark)
        guard room >= 0 else { return "" }
        return prefix(text, columns: room) + mark
    }

    /// Like `truncated`, but keeps the end: for paths, whose last part tells most.
    package static func truncatedAtStart(_ text: String, to columns: Int, mark: String = "…") -> String {
        guard of(text) > columns else { return text }
        let room = columns - of(mark)
        guard room >= 0 else { return "" }
        return mark + String(prefix(String(text.reversed()), columns: room).reversed())
    }

    /// `text` with spaces up to `columns`; unchanged where it is wider.
    package static func padded(_ text: String, to columns: Int, atEnd: Bool = true) -> String {
        let space = String(repeating: " ", count: max(0, columns - of(text)))
        return atEnd ? text + space : space + text
    }

    private static func prefix(_ text: String, columns: Int) -> String {
        var used = 0
        return String(
            text.prefix { cluster in
                used += of(cluster)
                return used <= columns
            })
    }

    private static func columns(of scalar: Unicode.Scalar) -> Int {
        switch (scalar.properties.generalCategory, scalar.value) {
        case (.control, _), (.format, _), (.nonspacingMark, _), (.enclosingMark, _), (.lineSeparator, _), (.paragraphSeparator, _): 0
        // Vowels and final consonants of conjoining Hangul are drawn within the syllable that their initial began.
        case (_, 0x1160...0x11FF), (_, 0xD7B0...0xD7FF): 0
        default: isWide(scalar.value) ? 2 : 1
        }
    }

    /// East Asian Width W and F of the Unicode Character Database, but for emoji, which the standard library knows. Unassigned
    /// code points between two wide ranges are counted as wide.
    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x1B2FB, 0x1F200...0x1F265,
            0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
