package import Pipeline

/// How long the longest chain of work is that hangs on each instance, itself included: what has the longest chain starts first.
package enum CriticalPath {
    /// Ranks in milliseconds by position in `plan.instances`, in time linear in instances and edges. Durations of a chain add up, saturating.
    ///
    /// - Parameter duration: of the jobs of the instance at a position; of those that have none it is not asked.
    package static func ranks(of plan: Plan, duration: (Int) -> Duration) -> [Int64] {
        ranks(
            of: plan,
            spans: plan.instances.indices.map { plan.instances[$0].jobs.isEmpty ? 0 : duration($0).wholeMilliseconds })
    }

    /// The same for instances that take so many milliseconds each.
    static func ranks(of plan: Plan, spans: [Int64]) -> [Int64] {
        var ranks = [Int64](repeating: 0, count: plan.instances.count)
        for position in plan.instances.indices.reversed() {
            let instance = plan.instances[position]
            ranks[position] = ranks[position].saturating(adding: spans[position])
            for earlier in [instance.dependencies, instance.needs].joined() where ranks.indices.contains(earlier) {
                ranks[earlier] = max(ranks[earlier], ranks[position])
            }
        }
        return ranks
    }
}
