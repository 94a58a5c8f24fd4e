import Pipeline

extension ProviderDefinition {
    /// The parameters of an operation that only choose a rendition of what is paid for already: they go along with the download alone, and no
    /// price, duration or other request depends on them. What an instance asks for is the same whatever they are.
    func renditions(of operation: OperationDefinition) -> Set<String> {
        guard let life = jobProtocol(of: operation) else { return [] }
        var chosen: Set<String> = []
        for source in life.outputs.values.joined() { chosen.formUnion(source.placeholders.map(\.name)) }
        chosen.formIntersection(operation.parameters.map(\.name))
        return chosen.isEmpty ? [] : chosen.subtracting(parametersBesideDownloads(of: operation, life))
    }

    private func parametersBesideDownloads(of operation: OperationDefinition, _ life: JobProtocol) -> Set<String> {
        var names: Set<String> = ["count", "model", "extra"]
        if case .parameter(let count) = operation.outputCount { names.insert(count) }
        let requests =
            [operation.request] + [life.poll?.request, life.batch?.request, life.result?.request, life.cancel?.request].compactMap { $0 }
        names.formUnion(requests.flatMap(\.placeholders).map(\.name))
        for variant in operation.variants {
            let placeholders =
                (variant.path?.placeholders ?? []) + variant.query.values.flatMap(\.placeholders) + (variant.json?.placeholders ?? [])
            names.formUnion(placeholders.map(\.name))
        }
        let conditions = prices.map(\.condition) + durations.map(\.condition) + operation.variants.map(\.condition)
        for case .parameter(let name) in conditions.flatMap(\.tests).map(\.subject) { names.insert(name) }
        if case .listing(let listing)? = reconciliation { names.formUnion(listing.match.values.flatMap(\.placeholders).map(\.name)) }
        // What fills another parameter's place in a request is that one, too.
        for parameter in operation.parameters { if let filled = parameter.fills, names.contains(filled) { names.insert(parameter.name) } }
        return names
    }
}
