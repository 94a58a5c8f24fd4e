import HeapModule
import Pipeline

/// Submissions whose reply is not recorded: found in the provider's listing, sent again under an honoured key, or held.
extension RunMachine {
    /// Decides by the provider's means what to do about `job`, whose fate is unknown.
    mutating func recover(_ job: JobReference, because cause: String = "an earlier run ended before a reply was recorded") {
        let id = instance(job).account
        takeSlot(job)
        if let fingerprint = fingerprint(of: job) {
            self[job].holdsFingerprint = true
            accounts[id]?.busyFingerprints.insert(fingerprint)
        }
        reserveRestored(job)
        switch accounts[id]?.plan.recovery ?? .none {
        case .listing:
            accounts[id]?.unknowns.insert(job)
            accounts[id]?.listingDue = now
            accounts[id]?.blockedUntil[.account] = nil
        case .idempotencyKey(let lifetime):
            let intended = self[job].intendedAt ?? now
            if let lifetime, now >= intended + lifetime {
                settleUnknown(job, "\(cause); its idempotency key is older than the \(lifetime.shortText) for which the provider honours it")
            } else {
                close(job, "\(cause); the provider honours the idempotency key, so the same request is sent again", then: .retry(at: now + freeDelay(failures: 1)))
            }
        case .none: settleUnknown(job, "\(cause); this provider gives no means to find out whether the job was accepted")
        }
    }

    /// Nothing more can be found out: the user's policy decides.
    private mutating func settleUnknown(_ job: JobReference, _ reason: String) {
        switch options.onUnknown {
        case .hold:
            report(.jobReconciled(instance: instance(job).name, job: job.job, result: .held, remoteID: nil))
            close(job, reason, then: .hold(reason: reason))
        case .resubmit:
            report(.jobReconciled(instance: instance(job).name, job: job.job, result: .notSubmitted, remoteID: nil))
            close(job, "\(reason); sent again as --on-unknown resubmit says", then: .resubmit)
        case .skip:
            report(.jobReconciled(instance: instance(job).name, job: job.job, result: .held, remoteID: nil))
            close(job, reason, then: .hold(reason: "\(reason); skipped as --on-unknown skip says"))
        }
    }

    mutating func listed(_ id: AccountID, _ result: Result<JobListing, CallFailure>) {
        accounts[id]?.isListing = false
        guard let account = accounts[id], case .listing(let plan) = account.plan.recovery else { return }
        switch result {
        case .success(let listing):
            accounts[id]?.connectionFailures = 0
            accounts[id]?.listingFailures = 0
            judge(id, listing, plan)
        case .failure(let failure): listingFailed(id, failure)
        }
    }

    private mutating func judge(_ id: AccountID, _ listing: JobListing, _ plan: ListingPlan) {
        let jobs = (accounts[id]?.unknowns ?? []).sorted { ($0.instance, $0.job) < ($1.instance, $1.job) }
        let unknowns = jobs.enumerated().map { position, job in
            Reconciliation.Unknown(
                id: position, fingerprint: instance(job).fingerprint, intendedAt: self[job].intendedAt ?? now, absentSince: self[job].absentSince)
        }
        let verdicts = Reconciliation(plan).verdicts(
            on: unknowns, listing: listing.jobs, explained: listing.explained, requestedAt: listing.requestedAt)
        accounts[id]?.listingDue = nil
        for (position, job) in jobs.enumerated() {
            guard let verdict = verdicts[position] else { continue }
            switch verdict {
            case .absent(let since, let next):
                self[job].absentSince = since
                let listingDue = min(accounts[id]?.listingDue ?? next, next)
                accounts[id]?.listingDue = listingDue
                wake(at: next)
            case .adopt(let remoteID):
                accounts[id]?.unknowns.remove(job)
                report(.jobReconciled(instance: instance(job).name, job: job.job, result: .adopted, remoteID: remoteID))
                accept(job, AcceptedJob(remoteID: remoteID))
            case .notSubmitted:
                accounts[id]?.unknowns.remove(job)
                report(.jobReconciled(instance: instance(job).name, job: job.job, result: .notSubmitted, remoteID: nil))
                self[job].absentSince = nil
                close(job, "the provider's listing shows that it was never accepted", then: .retry(at: now))
            case .hold(let reason):
                accounts[id]?.unknowns.remove(job)
                settleUnknown(job, reason)
            }
        }
    }

    private mutating func listingFailed(_ id: AccountID, _ failure: CallFailure) {
        accounts[id]?.listingFailures += 1
        let failures = accounts[id]?.listingFailures ?? 1
        let again = now + freeDelay(failures: failures)
        accounts[id]?.listingDue = again
        switch failure.kind {
        case .auth, .plan: stopAccount(id, .everything, .keyRefused, refused(failure))
        case .notSent:
            accounts[id]?.connectionFailures += 1
            if (accounts[id]?.connectionFailures ?? 0) >= options.unreachableAfter { unreachable(id, failure) }
        case .throttled(let after): pause(id, until: now + (after ?? freeDelay(failures: failures)))
        default:
            guard failures >= max(1, options.freeRetry.attempts) else { return }
            for job in (accounts[id]?.unknowns ?? []).sorted(by: { ($0.instance, $0.job) < ($1.instance, $1.job) }) {
                accounts[id]?.unknowns.remove(job)
                settleUnknown(job, "the provider's listing of jobs could not be read (\(failure.message))")
            }
        }
    }
}
