import Definitions
import Pipeline

/// Builds one instance.
extension Expander {
    /// The parameters of one instance.
    ///
    /// - Parameter wait: becomes why it may not be paid yet, where it takes what a person has not chosen.
    mutating func values(
        _ arguments: inout StepArguments, of step: Step, _ names: InstanceNames, wait: inout ChoiceWait?,
        into problems: inout InstanceFindings
    ) -> StepArguments.Values {
        let evaluator = TemplateEvaluator(names: names, places: places)
        return arguments.values(into: &problems) { parameter, problems in
            let name = parameter.name.content
            var value = parameter.value.map { evaluator.evaluate($0, into: &problems) } ?? .unknown
            let isUnknown = value == .unknown
            if hasPicks {
                let isWritten = if case .list = parameter.value { true } else { false }
                value = value.chosen(isWritten: isWritten, wait: &wait)
                if wait != nil { value = value.cut(to: most(name, of: step)) }
                noteChoice(among: parameter.value, names, wait: &wait)
            }
            let argument = media.argument(value, for: name, template: parameter.value, at: parameter.place, into: &problems)
            return (argument, isUnknown)
        }
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
        _ given: Arguments, _ values: StepArguments.Values, of arguments: StepArguments, by planner: inout OperationPlanner, of step: Step,
        into problems: inout InstanceFindings
    ) -> OperationPlan? {
        if case .value(.int(let number))? = given["count"], number > options.limits.outputsPerInstance {
            problems.add(
                Diagnostic(
                    code: ManifestCode.outOfRange, "`count` is at most \(options.limits.outputsPerInstance), this is \(number)",
                    at: arguments.located(values)["count"]?.place, suggestion: "fan out with `for_each` for more"))
            return nil
        }
        let plan = planner.plan(given, at: step.name.place) { arguments.located(values) }
        for diagnostic in plan.diagnostics where !(values.isUnknown && diagnostic.code == CheckCode.missingParameter) {
            problems.add(diagnostic)
        }
        return plan
    }

    /// Adds one instance of a step.
    ///
    /// - Parameter items: takes its outputs.
    /// - Returns: false where a problem keeps its outputs unknown.
    mutating func add(
        _ task: inout StepTask, element: FanOutElement, label: InstanceLabel, names: InstanceNames, items: inout [MediaItem],
        into problems: inout InstanceFindings
    ) -> Bool {
        let step = task.step
        var wait = hasPicks ? task.wait ?? element.wait : nil
        let values = values(&task.arguments, of: step, names, wait: &wait, into: &problems)
        let arguments = task.arguments.given(values)
        guard let plan = check(arguments, values, of: task.arguments, by: &task.planner, of: step, into: &problems) else { return false }
        let position = instances.count
        let dependencies = element.dependencies(with: task.dependencies)
        let needs = task.needs(without: dependencies)

        var planned: [PlannedOutput]? = []
        if task.operation != .upload {
            planned = task.outputs.outputs(
                count: plan.outputCount, kind: plan.outputKind, label: label, names: names, registry: &paths, into: &problems)
        }
        let identity = identity(of: arguments, plan, task: &task)
        if step.isPicked {
            planned = planned?.enumerated().map { output, plain in
                PlannedOutput(kind: plain.kind, path: plain.path, choice: options.isChosen(identity, output) ? .chosen : .open)
            }
        }
        let account = task.provider.account
        let brought = plan.uploads.map { transfers.position(of: $0, to: account) }
        instances.append(
            StepInstance(
                task.traits(plan, awaits: wait), name: label.name, arguments: arguments, identity: identity, jobs: plan.jobs,
                outputs: planned ?? [], dependencies: dependencies, needs: needs,
                transfers: Positions(brought.count < 2 ? brought : Set(brought).sorted())))
        origins.append(element.origin)
        requests.append(plan.requests == requests.last ? requests[position - 1] : plan.requests)
        usage.outputs += plan.outputCount
        usage.connections += dependencies.count + needs.count
        usage.textBytes += arguments.values.reduce(0) { $0 + $1.textBytes }
        if values.isUnknown, !problems.hasErrors, !findings.hasErrors {
            problems.add(
                Diagnostic(
                    code: ManifestCode.unresolved, "a parameter could not be worked out", at: step.name.place,
                    suggestion: "write the parameter's value itself"))
        }
        guard var made = outputs(of: task.operation, plan, planned, arguments: arguments, at: position) else { return false }
        if hasPicks { made = choices(of: made, planned, element, values, wait: wait, step: step) }
        items += made
        return true
    }

    /// What the instance that comes next is, and on record what it is at generation 0 where that is something else.
    private mutating func identity(of arguments: Arguments, _ plan: OperationPlan, task: inout StepTask) -> Identity {
        let position = instances.count
        func written(_ ordinal: Int, _ generation: Int) -> Identity {
            task.descriptions.identity(of: arguments, without: plan.renditions, ordinal: ordinal, generation: generation) {
                instances.indices.contains($0) ? instances[$0].identity : nil
            }
        }
        let first = written(0, 0)
        let ordinal = ordinal(of: first)
        let base = ordinal == 0 ? first : written(ordinal, 0)
        let generation = max(0, options.generation(base))
        if generation == 0 { return base }
        raised[position] = base
        return written(ordinal, generation)
    }

    /// How many instances ask for the same as the one that comes next.
    private mutating func ordinal(of first: Identity) -> Int {
        let (instances, raised) = (instances, raised)
        return identities.ordinal(of: instances.count, first) { earlier in raised[earlier] ?? instances[earlier].identity }
    }

    /// Outputs with what a person's choice means for each.
    private func choices(
        of made: [MediaItem], _ planned: [PlannedOutput]?, _ element: FanOutElement, _ values: StepArguments.Values, wait: ChoiceWait?,
        step: Step
    ) -> [MediaItem] {
        let origin = element.values.flatMap(\.media) + values.all.flatMap(chosenFrom)
        let source = wait?.step ?? origin.lazy.compactMap { $0.choice?.step }.first
        return made.enumerated().map { output, item in
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
    private func chosenFrom(_ argument: Argument) -> [MediaItem] {
        argument.media.compactMap { source in
            guard case .output(let output) = source, instances.indices.contains(output.instance),
                let items = outputs[instances[output.instance].step]?.items, let first = items.first, first.choice != nil
            else { return nil }
            return first
        }
    }

    /// How expressions see the outputs of an instance.
    private func outputs(
        of operation: Operation, _ plan: OperationPlan, _ planned: [PlannedOutput]?, arguments: Arguments, at position: Int
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
    /// What comes along with the outputs of its instance.
    fileprivate var origin: FanOutElement { item == nil ? self : FanOutElement(axes: axes, labels: labels) }

    /// The instances whose outputs it stands for, and those that every element of its step depends on; sorted, each once.
    fileprivate func dependencies(with shared: Positions) -> Positions {
        var own: [Int] = []
        var only: Int?
        func add(_ value: Evaluated) {
            switch value {
            case .value, .unknown: break
            case .media(let item):
                if only == nil, own.isEmpty { only = item.instance } else { own.append(item.instance) }
            case .list: own += value.media.chosen.map(\.instance)
            }
        }
        if let item { add(item) }
        for value in axes.values { add(value) }
        if own.isEmpty, shared.isEmpty { return only.map { [$0] } ?? [] }
        var distinct = Set(own)
        if let only { distinct.insert(only) }
        return distinct.isSubset(of: shared) ? shared : Positions(distinct.union(shared).sorted())
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
