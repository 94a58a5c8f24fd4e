import Pipeline
import YAML

/// Holds every placeholder against what can fill it where it stands.
struct PlaceholderCheck {
    let definition: ProviderDefinition
    let log: ProblemLog

    private enum Fields {
        static let file: Set<String> = ["name", "type", "size"]
        static let media: Set<String> = ["job", "index"]
    }

    func run() {
        let source = definition.source
        let derived = Set(definition.falApplications.keys)
        let everyParameter = Set(definition.operations.values.flatMap(parameterNames))
        for (operation, operationDefinition) in definition.operations {
            let known = parameterNames(operationDefinition).union(derived).union(["webhook"])
            let media = mediaNames(operationDefinition)
            let node = source["operations"]?[operation.rawValue]
            check(operationDefinition.request.placeholders, known: known, media: media, in: node?["request"])
            for variant in operationDefinition.variants {
                let placeholders =
                    (variant.path?.placeholders ?? []) + variant.query.values.flatMap(\.placeholders) + (variant.json?.placeholders ?? [])
                check(placeholders, known: known, media: media, in: node?["variants"])
            }
            for (name, model) in operationDefinition.models {
                check(model.request.placeholders, known: known, media: media, in: node?["models"]?[name])
            }
        }
        let ofJobs = everyParameter.union(derived).union(["job", "jobs", "index", "webhook"])
        for (name, jobs) in definition.jobProtocols {
            let requests = [jobs.poll?.request, jobs.batch?.request, jobs.result?.request, jobs.cancel?.request].compactMap { $0 }
            let outputs = jobs.outputs.values.flatMap { $0 }.flatMap(\.placeholders)
            check(requests.flatMap(\.placeholders) + outputs, known: ofJobs, media: [], in: source["jobs"]?[name])
        }
        checkUploads(in: source["upload"])
        for (name, request) in definition.accountRequests {
            check(request.request.placeholders, known: ["since"], media: [], in: source["account"]?[name])
        }
        if case .listing(let listing)? = definition.reconciliation {
            let known = everyParameter.union(["listed_as"])
            check(listing.match.values.flatMap(\.placeholders), known: known, media: [], in: source["reconcile"])
        }
    }

    private func checkUploads(in node: Node?) {
        guard let uploads = definition.uploads else { return }
        var known: Set<String> = ["file"]
        for step in uploads.steps {
            check(step.placeholders, known: known, media: [], in: node?["steps"])
            known.formUnion(step.keep.keys)
        }
        check(uploads.gives.placeholders, known: known.subtracting(["file"]), media: [], in: node?["gives"])
    }

    private func check(_ placeholders: [Placeholder], known: Set<String>, media: Set<String>, in node: Node?) {
        for placeholder in placeholders {
            let place = (node?.firstScalar(holding: placeholder.description) ?? node)?.place
            if !known.contains(placeholder.name) {
                log.note(
                    DefinitionCode.unknownPlaceholder, "nothing fills `\(placeholder)`", at: place,
                    suggestion: Suggestion.text(for: placeholder.name, among: known))
            } else if let field = placeholder.field {
                let fields: Set<String> = placeholder.name == "file" ? Fields.file : media.contains(placeholder.name) ? Fields.media : []
                if !fields.contains(field) {
                    log.note(
                        DefinitionCode.unknownPlaceholder, "`{\(placeholder.name)}` has no `\(field)`", at: place,
                        suggestion: Suggestion.text(for: field, among: fields))
                }
            }
        }
    }

    /// Of the operation and of each of its models; one that could not be read is a problem already, not a name that is missing.
    private func parameterNames(_ operation: OperationDefinition) -> Set<String> {
        let written = definition.source["operations"]?[operation.operation.rawValue]?["params"]?.mapping?.map(\.name) ?? []
        return Set(([operation] + operation.models.values).flatMap { $0.parameters.map(\.name) } + written)
    }

    private func mediaNames(_ operation: OperationDefinition) -> Set<String> {
        Set(([operation] + operation.models.values).flatMap { $0.parameters.filter { !$0.takes.isEmpty }.map(\.name) })
    }
}

extension Node {
    /// The first scalar within whose text holds `text`.
    fileprivate func firstScalar(holding text: String) -> Node? {
        switch content {
        case .scalar(let scalar): scalar.text.contains(text) ? self : nil
        case .sequence(let elements): elements.lazy.compactMap { $0.firstScalar(holding: text) }.first
        case .mapping(let entries): entries.lazy.compactMap { $0.value.firstScalar(holding: text) }.first
        }
    }
}
