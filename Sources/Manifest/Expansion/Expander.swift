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
    /// By position: the identity at generation 0 of what was deliberately made again.
    var raised: [Int: Identity] = [:]
    /// By instance: the axes and labels of its element, which come along with its outputs.
    var origins: [FanOutElement] = []
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
        let isSkipped = isUnknown || usage.isExhausted(options.limits, instances: instances.count) != nil
        let found = isSkipped ? nil : elements(of: step, inputs, names, into: &problems)
        var items: [MediaItem] = []
        var isKnown = true
        if let found, let provider, let operation = step.operation {
            var task = StepTask(
                step: step, operation: operation, provider: provider, dependencies: dependencies(of: step), needs: needs(of: step),
                wait: step.needs.compactMap { outputs[$0.content]?.items?.wait }.first,
                arguments: StepArguments(step, hasPicks: hasPicks), campaign: campaign.name ?? "", places: places)
            usage.connections += task.dependencies.count + task.needs.count
            makeRoom(for: found.count)
            let labels = InstanceLabel.labels(step: step.name.content, isFannedOut: step.fanOut != nil, elements: found)
            for (index, (element, label)) in zip(found, labels).enumerated() {
                problems.begin(label.name)
                names.each = step.fanOut == nil ? nil : EachValues(axes: element.axes, item: element.item, index: index)
                guard isKept(step, names, into: &problems) else { continue }
                if !add(&task, element: element, label: label, names: names, items: &items, into: &problems) { isKnown = false }
                if usage.isExhausted(options.limits, instances: instances.count) != nil { break }
            }
            if instances.count > first, definitions[provider.account] == nil { definitions[provider.account] = provider.definition }
        } else {
            isKnown = false
            probe(step, provider: provider, names: names, into: &problems)
        }
        outputs[step.name.content] = StepOutputs(isKnown ? step.isPicked ? items.decided : items : nil, of: step.operation)
        members[step.name.content] = first..<instances.count
        let fresh = problems.diagnostics(instances: found?.count ?? 1).filter { !findings.contains($0.code, at: $0.place) }
        findings.add(contentsOf: fresh)
        reportExhaustion(at: step)
    }

    /// What the step fans out over; nil where a problem keeps that unknown.
    private func elements(
        of step: Step, _ inputs: FanOutInputs.OfStep, _ names: InstanceNames, into problems: inout InstanceFindings
    ) -> [FanOutElement]? {
        let builder = FanOutBuilder(
            step: step, inputs: inputs, evaluator: TemplateEvaluator(names: names, places: places),
            fanOut: FanOut(origin: { [origins] in origins[$0.instance] }, limit: max(0, options.limits.instances - instances.count)),
            mostInstances: options.limits.instances)
        return builder.elements(into: &problems)
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
        var arguments = StepArguments(step, hasPicks: hasPicks)
        let values = values(&arguments, of: step, names, wait: &wait, into: &problems)
        guard let provider, let operation = step.operation else { return }
        var planner = OperationPlanner(operation, of: provider.definition)
        _ = check(arguments.given(values), values, of: arguments, by: &planner, of: step, into: &problems)
    }

    /// Instances are many: room for those of a step is made at once, and never for many times more than there are.
    private mutating func makeRoom(for count: Int) {
        let wanted = min(instances.count + count, options.limits.instances)
        guard wanted > instances.capacity else { return }
        let room = max(wanted, min(2 * instances.capacity, options.limits.instances))
        instances.reserveCapacity(room)
        origins.reserveCapacity(room)
        requests.reserveCapacity(room)
    }

    /// The instances whose outputs every instance of the step refers to in its `with`; sorted.
    private func dependencies(of step: Step) -> Positions {
        var found: Set<Int> = []
        for name in Set(step.parameters.flatMap { $0.value?.templates ?? [] }.flatMap(\.referredSteps)) {
            for item in outputs[name]?.items?.chosen ?? [] { found.insert(item.instance) }
        }
        return Positions(found.sorted())
    }

    private func needs(of step: Step) -> Positions {
        Positions(Set(step.needs.map(\.content)).compactMap { members[$0] }.sorted { $0.lowerBound < $1.lowerBound }.flatMap { $0 })
    }

    private mutating func reportExhaustion(at step: Step) {
        guard let reason = usage.isExhausted(options.limits, instances: instances.count), !usage.isReported else { return }
        usage.isReported = true
        findings.error(
            reason.code, "step `\(step.name.content)` makes the campaign too large: \(reason.message)", at: step.name.place,
            suggestion: "split the campaign into several")
    }
}
