import Pipeline

/// Builds the node tree from libyaml's events and collects what is not allowed in our files.
struct Composer {
    private let text: SourceText
    private let limits: YAMLLimits
    private let events: EventStream
    private var problems: [Diagnostic] = []
    private var nodes = 0
    private var expanded = 0
    private var anchors: [String: Anchor] = [:]

    /// A node with what its aliases have to be counted by.
    private struct Built {
        let node: Node
        /// Itself and everything in it.
        let size: Int
        /// Collections within it, itself included.
        let height: Int
    }

    private enum Anchor {
        /// Being read; an alias to it would make it contain itself.
        case open
        case built(Built)
    }

    /// Reading can't go on; the reason is among the problems.
    private struct Stopped: Error {}

    init(text: SourceText, limits: YAMLLimits) {
        self.text = text
        self.limits = limits
        events = EventStream(text.bytes)
    }

    /// The one document of the text.
    mutating func document() throws(Diagnostics) -> Node {
        let root: Node?
        do {
            root = try readDocument()
        } catch {
            root = nil
        }
        guard let root, problems.isEmpty else { throw Diagnostics(problems) }
        return root
    }

    private mutating func readDocument() throws(Stopped) -> Node {
        var root: Node?
        while true {
            let event = try next()
            switch event.kind {
            case .streamEnd:
                guard let root else {
                    throw stop(
                        Diagnostic(
                            code: YAMLCode.empty, "the file is empty", at: text.place(0, 0), suggestion: "write at least one `key: value`"))
                }
                return root
            case .documentStart where root == nil:
                root = try node(next(), depth: 0).node
            case .documentStart:
                throw stop(
                    Diagnostic(
                        code: YAMLCode.severalDocuments, "a second document in the file", at: text.place(event.start, event.end),
                        cause: "one file holds one document", suggestion: "split the file at `---`, or delete that line"))
            default:
                continue
            }
        }
    }

    private mutating func node(_ event: Event, depth: Int) throws(Stopped) -> Built {
        nodes += 1
        if nodes > limits.maxNodes {
            throw stop(
                Diagnostic(
                    code: YAMLCode.tooLarge, "more than \(limits.maxNodes) values in the file", at: text.place(event.start, event.end),
                    suggestion: "move long data into a CSV file, or split the file"))
        }
        if case .alias(let name) = event.kind { return try alias(name, event, depth: depth) }
        if let tag = event.tag { try note(tagProblem(tag, event)) }
        if let anchor = event.anchor { anchors[anchor] = .open }
        let built: Built
        switch event.kind {
        case .scalar(let text, let isPlain): built = Built(node: try scalar(text, isPlain: isPlain, event), size: 1, height: 0)
        case .sequenceStart: built = try sequence(event, depth: depth + 1)
        case .mappingStart: built = try mapping(event, depth: depth + 1)
        default: throw Stopped()
        }
        if let anchor = event.anchor { anchors[anchor] = .built(built) }
        return built
    }

    private mutating func scalar(_ text: String, isPlain: Bool, _ event: Event) throws(Stopped) -> Node {
        let place = self.text.place(event.start, event.end)
        var value = Value.text(text)
        if isPlain {
            switch CoreSchema.read(text) {
            case .value(let read): value = read
            case .noNumber(let cause):
                try note(
                    Diagnostic(
                        code: YAMLCode.number, "`\(text.prefix(48))` is no number that can be used", at: place, cause: cause,
                        suggestion: "put it in quotes if it is text"))
            }
        } else if text.unicodeScalars.contains("\0") {
            try note(
                Diagnostic(
                    code: YAMLCode.controlCharacter, "NUL in a text", at: place, cause: "no path, prompt or header may hold it",
                    suggestion: "delete the escape"))
        }
        return Node(place: place, content: .scalar(Scalar(text: text, isPlain: isPlain, value: value)))
    }

    private mutating func sequence(_ start: Event, depth: Int) throws(Stopped) -> Built {
        try checkDepth(depth, start)
        var elements: [Node] = []
        var size = 1
        var height = 0
        while true {
            let event = try next()
            if case .sequenceEnd = event.kind {
                let place = place(of: start, end: event, last: elements.last)
                return Built(node: Node(place: place, content: .sequence(elements)), size: size, height: height + 1)
            }
            let element = try node(event, depth: depth)
            elements.append(element.node)
            size += element.size
            height = max(height, element.height)
        }
    }

