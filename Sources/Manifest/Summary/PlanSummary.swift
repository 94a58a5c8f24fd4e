package import Pipeline

/// What a plan, or a part of it, takes: instances, jobs, money, requests.
package struct PlanSummary: Sendable {
    /// One step with one provider's account.
    package struct Step: Sendable, Hashable {
        package let name: String
        package let operation: Operation
        package let account: AccountID
        package fileprivate(set) var instances = 0
        /// Paid submissions.
        package fileprivate(set) var jobs = 0
        package fileprivate(set) var outputs = 0
        /// Exact sum of what has a price, one a unit.
        package fileprivate(set) var cost = Amounts()
        /// Jobs that nobody knows the price of. They never count as free.
        package fileprivate(set) var unpricedJobs = 0
    }

    /// In plan order.
    package private(set) var steps: [Step] = []
    package private(set) var cost = Amounts()
    package private(set) var unpricedJobs = 0
    /// The fewest requests, by account and kind: a submission and a poll a job, a fetch an output, an upload a transfer.
    package private(set) var requests: [AccountID: [CallKind: Int]] = [:]

    /// All instances counted.
    package var instances: Int { steps.reduce(0) { $0 + $1.instances } }
    /// All jobs counted.
    package var jobs: Int { steps.reduce(0) { $0 + $1.jobs } }
    /// All requests of all accounts counted.
    package var requestCount: Int { requests.values.reduce(0) { $0 + $1.values.reduce(0, +) } }
}

extension Compiled {
    /// What the instances of the plan take that `isCounted` says yes to, by their positions; nil without a plan.
    ///
    /// Every step of the plan is named, with zeros where none of its instances counts. A transfer counts once, with the first instance that
    /// needs it.
    package func summary(where isCounted: (Int) -> Bool = { _ in true }) -> PlanSummary? {
        plan.map { PlanSummary($0, requests: requests, where: isCounted) }
    }
}

extension PlanSummary {
    fileprivate init(_ plan: Plan, requests: [[CallKind: Int]], where isCounted: (Int) -> Bool) {
        var positions: [String: Int] = [:]
        var transfers: Set<Int> = []
        for (position, instance) in plan.instances.enumerated() {
            let index = positions[instance.step] ?? steps.count
            if positions.updateValue(index, forKey: instance.step) == nil {
                steps.append(Step(name: instance.step, operation: instance.operation, account: instance.account))
            }
            guard isCounted(position) else { continue }
            steps[index].instances += 1
            steps[index].jobs += instance.jobs.count
            steps[index].outputs += instance.outputs.count
            for job in instance.jobs {
                if let money = job.price.money {
                    steps[index].cost += money
                    cost += money
                } else {
                    steps[index].unpricedJobs += 1
                    unpricedJobs += 1
                }
            }
            var calls = self.requests[instance.account] ?? [:]
            for (kind, count) in requests.indices.contains(position) ? requests[position] : [:] { calls[kind, default: 0] += count }
            let fresh = instance.transfers.filter { transfers.insert($0).inserted }.count
            if fresh > 0 { calls[.upload, default: 0] += fresh }
            self.requests[instance.account] = calls
        }
    }
}
