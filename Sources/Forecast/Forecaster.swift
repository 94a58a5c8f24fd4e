import Checkpoint
package import Pipeline
import Scheduling

/// Foretells how long a run will take, by running it in virtual time, and what it would have to wait less for to be faster.
package enum Forecaster {
    /// Jobs up to which a run is tried out; beyond, only the lower bounds are known.
    package static let mostJobs = 5000
    /// Jobs up to which it is tried out again without each of its limits, to find the one that binds.
    static let mostJobsToCompare = 600
    /// Worlds in which a run is tried out: as many as this many jobs allow, and within these limits. The more jobs, the less chance weighs.
    private static let jobsToTry = 3_000
    private static let trials = 3...16
    /// Of each of many plans that are compared.
    private static let trialsOfMany = 4...4

    /// - Parameter isOneOfMany: the limit that binds is told by the bounds alone, without trying the run out without each of its limits, and no
    ///   timeline is kept.
    package static func forecast(_ request: ForecastRequest, isOneOfMany: Bool = false) -> PlanForecast {
        let work = RemainingWork(request)
        let lower = work.lowerBound
        let bounds = PlanForecast.Bounds(lower)
        guard work.jobs <= mostJobs, let (typical, log) = run(work, request.plan, isLogged: !isOneOfMany) else {
            return PlanForecast(
                method: .lowerBound, startsAt: request.now, finishesAt: request.now + .seconds(bounds.most),
                latestAt: request.now + .seconds(bounds.most), bounds: bounds, binding: bindingByBounds(request, lower),
                accounts: request.plan.accounts.map { account(of: $0, work.fewestRequests($0.id), slotUse: nil) }, stop: nil, exitCode: 0,
                reasons: [])
        }
        let hasWork = (work.jobs > 0 || !work.uploads.isEmpty) && typical.finishedAt > request.now
        let ends = hasWork ? trialEnds(work, isOneOfMany ? trialsOfMany : trials) : []
        let range = PlanForecast.Range(ends: ends, startsAt: request.now)
        // What is foretold for jobs that take as long as expected can't be beaten by luck.
        let middle = PlanForecast.Range.point(0.5, of: ends.sorted()) ?? typical.finishedAt
        let finish = typical.exitCode == .done ? max(middle, request.now + .seconds(bounds.most)) : typical.finishedAt
        let latest = max(finish, ends.max() ?? finish, longest(work) ?? finish)
        let span = typical.finishedAt - request.now
        var binding: PlanForecast.Binding?
        if hasWork {
            binding =
                !isOneOfMany && work.jobs <= mostJobsToCompare ? bindingByTrial(work, typical, lower) : bindingByBounds(request, lower)
        }
        let accounts = request.plan.accounts.map { plan in
            account(of: plan, typical.requests[plan.id] ?? [:], slotUse: slotUse(plan, typical, span: span))
        }
        let stop = typical.stop.map { stop in
            PlanForecast.Stop(
                at: UTCMoment(stop.at), exitCode: Int((stop.limit == .spend ? ExitCode.budget : .quota).rawValue), limit: stop.limit,
                until: stop.until.map(UTCMoment.init))
        }
        return PlanForecast(
            method: .simulation, startsAt: request.now, finishesAt: finish, latestAt: latest, range: range, bounds: bounds,
            binding: binding, accounts: accounts,
            timeline: log.flatMap { hasWork ? PlanForecast.Timeline($0, request, until: typical.finishedAt) : nil }, stop: stop,
            exitCode: Int(typical.exitCode.rawValue), reasons: typical.reasons)
    }

    /// Where every job takes as long as is expected.
    private static func run(_ work: RemainingWork, _ plan: Plan, isLogged: Bool = false) -> (VirtualRun.Outcome, UsageLog?)? {
        var run = VirtualRun(work.request, plan: plan, isLogged: isLogged) { work.durations[$0.instance].expected }
        return run.run().map { ($0, run.log) }
    }

    /// When it ends in worlds in which jobs take as long as they may.
    private static func trialEnds(_ work: RemainingWork, _ trials: ClosedRange<Int>) -> [Timestamp] {
        let count = min(max(jobsToTry / max(1, work.jobs), trials.lowerBound), trials.upperBound)
        return SampledWorld.all(count, work.durations).compactMap { world in
            var run = VirtualRun(work.request, plan: work.request.plan) { world.duration(of: $0) }
            return run.run()?.finishedAt
        }
    }

    /// When it ends if every job takes as long as its definition says that it may; nil where none says.
    private static func longest(_ work: RemainingWork) -> Timestamp? {
        let ranges = work.request.durations
        guard ranges.contains(where: { $0 != nil }) else { return nil }
        var run = VirtualRun(work.request, plan: work.request.plan) { job in
            let range = ranges.indices.contains(job.instance) ? ranges[job.instance] : nil
            return max(work.durations[job.instance].expected, range?.upperBound ?? .zero)
        }
        return run.run()?.finishedAt
    }

    private static func slotUse(_ plan: AccountPlan, _ outcome: VirtualRun.Outcome, span: Duration) -> Int? {
        guard let threads = plan.limits.threads, threads > 0, let held = outcome.slotTime[plan.id], span > .zero else { return nil }
        let all = Double(span.wholeMilliseconds) * Double(threads)
        return min(100, Int((Double(held.wholeMilliseconds) / all * 100).rounded()))
    }

    private static func account(of plan: AccountPlan, _ requests: [CallKind: Int], slotUse: Int?) -> PlanForecast.Account {
        PlanForecast.Account(
            account: plan.id.description, requests: Dictionary(uniqueKeysWithValues: requests.map { ($0.key.rawValue, $0.value) }),
            threads: plan.limits.threads, slotUse: slotUse)
    }

    // MARK: what binds

    private static let limits: [LimitName] = [.threads, .requests, .dailyImages, .spend]

    /// The limit without which the run would end soonest, where that is noticeably sooner; else the work itself.
    private static func bindingByTrial(
        _ work: RemainingWork, _ typical: VirtualRun.Outcome, _ lower: LowerBound
    ) -> PlanForecast.Binding? {
        let request = work.request
        let span = typical.finishedAt - request.now
        var best: (limit: LimitName, without: Duration)?
        for limit in limits where request.plan.accounts.contains(where: { $0.has(limit) }) {
            guard let (outcome, _) = run(work, request.plan.without(limit)) else { continue }
            let without = outcome.finishedAt - request.now
            if without < best?.without ?? span { best = (limit, without) }
        }
        // Less than a fiftieth is the pace of polls, not a limit.
        guard let best, best.without.wholeMilliseconds <= span.wholeMilliseconds - max(1000, span.wholeMilliseconds / 50) else {
            // Two limits that bind alike hide each other: lifting either alone changes nothing.
            let binding = bindingByBounds(request, lower)
            return binding
        }
        return binding(request, best.limit, lower, without: best.without)
    }

    /// The scarcest thing, as the lower bounds see it.
    private static func bindingByBounds(_ request: ForecastRequest, _ lower: LowerBound) -> PlanForecast.Binding? {
        guard let scarcest = lower.binding else { return nil }
        guard let limit = scarcest.limit else { return PlanForecast.Binding(limit: PlanForecast.Bounds.criticalPathName) }
        return binding(request, limit, lower, without: nil)
    }

    private static func binding(
        _ request: ForecastRequest, _ limit: LimitName, _ lower: LowerBound, without: Duration?
    ) -> PlanForecast.Binding {
        // Of several accounts, the one whose own work the limit makes last longest.
        let scarcest = lower.parts.first { $0.limit == limit }?.account
        let account = request.plan.accounts.first { $0.has(limit) && (scarcest == nil || $0.id == scarcest) }
        return PlanForecast.Binding(
            limit: limit.rawValue, account: account?.id.description, value: account.flatMap { $0.value(of: limit) },
            secondsWithout: without?.roundedSeconds, assumption: account?.assumption(on: limit))
    }
}

