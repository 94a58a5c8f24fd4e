import Definitions
import Pipeline

/// Builds one instance.
extension Expander {
    /// The parameters of one instance, null where one was written and has no value, and whether a problem keeps any of them unknown.
    ///
    /// - Parameter wait: becomes why it may not be paid yet, where it takes what a person has not chosen.
    mutating func arguments(
        of step: Step, _ names: InstanceNames, wait: inout ChoiceWait?, into problems: inout InstanceFindings
    ) -> (arguments: [String: LocatedArgument], unknown: Bool) {
        let evaluator = TemplateEvaluator(names: names, places: places)
        var arguments: [String: LocatedArgument] = [:]
        var isUnknown = step.hasUnknownParameters
        for parameter in step.parameters {
            let name = parameter.name.content
            var value = parameter.value.map { evaluator.evaluate($0, into: &problems) } ?? .unknown
            if value == .unknown { isUnknown = true }
            if hasPicks {
                let isWritten = if case .list = parameter.value { true } else { false }
                value = value.chosen(isWritten: isWritten, wait: &wait)
                if wait != nil { value = value.cut(to: most(name, of: step)) }
                noteChoice(among: parameter.value, names, wait: &wait)
            }
            var argument = media.argument(value, for: name, template: parameter.value, at: parameter.place, into: &problems)
            // Its name is checked all the same.
            if argument == nil { argument = .value(.null) }
            guard let argument else { continue }
            arguments[name] = LocatedArgument(argument: argument, place: parameter.place, keyPlace: parameter.name.place)
        }
        return (arguments, isUnknown)
    }

    /// A singular reference within a text takes one output too.
    private func noteChoice(among template: ValueTemplate?, _ names: InstanceNames, wait: inout ChoiceWait?) {
        guard wait == nil, names.steps.values.contains(where: { $0.choice != nil }) else { return }
        for reference in template?.templates.flatMap(\.expressions).flatMap(\.references) ?? [] where reference.root == "steps" {
            guard case .media(let item)? = try? names.value(of: reference) else { continue }
            wait = wait ?? item.choice?.wait
        }
    }

    /// The most elements of a list parameter; nil where there is no bound.
    private func most(_ parameter: String, of step: Step) -> Int? {
        guard let operation = step.operation, let provider = (step.provider ?? campaign.provider).flatMap({ providers[$0.content] }) else {
            return nil
        }
        return provider.definition.operations[operation]?.parameter(parameter)?.maximum.flatMap { Int("\($0)") }
    }

    /// What the provider says to the parameters; nil where asking would take too long.
    mutating func check(
        _ arguments: [String: LocatedArgument], by planner: inout OperationPlanner, unknown: Bool, of step: Step,
        into problems: inout InstanceFindings
    ) -> OperationPlan? {
        if let count = arguments["count"], case .value(.int(let number)) = count.argument, number > options.limits.outputsPerInstance {
            problems.add(
                Diagnostic(
                    code: ManifestCode.outOfRange, "`count` is at most \(options.limits.outputsPerInstance), this is \(number)",
                    at: count.place, suggestion: "fan out with `for_each` for more"))
            return nil
        }
        let plan = planner.plan(arguments, at: step.name.place)
        for diagnostic in plan.diagnostics where !(unknown && diagnostic.code == CheckCode.missingParameter) {
            problems.add(diagnostic)
        }
        return plan
    }

