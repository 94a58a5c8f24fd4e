import Pipeline

/// Counts the instances of a plan, and sums what is still to be paid for.
///
/// Jobs that cost the same are counted, and their price is multiplied: a large plan has few prices, and a sum of decimals for each of its jobs
/// would take longer than all the rest.
struct PlanTally {
    struct Step {
        let name: String
        let operation: Pipeline.Operation
        let account: AccountID
        var share = PlanReport.Share()
    }

    /// Instances that are paid alike.
    private struct Group: Hashable {
        /// Into `counted`.
        let step: Int
        let account: AccountID
        let isWaiting: Bool
        let jobs: [PlannedJob]
    }

    private var counted: [Step] = []
    private var positions: [String: Int] = [:]
    /// The step that was counted last, which most often is the next one's.
    private var current: Int?
    private var groups: [Group: Int] = [:]
    /// The group that was counted last, which most often is the next one's, and how often.
    private var last: (group: Group, count: Int)?

    mutating func add(_ instance: StepInstance, _ standing: PlanStanding) {
        let position = position(of: instance)
        counted[position].share.count(standing)
        let due = PlanReport.Due(instance, standing)
        if due.jobs.isEmpty { return }
        let group = Group(step: position, account: instance.account, isWaiting: due.isWaiting, jobs: due.jobs)
        if let last, last.group == group {
            self.last?.count += 1
        } else {
            if let last { groups[last.group, default: 0] += last.count }
            last = (group, 1)
        }
    }

    private mutating func position(of instance: StepInstance) -> Int {
        if let current, counted[current].name == instance.step { return current }
        let position = positions[instance.step] ?? counted.count
        if position == counted.count {
            positions[instance.step] = position
            counted.append(Step(name: instance.step, operation: instance.operation, account: instance.account))
        }
        current = position
        return position
    }

    private var all: [Group: Int] { last.map { groups.merging([$0.group: $0.count], uniquingKeysWith: +) } ?? groups }

    /// In plan order.
    var steps: [Step] {
        var steps = counted
        var sums: [Int: DueSum] = [:]
        for (group, count) in all { sums[group.step, default: DueSum()].add(group.jobs, times: count, isWaiting: group.isWaiting) }
        for (step, sum) in sums { steps[step].share.take(sum) }
        return steps
    }

    var totals: PlanReport.Share {
        var totals = PlanReport.Share()
        for step in counted { totals.count(step.share) }
        var sum = DueSum()
        for (group, count) in all { sum.add(group.jobs, times: count, isWaiting: group.isWaiting) }
        totals.take(sum)
        return totals
    }

    /// By account: what is paid without another choice, and how many jobs there nobody knows the price of.
    var planned: [AccountID: (cost: Amounts, unknown: Int)] {
        var sums: [AccountID: DueSum] = [:]
        for (group, count) in all where !group.isWaiting {
            sums[group.account, default: DueSum()].add(group.jobs, times: count, isWaiting: false)
        }
        return sums.mapValues { ($0.due.cost, $0.due.unknown) }
    }
}

/// What is to be paid, and what would be once a person has chosen.
private struct DueSum {
    struct Part {
        var submissions = 0
        var cost = Amounts()
        var unknown = 0
    }

    private(set) var due = Part()
    private(set) var waiting = Part()

    mutating func add(_ jobs: [PlannedJob], times: Int, isWaiting: Bool) {
        var part = isWaiting ? waiting : due
        part.submissions += jobs.count * times
        for job in jobs {
            if let money = job.price.money { part.cost += money * times } else { part.unknown += times }
        }
        if isWaiting { waiting = part } else { due = part }
    }
}

extension PlanReport.Share {
    fileprivate mutating func count(_ standing: PlanStanding) {
        instances += 1
        switch standing {
        case .done, .moves: done += 1
        case .continues, .fetches: continues += 1
        case .waits: waiting += 1
        case .runs: runs += 1
        case .stays: failed += 1
        case .held: held += 1
        case .excluded: excluded += 1
        }
    }

    /// Adds the counts of a part.
    fileprivate mutating func count(_ part: PlanReport.Share) {
        instances += part.instances
        done += part.done
        continues += part.continues
        waiting += part.waiting
        runs += part.runs
        failed += part.failed
        held += part.held
        excluded += part.excluded
    }

    fileprivate mutating func take(_ sum: DueSum) {
        (submissions, cost, unknownPrices) = (sum.due.submissions, sum.due.cost.all, sum.due.unknown)
        (waitingSubmissions, waitingCost, waitingUnknownPrices) = (sum.waiting.submissions, sum.waiting.cost.all, sum.waiting.unknown)
    }
}
