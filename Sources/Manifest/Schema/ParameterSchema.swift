import Definitions
import Foundation
import Pipeline
import YAML

/// What one operation takes under `with`.
struct ParameterSchema {
    let definition: ProviderDefinition
    let operation: OperationDefinition

    /// With models, each has its own rules; for a model that is an expression or that nobody listed, the names alone are checked.
    func with(_ writer: inout JSONSchema) -> [String: Value] {
        guard !operation.models.isEmpty, let model = operation.parameter("model") else { return mapping(operation, &writer) }
        let versions = operation.models.sorted { $0.key < $1.key }
        var properties: [String: Value] = ["extra": .map(extra(&writer))]
        for parameter in ([operation] + versions.map(\.value)).flatMap(\.parameters) where properties[parameter.name] == nil {
            properties[parameter.name] = .map(["description": .text(summary(of: parameter))])
        }
        properties["model"] = .map(schema(of: model, in: operation, &writer))
        var schema: [String: Value] = ["type": .text("object"), "properties": .map(properties)]
        if !model.isOpen { schema["additionalProperties"] = .bool(false) }
        let standard = model.defaultValue?.inlineText
        var rules: [Value] = versions.map { name, version in
            var isChosen: [String: Value] = ["properties": .map(["model": .map(["const": .text(name)])])]
            if name != standard { isChosen["required"] = .list([.text("model")]) }
            return .map(["if": .map(isChosen), "then": .map(mapping(version, &writer))])
        }
        let plain = model.choices.map(\.written).filter { operation.models[$0] == nil }.map(Value.text)
        var isPlain: [String: Value] = ["properties": .map(["model": .map(["enum": .list(plain)])])]
        if standard.map({ operation.models[$0] != nil }) ?? false { isPlain["required"] = .list([.text("model")]) }
        rules.append(.map(["if": .map(isPlain), "then": .map(mapping(operation, &writer))]))
        schema["allOf"] = .list(rules)
        return schema
    }

    /// The operation as it is for one model.
    private func mapping(_ version: OperationDefinition, _ writer: inout JSONSchema) -> [String: Value] {
        var properties: [String: Value] = ["extra": .map(extra(&writer))]
        for parameter in version.parameters { properties[parameter.name] = .map(schema(of: parameter, in: version, &writer)) }
        var schema: [String: Value] = [
            "type": .text("object"), "properties": .map(properties), "additionalProperties": .bool(false),
        ]
        let fillers = version.parameters.filter { $0.fills != nil }
        let required = version.parameters.filter(\.isRequired)
        let direct = required.filter { parameter in !fillers.contains { $0.fills == parameter.name } }
        if !direct.isEmpty { schema["required"] = .list(direct.map { .text($0.name) }) }
        // Two ways to write one thing exclude each other.
        let exclusive = fillers.flatMap { filler in
            version.parameters.filter { $0.name == filler.fills || ($0.fills == filler.fills && $0.name > filler.name) }.map {
                Value.map(["not": .map(["required": .list([.text(filler.name), .text($0.name)])])])
            }
        }
        if !exclusive.isEmpty { schema["allOf"] = .list(exclusive) }
        return schema
    }

    private func extra(_ writer: inout JSONSchema) -> [String: Value] {
        writer.schema(
            of: Key("extra", ParameterVocabulary.summary(of: "extra") ?? "", .either([.mapping([], others: .any), .form(.expression)])))
    }

    private func schema(of parameter: Definitions.Parameter, in version: OperationDefinition, _ writer: inout JSONSchema) -> [String: Value]
    {
        let shape = parameter.choices.isEmpty ? plainShape(parameter, in: version) : choices(parameter, in: version)
        var schema = writer.schema(of: shape)
        schema["description"] = .text(summary(of: parameter))
        if let standard = parameter.defaultValue { schema["default"] = standard }
        return schema
    }

    private func choices(_ parameter: Definitions.Parameter, in version: OperationDefinition) -> Shape {
        let names = parameter.choices.map(\.written) + (parameter.name == "model" ? operation.models.keys.sorted() : [])
        // What looks like a number may be written as one.
        let values = names.flatMap { name -> [Value] in
            guard let read = try? YAMLReader.read(name, file: name).value, read != .text(name) else { return [.text(name)] }
            return [.text(name), read]
        }
        return .either([.values(values), .form(.expression)] + (parameter.isOpen ? [.text] : []))
    }

    private func plainShape(_ parameter: Definitions.Parameter, in version: OperationDefinition) -> Shape {
        switch parameter.kind {
        case .text:
            let text = TextForm("a text", pattern: #"\S"#, maxLength: parameter.maxLength)
            return parameter.maxLength == nil ? .form(text) : .either([.form(text), .form(.expression)])
        case .token:
            return .either([
                .form(TextForm("one word", pattern: "^[A-Za-z0-9._:/+-]{1,128}$", takesNumbers: true)), .flag, .form(.expression),
            ])
        case .path:
            return .either([.form(TextForm("names between slashes", pattern: "^[A-Za-z0-9._/-]{1,256}$")), .form(.expression)])
        case .int:
            let range =
                (whole(parameter.minimum, .up) ?? .min)...(isCount(parameter, in: version) ? .max : whole(parameter.maximum, .down) ?? .max)
            return .either([.whole(range), .form(TextForm("a whole number", pattern: "^-?[0-9]+$")), .form(.expression)])
        case .number:
            let range = (parameter.minimum ?? -Decimal(Int.max))...(parameter.maximum ?? Decimal(Int.max))
            return .either([.number(range), .form(TextForm("a number", pattern: #"^-?[0-9]+(\.[0-9]+)?$"#)), .form(.expression)])
        case .bool: return .either([.flag, .form(.expression)])
        case .size:
            return .either([
                .form(TextForm("width and height in pixels such as 1024x768", pattern: "^[0-9]{1,5}x[0-9]{1,5}$", examples: ["1024x768"])),
                .form(.expression),
            ])
        case .image: return .form(.picture)
        case .images:
            let fewest = max(0, whole(parameter.minimum, .up) ?? 1)
            return .either([.form(.picture), .list(.form(.picture), atLeast: min(fewest, 1))])
        case .json: return .any
        }
    }

    /// How many outputs there are is not bounded by what one job makes.
    private func isCount(_ parameter: Definitions.Parameter, in version: OperationDefinition) -> Bool {
        if parameter.splitsIntoJobs { return true }
        if case .parameter(parameter.name) = version.outputCount { return true }
        return false
    }

    private func whole(_ number: Decimal?, _ mode: NSDecimalNumber.RoundingMode) -> Int? {
        guard var exact = number else { return nil }
        var rounded = Decimal()
        NSDecimalRound(&rounded, &exact, 0, mode)
        return Int("\(rounded)")
    }

    private func summary(of parameter: Definitions.Parameter) -> String {
        var sentences = [ParameterVocabulary.summary(of: parameter.name) ?? "A parameter of \(definition.title)'s own."]
        switch (parameter.minimum, parameter.maximum) {
        case (let low?, let high?): sentences.append("From \(low) to \(high).")
        case (let low?, nil): sentences.append("At least \(low).")
        case (nil, let high?): sentences.append("At most \(high).")
        case (nil, nil): break
        }
        if let most = parameter.maxLength { sentences.append("At most \(most) characters.") }
        if parameter.splitsIntoJobs { sentences.append("Each is a job of its own.") }
        if parameter.isRequired { sentences.append("Has to be given.") }
        return sentences.joined(separator: " ")
    }
}
