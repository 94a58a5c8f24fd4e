package import Pipeline

extension ProviderDefinition {
    /// What a run may do with one account, plans and overlay considered, in provider time.
    package func accountPlan(label: String) -> AccountPlan {
        var limits = limits
        limits.threads = jobsAtOnce
        return AccountPlan(
            id: AccountID(provider: name, label: label), title: title, limits: limits, poll: pollPlan, recovery: recovery,
            refunded: Set(
                JobOutcome.allCases.filter { outcome in
                    !jobProtocols.isEmpty && jobProtocols.values.allSatisfy { $0.refunded.contains(outcome) }
                }),
            assumptions: assumptionTexts)
    }

    /// As many jobs as surely fit the threads: where each output takes one, as if every job were the largest.
    private var jobsAtOnce: Int? {
        guard threadUnit == .output, let threads = limits.threads else { return limits.threads }
        let largest = operations.values.flatMap { [$0] + $0.models.values }.map(outputsInOneJob).max() ?? 1
        return max(1, threads / max(1, largest))
    }

    /// A key that is honoured beats a listing; a webhook's nonce alone proves no absence, so it is none.
    private var recovery: RecoveryPlan {
        if idempotency.isHonoured {
            switch idempotency.lasts {
            case .limited(let lifetime): return .idempotencyKey(lifetime: lifetime)
            case .unknown, .forever: return .idempotencyKey(lifetime: nil)
            }
        }
        if case .listing(let listing)? = reconciliation { return .listing(listing.plan) }
        return .none
    }
}
