package import Pipeline

/// How long the longest chain of work is that hangs on each instance, itself included: what has the longest chain starts first.
package enum CriticalPath {
    /// Ranks in milliseconds by position in `plan.instances`, in time linear in instances and edges. Durations of a chain add up, saturating.
    ///
    /// - Parameter duration: of the jobs of the instance at a position; of those that have none it is not asked.
    package static func ranks(of plan: Plan, duration: (Int) -> Duration) -> [Int64] {
        var ranks = [Int64](repeating: 0, count: plan.instances.count)
        for position in plan.instances.indices.reversed() {
            let instance = plan.instances[position]
            ranks[position] = ranks[position].saturating(adding: instance.jobs.isEmpty ? 0 : duration(position).wholeMilliseconds)
            for earlier in [instance.dependencies, instance.needs].joined() where ranks.indices.contains(earlier) {
                ranks[earlier] = max(ranks[earlier], ranks[position])
            }
        }
        return ranks
    }
}
