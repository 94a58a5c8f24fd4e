/// Text from elsewhere (providers, file names, manifests) made safe to print on one line: nothing of it moves a cursor, colours a
/// terminal, starts a line of its own or reorders what stands beside it.
enum Printable {
    /// `text` with line breaks and tabs as spaces, other control characters as `�`, and invisible and directional marks left out.
    static func line(_ text: some StringProtocol) -> String {
        guard text.unicodeScalars.contains(where: { isUnsafe($0) }) else { return String(text) }
        var out = ""
        for scalar in text.unicodeScalars {
            if !isUnsafe(scalar) {
                out.unicodeScalars.append(scalar)
            } else if scalar.properties.isWhitespace {
                out += " "
            } else if scalar.properties.generalCategory == .control {
                out += "\u{FFFD}"
            }
        }
        return out
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
        // Joiners belong to emoji and to several scripts.
        case .format: return scalar.value != 0x200D && scalar.value != 0x200C
        default: return false
        }
    }
}
