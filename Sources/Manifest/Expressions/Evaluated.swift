import Pipeline

/// What an expression gives: a plain value, or pictures and clips that exist only once their steps ran.
enum Evaluated: Hashable, Sendable {
    case value(Value)
    indirect case media(MediaItem)
    case list([Evaluated])
    /// What cannot be known because of a problem that was reported already; whatever is made of it is unknown too.
    case unknown

    /// The elements of a list of either kind, else nil.
    var elements: [Evaluated]? {
        switch self {
        case .value(.list(let values)): values.map(Evaluated.value)
        case .list(let elements): elements
        case .value, .media, .unknown: nil
        }
    }

    /// A list that is a plain value where all of its elements are.
    static func list(of elements: [Evaluated]) -> Evaluated {
        var values: [Value] = []
        for element in elements {
            switch element {
            case .value(let value): values.append(value)
            case .unknown: return .unknown
            case .media, .list: return .list(elements)
            }
        }
        return .value(.list(values))
    }

    /// Whether the value, written out, stays within `limit` bytes. Looks no further than that: what shares storage can be far larger
    /// written out than in memory.
    func fits(_ limit: Int) -> Bool {
        var left = limit
        return take(from: &left)
    }

    private func take(from left: inout Int) -> Bool {
        switch self {
        case .value(let value): return value.take(from: &left)
        case .media, .unknown:
            left -= 64
            return left >= 0
        case .list(let elements):
            left -= 8
            for element in elements { guard left >= 0, element.take(from: &left) else { return false } }
            return left >= 0
        }
    }

    /// Every picture and clip within, in order.
    var media: [MediaItem] {
        switch self {
        case .value, .unknown: []
        case .media(let item): [item]
        case .list(let elements): elements.flatMap(\.media)
        }
    }

    /// What the value is called in messages.
    var typeName: String {
        switch self {
        case .value(let value): value.typeName
        case .media(let item): item.kind == .image ? "a picture" : "a clip"
        case .list: "a list of pictures or clips"
        case .unknown: "unknown"
        }
    }
}

/// One output of an instance, as expressions hand it around.
struct MediaItem: Hashable, Sendable {
    let source: MediaSource
    let kind: MediaKind
    /// Position in the plan of the instance that gives it.
    let instance: Int
    /// Where it is or will be, for `stem` and `basename`.
    let path: String
    /// Nil where it goes on without being chosen.
    var choice: MediaChoice? {
        get { kept?.choice }
        set { kept = newValue.map(KeptChoice.init) }
    }

    /// Elsewhere: few campaigns have any, and every output of a large one would have room for it.
    private var kept: KeptChoice?

    private final class KeptChoice: Hashable, Sendable {
        let choice: MediaChoice

        init(_ choice: MediaChoice) { self.choice = choice }

        static func == (a: KeptChoice, b: KeptChoice) -> Bool { a.choice == b.choice }

        func hash(into hasher: inout Hasher) { hasher.combine(choice) }
    }

    init(source: MediaSource, kind: MediaKind, instance: Int, path: String, choice: MediaChoice? = nil) {
        self.source = source
        self.kind = kind
        self.instance = instance
        self.path = path
        self.choice = choice
    }
}

extension Value {
    fileprivate func take(from left: inout Int) -> Bool {
        switch self {
        case .null, .bool, .int, .number: left -= 8
        case .text(let text): left -= 8 + text.utf8.count
        case .list(let elements):
            left -= 8
            for element in elements { guard left >= 0, element.take(from: &left) else { return false } }
        case .map(let members):
            left -= 8
            for (name, member) in members {
                left -= name.utf8.count
                guard left >= 0, member.take(from: &left) else { return false }
            }
        }
        return left >= 0
    }
}
