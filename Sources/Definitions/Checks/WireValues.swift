package import Pipeline

extension OperationDefinition {
    /// The operation as it is for the model that the arguments choose, or by default.
    func forModel(of arguments: [String: Argument]) -> OperationDefinition {
        guard let parameter = parameter("model") else { return self }
        let name: String? = if case .value(let value)? = arguments["model"] { value.inlineText } else { parameter.defaultValue?.inlineText }
        guard let name else { return self }
        return models[name] ?? (parameter.isOpen && arguments["model"] != nil ? forUnknownModel : self)
    }

    /// The operation for a model that nobody listed: what listed models take and the request has a place for is let through unchecked.
    private var forUnknownModel: OperationDefinition {
        let places = Set(request.placeholders.map(\.name)).subtracting(parameters.map(\.name))
        let taken = models.sorted { $0.key < $1.key }.flatMap(\.value.parameters)
        let added = places.sorted().compactMap { name in taken.first { $0.name == name }?.unchecked }
        return OperationDefinition(
            operation: operation, request: request, parameters: parameters + added, extraParameters: extraParameters, models: models,
            modelSent: modelSent, variants: variants, jobProtocol: jobProtocol, outputKind: outputKind, outputCount: outputCount,
            listedAs: listedAs)
    }

    /// What placeholders stand for: each parameter as sent, defaults filled in. `count` as written, where it is given.
    func wireValues(_ arguments: [String: Argument]) -> [String: Argument] {
        var values: [String: Argument] = [:]
        for parameter in parameters {
            if let argument = arguments[parameter.name] { values[parameter.fills ?? parameter.name] = parameter.sent(argument) }
        }
        for parameter in parameters {
            guard let value = parameter.defaultValue, values[parameter.fills ?? parameter.name] == nil else { continue }
            values[parameter.fills ?? parameter.name] = parameter.sent(.value(value))
        }
        if let modelSent { values["model"] = .value(.text(modelSent)) }
        return values
    }
}

extension Parameter {
    /// This without what is known of its values.
    fileprivate var unchecked: Parameter {
        Parameter(
            name: name, kind: takes.isEmpty ? .json : kind, isRequired: false, defaultValue: nil, choices: [], isOpen: true, minimum: nil,
            maximum: nil, step: nil, maxLength: nil, maxBytes: maxBytes, takes: takes, fills: nil, splitsIntoJobs: false)
    }

    /// The argument as it goes to the provider.
    func sent(_ argument: Argument) -> Argument {
        switch argument {
        case .value(let value): .value(choice(of: value)?.sent ?? coerced(value))
        case .media where kind == .images: .list([argument])
        case .media, .list: argument
        }
    }

    /// The choice that `value` writes, or nil.
    func choice(of value: Value) -> Choice? {
        let written = value.inlineText
        return choices.first { $0.written == written }
    }

    /// Numbers may come as text, from the command line or a CSV file; a name may look like a number.
    private func coerced(_ value: Value) -> Value {
        switch kind {
        case .int: wholeNumber(value).map(Value.int) ?? value
        case .token, .path, .size: value == .null ? value : .text(value.inlineText)
        default: value
        }
    }

    /// The whole number that `value` is, or reads as.
    func wholeNumber(_ value: Value) -> Int? {
        switch value {
        case .int(let int): int
        case .text(let text): text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") } ? Int(text) : nil
        default: nil
        }
    }
}

extension ProviderDefinition {
    /// What the request of one job is rendered from. Nil where the provider has no such operation.
    ///
    /// - Parameters:
    ///   - arguments: as a campaign wrote them, already checked by `plan`.
    ///   - job: the sub-job; its number of outputs is what `count` says.
    package func requestArguments(_ operation: Operation, arguments: [String: Argument], job: PlannedJob) -> RequestArguments? {
        guard let definition = operations[operation]?.forModel(of: arguments) else { return nil }
        var values = definition.wireValues(arguments)
        for parameter in definition.parameters where parameter.splitsIntoJobs { values[parameter.name] = nil }
        if case .parameter(let name) = definition.outputCount { values[name] = .value(.int(job.outputs.count)) }
        let extra: [String: Value] = if case .value(.map(let map))? = arguments["extra"] { map } else { [:] }
        return RequestArguments(operation: definition, values: values, extra: extra)
    }
}
