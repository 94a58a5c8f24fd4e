import Checkpoint
import Pipeline
import Scheduling

/// What a run still has to do.
///
/// Instances of which the same is left are counted, not listed: a campaign has many instances and few kinds of them.
struct RemainingWork {
    /// One instance's rest.
    struct Rest: Hashable {
        /// Sub-jobs that are still to be submitted.
        var unsent: [Int] = []
        /// Since when sub-jobs run that the provider has, as far as anybody knows.
        var running: [Timestamp] = []
        /// Outputs that are still to be fetched.
        var unsaved = 0
    }

    /// What is left of an instance, and what says how long that takes and what it costs.
    struct Kind: Hashable {
        let account: AccountID
        let operation: Pipeline.Operation
        /// All of its jobs, whatever is left of them.
        let jobs: [PlannedJob]
        let requests: [CallKind: Int]
        let law: Int
        let rest: Rest
    }

    let request: ForecastRequest
    let durations: JobDurations
    /// Transfers that something left to do needs and that are not at the provider yet, by account.
    let uploads: [AccountID: Int]
    /// Each once.
    let kinds: [Kind]
    /// By kind: of how many instances.
    private let counts: [Int]
    /// By position: the kind; -1 where nothing is left to do.
    private let kind: [Int32]

    init(_ request: ForecastRequest) {
        self.request = request
        durations = JobDurations(request)
        let plan = request.plan
        var kinds: [Kind] = []
        var known: [Kind: Int] = [:]
        var last: Int?
        var kind = [Int32](repeating: -1, count: plan.instances.count)
        var isNeeded = [Bool](repeating: false, count: plan.transfers.count)
        for (position, instance) in plan.instances.enumerated() where request.only?.contains(position) ?? true {
            let rest = Self.rest(of: instance, request.restored.instances[position], request)
            if instance.awaits == nil, instance.jobs.isEmpty || rest?.unsent.isEmpty == false {
                for transfer in instance.transfers where isNeeded.indices.contains(transfer) { isNeeded[transfer] = true }
            }
            guard let rest else { continue }
            let own = Kind(
                account: instance.account, operation: instance.operation, jobs: instance.jobs,
                requests: request.requests.indices.contains(position) ? request.requests[position] : [:],
                law: durations.law[position], rest: rest)
            // The instance before most often is of the same kind.
            let number = last.flatMap { kinds[$0] == own ? $0 : nil } ?? known[own] ?? kinds.count
            if number == kinds.count {
                kinds.append(own)
                known[own] = number
            }
            last = number
            kind[position] = Int32(clamping: number)
        }
        var counts = [Int](repeating: 0, count: kinds.count)
        for number in kind where number >= 0 { counts[Int(number)] += 1 }
        var uploads: [AccountID: Int] = [:]
        for (transfer, planned) in plan.transfers.enumerated() where isNeeded[transfer] && !request.uploaded.contains(transfer) {
            uploads[planned.account, default: 0] += 1
        }
        (self.kinds, self.counts, self.kind, self.uploads) = (kinds, counts, kind, uploads)
    }

    /// The jobs of an instance with one, which most are: one array for all.
    private static let only = [0]

    /// - Returns: nil where nothing is left to do.
    private static func rest(of instance: StepInstance, _ restored: RestoredInstance?, _ request: ForecastRequest) -> Rest? {
        guard !instance.jobs.isEmpty else { return nil }
        guard let left = restored else {
            // What waits for a person's choice is no part of the run; what the provider has of it is.
            guard !instance.outputs.isEmpty, instance.awaits == nil else { return nil }
            return Rest(unsent: instance.jobs.count == 1 ? only : Array(instance.jobs.indices), unsaved: instance.outputs.count)
        }
        let missing = Set(instance.outputs.indices).subtracting(left.saved).subtracting(left.withheld)
        guard !missing.isEmpty, instance.awaits == nil || !left.jobs.isEmpty else { return nil }
        var rest = Rest(unsaved: missing.count)
        for (job, planned) in instance.jobs.enumerated() where !missing.isDisjoint(with: planned.outputs) {
            switch left.jobs[job]?.stage {
            case nil, .closed, .abandoned: if instance.awaits == nil { rest.unsent.append(job) }
            case .accepted(_, let at): rest.running.append(at)
            case .unknown, .remembered: rest.running.append(left.jobs[job]?.intendedAt ?? request.now)
            case .ended(_, .succeeded, _): break
            case .ended(_, let outcome, _):
                if outcome == .failed, request.plan.accounts.first(where: { $0.id == instance.account })?.refunded.contains(.failed) == true
                {
                    rest.unsent.append(job)
                }
            }
        }
        return rest
    }

    /// Jobs that take time at a provider.
    var jobs: Int { zip(kinds, counts).reduce(0) { $0 + ($1.0.rest.unsent.count + $1.0.rest.running.count) * $1.1 } }

    /// The fewest requests by account and kind.
    func fewestRequests(_ account: AccountID) -> [CallKind: Int] {
        var sums: [CallKind: Int] = [:]
        for (kind, times) in zip(kinds, counts) where kind.account == account {
            for (call, count) in Self.requests(kind) { sums[call, default: 0] += count * times }
        }
        if let uploads = uploads[account], uploads > 0 { sums[.upload, default: 0] += uploads }
        return sums.filter { $0.value > 0 }
    }

    private static func requests(_ kind: Kind) -> [CallKind: Int] {
        let (rest, jobs) = (kind.rest, max(1, kind.jobs.count))
        var counts: [CallKind: Int] = [:]
        for (call, count) in kind.requests {
            switch call {
            case .submit: counts[call] = rest.unsent.count
            case .fetch: counts[call] = min(count, rest.unsaved)
            default: counts[call] = count * (rest.unsent.count + rest.running.count) / jobs
            }
        }
        return counts
    }

    /// What no run of it can be faster than, where jobs take as long as is expected.
    var lowerBound: LowerBound {
        var standing: [AccountID: LowerBound.Standing] = [:]
        for account in request.plan.accounts {
            let snapshot = request.accounts[account.id] ?? AccountSnapshot()
            standing[account.id] = snapshot.standing(limits: account.limits, now: request.now)
        }
        let shares = kinds.map { LowerBound.Share(account: $0.account, operation: $0.operation, rest: bound($0)) }
        return LowerBound(of: request.plan, now: request.now, standing: standing, uploads: uploads, shares: shares) { position in
            kind[position] < 0 ? nil : Int(kind[position])
        }
    }

    private func bound(_ kind: Kind) -> LowerBound.Rest {
        let rest = kind.rest
        let duration = durations.laws[kind.law].expected
        let running = rest.running.map { max(.zero, duration - (request.now - $0)) }
        return LowerBound.Rest(
            work: running.reduce(duration * rest.unsent.count, +), span: rest.unsent.isEmpty ? running.max() ?? .zero : duration,
            images: rest.unsent.reduce(0) { $0 + kind.jobs[$1].outputs.count }, requests: Self.requests(kind),
            cost: Amounts(rest.unsent.compactMap { kind.jobs[$0].price.money }))
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
