package import Pipeline

/// One node of a YAML text with the stretch of text it came from.
package struct Node: Sendable, Hashable {
    /// Covers the node's text. A node that an alias stands for keeps the place of its anchor.
    package let place: SourcePlace
    package let content: Content

    package init(place: SourcePlace, content: Content) {
        self.place = place
        self.content = content
    }
}

/// What a node is.
package indirect enum Content: Sendable, Hashable {
    case scalar(Scalar)
    case sequence([Node])
    /// In the order of the text, each name once.
    case mapping([Entry])
}

/// A scalar as written and as read by YAML 1.2's core schema.
package struct Scalar: Sendable, Hashable {
    /// The text without quotes, escapes resolved.
    package let text: String
    /// Whether it was written without quotes and not as a block; only then `value` may be anything but `.text`.
    package let isPlain: Bool
    package let value: Value

    package init(text: String, isPlain: Bool, value: Value) {
        self.text = text
        self.isPlain = isPlain
        self.value = value
    }
}

/// One key of a mapping with its value.
package struct Entry: Sendable, Hashable {
    /// Always a scalar; its place is where the key is written.
    package let key: Node
    package let value: Node

    package init(key: Node, value: Node) {
        self.key = key
        self.value = value
    }

    /// The key as text, whatever the schema would read it as: `4:` is named `4`.
    package var name: String { key.scalarText ?? "" }
}

extension Node {
    /// The scalar, or nil for a collection.
    package var scalar: Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// A scalar's text as written (`4K`, `16:9`, `12`), or nil for a collection.
    package var scalarText: String? { scalar?.text }

    /// The elements, or nil where this is no sequence.
    package var sequence: [Node]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The entries, or nil where this is no mapping.
    package var mapping: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// Whether this is a plain `null`, `~` or nothing.
    package var isNull: Bool { scalar?.value == .null }

    /// The value under `key`; nil where there is none or this is no mapping.
    package subscript(_ key: String) -> Node? { mapping?.first { $0.name == key }?.value }

    /// The whole tree as a plain value, keys as text.
    package var value: Value {
        switch content {
        case .scalar(let scalar): scalar.value
        case .sequence(let elements): .list(elements.map(\.value))
        case .mapping(let entries): .map(Dictionary(entries.map { ($0.name, $0.value.value) }, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// What the node is called in messages: `a list`, `text` …
    package var typeName: String {
        switch content {
        case .scalar(let scalar): scalar.value.typeName
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
