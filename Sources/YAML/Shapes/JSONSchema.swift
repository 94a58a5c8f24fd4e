package import Pipeline

/// Writes shapes as JSON Schema (draft 2020-12).
///
/// A schema never refuses what a reader takes. It can't tell everything that a reader can (whether a name refers to something), and lets
/// that pass.
package struct JSONSchema: Sendable {
    package static let dialect = "https://json-schema.org/draft/2020-12/schema"

    /// What several places refer to, by name.
    package private(set) var definitions: [String: Value] = [:]

    package init() {}

    /// The schema of `shape`; what it shares is added to `definitions`.
    package mutating func schema(of shape: Shape) -> [String: Value] {
        switch shape {
        case .any: [:]
        case .text: ["type": Self.types(["string", "number", "boolean"])]
        case .form(let form): Self.schema(of: form)
        case .whole(let range):
            ["type": .text("integer"), "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
                .filter { $0.value != .int(.min) && $0.value != .int(.max) }
        case .number(let range):
            ["type": .text("number"), "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
        case .flag: ["type": .text("boolean")]
        case .words(let words, let meanings):
            ["enum": .list(words.map(Value.text))].merging(Self.meanings(words, meanings)) { first, _ in first }
        case .values(let values): ["enum": .list(values)]
        case .nothing: ["type": .text("null")]
        case .list(let element, let count):
            ["type": .text("array"), "items": .map(schema(of: element))].merging(count > 0 ? ["minItems": .int(count)] : [:]) { first, _ in
                first
            }
        case .mapping(let table, let others): schema(of: table, others: others)
        case .named(let form, let shape, let count):
            [
                "type": .text("object"), "propertyNames": .map(Self.schema(ofName: form)),
                "additionalProperties": .map(schema(of: shape)),
            ].merging(count > 0 ? ["minProperties": .int(count)] : [:]) { first, _ in first }
        case .either(let shapes): ["anyOf": .list(shapes.map { .map(schema(of: $0)) })]
        case .shared(let name, let shape): refer(to: name, shape)
        }
    }

    /// Makes a schema available under `#/$defs/NAME`.
    package mutating func define(_ name: String, _ schema: [String: Value]) -> [String: Value] {
        definitions[name] = .map(schema)
        return Self.reference(name)
    }

    package static func reference(_ name: String) -> [String: Value] { ["$ref": .text("#/$defs/\(name)")] }

    private mutating func refer(to name: String, _ shape: Shape) -> [String: Value] {
        if definitions[name] == nil {
            // In place before it is written, so that a shape within it may refer to it.
            definitions[name] = .map([:])
            definitions[name] = .map(schema(of: shape))
        }
        return Self.reference(name)
    }

    private mutating func schema(of table: KeyTable, others: Shape?) -> [String: Value] {
        var properties: [String: Value] = [:]
        for key in table.keys { properties[key.name] = .map(schema(of: key, isNullTaken: table.isNullAbsent && !key.isRequired)) }
        var schema: [String: Value] = [
            "type": .text("object"), "properties": .map(properties),
            "additionalProperties": others.map { .map(self.schema(of: $0)) } ?? .bool(false),
        ]
        let required = table.keys.filter(\.isRequired).map(\.name)
        if !required.isEmpty { schema["required"] = .list(required.map(Value.text)) }
        let choices = table.choices.flatMap(Self.rules)
        if !choices.isEmpty { schema["allOf"] = .list(choices) }
        return schema
    }

    /// The schema of one key's value, with what people are shown of it.
    package mutating func schema(of key: Key, isNullTaken: Bool = false) -> [String: Value] {
        var schema = schema(of: isNullTaken ? .either([key.shape, .nothing]) : key.shape)
        if isNullTaken, case .list(let cases)? = schema["anyOf"], case .map(let first)? = cases.first, let plain = Self.orNull(first) {
            schema = plain
        }
        let meaning = schema["description"]?.text
        schema["description"] = .text([key.summary, meaning].compactMap { $0 }.joined(separator: " "))
        if let standard = key.standard { schema["default"] = standard }
        return schema
    }

    /// The same schema with null allowed, where that fits into it.
    private static func orNull(_ schema: [String: Value]) -> [String: Value]? {
        guard schema["enum"] == nil, case .text(let type)? = schema["type"] else { return nil }
        return schema.merging(["type": types([type, "null"])]) { _, new in new }
    }

    /// Of several keys at most one, or exactly one.
    private static func rules(_ choice: KeyTable.Choice) -> [Value] {
        func isWritten(_ name: String) -> Value {
            .map([
                "required": .list([.text(name)]), "properties": .map([name: .map(["not": .map(["type": .text("null")])])]),
            ])
        }
        var cases = choice.names.map(isWritten)
        if !choice.isRequired { cases.append(.map(["not": .map(["anyOf": .list(cases)])])) }
        return [.map(["oneOf": .list(cases)])]
    }

    private static func schema(of form: TextForm) -> [String: Value] {
        var schema: [String: Value] = [
            "type": form.takesNumbers ? types(["string", "number"]) : .text("string"), "pattern": .text(form.pattern),
            // Visual Studio Code's and yaml-language-server's own keyword.
            "patternErrorMessage": .text("This is not \(form.what)."),
        ]
        if let except = form.except { schema["not"] = .map(["pattern": .text(except), "type": .text("string")]) }
        if let most = form.maxLength { schema["maxLength"] = .int(most) }
        if !form.examples.isEmpty { schema["examples"] = .list(form.examples.map(Value.text)) }
        return schema
    }

    /// Keys are texts, whatever they look like.
    private static func schema(ofName form: TextForm) -> [String: Value] {
        schema(of: form).filter { $0.key != "type" && $0.key != "examples" }
    }

    private static func meanings(_ words: [String], _ meanings: [String: String]) -> [String: Value] {
        let told = words.compactMap { word in meanings[word].map { "`\(word)`: \($0)." } }
        return told.isEmpty ? [:] : ["description": .text(told.joined(separator: " "))]
    }

    package static func types(_ names: [String]) -> Value { .list(names.map(Value.text)) }
}