    private mutating func mapping(_ start: Event, depth: Int) throws(Stopped) -> Built {
        try checkDepth(depth, start)
        var entries: [Entry] = []
        var keys: [String: SourcePlace] = [:]
        var size = 1
        var height = 0
        while true {
            let event = try next()
            if case .mappingEnd = event.kind {
                let place = place(of: start, end: event, last: entries.last?.value)
                return Built(node: Node(place: place, content: .mapping(entries)), size: size, height: height + 1)
            }
            let key = try self.key(event, depth: depth)
            let value = try node(next(), depth: depth)
            size += value.size + 1
            height = max(height, value.height)
            guard let key, let name = key.scalarText else { continue }
            if let first = keys[name] {
                try note(
                    Diagnostic(
                        code: YAMLCode.duplicateKey, "the key `\(name)` stands twice", at: key.place,
                        cause: "which of the two counts is not defined",
                        suggestion: "delete one, or rename it", notes: [Diagnostic.Note("it is first here", at: first)]))
            } else {
                keys[name] = key.place
                entries.append(Entry(key: key, value: value.node))
            }
        }
    }

    /// A mapping's key, placed where it stands; nil, with a problem noted, where it is none of ours.
    private mutating func key(_ event: Event, depth: Int) throws(Stopped) -> Node? {
        let place = text.place(event.start, event.end)
        let key = try node(event, depth: depth).node
        guard let scalar = key.scalar else {
            try note(
                Diagnostic(
                    code: YAMLCode.keyNotScalar, "\(key.typeName) as a key", at: place, cause: "keys are names",
                    suggestion: key.mapping == nil
                        ? "put the text in quotes if it is meant as a name, such as `\"[a]\"`"
                        : "an expression is written `\"${{ … }}\"`; any other text with braces needs quotes"))
            return nil
        }
        if scalar.isPlain, scalar.text == "<<" {
            try note(
                Diagnostic(
                    code: YAMLCode.mergeKey, "the merge key `<<`", at: place, cause: "YAML 1.2 has no merge keys",
                    suggestion: "repeat the values, or put them under `defaults:` or `vars:`"))
            return nil
        }
        return Node(place: place, content: key.content)
    }

    private mutating func alias(_ name: String, _ event: Event, depth: Int) throws(Stopped) -> Built {
        let place = text.place(event.start, event.end)
        switch anchors[name] {
        case nil:
            throw stop(
                Diagnostic(
                    code: YAMLCode.unknownAlias, "no anchor `&\(name)` before the alias `*\(name)`", at: place,
                    cause: "a text that starts with `*` is an alias",
                    suggestion: Suggestion.nearest(to: name, among: anchors.keys).map { "did you mean `*\($0)`?" }
                        ?? "put the text in quotes if it is no alias"))
        case .open:
            throw stop(
                Diagnostic(
                    code: YAMLCode.recursiveAlias, "`*\(name)` stands inside what `&\(name)` names", at: place,
                    cause: "the value would contain itself", suggestion: "write the value out"))
        case .built(let built):
            expanded += built.size
            guard expanded <= limits.maxExpandedNodes else {
                throw stop(
                    Diagnostic(
                        code: YAMLCode.aliasExpansion, "aliases up to `*\(name)` stand for more than \(limits.maxExpandedNodes) values",
                        at: place,
                        cause: "aliases within aliases multiply", suggestion: "use fewer aliases, or `vars:`"))
            }
            try checkDepth(depth + built.height, event)
            return built
        }
    }

    private func tagProblem(_ tag: String, _ event: Event) -> Diagnostic {
        Diagnostic(
            code: YAMLCode.tag, "the tag `\(tag.replacing("tag:yaml.org,2002:", with: "!!").prefix(60))`",
            at: text.place(event.start, event.end),
            cause: "values have the type they are written in", suggestion: "delete the tag; quotes make a text of anything")
    }

    private mutating func checkDepth(_ depth: Int, _ event: Event) throws(Stopped) {
        guard depth > limits.maxDepth else { return }
        throw stop(
            Diagnostic(
                code: YAMLCode.tooDeep, "more than \(limits.maxDepth) levels of lists and mappings", at: text.place(event.start, event.end),
                suggestion: "nest less"))
    }

    /// A block ends where its last node does, not where libyaml sees the next token.
    private func place(of start: Event, end: Event, last: Node?) -> SourcePlace {
        if end.end > end.start { return text.place(start.start, end.end) }
        let from = text.position(scalar: start.start)
        guard let last, last.place.end > from else { return text.place(start.start, start.end) }
        return SourcePlace(file: text.file, start: from, end: last.place.end)
    }

    private mutating func next() throws(Stopped) -> Event {
        do {
            return try events.next()
        } catch {
            throw stop(error.diagnostic(in: text))
        }
    }

    private mutating func note(_ problem: Diagnostic) throws(Stopped) {
        problems.append(problem)
        if problems.count >= limits.maxProblems { throw Stopped() }
    }

    private mutating func stop(_ problem: Diagnostic) -> Stopped {
        problems.append(problem)
        return Stopped()
    }
}
