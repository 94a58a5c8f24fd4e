import Pipeline

/// Which step waits for which, by the steps' positions in the manifest.
struct StepGraph {
    /// One step that another waits for.
    struct Edge {
        let target: Int
        let origin: Origin
    }

    /// What makes a step wait.
    enum Origin {
        case reference(TextTemplate, Range<Int>)
        case needs(SourcePlace)
    }

    /// By step, each target once, in the order of the text.
    private let edges: [[Edge]]
    private let steps: [Step]

    init(_ steps: [Step]) {
        self.steps = steps
        let positions = Dictionary(steps.enumerated().map { ($1.name.content, $0) }, uniquingKeysWith: { first, _ in first })
        edges = steps.map { step in
            var seen: Set<Int> = []
            var edges: [Edge] = []
            func add(_ name: String, _ origin: Origin) {
                guard let target = positions[name], seen.insert(target).inserted else { return }
                edges.append(Edge(target: target, origin: origin))
            }
            for (template, position) in step.templates where position == .fanOut || position == .parameter {
                for reference in template.expressions.flatMap(\.references) where reference.root == "steps" && reference.names.count > 1 {
                    add(reference.names[1].text, .reference(template, reference.range))
                }
            }
            for need in step.needs { add(need.content, .needs(need.place)) }
            return edges
        }
    }

    /// The steps in an order in which what a step waits for comes before it, as near to the manifest's order as that allows.
    ///
    /// - Returns: the order, and the cycles that keep it from being one: each as the edges from step to step, the last leading to the first.
    ///   Steps of a cycle are in the order all the same, one edge of each cycle pointing forwards.
    func order() -> (order: [Int], cycles: [[(from: Int, edge: Edge)]]) {
        enum Mark { case new, open, done }
        var marks = Array(repeating: Mark.new, count: steps.count)
        var order: [Int] = []
        var cycles: [[(from: Int, edge: Edge)]] = []
        for start in steps.indices where marks[start] == .new {
            var path: [(step: Int, next: Int)] = [(start, 0)]
            marks[start] = .open
            while let (step, next) = path.last {
                guard next < edges[step].count else {
                    marks[step] = .done
                    order.append(step)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let edge = edges[step][next]
                switch marks[edge.target] {
                case .done: break
                case .new:
                    marks[edge.target] = .open
                    path.append((edge.target, 0))
                case .open:
                    let from = path.firstIndex { $0.step == edge.target } ?? 0
                    cycles.append(path[from...].map { ($0.step, edges[$0.step][$0.next - 1]) })
                    if cycles.count >= 100 { return (Array(steps.indices), cycles) }
                }
            }
        }
        return (order, cycles)
    }

    /// The cycle with its steps' names, and the place of each edge.
    func diagnostic(of cycle: [(from: Int, edge: Edge)], places: ScalarPlaces) -> Diagnostic {
        let shown = cycle.prefix(10)
        let names = shown.map { "`\(steps[$0.from].name.content.shortened)`" }
        let first = names.first ?? ""
        let chain = (names + (cycle.count > shown.count ? ["…"] : []) + [first]).joined(separator: " → ")
        let notes = shown.map { from, edge in
            let target = "`\(steps[edge.target].name.content.shortened)`"
            let name = "`\(steps[from].name.content.shortened)`"
            return switch edge.origin {
            case .reference: Diagnostic.Note("\(name) takes from \(target) here", at: place(of: edge, places))
            case .needs: Diagnostic.Note("\(name) needs \(target) here", at: place(of: edge, places))
            }
        }
        let isAlone = cycle.count == 1
        return Diagnostic(
            code: ManifestCode.cycle, isAlone ? "step \(first) waits for itself" : "steps wait for each other: \(chain)",
            at: cycle.first.map { place(of: $0.edge, places) }, cause: isAlone ? "it could never start" : "none of them could ever start",
            suggestion: isAlone ? "leave that out" : "take one of these away", notes: isAlone ? [] : notes)
    }

    private func place(of edge: Edge, _ places: ScalarPlaces) -> SourcePlace {
        switch edge.origin {
        case .needs(let place): place
        case .reference(let template, let range): places.place(of: range, in: template.text, at: template.place)
        }
    }
}
