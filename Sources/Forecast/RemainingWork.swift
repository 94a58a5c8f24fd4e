import Checkpoint
import Pipeline
import Scheduling

/// What a run still has to do, instance by instance.
struct RemainingWork {
    /// One instance's rest.
    struct Rest {
        /// Sub-jobs that are still to be submitted.
        var unsent: [Int] = []
        /// Since when sub-jobs run that the provider has, as far as anybody knows.
        var running: [Timestamp] = []
        /// Outputs that are still to be fetched.
        var unsaved = 0
    }

    let request: ForecastRequest
    /// By position; absent where nothing is left to do.
    let rests: [Int: Rest]
    let durations: JobDurations

    init(_ request: ForecastRequest) {
        self.request = request
        durations = JobDurations(request)
        let plan = request.plan
        var rests: [Int: Rest] = [:]
        for (position, instance) in plan.instances.enumerated() where !instance.jobs.isEmpty && request.only?.contains(position) ?? true {
            let left = request.restored.instances[position] ?? RestoredInstance()
            let missing = Set(instance.outputs.indices).subtracting(left.saved).subtracting(left.withheld)
            // What waits for a person's choice is no part of the run; what the provider has of it is.
            guard !missing.isEmpty, instance.awaits == nil || !left.jobs.isEmpty else { continue }
            var rest = Rest(unsaved: missing.count)
            for (job, planned) in instance.jobs.enumerated() where !missing.isDisjoint(with: planned.outputs) {
                switch left.jobs[job]?.stage {
                case nil, .closed, .abandoned: if instance.awaits == nil { rest.unsent.append(job) }
                case .accepted(_, let at): rest.running.append(at)
                case .unknown, .remembered: rest.running.append(left.jobs[job]?.intendedAt ?? request.now)
                case .ended(_, .succeeded, _): break
                case .ended(_, let outcome, _):
                    if outcome == .failed, plan.accounts.first(where: { $0.id == instance.account })?.refunded.contains(.failed) == true {
                        rest.unsent.append(job)
                    }
                }
            }
            rests[position] = rest
        }
        self.rests = rests
    }

    /// Jobs that take time at a provider.
    var jobs: Int { rests.values.reduce(0) { $0 + $1.unsent.count + $1.running.count } }

    func account(_ position: Int) -> AccountPlan? {
        request.plan.accounts.first { $0.id == request.plan.instances[position].account }
    }

    /// Transfers that something left to do needs and that are not at the provider yet.
    var transfers: Set<Int> {
        var needed: Set<Int> = []
        for (position, instance) in request.plan.instances.enumerated() {
            guard request.only?.contains(position) ?? true, instance.awaits == nil,
                instance.jobs.isEmpty || rests[position]?.unsent.isEmpty == false
            else {
                continue
            }
            needed.formUnion(instance.transfers)
        }
        return needed.subtracting(request.uploaded)
    }

    /// The fewest requests by account and kind.
    func fewestRequests(_ account: AccountID) -> [CallKind: Int] {
        var counts: [CallKind: Int] = [:]
        for (position, rest) in rests where request.plan.instances[position].account == account {
            for (kind, count) in requests(position, rest) { counts[kind, default: 0] += count }
        }
        let uploads = transfers.count { request.plan.transfers[$0].account == account }
        if uploads > 0 { counts[.upload, default: 0] += uploads }
        return counts.filter { $0.value > 0 }
    }

    private func requests(_ position: Int, _ rest: Rest) -> [CallKind: Int] {
        let all = request.requests.indices.contains(position) ? request.requests[position] : [:]
        let jobs = max(1, request.plan.instances[position].jobs.count)
        var counts: [CallKind: Int] = [:]
        for (kind, count) in all {
            switch kind {
            case .submit: counts[kind] = rest.unsent.count
            case .fetch: counts[kind] = min(count, rest.unsaved)
            default: counts[kind] = count * (rest.unsent.count + rest.running.count) / jobs
            }
        }
        return counts
    }

    /// What no run of it can be faster than, where jobs take as long as is expected.
    var lowerBound: LowerBound {
        var uploads: [AccountID: Int] = [:]
        for transfer in transfers { uploads[request.plan.transfers[transfer].account, default: 0] += 1 }
        var standing: [AccountID: LowerBound.Standing] = [:]
        for account in request.plan.accounts {
            let snapshot = request.accounts[account.id] ?? AccountSnapshot()
            standing[account.id] = snapshot.standing(limits: account.limits, now: request.now)
        }
        return LowerBound(of: request.plan, now: request.now, standing: standing, uploads: uploads) { position in
            guard let rest = rests[position] else { return LowerBound.Rest() }
            let instance = request.plan.instances[position]
            let duration = durations[position].expected
            let running = rest.running.map { max(.zero, duration - (request.now - $0)) }
            return LowerBound.Rest(
                work: running.reduce(duration * rest.unsent.count, +), span: rest.unsent.isEmpty ? running.max() ?? .zero : duration,
                images: rest.unsent.reduce(0) { $0 + instance.jobs[$1].outputs.count }, requests: requests(position, rest),
                cost: Amounts(rest.unsent.compactMap { instance.jobs[$0].price.money }))
        }
    }
}

extension PlanForecast.Bounds {
    /// The same in whole seconds, the greatest of each kind.
    init(_ bound: LowerBound) {
        self.init()
        for part in bound.parts {
            let seconds = part.span.roundedSeconds
            switch part.limit {
            case nil: criticalPath = max(criticalPath, seconds)
            case .threads: threads = max(threads, seconds)
            case .requests: requests = max(requests, seconds)
            case .dailyImages: dailyImages = max(dailyImages, seconds)
            case .spend: spend = max(spend, seconds)
            case .fingerprint, .throttled: break
            }
        }
        limit = bound.binding.map { $0.limit?.rawValue ?? Self.criticalPathName }
        account = bound.binding?.account?.description
    }
}
