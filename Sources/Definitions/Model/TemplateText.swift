/// Reads `{name}` and `{name.field}` in texts.
enum TemplateText {
    /// The pieces of `text`; nil where a brace is not closed or holds no name.
    static func parse(_ text: String) -> TextTemplate? {
        var pieces: [TextTemplate.Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[open] == "{", let close = rest[open...].firstIndex(of: "}"),
                let placeholder = placeholder(rest[rest.index(after: open)..<close])
            else { return nil }
            if open > rest.startIndex { pieces.append(.literal(String(rest[..<open]))) }
            pieces.append(.placeholder(placeholder))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty || pieces.isEmpty { pieces.append(.literal(String(rest))) }
        return TextTemplate(pieces: pieces)
    }

    private static func placeholder(_ text: Substring) -> Placeholder? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isNameByte) }) else { return nil }
        return Placeholder(name: String(parts[0]), field: parts.count == 2 ? String(parts[1]) : nil)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }
}
