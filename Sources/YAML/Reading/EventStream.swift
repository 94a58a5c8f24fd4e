import CLibYAML

/// One event of libyaml's, copied out of its memory. Positions count scalars from 0.
struct Event {
    enum Kind {
        case streamStart
        case streamEnd
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(text: String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    let kind: Kind
    /// The name after `&`, where there is one.
    var anchor: String?
    /// The tag, where one is written.
    var tag: String?
    let start: Int
    let end: Int
}

/// Where and why libyaml can't go on.
struct SyntaxProblem: Error {
    /// libyaml's words: `mapping values are not allowed in this context`.
    let message: String
    /// What was being read, in libyaml's words, and where it began.
    let context: String?
    let contextStart: Int
    let position: Int
}

/// libyaml's parser over one text: its memory lives as long as this object.
final class EventStream {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let isInitialized: Bool

    init(_ bytes: [UInt8]) {
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(from: bytes)
        parser = .allocate(capacity: 1)
        isInitialized = yaml_parser_initialize(parser) == 1
        guard isInitialized else { return }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        if isInitialized { yaml_parser_delete(parser) }
        parser.deallocate()
        input.deallocate()
    }

    /// The next event. After `.streamEnd` and after a problem there is none: don't ask.
    func next() throws(SyntaxProblem) -> Event {
        guard isInitialized else { throw SyntaxProblem(message: "no memory for a parser", context: nil, contextStart: 0, position: 0) }
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        return Self.copy(event)
    }

    private func problem() -> SyntaxProblem {
        let failed = parser.pointee
        return SyntaxProblem(
            message: failed.problem.map { String(cString: $0) } ?? "not enough memory",
            context: failed.context.map { String(cString: $0) },
            contextStart: Int(clamping: failed.context_mark.index),
            position: Int(clamping: failed.problem_mark.index))
    }

    private static func copy(_ event: yaml_event_t) -> Event {
        let start = Int(clamping: event.start_mark.index)
        let end = Int(clamping: event.end_mark.index)
        func plain(_ kind: Event.Kind) -> Event { Event(kind: kind, start: start, end: end) }
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: return plain(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return plain(.documentEnd)
        case YAML_ALIAS_EVENT: return plain(.alias(text(event.data.alias.anchor) ?? ""))
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            let kind = Event.Kind.scalar(text: text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
            return Event(kind: kind, anchor: Self.text(scalar.anchor), tag: Self.text(scalar.tag), start: start, end: end)
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            return Event(kind: .sequenceStart, anchor: text(sequence.anchor), tag: text(sequence.tag), start: start, end: end)
        case YAML_SEQUENCE_END_EVENT: return plain(.sequenceEnd)
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            return Event(kind: .mappingStart, anchor: text(mapping.anchor), tag: text(mapping.tag), start: start, end: end)
        case YAML_MAPPING_END_EVENT: return plain(.mappingEnd)
        case YAML_STREAM_START_EVENT: return plain(.streamStart)
        default: return plain(.streamEnd)
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}