    /// Adds one instance of a step.
    ///
    /// - Returns: its outputs; nil where a problem keeps them unknown.
    mutating func add(
        _ task: StepTask, element: FanOutElement, label: InstanceLabel, names: InstanceNames, planner: inout OperationPlanner,
        into problems: inout InstanceFindings
    ) -> [MediaItem]? {
        let step = task.step
        let account = task.provider.account
        var wait = hasPicks ? task.wait ?? element.wait : nil
        let (located, unknown) = arguments(of: step, names, wait: &wait, into: &problems)
        guard let plan = check(located, by: &planner, unknown: unknown, of: step, into: &problems) else { return nil }
        let arguments = located.compactMapValues { $0.argument == .value(.null) ? nil : $0.argument }
        let position = instances.count
        let dependencies = element.dependencies(with: task.dependencies)
        let needs = task.needs(without: dependencies)

        var planned: [PlannedOutput]? = []
        if task.operation != .upload {
            let planner = OutputPlanner(step: step, places: places)
            planned = planner.outputs(
                count: plan.outputCount, kind: plan.outputKind, label: label, names: names, registry: &paths, into: &problems)
        }
        let description = InstanceDescription(
            campaign: campaign.name ?? "", operation: task.operation, account: account,
            arguments: plan.renditions.isEmpty ? arguments : arguments.filter { !plan.renditions.contains($0.key) },
            identity: { instances.indices.contains($0) ? instances[$0].identity : nil })
        let (identity, base) = identities.identity(of: description, generation: options.generation)
        bases.append(base)
        if step.isPicked {
            planned = planned?.enumerated().map { output, plain in
                PlannedOutput(kind: plain.kind, path: plain.path, choice: options.isChosen(identity, output) ? .chosen : .open)
            }
        }
        let brought = plan.uploads.map { transfers.position(of: $0, to: account) }
        instances.append(
            StepInstance(
                step: step.name.content, name: label.name, place: step.name.place, operation: task.operation, account: account,
                arguments: arguments, identity: identity, jobs: plan.jobs, outputs: planned ?? [], dependencies: dependencies, needs: needs,
                transfers: brought.count < 2 ? brought : Set(brought).sorted(), retry: step.retry,
                timeout: step.timeout,
                onFailure: step.onFailure, expectedDuration: plan.expectedDuration, renditions: plan.renditions, awaits: wait,
                sharingWith: instances.last))
        elements.append(element)
        requests.append(plan.requests == requests.last ? requests[position - 1] : plan.requests)
        if !definitions.keys.contains(account) { definitions[account] = task.provider.definition }
        usage.outputs += plan.outputCount
        usage.connections += dependencies.count + needs.count
        usage.textBytes += arguments.values.reduce(0) { $0 + $1.textBytes }
        if unknown, !problems.hasErrors, !findings.hasErrors {
            problems.add(
                Diagnostic(
                    code: ManifestCode.unresolved, "a parameter could not be worked out", at: step.name.place,
                    suggestion: "write the parameter's value itself"))
        }
        let made = outputs(of: task.operation, plan, planned, arguments: arguments, at: position)
        guard hasPicks else { return made }
        let origin = element.values.flatMap(\.media) + located.keys.sorted().flatMap { chosenFrom(located[$0]?.argument) }
        let source = wait?.step ?? origin.lazy.compactMap { $0.choice?.step }.first
        return made?.enumerated().map { output, item in
            var item = item
            if step.isPicked {
                let isChosen = planned.map { $0.indices.contains(output) && $0[output].choice == .chosen } ?? false
                item.choice = MediaChoice(step: step.name.content, wait: isChosen ? nil : wait ?? .open(step.name.content, item.kind))
            } else if let source {
                item.choice = MediaChoice(step: source, wait: wait)
            }
            return item
        }
    }

    /// The outputs that an argument takes, as expressions know them.
    private func chosenFrom(_ argument: Argument?) -> [MediaItem] {
        (argument?.media ?? []).compactMap { source in
            guard case .output(let output) = source, instances.indices.contains(output.instance),
                let items = outputs[instances[output.instance].step]?.items, let first = items.first, first.choice != nil
            else { return nil }
            return first
        }
    }

    /// How expressions see the outputs of an instance.
    private func outputs(
        of operation: Operation, _ plan: OperationPlan, _ planned: [PlannedOutput]?, arguments: [String: Argument], at position: Int
    ) -> [MediaItem]? {
        guard operation == .upload else {
            let count = max(plan.outputCount, plan.diagnostics.contains { $0.severity == .error } ? 1 : 0)
            return (0..<count).map { output in
                let path = planned.flatMap { $0.indices.contains(output) ? $0[output].path : nil } ?? ""
                let source = MediaSource.output(OutputReference(instance: position, output: output))
                return MediaItem(source: source, kind: plan.outputKind, instance: position, path: path)
            }
        }
        guard case .media(let source) = arguments["file"] else { return nil }
        let path =
            switch source {
            case .file(let file): file.path
            case .url(let url): url
            case .output(let output): plannedPath(of: output)
            }
        return [MediaItem(source: source, kind: .image, instance: position, path: path)]
    }

    private func plannedPath(of output: OutputReference) -> String {
        guard instances.indices.contains(output.instance) else { return "" }
        let outputs = instances[output.instance].outputs
        return outputs.indices.contains(output.output) ? outputs[output.output].path : ""
    }
}

extension FanOutElement {
    /// The instances whose outputs it stands for, and those that every element of its step depends on; sorted, each once.
    fileprivate func dependencies(with shared: [Int]) -> [Int] {
        var own: [Int] = []
        if case .media(let only)? = item { own.append(only.instance) } else if let item { own += item.media.chosen.map(\.instance) }
        for value in axes.values {
            switch value {
            case .value, .unknown: break
            case .media(let only): own.append(only.instance)
            case .list: own += value.media.chosen.map(\.instance)
            }
        }
        if own.isEmpty { return shared }
        if own.count == 1, shared.isEmpty { return own }
        let distinct = Set(own)
        return distinct.isSubset(of: shared) ? shared : distinct.union(shared).sorted()
    }

    /// Its own item, and its axes in the order of their names.
    var values: [Evaluated] { axes.keys.sorted().compactMap { axes[$0] } + [item].compactMap { $0 } }

    /// Why nothing may be paid for it yet: it stands for an output that nobody chose.
    var wait: ChoiceWait? {
        for case .media(let item) in values { if let wait = item.choice?.wait { return wait } }
        return nil
    }
}

extension Evaluated {
    /// A list with at most `most` elements: what is planned before a choice is made never is more than may be chosen.
    func cut(to most: Int?) -> Evaluated {
        guard let most, case .list(let elements) = self, elements.count > most else { return self }
        return .list(Array(elements.prefix(most)))
    }
}
