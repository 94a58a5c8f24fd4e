import Foundation
import Pipeline
import YAML

/// Reads an operation, its parameters and its models.
struct OperationReader {
    let log: ProblemLog
    /// The names under `jobs`; where there is one, an operation need not name it.
    let jobProtocols: [String]

    func operation(_ operation: Pipeline.Operation, _ node: Node) -> OperationDefinition? {
        guard let fields = FieldReader(node, "operation \(operation.rawValue)", DefinitionKeys.operation, log) else { return nil }
        var models: [String: OperationDefinition] = [:]
        for model in fields.entries("models") {
            models[model.name] = self.model(model, of: operation, node)
        }
        return read(operation, fields, models: models, sent: nil)
    }

    /// The whole operation as it is for one model: what the model says laid over the rest.
    private func model(_ model: Entry, of operation: Pipeline.Operation, _ node: Node) -> OperationDefinition? {
        let what = "model \(model.name) of \(operation.rawValue)"
        guard let overlay = FieldReader(model.value, what, DefinitionKeys.model, log) else { return nil }
        let sent = overlay.text("sends")
        for key in DefinitionKeys.model.names { _ = overlay.node(key) }
        overlay.finish()
        // `makes` is replaced whole: laying `video` over `image` would leave both.
        let base = node.without(model.value["makes"] == nil ? ["models"] : ["models", "makes"])
        guard let fields = FieldReader(base.merged(with: model.value.without(["sends"])), what, DefinitionKeys.operation, log) else {
            return nil
        }
        return read(operation, fields, models: [:], sent: sent)
    }

    private func read(
        _ operation: Pipeline.Operation, _ fields: FieldReader, models: [String: OperationDefinition], sent: String?
    ) -> OperationDefinition? {
        let request = fields.required("request").flatMap { FieldReader($0, "\(fields.what)'s request", DefinitionKeys.request, log) }
        let template = request.flatMap { RequestReader.request($0) }
        request?.finish()
        let parameters = fields.required("params").map { _ in self.parameters(fields.entries("params")) }
        let extra = self.parameters(fields.entries("extra"))
        let variants = (fields.list("variants") ?? []).compactMap { RequestReader.variant($0, log) }
        let jobProtocol = jobProtocol(fields)
        let makes = makes(fields, operation, parameters ?? [])
        let listedAs = fields.texts("listed_as") ?? []
        fields.finish()
        guard let template, let parameters, let jobProtocol, let makes else { return nil }
        for filled in parameters {
            if let name = filled.fills, !parameters.contains(where: { $0.name == name }) {
                log.note(
                    DefinitionCode.unknownName, "`\(filled.name)` fills `\(name)`, which is no parameter", at: fields.node["params"]?.place)
            }
        }
        return OperationDefinition(
            operation: operation, request: template, parameters: parameters, extraParameters: extra, models: models, modelSent: sent,
            variants: variants, jobProtocol: jobProtocol, outputKind: operation.outputKind, outputCount: makes, listedAs: listedAs)
    }

    private func jobProtocol(_ fields: FieldReader) -> String? {
        guard let node = fields.node("via"), let name = node.scalarText else {
            if jobProtocols.count == 1 { return jobProtocols.first }
            log.note(
                DefinitionCode.missingKey, "\(fields.what) lacks `via`", at: fields.node.place,
                cause: "the definition has several kinds of jobs",
                suggestion: Suggestion.text(for: "", among: jobProtocols))
            return nil
        }
        guard jobProtocols.contains(name) else {
            log.note(
                DefinitionCode.unknownName, "`via: \(name)` is none of `jobs`", at: node.place,
                suggestion: Suggestion.text(for: name, among: jobProtocols))
            return nil
        }
        return name
    }

