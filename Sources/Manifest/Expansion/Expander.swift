import Definitions
import Pipeline

/// Expands the steps of a campaign into the instances of a plan, in plan order.
///
/// Every step is looked at, whatever is wrong with others: what a problem keeps unknown is taken for unknown, and never reported again.
struct Expander {
    let campaign: Campaign
    let steps: CheckedSteps
    let inputs: FanOutInputs
    let providers: ProviderTable
    let variables: VariableTable
    let options: CompileOptions
    let places: ScalarPlaces
    /// Whether any step leaves a choice.
    let hasPicks: Bool

    var findings: Findings
    var media: MediaArguments
    var identities = IdentityRegistry()
    var paths = PathRegistry()
    var transfers = TransferTable()
    var usage = PlanUsage()

    var instances: [StepInstance] = []
    /// By instance.
    var requests: [[CallKind: Int]] = []
    /// By instance: its identity at generation 0.
    var bases: [Identity] = []
    /// By instance: its element, whose axes come along with its outputs.
    var elements: [FanOutElement] = []
    /// By step.
    var outputs: [String: StepOutputs] = [:]
    var members: [String: Range<Int>] = [:]
    var definitions: [AccountID: ProviderDefinition] = [:]

    init(
        campaign: Campaign, steps: CheckedSteps, inputs: FanOutInputs, providers: ProviderTable, variables: VariableTable,
        options: CompileOptions, media: MediaArguments, places: ScalarPlaces, findings: Findings
    ) {
        self.campaign = campaign
        self.steps = steps
        self.inputs = inputs
        self.providers = providers
        self.variables = variables
        self.options = options
        self.places = places
        hasPicks = campaign.steps.contains(where: \.isPicked)
        self.findings = findings
        self.media = media
    }

    mutating func expand() {
        var isProviderMissing = false
        for position in steps.order {
            let step = campaign.steps[position]
            if step.isUnreadable {
                outputs[step.name.content] = StepOutputs(nil, of: nil)
                continue
            }
            if !campaign.hasProvider, !step.hasProvider, !isProviderMissing {
                isProviderMissing = true
                findings.error(
                    ManifestCode.missingKey, "step `\(step.name.content.shortened)` has no provider", at: step.name.place,
                    suggestion: "add `provider:` to the campaign or the step; known are "
                        + providers.names.sorted().map { "`\($0)`" }.joined(separator: ", "))
            }
            expand(step, inputs: inputs[position], isUnknown: steps.unknown.contains(position))
        }
        for (file, inside) in paths.filesThatAreFolders {
            findings.error(
                ManifestCode.pathIsFolder, "`\(file.path.shortened)` is the folder of `\(inside.path.shortened)` too", at: file.place,
                cause: "`\(file.instance.shortened)` and `\(inside.instance.shortened)` save there",
                suggestion: "save one of them under another name")
        }
    }

