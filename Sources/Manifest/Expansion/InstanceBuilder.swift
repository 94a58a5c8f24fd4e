import Definitions
import Pipeline

/// Builds one instance.
extension Expander {
    /// The parameters of one instance, and whether a problem keeps any of them unknown.
    mutating func arguments(
        of step: Step, _ names: InstanceNames, into problems: inout InstanceFindings
    ) -> (arguments: [String: LocatedArgument], unknown: Bool) {
        let evaluator = TemplateEvaluator(names: names, places: places)
        var arguments: [String: LocatedArgument] = [:]
        var isUnknown = false
        for parameter in step.parameters {
            let name = parameter.name.content
            let value = parameter.value.map { evaluator.evaluate($0, into: &problems) } ?? .unknown
            if value == .unknown { isUnknown = true }
            let argument = media.argument(value, for: name, template: parameter.value, at: parameter.place, into: &problems)
            guard let argument else { continue }
            arguments[name] = LocatedArgument(argument: argument, place: parameter.place, keyPlace: parameter.name.place)
        }
        return (arguments, isUnknown)
    }

    /// What the provider says to the parameters; nil where asking would take too long.
    mutating func check(
        _ operation: Operation, _ definition: ProviderDefinition, _ arguments: [String: LocatedArgument], unknown: Bool, of step: Step,
        into problems: inout InstanceFindings
    ) -> OperationPlan? {
        if let count = arguments["count"], case .value(.int(let number)) = count.argument, number > options.limits.outputsPerInstance {
            problems.add(
                Diagnostic(
                    code: ManifestCode.outOfRange, "`count` is at most \(options.limits.outputsPerInstance), this is \(number)",
                    at: count.place))
            return nil
        }
        let plan = definition.plan(operation, arguments: arguments, at: step.name.place)
        for diagnostic in plan.diagnostics where !(unknown && diagnostic.code == CheckCode.missingParameter) {
            problems.add(diagnostic)
        }
        return plan
    }

    /// Adds one instance of a step.
    ///
    /// - Returns: its outputs; nil where a problem keeps them unknown.
    mutating func add(
        _ task: StepTask, element: FanOutElement, label: InstanceLabel, names: InstanceNames, into problems: inout InstanceFindings
    ) -> [MediaItem]? {
        let step = task.step
        let account = task.provider.account
        let (located, unknown) = arguments(of: step, names, into: &problems)
        guard let plan = check(task.operation, task.provider.definition, located, unknown: unknown, of: step, into: &problems) else {
            return nil
        }
        let arguments = located.mapValues(\.argument)
        let position = instances.count
        let own = Set((Array(element.axes.values) + [element.item].compactMap { $0 }).flatMap { $0.media.map(\.instance) })
        let dependencies = own.isSubset(of: task.dependencies) ? task.dependencies : own.union(task.dependencies).sorted()
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
        instances.append(
            StepInstance(
                step: step.name.content, name: label.name, place: step.name.place, operation: task.operation, account: account,
                arguments: arguments, identity: identity, jobs: plan.jobs,
                outputs: planned ?? [], dependencies: dependencies, needs: needs,
                transfers: Set(plan.uploads.map { transfers.position(of: $0, to: account) }).sorted(), retry: step.retry,
                timeout: step.timeout,
                onFailure: step.onFailure, expectedDuration: plan.expectedDuration, renditions: plan.renditions))
        elements.append(element)
        requests.append(plan.requests == requests.last ? requests[position - 1] : plan.requests)
        definitions[account] = task.provider.definition
        usage.outputs += plan.outputCount
        usage.connections += dependencies.count + needs.count
        usage.textBytes += arguments.values.reduce(0) { $0 + $1.textBytes }
        if unknown, !problems.hasErrors, !findings.hasErrors {
            problems.add(Diagnostic(code: ManifestCode.unresolved, "a parameter could not be worked out", at: step.name.place))
        }
        return outputs(of: task.operation, plan, planned, arguments: arguments, at: position)
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