    private func makes(
        _ fields: FieldReader, _ operation: Pipeline.Operation, _ parameters: [Parameter]
    ) -> OperationDefinition.OutputCount? {
        guard let node = fields.required("makes"),
            let makes = FieldReader(node, "\(fields.what)'s makes", DefinitionKeys.makes.only([operation.outputKind.rawValue]), log)
        else { return nil }
        defer { makes.finish() }
        guard let count = makes.required(operation.outputKind.rawValue) else { return nil }
        if let int = count.scalar?.value.int, (1...100).contains(int) { return .fixed(int) }
        guard let text = count.scalarText, let placeholder = TemplateText.parse(text)?.placeholders.first,
            let parameter = parameters.first(where: { $0.name == placeholder.name }), parameter.kind == .int
        else {
            log.note(
                DefinitionCode.malformed, "\(fields.what) makes neither a number from 1 to 100 nor what a whole-number parameter says",
                at: count.place, suggestion: "write `1`, or such as `\"{count}\"` with `count: { type: int, … }` among `params`")
            return nil
        }
        return .parameter(parameter.name)
    }

    private func parameters(_ entries: [Entry]) -> [Parameter] {
        entries.filter { !$0.value.isNull }.compactMap { entry in
            FieldReader(entry.value, "parameter \(entry.name)", DefinitionKeys.parameterKeys, log).flatMap { parameter(entry.name, $0) }
        }
    }

    private func parameter(_ name: String, _ fields: FieldReader) -> Parameter? {
        let kind: Parameter.Kind = fields.word("type") ?? .token
        let isRequired = fields.bool("required") ?? false
        let defaultNode = fields.node("default")
        let choices = choices(fields)
        let isOpen = fields.bool("open") ?? false
        let minimum = fields.decimal("min")
        let maximum = fields.decimal("max")
        let step = fields.int("step", in: 1...4096)
        let maxLength = fields.int("max_length", in: 1...1_000_000)
        let maxBytes = fields.bytes("max_bytes")
        let takes: [MediaRoute] = fields.words("takes") ?? []
        let fills = fields.text("fills")
        let by = fields.node("by")
        fields.finish()
        if let by, by.scalarText != "jobs" {
            log.note(DefinitionCode.unknownWord, "`by` can only be `jobs`", at: by.place)
        }
        if by != nil, kind != .int {
            log.note(
                DefinitionCode.conflict, "parameter \(name) has `by: jobs` and is no whole number", at: by?.place,
                cause: "it says how many jobs there are", suggestion: "write `type: int`, or leave `by` out")
        }
        if let minimum, let maximum, minimum > maximum {
            log.note(
                DefinitionCode.emptyRange, "parameter \(name) has `min` \(minimum) above `max` \(maximum)", at: fields.node.place,
                suggestion: "no value lies between them; swap them if they were mixed up")
        }
        let isMedia = kind == .image || kind == .images
        if isMedia, takes.isEmpty, fields.node["takes"] == nil {
            log.note(
                DefinitionCode.missingKey, "parameter \(name) lacks `takes`", at: fields.node.place,
                cause: "it says how a picture may be handed over, best first",
                suggestion: "add `takes:` with some of " + MediaRoute.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "))
        }
        if let text = defaultNode?.value.inlineText, !choices.isEmpty, !isOpen, !choices.contains(where: { $0.written == text }) {
            log.note(
                DefinitionCode.unknownName, "the default `\(text)` of \(name) is none of its values", at: defaultNode?.place,
                suggestion: Suggestion.text(for: text, among: choices.map(\.written)))
        }
        return Parameter(
            name: name, kind: kind, isRequired: isRequired, defaultValue: defaultNode?.value, choices: choices, isOpen: isOpen,
            minimum: minimum,
            maximum: maximum, step: step, maxLength: maxLength, maxBytes: maxBytes, takes: takes, fills: fills, splitsIntoJobs: by != nil)
    }

    /// A list of values, or a mapping from what is written to what is sent.
    private func choices(_ fields: FieldReader) -> [Parameter.Choice] {
        guard let node = fields.node("values") else { return [] }
        switch node.content {
        case .sequence(let values):
            return values.compactMap { value in
                if value.scalar == nil { fields.wrongType(value, "values", "a list of plain values") }
                return value.scalar.map { Parameter.Choice(written: $0.text, sent: $0.value) }
            }
        case .mapping(let entries): return entries.map { Parameter.Choice(written: $0.name, sent: $0.value.value) }
        case .scalar:
            fields.wrongType(node, "values", "a list or a mapping")
            return []
        }
    }
}
