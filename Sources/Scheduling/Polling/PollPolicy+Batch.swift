package import Pipeline

/// A job that is asked about.
package struct WatchedJob: Hashable, Sendable {
    package let kind: Int
    /// Its acceptance.
    package let begun: Timestamp
    /// When it was last found not to have ended; nil: not asked yet.
    package var lastSeen: Timestamp?

    package init(kind: Int, begun: Timestamp, lastSeen: Timestamp? = nil) {
        self.kind = kind
        self.begun = begun
        self.lastSeen = lastSeen
    }
}

/// Asking about all jobs with one request, where the provider has one for that.
///
/// Ends then gather until so many slots are expected to idle that a request is worth it. How often that is follows from the requests: what
/// submissions and downloads leave of them goes to asking, at equal intervals on average. An end goes unnoticed for half an interval, so
/// `requests a job · jobs / (duration + interval / 2) + 1 / interval` is what the supply sustains.
extension PollPolicy {
    /// When to ask about all of `jobs` next, which were asked about at `lastAsked`. Takes time linear in the jobs that the answer tells of.
    ///
    /// - Parameters:
    ///   - cost: the requests that asking about all takes.
    ///   - others: requests that are owed besides those of the kinds.
    package func nextBatch(
        _ jobs: [WatchedJob], lastAsked: Timestamp?, cost: Int = 1, supply: RequestSupply?, others: Int, now: Timestamp
    ) -> Timestamp {
        let soonest = max(now, lastAsked.map { $0 + .milliseconds(Int64(interval)) } ?? now)
        let mix = mix
        guard !jobs.isEmpty, mix.jobs > 0 else { return soonest }
        let gap = batchInterval(mix, cost: cost, supply: supply, others: others, now: now)
        let ends = Double(jobs.count) / (mix.duration + gap / 2)
        // With requests to spare, at every interval from the time on at which anything may have ended.
        let enough = gap <= interval ? 0.001 : ends * gap
        var low = 0.0
        var high = mix.duration + 64 * gap
        guard idle(jobs, at: soonest) < enough else { return soonest }
        for _ in 0..<40 {
            let middle = (low + high) / 2
            if idle(jobs, at: soonest + .milliseconds(Int64(middle))) < enough { low = middle } else { high = middle }
        }
        return soonest + .milliseconds(Int64(high.rounded(.up)))
    }

    /// How long a job's end is expected to go unnoticed where all are asked about at once.
    package func batchDelay(cost: Int = 1, supply: RequestSupply?, others: Int, now: Timestamp) -> Duration {
        .milliseconds(Int64(batchInterval(mix, cost: cost, supply: supply, others: others, now: now) / 2))
    }

    /// How long it is expected to go unnoticed where each job is asked about by itself, at the price that requests have.
    package mutating func singleDelay(supply: RequestSupply?, others: Int, now: Timestamp) -> Duration {
        findPrice(supply, others: others, now: now)
        var jobs = 0.0
        var delay = 0.0
        for kind in kinds.indices where kinds[kind].isAtWork {
            jobs += kinds[kind].jobs
            delay += kinds[kind].jobs * expectedDelay(of: kind)
        }
        return .milliseconds(Int64(min(delay / max(1, jobs), 1e15)))
    }

    private typealias Mix = (jobs: Double, duration: Double, requests: Double)

    /// Jobs that wait or run, how long one takes on average, and the requests of one besides polls.
    private var mix: Mix {
        var mix: Mix = (0, 0, 0)
        for kind in kinds where kind.isAtWork {
            mix.jobs += kind.jobs
            mix.duration += kind.jobs * kind.model.distribution.mean
            mix.requests += kind.jobs * kind.requestsBesidesPolls
        }
        guard mix.jobs > 0 else { return mix }
        return (mix.jobs, mix.duration / mix.jobs, mix.requests / mix.jobs)
    }

    /// The shortest time between two requests for all that the supply sustains.
    private func batchInterval(_ mix: Mix, cost: Int, supply: RequestSupply?, others: Int, now: Timestamp) -> Double {
        guard let supply, isCounted, mix.jobs > 0 else { return interval }
        let atOnce = min(Double(slots ?? .max), mix.jobs)
        func suffices(_ gap: Double) -> Bool {
            let span = max(1000, mix.jobs / max(1, atOnce) * (mix.duration + gap / 2))
            let rate = (mix.jobs * mix.requests + Double(others)) / span + Double(cost) / gap
            return rate <= supply.sustainableRate(over: .milliseconds(Int64(min(span, 1e15))), at: now)
        }
        if suffices(interval) { return interval }
        var low = interval
        var high = max(interval, 16 * mix.duration)
        for _ in 0..<24 {
            let middle = (low * high).squareRoot()
            if suffices(middle) { high = middle } else { low = middle }
        }
        return high
    }

    /// How many of the jobs are expected to have ended by a time, as far as is known.
    private func idle(_ jobs: [WatchedJob], at time: Timestamp) -> Double {
        jobs.reduce(0) { sum, job in
            guard kinds.indices.contains(job.kind) else { return sum }
            let distribution = kinds[job.kind].model.distribution
            let seen = job.lastSeen.map { distribution.survival(Double(($0 - job.begun).wholeMilliseconds)) } ?? 1
            return sum + 1 - distribution.survival(Double((time - job.begun).wholeMilliseconds)) / max(seen, 1e-12)
        }
    }
}
