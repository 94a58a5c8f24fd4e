import Pipeline

/// Arguments that were found in order, to see at a glance that others are in order too.
///
/// What depends on several parameters (which are given, what they cost, how long they take) is the same where the names are and where the
/// arguments on which it hangs are; what is left is looked at parameter by parameter, and only where it differs from what was in order.
final class ArgumentForm {
    private let arguments: Arguments
    /// Positions of what has to be the same.
    private let fixed: [Int]
    private let plain: [(position: Int, parameter: Parameter)]
    /// In the order in which uploads are told; with how many pictures were in order.
    private let media: [(position: Int, parameter: Parameter, count: Int)]
    let plan: OperationPlan

    /// - Parameters:
    ///   - arguments: in which nothing was found.
    ///   - fixed: names of parameters on which more hangs than their own value.
    ///   - operation: as it is for the model that the arguments choose.
    ///   - plan: what they come to.
    init(_ arguments: Arguments, fixed: Set<String>, of operation: OperationDefinition, plan: OperationPlan) {
        self.arguments = arguments
        self.plan = plan
        var isFixed = arguments.names.map(fixed.contains)
        var plain: [(position: Int, parameter: Parameter)] = []
        var media: [(position: Int, parameter: Parameter, count: Int)] = []
        for parameter in operation.parameters {
            guard let position = arguments.names.firstIndex(of: parameter.name), !isFixed[position] else { continue }
            switch (parameter.kind, arguments.values[position]) {
            case (.image, .media): media.append((position, parameter, 1))
            case (.images, .media): media.append((position, parameter, 1))
            case (.images, .list(let elements)): media.append((position, parameter, elements.count))
            case (.image, _), (.images, _): isFixed[position] = true
            default: plain.append((position, parameter))
            }
        }
        self.plain = plain
        self.media = media
        let looked = Set(plain.map(\.position) + media.map(\.position))
        self.fixed = arguments.names.indices.filter { !looked.contains($0) }
    }

    /// What has to be brought to the account for `other`, in order, each once; nil where it has to be looked at as a whole.
    func uploads(of other: Arguments, provider: ProviderDefinition, what: String, models: [String]) -> [MediaSource]? {
        guard other.names == arguments.names else { return nil }
        for position in fixed where other.values[position] != arguments.values[position] { return nil }
        for (position, parameter) in plain where other.values[position] != arguments.values[position] {
            guard case .value(let value) = other.values[position] else { return nil }
            let log = ProblemLog()
            ValueCheck(owner: what, models: models, log: log).check(value, parameter, isCount: false, at: nil)
            guard log.all.isEmpty else { return nil }
        }
        var uploads: [MediaSource] = []
        for (position, parameter, count) in media {
            switch other.values[position] {
            case .media(let source):
                guard count == 1, add(source, parameter, provider, to: &uploads) else { return nil }
            case .list(let elements):
                guard parameter.kind == .images, elements.count == count else { return nil }
                for element in elements {
                    guard case .media(let source) = element, add(source, parameter, provider, to: &uploads) else { return nil }
                }
            case .value: return nil
            }
        }
        return uploads
    }

    /// More than so many are not held against each other one by one.
    private static let mostUploads = 32

    /// - Returns: false where there may be something to tell.
    private func add(_ source: MediaSource, _ parameter: Parameter, _ provider: ProviderDefinition, to uploads: inout [MediaSource]) -> Bool
    {
        guard let route = parameter.route(for: source), uploads.count < Self.mostUploads else { return false }
        guard route == .upload else { return true }
        if case .file(let file) = source {
            let log = ProblemLog()
            provider.checkUploadable(file, at: nil, log)
            guard log.all.isEmpty else { return false }
        }
        if !uploads.contains(source) { uploads.append(source) }
        return true
    }
}

extension OperationPlan {
    /// The same with other uploads.
    func with(uploads: [MediaSource]) -> OperationPlan {
        OperationPlan(
            diagnostics: diagnostics, jobs: jobs, outputKind: outputKind, outputCount: outputCount, expectedDuration: expectedDuration,
            uploads: uploads, requests: requests, renditions: renditions)
    }
}
