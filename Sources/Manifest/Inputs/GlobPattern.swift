/// A file pattern: `*` and `?` within a name, `[…]` a character of a set, `{a,b}` alternatives, `**` any folders.
struct GlobPattern: Hashable {
    /// What a pattern breaks.
    struct Problem: Error, Hashable {
        let cause: String
        var suggestion: String?
    }

    /// What one name between slashes has to match.
    enum Component: Hashable {
        /// Exactly this name. Names that start with a dot, links and `outputs` are found only so.
        case name(String)
        case wildcard(NamePattern)
        /// `**`: no folder, one, or several within each other.
        case folders
    }

    /// One for each combination of alternatives; never empty.
    let alternatives: [[Component]]

    private static let mostAlternatives = 64
    private static let longest = 1024
    private static let deepest = 32

    init(_ text: String) throws(Problem) {
        if text.isEmpty { throw Problem(cause: "it is empty", suggestion: "write for example `assets/*.png`") }
        if text.utf8.count > Self.longest { throw Problem(cause: "it is longer than \(Self.longest) bytes") }
        if text.contains("\\") {
            throw Problem(cause: "`\\` is no separator here", suggestion: "write `\(text.replacing("\\", with: "/").shortened)`")
        }
        var alternatives: [[Component]] = []
        for alternative in try Self.expanded(text) { alternatives.append(try Self.components(alternative)) }
        self.alternatives = alternatives
    }

    /// `a.{png,jpg}` as `a.png`, `a.jpg`.
    private static func expanded(_ text: String) throws(Problem) -> [String] {
        var all = [""]
        var rest = text[...]
        while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            let inside = rest[rest.index(after: open)...]
            guard rest[open] == "{", let close = inside.firstIndex(where: { $0 == "{" || $0 == "}" }), inside[close] == "}" else {
                throw Problem(cause: "its braces don't pair", suggestion: "write alternatives as `{png,jpg}`")
            }
            let choices = inside[..<close].split(separator: ",", omittingEmptySubsequences: false)
            guard all.count * choices.count <= mostAlternatives else {
                throw Problem(cause: "its braces stand for more than \(mostAlternatives) patterns")
            }
            all = all.flatMap { head in choices.map { head + rest[..<open] + $0 } }
            rest = rest[rest.index(after: close)...]
        }
        return all.map { $0 + rest }
    }

    private static func components(_ text: String) throws(Problem) -> [Component] {
        var components: [Component] = []
        for part in text.split(separator: "/", omittingEmptySubsequences: false) where part != "." {
            if part == "**" {
                if components.last != .folders { components.append(.folders) }
            } else if part.contains("**") {
                throw Problem(cause: "`**` stands for whole folders", suggestion: "write it between slashes: `assets/**/*.png`")
            } else if part.isEmpty {
                throw Problem(
                    cause: text.hasSuffix("/") ? "it ends with `/`" : "it holds an empty folder name", suggestion: "name files: `*.png`")
            } else {
                let pattern = try NamePattern(part)
                components.append(pattern.name.map(Component.name) ?? .wildcard(pattern))
            }
        }
        guard let last = components.last else { throw Problem(cause: "it names no file") }
        if components.count > deepest { throw Problem(cause: "it has more than \(deepest) folders") }
        if last == .folders { components.append(.wildcard(.any)) }
        return components
    }
}

/// A pattern of one file or folder name.
struct NamePattern: Hashable {
    private enum Piece: Hashable {
        case character(Character)
        /// `?`
        case one
        /// `*`
        case many
        /// `[a-z_]`, `[!a-z]`
        case set([ClosedRange<Character>], isNegated: Bool)
    }

    private let pieces: [Piece]

    /// `*`
    static let any = NamePattern(pieces: [.many])

    private init(pieces: [Piece]) { self.pieces = pieces }

    init(_ text: Substring) throws(GlobPattern.Problem) {
        var pieces: [Piece] = []
        var rest = text
        while let character = rest.popFirst() {
            switch character {
            case "*": if pieces.last != .many { pieces.append(.many) }
            case "?": pieces.append(.one)
            case "[": pieces.append(try Self.set(&rest))
            default: pieces.append(.character(character))
            }
        }
        self.pieces = pieces
    }

    /// The name where it is exactly one.
    var name: String? {
        var name = ""
        for piece in pieces {
            guard case .character(let character) = piece else { return nil }
            name.append(character)
        }
        return name
    }

    /// Behind `[`; a `]` right behind it belongs to the set.
    private static func set(_ rest: inout Substring) throws(GlobPattern.Problem) -> Piece {
        var isNegated = false
        if let first = rest.first, first == "!" || first == "^" {
            isNegated = true
            rest.removeFirst()
        }
        var ranges: [ClosedRange<Character>] = []
        while let character = rest.popFirst() {
            if character == "]", !ranges.isEmpty { return .set(ranges, isNegated: isNegated) }
            var end = character
            if rest.first == "-", let behind = rest.dropFirst().first, behind != "]" {
                end = behind
                rest.removeFirst(2)
            }
            guard character <= end else {
                throw GlobPattern.Problem(cause: "the range `\(character)-\(end)` is empty", suggestion: "write `[\(end)-\(character)]`")
            }
            ranges.append(character...end)
        }
        throw GlobPattern.Problem(cause: "a `[` is not closed", suggestion: "close it; a `[` itself is `[[]`")
    }

    /// Whether the whole of `name` fits. Takes at most the product of both lengths.
    func matches(_ name: String) -> Bool {
        let name = Array(name)
        var position = 0
        var piece = 0
        var star: (piece: Int, position: Int)?
        while position < name.count {
            if piece < pieces.count, pieces[piece] == .many {
                star = (piece, position)
                piece += 1
            } else if piece < pieces.count, Self.fits(name[position], pieces[piece]) {
                piece += 1
                position += 1
            } else if let last = star {
                star = (last.piece, last.position + 1)
                piece = last.piece + 1
                position = last.position + 1
            } else {
                return false
            }
        }
        return pieces[piece...].allSatisfy { $0 == .many }
    }

    private static func fits(_ character: Character, _ piece: Piece) -> Bool {
        switch piece {
        case .character(let wanted): character == wanted
        case .one: true
        case .many: false
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
        }
    }
}
