package import Pipeline

/// What a provider's operation takes, sends and makes.
package struct OperationDefinition: Hashable, Sendable {
    /// How many outputs one job makes.
    package enum OutputCount: Hashable, Sendable {
        case fixed(Int)
        /// As many as this parameter says.
        case parameter(String)
    }

    package let operation: Operation
    package let request: RequestTemplate
    /// In the order of the definition.
    package let parameters: [Parameter]
    /// What of a campaign's `extra` is known, to be checked; others pass.
    package let extraParameters: [Parameter]
    /// By the model's name as a campaign writes it: the whole operation as it is for that model.
    package let models: [String: OperationDefinition]
    /// What the model is called in the request, where that is not how a campaign writes it.
    package let modelSent: String?
    package let variants: [RequestVariant]
    /// Key into `ProviderDefinition.jobProtocols`.
    package let jobProtocol: String
    package let outputKind: MediaKind
    package let outputCount: OutputCount
    /// What the provider's listing calls jobs of this operation.
    package let listedAs: [String]

    package init(
        operation: Operation, request: RequestTemplate, parameters: [Parameter], extraParameters: [Parameter],
        models: [String: OperationDefinition],
        modelSent: String?, variants: [RequestVariant], jobProtocol: String, outputKind: MediaKind, outputCount: OutputCount,
        listedAs: [String]
    ) {
        self.operation = operation
        self.request = request
        self.parameters = parameters
        self.extraParameters = extraParameters
        self.models = models
        self.modelSent = modelSent
        self.variants = variants
        self.jobProtocol = jobProtocol
        self.outputKind = outputKind
        self.outputCount = outputCount
        self.listedAs = listedAs
    }

    package func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }

    /// What of the body's own fields stands beside a campaign's `extra`, under any condition: what `extra` may not set.
    package var fieldsBesideExtra: Set<String> {
        variants.reduce(into: request.fieldsBesideExtra) { $0.formUnion($1.applied(to: request).fieldsBesideExtra) }
    }

    /// The parameter whose value the request has as the field `name` of its body.
    func parameter(filling name: String) -> String? {
        guard case .json(.map(let fields)) = request.body, let placeholder = fields[name]?.placeholders.first else { return nil }
        return parameter(placeholder.name)?.name
    }
}
