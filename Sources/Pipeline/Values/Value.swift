package import Foundation

/// A plain value as YAML's core schema and JSON know it. Numbers are exact: integers, or decimals.
package enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case number(Decimal)
    case text(String)
    case list([Value])
    case map([String: Value])

    /// The text of a `.text`, else nil.
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The integer of an `.int`, else nil.
    package var int: Int? {
        if case .int(let int) = self { int } else { nil }
    }

    /// The elements of a `.list`, else nil.
    package var list: [Value]? {
        if case .list(let list) = self { list } else { nil }
    }

    /// The entries of a `.map`, else nil.
    package var map: [String: Value]? {
        if case .map(let map) = self { map } else { nil }
    }

    /// What the value is called in messages: `a number`, `a list` …
    package var typeName: String {
        switch self {
        case .null: "nothing"
        case .bool: "true or false"
        case .int: "a whole number"
        case .number: "a number"
        case .text: "text"
        case .list: "a list"
        case .map: "a mapping"
        }
    }

    /// The value as it reads inside a text: `16:9`, `3`, `true`; lists and maps as canonical JSON.
    package var inlineText: String {
        switch self {
        case .null: ""
        case .bool(let bool): bool ? "true" : "false"
        case .int(let int): String(int)
        case .number(let number): "\(number)"
        case .text(let text): text
        case .list, .map: canonicalJSON
        }
    }
}
