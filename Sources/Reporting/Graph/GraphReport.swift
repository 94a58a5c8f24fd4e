package import Pipeline

/// A campaign as nodes and edges, in plan order: what `GraphText` writes for a drawing program.
package struct GraphReport: Sendable, Hashable {
    package struct Node: Sendable, Hashable {
        /// Lines of its label, the first being its name.
        package let lines: [String]
        /// Nil where nothing is known of runs, and for whole steps.
        package let status: InstanceStatus?
    }

    package struct Edge: Sendable, Hashable {
        /// Positions in `nodes`.
        package let from: Int
        package let to: Int
        /// Whether outputs go along it; else it is order alone (`needs`).
        package let carriesData: Bool
    }

    /// Nodes that are drawn in one frame.
    package struct Group: Sendable, Hashable {
        package let title: String
        package let nodes: Range<Int>
    }

    /// The campaign's name.
    package let campaign: String
    package private(set) var nodes: [Node] = []
    /// By source, then target; each pair once.
    package private(set) var edges: [Edge] = []
    /// One a step where nodes are instances; none where they are steps.
    package private(set) var groups: [Group] = []

    /// The steps of a plan.
    package init(stepsOf plan: Plan) {
        campaign = plan.campaign
        let (order, members) = Self.steps(of: plan)
        let positions = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        nodes = order.map { step in
            let instances = members[step] ?? []
            return Node(lines: [step, Self.facts(of: instances, in: plan)], status: nil)
        }
        var kinds: [[Int]: Bool] = [:]
        for instance in plan.instances {
            guard let target = positions[instance.step] else { continue }
            func add(_ sources: Positions, carriesData: Bool) {
                for source in sources {
                    guard let from = positions[plan.instances[source].step] else { continue }
                    kinds[[from, target], default: false] = kinds[[from, target], default: false] || carriesData
                }
            }
            add(instance.dependencies, carriesData: true)
            add(instance.needs, carriesData: false)
        }
        edges = Self.sorted(kinds)
    }

    /// The instances of a plan.
    ///
    /// - Parameter status: how the instance at a position stands; nil where nothing is known.
    package init(instancesOf plan: Plan, status: (Int) -> InstanceStatus?) {
        campaign = plan.campaign
        let (order, members) = Self.steps(of: plan)
        var positions: [Int: Int] = [:]
        for step in order {
            let instances = members[step] ?? []
            let start = nodes.count
            for position in instances {
                positions[position] = nodes.count
                nodes.append(Self.node(plan.instances[position], status: status(position)))
            }
            let title = "\(step) · " + Self.facts(of: instances, in: plan)
            groups.append(Group(title: title, nodes: start..<nodes.count))
        }
        var kinds: [[Int]: Bool] = [:]
        for (position, instance) in plan.instances.enumerated() {
            guard let target = positions[position] else { continue }
            for source in instance.needs.compactMap({ positions[$0] }) { kinds[[source, target]] = false }
            for source in instance.dependencies.compactMap({ positions[$0] }) { kinds[[source, target]] = true }
        }
        edges = Self.sorted(kinds)
    }

    /// The steps in plan order, each with its instances' positions.
    private static func steps(of plan: Plan) -> (order: [String], members: [String: [Int]]) {
        var order: [String] = []
        var members: [String: [Int]] = [:]
        for (position, instance) in plan.instances.enumerated() {
            if members[instance.step] == nil { order.append(instance.step) }
            members[instance.step, default: []].append(position)
        }
        return (order, members)
    }

    /// `r2i · 4 instances · Flow AI`.
    private static func facts(of instances: [Int], in plan: Plan) -> String {
        guard let first = instances.first.map({ plan.instances[$0] }) else { return "" }
        let title = plan.accounts.first { $0.id == first.account }?.title ?? first.account.provider
        let account = ["default", "sandbox"].contains(first.account.label) ? title : "\(title) (\(first.account.label))"
        let count = instances.count == 1 ? [] : [Wording.count(instances.count, "instance")]
        return ([first.operation.rawValue] + count + [account]).joined(separator: " · ")
    }

    private static func node(_ instance: StepInstance, status: InstanceStatus?) -> Node {
        let outputs = instance.outputs.count > 1 ? [Wording.count(instance.outputs.count, "output")] : []
        let facts = outputs + (status.map { [$0.graphName] } ?? [])
        return Node(lines: [instance.name] + (facts.isEmpty ? [] : [facts.joined(separator: " · ")]), status: status)
    }

    private static func sorted(_ kinds: [[Int]: Bool]) -> [Edge] {
        kinds.map { Edge(from: $0.key[0], to: $0.key[1], carriesData: $0.value) }.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }
}

extension InstanceStatus {
    /// For people, on a drawing.
    var graphName: String {
        switch self {
        case .succeeded: "done"
        case .timedOut: "timed out"
        default: rawValue
        }
    }
}