    private mutating func expand(_ step: Step, inputs: FanOutInputs.OfStep, isUnknown: Bool) {
        var problems = InstanceFindings()
        let first = instances.count
        let provider = (step.provider ?? campaign.provider).flatMap { providers[$0.content] }
        var names = variables.names
        for name in step.referredSteps { names.steps[name] = outputs[name] }
        let builder = FanOutBuilder(
            step: step, inputs: inputs, evaluator: TemplateEvaluator(names: names, places: places),
            fanOut: FanOut(origin: { [elements] in elements[$0.instance] }, limit: max(0, options.limits.instances - instances.count)),
            mostInstances: options.limits.instances)
        let isSkipped = isUnknown || usage.isExhausted(options.limits, instances: instances.count) != nil
        let found = isSkipped ? nil : builder.elements(into: &problems)
        var items: [MediaItem]? = []
        if let found, let provider, let operation = step.operation {
            let task = StepTask(
                step: step, operation: operation, provider: provider, dependencies: dependencies(of: step), needs: needs(of: step),
                wait: step.needs.compactMap { outputs[$0.content]?.items?.wait }.first)
            usage.connections += task.dependencies.count + task.needs.count
            var planner = OperationPlanner(operation, of: provider.definition)
            let labels = InstanceLabel.labels(step: step.name.content, isFannedOut: step.fanOut != nil, elements: found)
            for (index, (element, label)) in zip(found, labels).enumerated() {
                problems.begin(label.name)
                names.each = step.fanOut == nil ? nil : EachValues(axes: element.axes, item: element.item, index: index)
                guard isKept(step, names, into: &problems) else { continue }
                let made = add(task, element: element, label: label, names: names, planner: &planner, into: &problems)
                if let made { items?.append(contentsOf: made) } else { items = nil }
                if usage.isExhausted(options.limits, instances: instances.count) != nil { break }
            }
        } else {
            items = nil
            probe(step, provider: provider, names: names, into: &problems)
        }
        outputs[step.name.content] = StepOutputs(step.isPicked ? items?.decided : items, of: step.operation)
        members[step.name.content] = first..<instances.count
        let fresh = problems.diagnostics(instances: found?.count ?? 1).filter { !findings.contains($0.code, at: $0.place) }
        findings.add(contentsOf: fresh)
        reportExhaustion(at: step)
    }

    private func isKept(_ step: Step, _ names: InstanceNames, into problems: inout InstanceFindings) -> Bool {
        guard let condition = step.condition, let template = condition.content else { return true }
        var names = names
        names.steps = [:]
        switch TemplateEvaluator(names: names, places: places).evaluate(template, into: &problems) {
        case .value(.bool(let bool)): return bool
        case .unknown: return true
        case let other:
            problems.add(
                Diagnostic(
                    code: ManifestCode.conditionIsNotBoolean, "`if` takes true or false, this is \(other.typeName)", at: condition.place,
                    suggestion: "compare it: `… == \"…\"`"))
            return true
        }
    }

    /// Checks the parameters of a step whose instances are not known, as if it had one.
    private mutating func probe(
        _ step: Step, provider: ProviderTable.Provider?, names: InstanceNames, into problems: inout InstanceFindings
    ) {
        var names = names
        names.each = nil
        var wait: ChoiceWait?
        let (arguments, unknown) = arguments(of: step, names, wait: &wait, into: &problems)
        guard let provider, let operation = step.operation else { return }
        var planner = OperationPlanner(operation, of: provider.definition)
        _ = check(arguments, by: &planner, unknown: unknown, of: step, into: &problems)
    }

    /// The instances whose outputs every instance of the step refers to in its `with`; sorted.
    private func dependencies(of step: Step) -> [Int] {
        var found: Set<Int> = []
        for name in Set(step.parameters.flatMap { $0.value?.templates ?? [] }.flatMap(\.referredSteps)) {
            for item in outputs[name]?.items?.chosen ?? [] { found.insert(item.instance) }
        }
        return found.sorted()
    }

    private func needs(of step: Step) -> [Int] {
        Set(step.needs.map(\.content)).compactMap { members[$0] }.sorted { $0.lowerBound < $1.lowerBound }.flatMap { $0 }
    }

    private mutating func reportExhaustion(at step: Step) {
        guard let reason = usage.isExhausted(options.limits, instances: instances.count), !usage.isReported else { return }
        usage.isReported = true
        findings.error(
            reason.code, "step `\(step.name.content)` makes the campaign too large: \(reason.message)", at: step.name.place,
            suggestion: "split the campaign into several")
    }
}

/// What all instances of a step share.
struct StepTask {
    let step: Step
    let operation: Operation
    let provider: ProviderTable.Provider
    let dependencies: [Int]
    let needs: [Int]
    /// Why it may not be paid yet, whatever its parameters are: nothing of a step it needs goes on.
    let wait: ChoiceWait?

    /// What it only waits for.
    func needs(without dependencies: [Int]) -> [Int] {
        guard !needs.isEmpty, !dependencies.isEmpty else { return needs }
        let taken = Set(dependencies)
        return needs.filter { !taken.contains($0) }
    }
}
