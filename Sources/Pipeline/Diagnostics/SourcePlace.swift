/// A point in a text: line and column from 1 (columns count Unicode scalars, tabs as one), offset in UTF-8 bytes from 0.
package struct SourcePosition: Hashable, Comparable, Sendable, Codable {
    package let line: Int
    package let column: Int
    package let offset: Int

    package init(line: Int, column: Int, offset: Int) {
        self.line = line
        self.column = column
        self.offset = offset
    }

    package static let start = SourcePosition(line: 1, column: 1, offset: 0)

    package static func < (a: SourcePosition, b: SourcePosition) -> Bool { a.offset < b.offset }
}

/// A stretch of one file.
package struct SourcePlace: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The file as the user named it.
    package let file: String
    package let start: SourcePosition
    /// Just past the last character.
    package let end: SourcePosition

    package init(file: String, start: SourcePosition, end: SourcePosition) {
        self.file = file
        self.start = start
        self.end = end
    }

    /// `campaign.yaml:12:7`.
    package var description: String { "\(file):\(start.line):\(start.column)" }
}
