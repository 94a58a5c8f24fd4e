import Definitions
import Pipeline
import Reporting

extension ProviderDefinition {
    /// What was understood, for the person who wrote it: operations with what they take, every call, every gap.
    var summary: DefinitionSummary {
        DefinitionSummary(
            title: "\(title) (\(name)) at \(host.base ?? "$\(baseURLEnvironment)")\(host.path), key in $\(keyEnvironment)",
            sections: [
                .init("Operations", operationRows), .init("Calls", callRows), .init("Gaps", assumptions.map { ["\($0.at)", $0.why] }),
            ])
    }

    private var operationRows: [[String]] {
        Operation.allCases.compactMap { operation in
            guard let definition = operations[operation] else { return nil }
            let count: String =
                switch definition.outputCount {
                case .fixed(let count): "\(count)"
                case .parameter(let name): "`\(name)`"
                }
            let parameters = definition.parameters.map { $0.isRequired ? "\($0.name)*" : $0.name }.joined(separator: ", ")
            let models = definition.models.isEmpty ? "" : ", models: \(definition.models.keys.sorted().joined(separator: ", "))"
            return [operation.rawValue, "makes \(count) \(definition.outputKind.rawValue)", "takes \(parameters)\(models)"]
        }
    }

    private var callRows: [[String]] {
        var rows = Operation.allCases.compactMap { operation in
            operations[operation].map { ["submit \(operation.rawValue)", $0.request.target] }
        }
        for (position, step) in (uploads?.steps ?? []).enumerated() { rows.append(["upload \(position + 1)", step.target]) }
        for (name, job) in jobProtocols.sorted(by: { $0.key < $1.key }) {
            let prefix = jobProtocols.count == 1 ? "" : "\(name): "
            if let poll = job.poll {
                rows.append([
                    "\(prefix)poll", "\(poll.request.target), every \(poll.minInterval.shortText) to \(poll.maxInterval.shortText)",
                ])
            }
            if let batch = job.batch {
                rows.append(["\(prefix)poll many", "\(batch.request.target), \(batch.maxJobs.map { "\($0)" } ?? "all") at once"])
            }
            if let result = job.result { rows.append(["\(prefix)result", result.request.target]) }
            for kind in [MediaKind.image, .video] {
                for source in job.outputs[kind] ?? [] { rows.append(["\(prefix)\(kind.rawValue)", source.words]) }
            }
            if let cancel = job.cancel { rows.append(["\(prefix)cancel", cancel.request.target]) }
        }
        for (name, request) in accountRequests.sorted(by: { $0.key < $1.key }) { rows.append(["account \(name)", request.request.target]) }
        return rows
    }
}

extension RequestTemplate {
    /// `POST text-to-image`.
    fileprivate var target: String { "\(method.rawValue.uppercased()) \(path)\(toUploadHost ? " (to the upload host)" : "")" }
}

extension JobProtocol.OutputSource {
    fileprivate var words: String {
        switch self {
        case .url(let pointer): "from the address at \(pointer)"
        case .base64(let pointer): "from the text at \(pointer)"
        case .request(let path, _): "GET \(path)"
        }
    }
}