extension AccountPlan {
    fileprivate func has(_ limit: LimitName) -> Bool { value(of: limit) != nil }

    /// The limit in words: `3 threads`, `600/hour`, `3000 images a day`; nil where it is lifted.
    fileprivate func value(of limit: LimitName) -> String? {
        switch limit {
        case .threads: limits.threads.map { $0 == 1 ? "1 thread" : "\($0) threads" }
        case .requests: limits.requests.isEmpty ? nil : limits.requests.map { "\($0.rate)" }.joined(separator: ", ") + " requests"
        case .dailyImages: limits.dailyImages.map { "\($0) images a day" }
        case .spend: limits.spend.isEmpty ? nil : limits.spend.map { "\($0)" }.joined(separator: ", ")
        case .fingerprint, .throttled: nil
        }
    }
}

extension Plan {
    /// The plan under the same limits but one, which is lifted for every account.
    fileprivate func without(_ limit: LimitName) -> Plan {
        let lifted = accounts.map { account in
            var account = account
            switch limit {
            case .threads: account.limits.threads = nil
            case .requests: account.limits.requests = []
            case .dailyImages: account.limits.dailyImages = nil
            case .spend: account.limits.spend = []
            case .fingerprint, .throttled: break
            }
            return account
        }
        return Plan(
            campaign: campaign, manifestPath: manifestPath, instances: instances, transfers: transfers, accounts: lifted, budgets: budgets)
    }
}
