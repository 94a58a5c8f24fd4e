import Pipeline

/// The steps with their names checked and in an order in which they can be expanded.
struct CheckedSteps {
    /// Positions in the manifest; what a step waits for comes before it, but for cycles.
    let order: [Int]
    /// Steps that are part of a cycle, or whose fan-out could not be read: what they make is unknown.
    private(set) var unknown: Set<Int>

    private static let mostAxes = 64

    init(_ campaign: Campaign, inputs: FanOutInputs, places: ScalarPlaces, into findings: inout Findings) {
        let steps = campaign.steps
        let graph = StepGraph(steps)
        let (order, cycles) = graph.order()
        for cycle in cycles { findings.add(graph.diagnostic(of: cycle, places: places)) }
        self.order = order
        unknown = Set(cycles.flatMap { $0.map(\.from) })

        let positions = Dictionary(steps.enumerated().map { ($1.name.content, $0) }, uniquingKeysWith: { first, _ in first })
        let checker = NameChecker(
            variables: Set(campaign.variables.map(\.name.content)), environment: Set(campaign.environment.map(\.content)),
            steps: Dictionary(steps.map { ($0.name.content, $0.operation) }, uniquingKeysWith: { first, _ in first }), places: places)
        var scopes: [Int: EachScope] = [:]
        for position in order {
            let step = steps[position]
            var scope = step.fanOut.map { Self.scope(of: $0, inputs: inputs[position], scopes: scopes, positions: positions) }
            if let axes = scope?.axes, axes.count > Self.mostAxes {
                findings.error(
                    ManifestCode.tooManyAxes,
                    "step `\(step.name.content.shortened)` has \(axes.count) axes, a step has at most \(Self.mostAxes)",
                    at: step.name.place, cause: "those of the steps it takes outputs from count too",
                    suggestion: "take outputs of fewer steps, or use fewer axes")
                unknown.insert(position)
                scope = EachScope(axes: nil, hasItem: true)
            }
            scopes[position] = scope
            for (template, place) in step.templates { checker.check(template, at: place, each: scope, into: &findings) }
            for need in step.needs where positions[need.content] == nil {
                findings.error(
                    ManifestCode.unknownStep, "there is no step `\(need.content.shortened)`", at: need.place,
                    suggestion: NameChecker.suggestion(for: need.content, among: positions.keys) ?? "name a key of `steps`")
            }
        }
    }

    /// The axes a step has: its own, and those of the steps whose outputs it fans out over.
    private static func scope(
        of fanOut: FanOutTemplate, inputs: FanOutInputs.OfStep, scopes: [Int: EachScope], positions: [String: Int]
    ) -> EachScope {
        var axes: [String] = []
        var isKnown = true
        var hasItem = false
        switch fanOut {
        case .items: hasItem = true
        case .axes(let template):
            for dimension in template.dimensions {
                switch dimension {
                case .axis(let axis): axes.append(axis.name.content)
                case .file(let input):
                    switch input.kind {
                    case .glob: hasItem = true
                    case .csv: if let table = inputs.table { axes += table.columns } else { isKnown = false }
                    }
                }
            }
        case .unreadable: return EachScope(axes: nil, hasItem: true)
        }
        for source in fanOut.sources {
            for name in Set(source.templates.flatMap(\.referredSteps)).sorted() {
                guard let step = positions[name] else {
                    isKnown = false
                    continue
                }
                guard let scope = scopes[step] else { continue }
                if let inherited = scope.axes { axes += inherited } else { isKnown = false }
            }
        }
        return EachScope(axes: isKnown ? axes : nil, hasItem: hasItem)
    }
}
