import Pipeline

/// What `each` means in one step.
struct EachScope {
    /// The step's own axes and those that come along with outputs it fans out over; nil where they could not be found out.
    let axes: [String]?
    /// Whether it fans out over a list, so that there is an `each.item`.
    let hasItem: Bool
}

/// Checks the names of expressions before anything is evaluated, so that each wrong name is reported once, whatever fans out.
struct NameChecker {
    var variables: Set<String>
    /// Variables that are defined, but only after what is checked.
    var later: Set<String> = []
    /// The variable whose value is checked.
    var current: String?
    let environment: Set<String>
    /// The operation by step; nil where it could not be read.
    let steps: [String: Operation?]
    let places: ScalarPlaces

    private static let roots = ["vars", "env", "each", "steps"]
    private static let outputs = ["file", "image", "images", "video", "videos"]
    private static let counters = ["index", "number"]

    private static let mostCandidates = 2000
    /// Of one text.
    private static let mostProblems = 1000

    /// "Did you mean", but for so many names that looking for it would take long.
    static func suggestion(for word: String, among candidates: some Collection<String>) -> String? {
        candidates.count > mostCandidates ? nil : Suggestion.text(for: word, among: candidates)
    }

    /// Reports every name in `template` that means nothing at `position`.
    ///
    /// - Parameter each: nil where there is no fan-out.
    func check(_ template: TextTemplate, at position: ExpressionPosition, each: EachScope?, into findings: inout Findings) {
        var problems: [ExpressionProblem] = []
        for expression in template.expressions where problems.count < Self.mostProblems {
            problems += expression.references.compactMap { problem(with: $0, at: position, each: each) }
            problems += expression.pipes.compactMap(problem(with:))
        }
        // In the order of the text, so that finding their places is one walk.
        for problem in problems.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) where !findings.isFull {
            findings.add(problem.diagnostic(in: template.text, at: template.place, places: places))
        }
    }

    private func problem(with pipe: PipeCall) -> ExpressionProblem? {
        guard let known = Pipe(rawValue: pipe.name) else {
            return ExpressionProblem(
                ManifestCode.unknownPipe, "there is no pipe `\(pipe.name.shortened)`", at: pipe.range,
                suggestion: Suggestion.text(for: pipe.name, among: Pipe.allCases.map(\.rawValue)) ?? "there is for example `slug`")
        }
        guard !known.arguments.contains(pipe.arguments.count) else { return nil }
        return ExpressionProblem(
            ManifestCode.wrongPipeArguments, "`\(pipe.name)` takes another number of arguments", at: pipe.range,
            suggestion: "write \(known.usage)")
    }

    private func problem(with reference: Reference, at position: ExpressionPosition, each: EachScope?) -> ExpressionProblem? {
        switch reference.root {
        case "vars": variable(reference)
        case "env": environment(reference)
        case "each": self.each(reference, at: position, scope: each)
        case "steps": step(reference, at: position)
        case "output" where position == .save: output(reference)
        default: unknownRoot(reference, at: position, each: each)
        }
    }

    private func variable(_ reference: Reference) -> ExpressionProblem? {
        guard reference.names.count > 1 else { return incomplete(reference, example: "vars.\(variables.min() ?? "product")") }
        let name = reference.names[1]
        if variables.contains(name.text) { return nil }
        return ExpressionProblem(
            ManifestCode.unknownVariable, "there is no variable `\(name.text.shortened)`", at: name.range,
            cause: name.text == current
                ? "a variable cannot refer to itself"
                : later.contains(name.text) ? "it is defined further down, and a variable sees only those before it" : nil,
            suggestion: name.text == current
                ? "give it a value of its own"
                : later.contains(name.text)
                    ? "move `\(name.text)` up" : Self.suggestion(for: name.text, among: variables) ?? "define it under `vars`")
    }

    private func environment(_ reference: Reference) -> ExpressionProblem? {
        guard reference.names.count == 2 else { return incomplete(reference, example: "env.\(environment.min() ?? "NAME")") }
        let name = reference.names[1]
        if environment.contains(name.text) { return nil }
        if EnvironmentName.mayHoldSecret(name.text) {
            return ExpressionProblem(
                ManifestCode.refusedEnvironmentName, "`\(name.text.shortened)` may hold a secret", at: name.range,
                cause: EnvironmentName.secretRule, suggestion: "leave it out; a value that is no secret goes under another name")
        }
        return ExpressionProblem(
            ManifestCode.environmentNotListed, "`env` does not list `\(name.text.shortened)`", at: name.range,
            suggestion: Suggestion.nearest(to: name.text, among: environment.prefix(Self.mostCandidates)).map { "did you mean `\($0)`?" }
                ?? "add `env: [\(name.text.shortened)]` to the manifest and `--env \(name.text.shortened)` to the command")
    }

    private func each(_ reference: Reference, at position: ExpressionPosition, scope: EachScope?) -> ExpressionProblem? {
        guard position != .variable, position != .fanOut, position != .inputPath else {
            return ExpressionProblem(
                ManifestCode.notAllowedHere, "\(position.title) cannot refer to `each`", at: reference.range,
                cause: "`each` exists once a step has fanned out", suggestion: "use `vars` or `env`")
        }
        guard let scope else {
            return ExpressionProblem(
                ManifestCode.unknownAxis, "there is no `each`: this step has no `for_each`", at: reference.range,
                suggestion: "add `for_each:` to the step")
        }
        guard reference.names.count > 1 else { return incomplete(reference, example: "each.\(scope.axes?.first ?? "item")") }
        let name = reference.names[1]
        guard let axes = scope.axes else { return nil }
        let known = axes + (scope.hasItem ? ["item"] : []) + Self.counters
        if known.contains(name.text) { return nil }
        return ExpressionProblem(
            ManifestCode.unknownAxis, "this step has no axis `\(name.text.shortened)`", at: name.range,
            cause: name.text == "item" ? "`each.item` exists where `for_each` is a list; axes are named" : nil,
            suggestion: Suggestion.text(for: name.text, among: known) ?? "name one of its axes")
    }

    private func step(_ reference: Reference, at position: ExpressionPosition) -> ExpressionProblem? {
        guard position == .fanOut || position == .parameter else {
            return ExpressionProblem(
                ManifestCode.notAllowedHere, "\(position.title) cannot refer to the outputs of steps", at: reference.range,
                cause: "it is worked out before anything runs; it sees "
                    + (position == .variable || position == .inputPath ? "`vars` and `env`" : "`vars`, `env` and `each`"),
                suggestion: position == .variable || position == .inputPath
                    ? "use `vars` or `env`" : "use `vars`, `env` or the axes that the outputs brought along")
        }
        guard reference.names.count > 1 else {
            return incomplete(reference, example: "steps.\(steps.keys.min() ?? "scene").images")
        }
        let name = reference.names[1]
        guard let operation = steps[name.text] else {
            return ExpressionProblem(
                ManifestCode.unknownStep, "there is no step `\(name.text.shortened)`", at: name.range,
                suggestion: Self.suggestion(for: name.text, among: steps.keys) ?? "name a key of `steps`")
        }
        guard let operation else { return nil }
        let fitting = StepOutputs.names(of: operation)
        guard reference.names.count == 3, let output = reference.names.last else {
            return ExpressionProblem(
                ManifestCode.unknownOutput, "`\(reference.text.shortened)` does not name an output", at: reference.range,
                suggestion: "write \(fitting.map { "`steps.\(name.text).\($0)`" }.joined(separator: " or "))")
        }
        if fitting.contains(output.text) { return nil }
        let isOfOtherKind = Self.outputs.contains(output.text)
        return ExpressionProblem(
            ManifestCode.unknownOutput, "step `\(name.text)` has no `\(output.text.shortened)`", at: output.range,
            cause: isOfOtherKind ? "`\(operation.rawValue)` gives \(operation.outputKind == .image ? "pictures" : "clips")" : nil,
            suggestion: (isOfOtherKind ? nil : Suggestion.nearest(to: output.text, among: fitting).map { "did you mean `\($0)`?" })
                ?? "write \(fitting.map { "`\($0)`" }.joined(separator: " or "))")
    }

    private func output(_ reference: Reference) -> ExpressionProblem? {
        if reference.names.count == 2, let name = reference.names.last, Self.counters.contains(name.text) { return nil }
        return incomplete(reference, example: "output.number")
    }

    private func incomplete(_ reference: Reference, example: String) -> ExpressionProblem {
        ExpressionProblem(
            ManifestCode.unknownName, "`\(reference.text.shortened)` names nothing", at: reference.range,
            suggestion: "write for example `\(example)`")
    }

    private func unknownRoot(_ reference: Reference, at position: ExpressionPosition, each: EachScope?) -> ExpressionProblem {
        let name = reference.root
        let suggestion: String? =
            if variables.contains(name) {
                "did you mean `vars.\(name)`?"
            } else if each?.axes?.contains(name) == true || (Self.counters + ["item"]).contains(name) {
                "did you mean `each.\(name)`?"
            } else if steps[name] != nil {
                "did you mean `steps.\(reference.text.shortened)`?"
            } else {
                Suggestion.text(for: name, among: Self.roots + (position == .save ? ["output"] : []))
                    ?? "names start with `vars.`, `env.`, `each.` or `steps.`; texts stand in quotes"
            }
        return ExpressionProblem(
            ManifestCode.unknownName, "`\(name.shortened)` is not known", at: reference.names.first?.range ?? reference.range,
            suggestion: suggestion)
    }
}
