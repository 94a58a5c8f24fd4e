import Definitions
import Pipeline
import YAML

/// One provider's part of a campaign's schema.
struct ProviderSchema {
    let definition: ProviderDefinition

    init(_ definition: ProviderDefinition) { self.definition = definition }

    var name: String { definition.name }

    /// Whether a campaign changes what the operations take: by another definition, or where this one has gaps. Then nothing is said of them.
    ///
    /// - Parameter anywhere: in any entry of `providers`, or only in the one of this name.
    func isChanged(anywhere: Bool) -> [String: Value] {
        let keys = ["operations", "upload"] + (anywhere ? [] : ["definition"])
        let entry: [String: Value] = [
            "type": .text("object"), "anyOf": .list(keys.map { .map(["required": .list([.text($0)])]) }),
        ]
        var providers: [String: Value] = ["type": .text("object")]
        if anywhere {
            providers["not"] = .map(["additionalProperties": .map(["not": .map(entry)])])
        } else {
            providers["required"] = .list([.text(name)])
            providers["properties"] = .map([name: .map(entry)])
        }
        return ["required": .list([.text("providers")]), "properties": .map(["providers": .map(providers)])]
    }

    /// A step of this provider.
    func step(_ writer: inout JSONSchema) -> [String: Value] {
        let offered = Operation.allCases.filter { definition.operations[$0] != nil || ($0 == .upload && definition.uploads != nil) }
        var rules: [Value] = []
        for operation in offered {
            let with: [String: Value]
            if let operationDefinition = definition.operations[operation] {
                with = ParameterSchema(definition: definition, operation: operationDefinition).with(&writer)
            } else {
                with = writer.schema(
                    of: .mapping([Key("file", ParameterVocabulary.summary(of: "file") ?? "", .form(.picture), required: true)]))
            }
            let named = writer.define("\(name).\(operation.rawValue)", with)
            let isAnythingRequired = with["required"] != nil
            var then: [String: Value] = [
                "properties": .map([
                    "with": .map(isAnythingRequired ? named : ["anyOf": .list([.map(named), .map(["type": .text("null")])])])
                ])
            ]
            if isAnythingRequired { then["required"] = .list([.text("with")]) }
            rules.append(.map(["if": .map(uses([operation])), "then": .map(then)]))
        }
        return writer.define(
            "\(name).step",
            [
                "description": .text("A step that \(definition.title) does."), "properties": uses(offered)["properties"] ?? .map([:]),
                "allOf": .list(rules),
            ])
    }

    private func uses(_ operations: [Pipeline.Operation]) -> [String: Value] {
        let names = operations.flatMap { [$0.rawValue, $0.longName] }.map(Value.text)
        return ["properties": .map(["uses": .map(["enum": .list(names)])]), "required": .list([.text("uses")])]
    }

    /// An entry of `providers` for this definition: what any has, and what this one lists as gaps.
    func settings(_ writer: inout JSONSchema) -> [String: Value] {
        var properties: [String: Value] = [:]
        for key in ManifestKeys.provider.names + definition.gapRoots { properties[key] = .bool(true) }
        let plans = definition.offeredPlans
        if !plans.isEmpty, !definition.gapRoots.contains("plans") {
            let meanings = Dictionary(plans.compactMap { plan in plan.note.map { (plan.name, $0) } }) { first, _ in first }
            let plan = Key(
                "plan", "The plan you bought at \(definition.title): one, or a base with modifiers.",
                .either([.oneOrMore(.words(plans.map(\.name), meanings: meanings)), .nothing]))
            var schema = writer.schema(of: plan)
            let told = plans.compactMap { plan in plan.note.map { "`\(plan.name)`: \($0)." } }
            schema["description"] = .text(([plan.summary] + told).joined(separator: " "))
            properties["plan"] = .map(schema)
        }
        return writer.define("\(name).settings", ["properties": .map(properties), "additionalProperties": .bool(false)])
    }
}
