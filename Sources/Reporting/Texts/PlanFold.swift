import Pipeline

/// What a run does, with instances of a step that changed alike in one line.
struct PlanFold {
    struct Line {
        let standing: String
        let name: String
        let reason: String
        /// How many it stands for.
        let instances: Int
    }

    /// The most that are named one by one.
    private static let unfolded = 3
    /// The first of them.
    let lines: [Line]
    /// Instances that `lines` leaves out.
    let rest: Int

    /// - Parameters:
    ///   - instances: in plan order, which the lines keep: a group stands where its first one does.
    ///   - limit: the most lines that are made, but where there is only one more; the rest is counted.
    init(_ instances: PlanReport.Instances, limit: Int) {
        struct Group: Hashable {
            let step: String
            let standing: String
            let parameters: [String]
        }
        var groups: [Group: [Int]] = [:]
        var group: [Int: Group] = [:]
        for position in instances.changed where instances.isShown(position) {
            let instance = instances[position]
            guard let changes = instance.changes, !changes.isEmpty else { continue }
            let own = Group(step: instance.step, standing: instance.standing, parameters: changes.map(\.parameter))
            groups[own, default: []].append(position)
            group[position] = own
        }
        func alike(_ position: Int) -> (Group, [Int])? {
            guard let own = group[position], let alike = groups[own], alike.count > Self.unfolded else { return nil }
            return (own, alike)
        }
        var lines: [Line] = []
        var count = 0
        var shown = 0
        for position in instances.indices where instances.isShown(position) {
            shown += 1
            let folded = alike(position)
            if let (_, alike) = folded, alike.first != position { continue }
            count += 1
            // One more line takes no more room than its count.
            if lines.count > limit { continue }
            let instance = instances[position]
            guard let (group, alike) = folded else {
                lines.append(Line(standing: instance.standing, name: instance.instance, reason: instance.reason ?? "", instances: 1))
                continue
            }
            let examples = Wording.list(alike.prefix(Self.unfolded).map { instances[$0].instance }, of: alike.count)
            lines.append(
                Line(
                    standing: instance.standing, name: "\(Wording.grouped(alike.count)) of \(instance.step)",
                    reason:
                        "\(Wording.list(group.parameters, limit: 4)) changed in \(examples); the first: \(instance.reason ?? "")",
                    instances: alike.count))
        }
        lines.removeLast(lines.count - Wording.shown(count, limit: limit))
        self.lines = lines
        rest = shown - lines.reduce(0) { $0 + $1.instances }
    }
}
