import Pipeline

/// The values of `each` in one instance.
struct EachValues: Hashable, Sendable {
    /// Own axes and those that came along.
    let axes: [String: Evaluated]
    let item: Evaluated?
    /// From 0, counted before `if`.
    let index: Int
}

/// The outputs of a step that has been expanded.
struct StepOutputs: Sendable {
    /// As a value, so that every instance that takes all of them shares one list; unknown where a problem keeps them so.
    let list: Evaluated
    /// What a singular reference takes where a person chooses among the outputs; nil where nobody does.
    let choice: MediaItem?
    private let operation: Operation?

    init(_ items: [MediaItem]?, of operation: Operation?) {
        self.operation = operation
        list = items.map { .list($0.map(Evaluated.media)) } ?? .unknown
        choice = items.flatMap(Self.choice)
    }

    /// In instance order, then by position; nil where a problem keeps them unknown.
    var items: [MediaItem]? { if case .list = list { list.media } else { nil } }

    /// The one that there is; nil where there are none, or several.
    var only: Evaluated? {
        guard case .list(let elements) = list, elements.count == 1 else { return nil }
        return elements.first
    }

    private static func choice(among items: [MediaItem]) -> MediaItem? {
        guard let step = items.lazy.compactMap({ $0.choice?.step }).first, var item = items.chosen.first else { return nil }
        let free = items.count { $0.choice?.wait == nil }
        if free != 1 { item.choice = MediaChoice(step: step, wait: .exactlyOne(step, item.kind, chosen: free)) }
        return item
    }

    /// The names that outputs of an operation have in expressions.
    static func names(of operation: Operation) -> [String] {
        switch operation {
        case .upload: ["file", "image", "images"]
        default: operation.outputKind == .image ? ["image", "images"] : ["video", "videos"]
        }
    }

    /// Whether expressions may call the step's outputs by `name`.
    func has(_ name: String) -> Bool { operation.map { Self.names(of: $0).contains(name) } ?? false }
}

/// What the names mean in one instance. Names that mean nothing were reported by `NameChecker`; here they are unknown.
struct InstanceNames: ExpressionNames {
    /// Nil for variables whose value could not be worked out.
    var variables: [String: Evaluated] = [:]
    /// What `env` lists.
    var listed: Set<String> = []
    /// What the command line allows, set or not.
    var allowed: Set<String> = []
    /// What of it is set.
    var environment: [String: String] = [:]
    var each: EachValues?
    var steps: [String: StepOutputs] = [:]
    /// Position of the output that `save` is worked out for, from 0.
    var output: Int?

    func value(of reference: Reference) throws(ExpressionProblem) -> Evaluated {
        guard reference.names.count > 1 else { return .unknown }
        let name = reference.names[1].text
        switch reference.root {
        case "vars": return try member(of: variables[name] ?? .unknown, reference, from: 2)
        case "env": return try environment(name, reference)
        case "each": return try each(name, reference)
        case "steps": return try outputs(of: name, reference)
        case "output": return counter(name, output)
        default: return .unknown
        }
    }

    private func environment(_ name: String, _ reference: Reference) throws(ExpressionProblem) -> Evaluated {
        guard listed.contains(name) else { return .unknown }
        if let text = environment[name] { return .value(.text(text)) }
        if allowed.contains(name) {
            throw ExpressionProblem(
                ManifestCode.environmentNotSet, "`\(name)` is not set in the environment", at: reference.range,
                suggestion: "set it (`export \(name)=…`), or give a value for when it is not: `env.\(name) | default(\"…\")`")
        }
        throw ExpressionProblem(
            ManifestCode.environmentNotGiven, "`\(name)` may not be read from the environment", at: reference.range,
            cause: "a manifest reads only what whoever runs it allows", suggestion: "add `--env \(name)` to the command")
    }

    private func each(_ name: String, _ reference: Reference) throws(ExpressionProblem) -> Evaluated {
        guard let each else { return .unknown }
        if let axis = each.axes[name] { return try member(of: axis, reference, from: 2) }
        if name == "item" { return try member(of: each.item ?? .unknown, reference, from: 2) }
        if name == "index" || name == "number" { return counter(name, each.index) }
        throw ExpressionProblem(
            ManifestCode.unknownAxis, "not every element has an axis `\(name.shortened)`", at: reference.names[1].range,
            cause: "axes come along from the step that gives the element",
            suggestion: "give a value for the others: `each.\(name.shortened) | default(\"…\")`")
    }

    private func counter(_ name: String, _ index: Int?) -> Evaluated {
        guard let index else { return .unknown }
        return switch name {
        case "index": .value(.int(index))
        case "number": .value(.int(index + 1))
        default: .unknown
        }
    }

    /// `each.item.sku`: a member of a mapping.
    private func member(of value: Evaluated, _ reference: Reference, from position: Int) throws(ExpressionProblem) -> Evaluated {
        var value = value
        for name in reference.names.dropFirst(position) {
            switch value {
            case .unknown: return .unknown
            case .value(.null):
                throw ExpressionProblem(
                    ManifestCode.variableWithoutValue, "`\(reference.text.shortened)` has no value to look into", at: reference.range,
                    suggestion: "give it one, or a value for when it has none: `| default(\"…\")`")
            case .value(.map(let members)):
                guard let member = members[name.text] else {
                    throw ExpressionProblem(
                        ManifestCode.unknownMember, "there is no `\(name.text.shortened)` in it", at: name.range,
                        suggestion: Suggestion.text(for: name.text, among: Array(members.keys))
                            ?? "give a value for when it is missing: `| default(\"…\")`")
                }
                value = .value(member)
            case .value, .media, .list:
                throw ExpressionProblem(
                    ManifestCode.unknownMember, "\(value.typeName) has no `\(name.text.shortened)`", at: name.range,
                    suggestion: "leave `.\(name.text.shortened)` out")
            }
        }
        return value
    }

    private func outputs(of name: String, _ reference: Reference) throws(ExpressionProblem) -> Evaluated {
        guard let outputs = steps[name], case .list(let items) = outputs.list, reference.names.count == 3 else { return .unknown }
        let output = reference.names[2].text
        guard outputs.has(output) else { return .unknown }
        if output == "images" || output == "videos" { return outputs.list }
        if let only = outputs.only { return only }
        if let choice = outputs.choice { return .media(choice) }
        let isVideo = output == "video"
        guard !items.isEmpty else {
            throw ExpressionProblem(
                ManifestCode.notExactlyOneOutput, "step `\(name)` has no \(isVideo ? "clip" : "picture") to take", at: reference.range,
                cause: "its `for_each` or `if` leaves no instance", suggestion: "give this step the same `if`")
        }
        throw ExpressionProblem(
            ManifestCode.notExactlyOneOutput, "step `\(name)` has \(items.count) \(isVideo ? "clips" : "pictures"), `\(output)` takes one",
            at: reference.range,
            suggestion: "fan out with `for_each: ${{ steps.\(name).\(isVideo ? "videos" : "images") }}` and take `${{ each.item }}`")
    }
}
