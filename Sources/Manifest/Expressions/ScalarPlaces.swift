import Pipeline

/// Finds where in a file a character of a scalar's text was written.
///
/// A scalar's text differs from what is written (quotes, escapes, folded lines, indentation), so the two are walked side by side. Places asked
/// for in the order of the text cost one walk together, however many they are: a class, because it remembers where it is.
final class ScalarPlaces {
    private let bytes: [UInt8]
    private var last: Cursor?

    /// How far a scalar has been walked.
    private struct Cursor {
        let place: SourcePlace
        /// The scalar's text.
        let scalars: [Unicode.Scalar]
        var walk: Walk
        /// Scalars of the text behind the walk.
        var reached = 0
    }

    /// - Parameter source: the whole text of the file that the nodes come from.
    init(source: [UInt8]) { bytes = source }

    /// Where the scalars `range` of `text` stand, `place` being the scalar's own place; `place` itself where the two texts don't match.
    func place(of range: Range<Int>, in text: String, at place: SourcePlace) -> SourcePlace {
        guard var cursor = cursor(for: range, in: text, at: place) else { return place }
        last = nil
        guard range.lowerBound <= range.upperBound, range.upperBound <= cursor.scalars.count,
            cursor.walk.advance(past: cursor.scalars[cursor.reached..<range.lowerBound]),
            cursor.walk.skip(to: cursor.scalars[range.lowerBound...].first)
        else { return place }
        let start = cursor.walk.position
        guard cursor.walk.advance(past: cursor.scalars[range]), start < cursor.walk.position else { return place }
        cursor.reached = range.upperBound
        let found = SourcePlace(file: place.file, start: start, end: cursor.walk.position)
        last = cursor
        return found
    }

    /// Goes on where the last walk ended, where that is before `range` in the same scalar.
    private func cursor(for range: Range<Int>, in text: String, at place: SourcePlace) -> Cursor? {
        if let last, last.place == place, last.reached <= range.lowerBound { return last }
        let from = place.start.offset
        let to = place.end.offset
        guard from >= 0, from <= to, to <= bytes.count else { return nil }
        let written = Array(String(decoding: bytes[from..<to], as: UTF8.self).unicodeScalars)
        return Cursor(place: place, scalars: Array(text.unicodeScalars), walk: Walk(written: written, position: place.start))
    }
}

/// A position in a scalar as it is written.
private struct Walk {
    private enum Style { case plain, single, double, block }

    private let written: [Unicode.Scalar]
    private let style: Style
    private var index = 0
    private(set) var position: SourcePosition

    init(written: [Unicode.Scalar], position: SourcePosition) {
        self.written = written
        self.position = position
        switch written.first {
        case "'": style = .single
        case "\"": style = .double
        case "|", ">": style = .block
        default: style = .plain
        }
        switch style {
        case .plain: break
        case .single, .double: step()
        case .block:
            while let scalar = current, scalar != "\n" { step(over: scalar) }
            step()
        }
    }

    private var current: Unicode.Scalar? { written.indices.contains(index) ? written[index] : nil }

    private mutating func step() { if let scalar = current { step(over: scalar) } }

    private mutating func step(over scalar: Unicode.Scalar) {
        index += 1
        let isEnd = scalar == "\n"
        position = SourcePosition(
            line: position.line + (isEnd ? 1 : 0), column: isEnd ? 1 : position.column + 1,
            offset: position.offset + UTF8.width(scalar))
    }

    /// Walks over what was written for `text`; false where it is not what was written.
    mutating func advance(past text: ArraySlice<Unicode.Scalar>) -> Bool {
        for scalar in text {
            guard skip(to: scalar) else { return false }
            if scalar.properties.isWhitespace, current != scalar, !isEscape { continue }
            take()
        }
        return true
    }

    /// Leaves out white space that folding and indentation added, up to where `scalar` is written.
    mutating func skip(to scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return true }
        while let written = current, written != scalar, !isEscape, written.properties.isWhitespace { step() }
        while isLineContinuation {
            step()
            while let written = current, written.properties.isWhitespace { step() }
        }
        return current == scalar || isEscape || scalar.properties.isWhitespace
    }

    private var isEscape: Bool {
        guard let scalar = current else { return false }
        return (style == .double && scalar == "\\") || (style == .single && scalar == "'")
    }

    /// A backslash at the end of a line of a double-quoted text, which stands for nothing.
    private var isLineContinuation: Bool {
        guard style == .double, current == "\\" else { return false }
        return written.indices.contains(index + 1) && (written[index + 1] == "\n" || written[index + 1] == "\r")
    }

    /// Walks over one character, with its escape.
    private mutating func take() {
        guard isEscape else { return step() }
        let isDouble = style == .double
        step()
        guard isDouble, let kind = current else { return step() }
        step()
        let digits =
            switch kind {
            case "x": 2
            case "u": 4
            case "U": 8
            default: 0
            }
        for _ in 0..<digits { step() }
    }
}
