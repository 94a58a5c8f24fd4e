import Pipeline
import YAML

extension FieldReader {
    /// The condition under `when`.
    func condition(_ key: String = "when") -> Condition? { required(key).map { Self.condition($0, log) } }

    /// A condition as it is written: selector → value, list of values, `present`, `absent`, or a status class.
    static func condition(_ node: Node, _ log: ProblemLog) -> Condition {
        guard let entries = node.mapping else {
            log.note(DefinitionCode.wrongType, "a condition is \(node.typeName), not a mapping", at: node.place)
            return Condition(tests: [])
        }
        return Condition(tests: entries.compactMap { test($0, log) })
    }

    private static func test(_ entry: Entry, _ log: ProblemLog) -> Condition.Test? {
        let values = (entry.value.sequence ?? [entry.value]).compactMap(\.scalar)
        guard !values.isEmpty, values.count == entry.value.sequence?.count ?? 1 else {
            log.note(DefinitionCode.wrongType, "`\(entry.name)` takes a value or a list of values", at: entry.value.place)
            return nil
        }
        if entry.name == "http" {
            let ranges = values.compactMap { statusRange($0.text) }
            guard ranges.count == values.count else {
                log.note(DefinitionCode.malformed, "`http` takes statuses such as `404` or `5xx`", at: entry.value.place)
                return nil
            }
            return Condition.Test(subject: .httpStatus, expectation: .status(ranges))
        }
        guard let subject = subject(entry, log) else { return nil }
        if subject == .operation || subject == .makes || subject == .call {
            let known: [String] =
                switch subject {
                case .operation: Operation.allCases.map(\.rawValue)
                case .makes: [MediaKind.image.rawValue, MediaKind.video.rawValue]
                default: CallKind.allCases.map(\.rawValue)
                }
            for value in values where !known.contains(value.text) {
                let short = subject == .operation ? Operation(name: value.text) : nil
                log.note(
                    DefinitionCode.unknownWord, "`\(entry.name)` can't be `\(value.text.prefix(60))`", at: entry.value.place,
                    suggestion: short.map { "write `\($0.rawValue)`" } ?? Suggestion.text(for: value.text, among: known))
                return nil
            }
            return Condition.Test(subject: subject, expectation: .oneOf(values.map { .text($0.text) }))
        }
        if entry.value.sequence == nil, let only = values.first, only.isPlain {
            if only.text == "present" { return Condition.Test(subject: subject, expectation: .present) }
            if only.text == "absent" { return Condition.Test(subject: subject, expectation: .absent) }
        }
        return Condition.Test(subject: subject, expectation: .oneOf(values.map(\.value)))
    }

    private static func subject(_ entry: Entry, _ log: ProblemLog) -> Condition.Subject? {
        switch entry.name {
        case "uses": return .operation
        case "makes": return .makes
        case "call": return .call
        case let name where name.hasPrefix("/") || name.isEmpty:
            guard let pointer = JSONPointer(name) else {
                log.note(DefinitionCode.malformed, "`\(name.prefix(60))` is not a JSON pointer", at: entry.key.place)
                return nil
            }
            return .body(pointer)
        default: return .parameter(entry.name)
        }
    }

    /// `404` is that status, `4xx` its hundred.
    private static func statusRange(_ text: String) -> ClosedRange<Int>? {
        if text.count == 3, text.hasSuffix("xx"), let first = Int(text.prefix(1)), (1...5).contains(first) {
            return first * 100...first * 100 + 99
        }
        return Int(text).flatMap { (100...599).contains($0) ? $0...$0 : nil }
    }
}
