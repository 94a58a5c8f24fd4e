extension Plan {
    /// The same plan for a provider that is `speed` times faster than life: durations, poll intervals, timeouts, retry waits and limit windows
    /// divided once, here. All times that are stored stay wall-clock times.
    ///
    /// - Parameter shortestTimeout: what a job is given at least: a provider faster than life still renders at this machine's pace.
    package func accelerated(by speed: Double, shortestTimeout: Duration) -> Plan {
        // What instances have in common is scaled once, and they go on having it in common.
        var traits: [ObjectIdentifier: StepTraits] = [:]
        let faster = instances.map { instance in
            let key = ObjectIdentifier(instance.traits)
            let own = traits[key] ?? instance.traits.accelerated(by: speed, shortestTimeout: shortestTimeout)
            traits[key] = own
            return instance.with(own)
        }
        return Plan(
            campaign: campaign, manifestPath: manifestPath, instances: faster, transfers: transfers,
            accounts: accounts.map { $0.accelerated(by: speed) }, budgets: budgets)
    }
}

extension StepTraits {
    fileprivate func accelerated(by speed: Double, shortestTimeout: Duration) -> StepTraits {
        StepTraits(
            step: step, place: place, operation: operation, account: account, retry: retry.accelerated(by: speed),
            timeout: max(timeout.divided(by: speed), min(timeout, shortestTimeout)), onFailure: onFailure,
            expectedDuration: expectedDuration.divided(by: speed), renditions: renditions, awaits: awaits)
    }
}

extension StepInstance {
    fileprivate func with(_ traits: StepTraits) -> StepInstance {
        StepInstance(
            traits, name: name, arguments: arguments, identity: identity, jobs: jobs, outputs: outputs, dependencies: dependencies,
            needs: needs, transfers: transfers)
    }
}

extension RetryPolicy {
    /// The policy for a provider `speed` times faster than life.
    package func accelerated(by speed: Double) -> RetryPolicy {
        RetryPolicy(
            attempts: attempts, initialInterval: initialInterval.divided(by: speed), backoff: backoff,
            maxInterval: maxInterval.divided(by: speed))
    }
}

extension AccountPlan {
    /// The same account of a provider `speed` times faster than life.
    package func accelerated(by speed: Double) -> AccountPlan {
        var plan = self
        plan.limits.requests = limits.requests.map { limit in
            RequestLimit(
                rate: Rate(count: limit.rate.count, window: limit.rate.window.divided(by: speed)), calls: limit.calls,
                semantics: limit.semantics)
        }
        plan.limits.spend = limits.spend.map { limit in
            guard case .rolling(let window) = limit.period else { return limit }
            return SpendLimit(amount: limit.amount, period: .rolling(window.divided(by: speed)))
        }
        plan.limits.dayLength = limits.dayLength.divided(by: speed)
        plan.poll.minInterval = poll.minInterval.divided(by: speed)
        plan.poll.maxInterval = poll.maxInterval.divided(by: speed)
        if let listing = recovery.listing {
            // The provider's clock runs as ours does at any speed: its tolerance is not divided.
            plan.recovery.listing = ListingPlan(
                complete: listing.complete, settle: listing.settle.divided(by: speed), clockTolerance: listing.clockTolerance)
        }
        if let lifetime = recovery.key?.lifetime { plan.recovery.key = KeyPlan(lifetime: lifetime.divided(by: speed)) }
        return plan
    }
}

extension Duration {
    /// Whole milliseconds, never below one.
    fileprivate func divided(by speed: Double) -> Duration {
        guard speed.isFinite, speed > 0 else { return self }
        return .milliseconds(max(1, Int64((Double(wholeMilliseconds) / speed).rounded())))
    }
}
