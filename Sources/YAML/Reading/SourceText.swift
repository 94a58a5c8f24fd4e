import Pipeline

/// A text's bytes, known to be UTF-8 without control characters, with an index from scalar positions to lines and columns.
struct SourceText {
    let file: String
    /// Without a byte order mark in front.
    let bytes: [UInt8]
    /// Bytes of the byte order mark that was skipped.
    private let skipped: Int
    /// The scalar position at which each line starts.
    private var lineStarts: [Int] = [0]
    /// The byte offset of every `stride`-th scalar, so that finding one is a short walk in a text of any shape.
    private var offsets: [Int] = []
    private static let stride = 64
    /// Whether every scalar is one byte, so that positions are offsets.
    private var isASCII = false

    /// - Throws: the first problem that makes the bytes no text: size, encoding, control characters.
    init(_ all: [UInt8], file: String, maxBytes: Int) throws(Diagnostics) {
        self.file = file
        skipped = all.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        bytes = skipped > 0 ? Array(all.dropFirst(skipped)) : all
        let start = SourcePlace(file: file, start: .start, end: .start)
        guard all.count <= maxBytes else {
            throw Diagnostics([
                Diagnostic(
                    code: YAMLCode.tooLarge, "the file has \(all.count) bytes", at: start, cause: "at most \(maxBytes) bytes are read",
                    suggestion: "move long data into a CSV file, or split the file")
            ])
        }
        if all.starts(with: [0xFE, 0xFF]) || all.starts(with: [0xFF, 0xFE]) {
            throw Diagnostics([
                Diagnostic(
                    code: YAMLCode.byteOrderMark, "the file is UTF-16, not UTF-8", at: start,
                    cause: "it starts with a UTF-16 byte order mark", suggestion: "save it as UTF-8")
            ])
        }
        try index()
    }

    /// The position of the scalar at `scalar` (from 0); past the end, the end.
    func position(scalar: Int) -> SourcePosition {
        var low = 0
        var high = lineStarts.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if lineStarts[middle] <= scalar { low = middle } else { high = middle - 1 }
        }
        return SourcePosition(line: low + 1, column: scalar - lineStarts[low] + 1, offset: offset(scalar: scalar) + skipped)
    }

    /// The place from scalar `start` up to `end`, not included.
    func place(_ start: Int, _ end: Int) -> SourcePlace {
        SourcePlace(file: file, start: position(scalar: start), end: position(scalar: max(start, end)))
    }

    /// The byte at the scalar position, or nil at the end.
    func byte(scalar: Int) -> UInt8? {
        let offset = offset(scalar: scalar)
        return bytes.indices.contains(offset) ? bytes[offset] : nil
    }

    private func offset(scalar: Int) -> Int {
        guard scalar >= 0, !offsets.isEmpty else { return 0 }
        if isASCII { return min(scalar, bytes.count) }
        let checkpoint = min(scalar / Self.stride, offsets.count - 1)
        var offset = offsets[checkpoint]
        var left = scalar - checkpoint * Self.stride
        while left > 0, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }

    /// One walk over the text: checks every scalar, notes lines and offsets.
    private mutating func index() throws(Diagnostics) {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var scalars = 0
        var offset = 0
        var afterReturn = false
        while true {
            if scalars.isMultiple(of: Self.stride) { offsets.append(offset) }
            switch parser.parseScalar(from: &iterator) {
            case .emptyInput:
                isASCII = scalars == bytes.count
                return
            case .error:
                throw Diagnostics([invalidByte(scalar: scalars, offset: offset)])
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if let problem = problem(with: scalar, at: scalars) { throw Diagnostics([problem]) }
                offset += encoded.count
                scalars += 1
                // A carriage return alone ends a line too; with a line feed behind it, the line feed does.
                if scalar == "\n" { lineStarts.append(scalars) } else if afterReturn { lineStarts.append(scalars - 1) }
                afterReturn = scalar == "\r"
            }
        }
    }

    private func invalidByte(scalar: Int, offset: Int) -> Diagnostic {
        let byte = bytes.indices.contains(offset) ? String(bytes[offset], radix: 16, uppercase: true) : "?"
        return Diagnostic(
            code: YAMLCode.notUTF8, "byte 0x\(byte) is not UTF-8", at: place(scalar, scalar + 1),
            cause: "the file is in another encoding, or damaged", suggestion: "save it as UTF-8")
    }

    private func problem(with scalar: Unicode.Scalar, at position: Int) -> Diagnostic? {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFEFE, 0xFF00...0xFFFD, 0x10000...:
            return nil
        case 0xFEFF:
            return Diagnostic(
                code: YAMLCode.byteOrderMark, "a byte order mark inside the text", at: place(position, position + 1),
                cause: "only the first bytes of a file may be one; two files may have been joined", suggestion: "delete it")
        default:
            let name = scalar == "\0" ? "NUL" : "the control character U+\(String(scalar.value, radix: 16, uppercase: true))"
            return Diagnostic(
                code: YAMLCode.controlCharacter, "\(name) in the text", at: place(position, position + 1),
                cause: "YAML allows no control characters but tab and line ends",
                suggestion: "delete it, or write it as an escape in double quotes")
        }
    }
}
