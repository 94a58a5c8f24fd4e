import Pipeline

/// The longest chains of work before and after each instance of a plan, in milliseconds, it itself not included.
struct Chains: Sendable {
    private(set) var before: [Int64]
    private(set) var after: [Int64]
    /// The longest chain of all.
    private(set) var longest: Int64 = 0

    /// Takes time linear in instances and edges.
    ///
    /// - Parameter spans: the least time between the inputs and the outputs of each instance.
    init(of plan: Plan, spans: [Int64]) {
        before = [Int64](repeating: 0, count: spans.count)
        after = before
        for (position, instance) in plan.instances.enumerated() {
            for earlier in [instance.dependencies, instance.needs].joined() where spans.indices.contains(earlier) {
                before[position] = max(before[position], before[earlier].saturating(adding: spans[earlier]))
            }
            longest = max(longest, before[position].saturating(adding: spans[position]))
        }
        for position in spans.indices.reversed() {
            let chain = after[position].saturating(adding: spans[position])
            let instance = plan.instances[position]
            for earlier in [instance.dependencies, instance.needs].joined() where spans.indices.contains(earlier) {
                after[earlier] = max(after[earlier], chain)
            }
        }
    }
}
