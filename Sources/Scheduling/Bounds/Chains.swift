import Pipeline

/// The longest chains of work before and after each instance of a plan, in milliseconds, it itself not included.
struct Chains: Sendable {
    private(set) var before: [Int64]
    private(set) var after: [Int64]
    /// The longest chain of all.
    let longest: Int64

    /// Takes time linear in instances and edges.
    ///
    /// - Parameter spans: the least time between the inputs and the outputs of each instance.
    init(of plan: Plan, spans: [Int64]) {
        before = [Int64](repeating: 0, count: spans.count)
        for (position, instance) in plan.instances.enumerated() {
            for earlier in [instance.dependencies, instance.needs].joined() where spans.indices.contains(earlier) {
                before[position] = max(before[position], before[earlier].saturating(adding: spans[earlier]))
            }
        }
        after = CriticalPath.ranks(of: plan, spans: spans)
        longest = after.max() ?? 0
        for position in after.indices { after[position] -= spans[position] }
    }
}
