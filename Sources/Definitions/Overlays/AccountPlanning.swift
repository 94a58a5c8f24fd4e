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
            assumptions: assumptionTexts + [idempotency.assumption].compactMap(\.self))
    }

    /// As many jobs as surely fit the threads: where each output takes one, as if every job were the largest.
    private var jobsAtOnce: Int? {
        guard threadUnit == .output, let threads = limits.threads else { return limits.threads }
        let largest = operations.values.flatMap { [$0] + $0.models.values }.map(outputsInOneJob).max() ?? 1
        return max(1, threads / max(1, largest))
    }

    /// A webhook's nonce alone proves no absence, so it is no means.
    private var recovery: RecoveryPlan {
        var plan = RecoveryPlan()
        if idempotency.isHonoured {
            switch idempotency.lasts {
            case .limited(let lifetime): plan.key = KeyPlan(lifetime: lifetime)
            case .unknown: plan.key = KeyPlan(lifetime: Idempotency.assumedLifetime)
            case .forever: plan.key = KeyPlan(lifetime: nil)
            }
        }
        if case .listing(let listing)? = reconciliation { plan.listing = listing.plan }
        return plan
    }
}

extension Idempotency {
    /// How long a key is trusted of which nobody says how long it is honoured: the shortest time that providers state, one day.
    static let assumedLifetime = Duration.seconds(86_400)

    /// What of it is an assumption, for people; nil where nothing is.
    var assumption: String? {
        guard isHonoured, case .unknown = lasts else { return nil }
        return "idempotency key: honoured for \(Self.assumedLifetime.shortText) (the provider does not say how long)"
    }
}
