package import Pipeline

/// One key that a mapping of our files may have.
///
/// Readers take a key only if their table has it, and the JSON Schemas are made of the same tables: neither can know a key that the other
/// does not.
package struct Key: Sendable {
    package let name: String
    /// For people who write the file: one or two sentences.
    package let summary: String
    package let shape: Shape
    package let isRequired: Bool
    /// What holds where the key is not written, where that is one value.
    package let standard: Value?

    package init(_ name: String, _ summary: String, _ shape: Shape, required: Bool = false, standard: Value? = nil) {
        self.name = name
        self.summary = summary
        self.shape = shape
        isRequired = required
        self.standard = standard
    }
}

/// The keys of one kind of mapping, in the order in which people write them.
package struct KeyTable: Sendable, ExpressibleByArrayLiteral {
    /// Keys of which a mapping has one at most.
    package struct Choice: Sendable {
        package let names: [String]
        package let isRequired: Bool

        package init(_ names: [String], required: Bool) {
            self.names = names
            isRequired = required
        }
    }

    package let keys: [Key]
    package let choices: [Choice]
    /// Whether a key without a value counts as not written.
    package let isNullAbsent: Bool

    package init(_ keys: [Key], choices: [Choice] = [], isNullAbsent: Bool = false) {
        self.keys = keys
        self.choices = choices
        self.isNullAbsent = isNullAbsent
    }

    package init(arrayLiteral keys: Key...) { self.init(keys) }

    package var names: [String] { keys.map(\.name) }

    package func contains(_ name: String) -> Bool { self[name] != nil }

    package subscript(_ name: String) -> Key? { keys.first { $0.name == name } }

    package static func + (table: KeyTable, more: KeyTable) -> KeyTable {
        KeyTable(table.keys + more.keys, choices: table.choices + more.choices, isNullAbsent: table.isNullAbsent)
    }

    /// What is laid over such a mapping: nothing in it is required, a null takes a key away, and any of the keys may be meant to replace
    /// another.
    package var overlay: KeyTable {
        KeyTable(keys.map { Key($0.name, $0.summary, $0.shape.overlay, standard: $0.standard) }, isNullAbsent: true)
    }

    /// Some of the keys.
    package func only(_ names: [String]) -> KeyTable {
        KeyTable(keys.filter { names.contains($0.name) }, isNullAbsent: isNullAbsent)
    }
}
