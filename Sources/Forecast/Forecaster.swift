import Checkpoint
package import Pipeline
import Scheduling

/// Foretells how long a run will take, by running it in virtual time, and what it would have to wait less for to be faster.
package enum Forecaster {
    /// Jobs up to which a run is tried out; beyond, only the lower bounds are known.
    package static let mostJobs = 2000
    /// Jobs up to which it is tried out again without each of its limits, to find the one that binds.
    static let mostJobsToCompare = 600

    /// - Parameter isOneOfMany: the limit that binds is told by the bounds alone, without trying the run out without each of its limits.
    package static func forecast(_ request: ForecastRequest, isOneOfMany: Bool = false) -> PlanForecast {
        let work = RemainingWork(request)
        let lower = work.lowerBound
        let bounds = PlanForecast.Bounds(lower)
        guard work.jobs <= mostJobs, let typical = run(request, request.plan) else {
            return PlanForecast(
                method: .lowerBound, startsAt: request.now, finishesAt: request.now + .seconds(bounds.most),
                latestAt: request.now + .seconds(bounds.most), bounds: bounds, binding: bindingByBounds(request, lower),
                accounts: request.plan.accounts.map { account(of: $0, work.fewestRequests($0.id), slotUse: nil) }, stop: nil, exitCode: 0,
                reasons: [])
        }
        let latest = longest(request, typical)
        let span = typical.finishedAt - request.now
        var binding: PlanForecast.Binding?
        if work.jobs > 0 || !work.transfers.isEmpty, span > .zero {
            binding =
                !isOneOfMany && work.jobs <= mostJobsToCompare ? bindingByTrial(request, typical, lower) : bindingByBounds(request, lower)
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
            method: .simulation, startsAt: request.now, finishesAt: typical.finishedAt, latestAt: latest, bounds: bounds, binding: binding,
            accounts: accounts, stop: stop, exitCode: Int(typical.exitCode.rawValue), reasons: typical.reasons)
    }

    private static func run(_ request: ForecastRequest, _ plan: Plan) -> VirtualRun.Outcome? {
        var run = VirtualRun(request, plan: plan) { request.plan.instances[$0].expectedDuration }
        return run.run()
    }

    /// When it ends if every job takes as long as its definition says that it may.
    private static func longest(_ request: ForecastRequest, _ typical: VirtualRun.Outcome) -> Timestamp {
        guard request.durations.contains(where: { $0 != nil }) else { return typical.finishedAt }
        var run = VirtualRun(request, plan: request.plan) { position in
            let range = request.durations.indices.contains(position) ? request.durations[position] : nil
            return max(request.plan.instances[position].expectedDuration, range?.upperBound ?? .zero)
        }
        return max(typical.finishedAt, run.run()?.finishedAt ?? typical.finishedAt)
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
        _ request: ForecastRequest, _ typical: VirtualRun.Outcome, _ lower: LowerBound
    ) -> PlanForecast.Binding? {
        let span = typical.finishedAt - request.now
        var best: (limit: LimitName, without: Duration)?
        for limit in limits where request.plan.accounts.contains(where: { $0.has(limit) }) {
            guard let outcome = run(request, request.plan.without(limit)) else { continue }
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
