import Pipeline

/// The jobs of an account that are asked about together.
struct Gathering {
    /// Whether jobs are asked about together now: where the provider can be asked so, and an end is noticed sooner than if each were asked about.
    var isOn = false
    /// Those that run; none of them is to be polled by itself.
    var jobs: Set<JobReference> = []
    /// When to ask; nil while that is not known, or the request is under way.
    var due: Timestamp?
    var lastAsked: Timestamp?
    var isUnderWay = false
    /// Something happened since it was last decided how to ask and when.
    var isStale = true
    var failures = 0

    /// Failures in a row after which jobs are asked about one by one for the rest of the run.
    static let mostFailures = 3
}

extension AccountState {
    /// The requests that it takes to ask about all jobs that run.
    var requestsForAll: Int {
        guard let most = plan.poll.batch?.mostJobs else { return 1 }
        return max(1, (jobsToFollow + most - 1) / most)
    }

    /// Whether an end is noticed clearly sooner where all are asked about together.
    mutating func isBetterAskedTogether(now: Timestamp) -> Bool {
        guard plan.poll.batch != nil, gathering.failures < Gathering.mostFailures, jobsToFollow > 1 else { return false }
        let single = polling.singleDelay(supply: supply, others: requestsOwed, now: now)
        let together = polling.batchDelay(cost: requestsForAll, supply: supply, others: requestsOwed, now: now)
        // Not to and fro where both are alike.
        return together.wholeMilliseconds * 10 < single.wholeMilliseconds * (gathering.isOn ? 10 : 9)
    }
}
