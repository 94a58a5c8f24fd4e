package import Definitions
package import Pipeline
import YAML

/// The JSON Schema of a campaign: the manifest's own keys, and for each provider what its operations take.
package enum CampaignSchema {
    /// - Parameters:
    ///   - definitions: the providers whose steps are held against what they take. Steps of others may hold anything.
    ///   - isNarrowed: the campaign is of the one definition given, whatever its account is called.
    package static func schema(of definitions: [ProviderDefinition], isNarrowed: Bool = false) -> Value {
        var writer = JSONSchema()
        var schema = writer.schema(of: .mapping(ManifestKeys.campaign))
        schema["$schema"] = .text(JSONSchema.dialect)
        schema["title"] = .text(isNarrowed ? "flowbatch campaign for \(definitions.map(\.title).joined())" : "flowbatch campaign")
        schema["description"] = .text("A batch of image and video jobs: what is made, from what, at which provider, for how much at most.")
        var rules = [hasProvider]
        for definition in definitions {
            let provider = ProviderSchema(definition)
            let step = provider.step(&writer)
            let settings = provider.settings(&writer)
            rules += isNarrowed ? [rule(unless: provider.isChanged(anywhere: true), steps: step)] : Self.rules(of: provider, step: step)
            rules.append(Self.settings(of: definition.name, settings, isNarrowed: isNarrowed))
        }
        schema["allOf"] = .list(rules.map(Value.map))
        schema["$defs"] = .map(writer.definitions)
        return .map(schema)
    }

    /// Without a provider of its own, a campaign needs one in each step.
    private static let hasProvider: [String: Value] = rule(
        unless: ["required": .list([.text("provider")])], steps: ["required": .list([.text("provider")])])

    /// Steps that name the provider, and steps that name none in a campaign that does.
    private static func rules(of provider: ProviderSchema, step: [String: Value]) -> [[String: Value]] {
        let named: [String: Value] = [
            "properties": .map(["provider": .map(["const": .text(provider.name)])]), "required": .list([.text("provider")]),
        ]
        let silent: [String: Value] = ["not": .map(["required": .list([.text("provider")])])]
        return [
            rule(unless: provider.isChanged(anywhere: false), steps: ["if": .map(named), "then": .map(step)]),
            [
                "if": .map(named),
                "then": .map(rule(unless: provider.isChanged(anywhere: false), steps: ["if": .map(silent), "then": .map(step)])),
            ],
        ]
    }

    /// Every step is held against `steps`, unless the campaign is as `exception` says.
    private static func rule(unless exception: [String: Value], steps: [String: Value]) -> [String: Value] {
        [
            "if": .map(["not": .map(exception)]),
            "then": .map(["properties": .map(["steps": .map(["additionalProperties": .map(steps)])])]),
        ]
    }

    /// What is laid over a definition: in the entry of its name, and in those that name it.
    private static func settings(of name: String, _ settings: [String: Value], isNarrowed: Bool) -> [String: Value] {
        let isNamed: [String: Value] = [
            "properties": .map(["definition": .map(["const": .text(name)])]), "required": .list([.text("definition")]),
        ]
        let isSilent: [String: Value] = ["not": .map(["required": .list([.text("definition")])])]
        let entries: [String: Value] = [
            "properties": .map([name: .map(["if": .map(isSilent), "then": .map(settings)])]),
            "additionalProperties": .map(["if": .map(isNamed), "then": .map(settings)]),
        ]
        return ["properties": .map(["providers": .map(entries)])]
    }
}
