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
    let lines: [Line]

    /// - Parameter instances: in plan order, which the lines keep: a group stands where its first one does.
    init(_ instances: [PlanReport.Instance]) {
        struct Group: Hashable {
            let step: String
            let standing: String
            let parameters: [String]
        }
        func group(_ instance: PlanReport.Instance) -> Group? {
            guard let changes = instance.changes, !changes.isEmpty else { return nil }
            return Group(step: instance.step, standing: instance.standing, parameters: changes.map(\.parameter))
        }
        var groups: [Group: [PlanReport.Instance]] = [:]
        for instance in instances { if let group = group(instance) { groups[group, default: []].append(instance) } }
        var told: Set<Group> = []
        lines = instances.compactMap { instance in
            guard let group = group(instance), let alike = groups[group], alike.count > Self.unfolded else {
                return Line(standing: instance.standing, name: instance.instance, reason: instance.reason ?? "", instances: 1)
            }
            guard told.insert(group).inserted else { return nil }
            let examples = Wording.list(alike.map(\.instance), limit: Self.unfolded)
            return Line(
                standing: instance.standing, name: "\(Wording.grouped(alike.count)) of \(instance.step)",
                reason: "\(Wording.list(group.parameters, limit: 4)) changed in \(examples); the first: \(instance.reason ?? "")",
                instances: alike.count)
        }
    }
}
