/// Swift source with comments and the contents of string literals blanked out, line breaks kept: what is left is code,
/// so a rule about code never trips over a sentence that names it. Code inside `\( … )` stays.
struct SwiftCode {
    let text: String

    init(_ source: String) {
        var blanker = Blanker(source: Array(source.utf8))
        text = blanker.run()
    }

    /// The modules that the source imports, with the line (from 1) of each.
    var imports: [(module: String, line: Int)] {
        let pattern =
            #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:typealias|struct|class|enum|protocol|let|var|func)\s+)?(?<module>\w+)/#
        return lines.compactMap { line, code in
            code.firstMatch(of: pattern).map { (String($0.module), line) }
        }
    }

    /// The lines (from 1) on which a pattern occurs.
    func lines(matching pattern: Regex<Substring>) -> [Int] {
        lines.filter { $0.code.contains(pattern) }.map(\.number)
    }

    private var lines: [(number: Int, code: Substring)] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { ($0.offset + 1, $0.element) }
    }
}

/// One pass over the bytes of a source. Everything Swift's grammar gives meaning to here is ASCII.
private struct Blanker {
    private enum Mode {
        /// `depth` counts open parentheses inside an interpolation; outside of one it is nil.
        case code(depth: Int?)
        case string(hashes: Int, multiline: Bool)
    }

    private let source: [UInt8]
    private var position = 0
    private var output: [UInt8] = []
    private var modes: [Mode] = [.code(depth: nil)]

    init(source: [UInt8]) {
        self.source = source
        output.reserveCapacity(source.count)
    }

    mutating func run() -> String {
        while position < source.count {
            switch modes.last {
            case .string(let hashes, let multiline): stepInString(hashes: hashes, multiline: multiline)
            case .code(let depth): stepInCode(depth: depth)
            case nil: modes = [.code(depth: nil)]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private mutating func stepInCode(depth: Int?) {
        if starts(with: "//") {
            while position < source.count, source[position] != UInt8(ascii: "\n") { position += 1 }
        } else if starts(with: "/*") {
            skipBlockComment()
        } else if let (hashes, multiline) = stringOpening() {
            blank(hashes + (multiline ? 3 : 1))
            modes.append(.string(hashes: hashes, multiline: multiline))
        } else {
            let byte = source[position]
            output.append(byte)
            position += 1
            guard let depth else { return }
            if byte == UInt8(ascii: "(") { modes[modes.count - 1] = .code(depth: depth + 1) }
            if byte == UInt8(ascii: ")") {
                if depth == 1 { modes.removeLast() } else { modes[modes.count - 1] = .code(depth: depth - 1) }
            }
        }
    }

    private mutating func stepInString(hashes: Int, multiline: Bool) {
        let marks = String(repeating: "#", count: hashes)
        if starts(with: "\\" + marks + "(") {
            blank(hashes + 1)
            output.append(UInt8(ascii: "("))
            position += 1
            modes.append(.code(depth: 1))
        } else if starts(with: "\\" + marks) {
            blank(hashes + 2)
        } else if starts(with: (multiline ? "\"\"\"" : "\"") + marks) {
            blank(hashes + (multiline ? 3 : 1))
            modes.removeLast()
        } else {
            // A single-line literal ends with its line at the latest.
            if source[position] == UInt8(ascii: "\n"), !multiline { modes.removeLast() }
            blank(1)
        }
    }

    private mutating func skipBlockComment() {
        var nesting = 0
        while position < source.count {
            if starts(with: "/*") {
                nesting += 1
                blank(2)
            } else if starts(with: "*/") {
                nesting -= 1
                blank(2)
                if nesting == 0 { return }
            } else {
                blank(1)
            }
        }
    }

    /// The string literal that opens here, if one does.
    private func stringOpening() -> (hashes: Int, multiline: Bool)? {
        var hashes = 0
        while position + hashes < source.count, source[position + hashes] == UInt8(ascii: "#") { hashes += 1 }
        let marks = String(repeating: "#", count: hashes)
        guard starts(with: marks + "\"") else { return nil }
        return (hashes, starts(with: marks + "\"\"\""))
    }

    private func starts(with text: String) -> Bool {
        source[position...].starts(with: text.utf8)
    }

    private mutating func blank(_ count: Int) {
        let end = min(position + count, source.count)
        for byte in source[position..<end] {
            output.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
        }
        position = end
    }
}
