import HeapModule
import Pipeline

/// Submissions whose reply is not recorded: found in the provider's listing, sent again under an honoured key, or held.
extension RunMachine {
    /// Decides by the provider's means what to do about `job`, whose fate is unknown.
    mutating func recover(_ job: JobReference, because cause: String = "an earlier run ended before a reply was recorded") {
        let id = account(of: job)
        takeSlot(job)
        holdFingerprint(job)
        reserveRestored(job)
        accounts[id]?.unanswered.insert(job)
        switch fate(of: job).course(at: now, because: cause) {
        case .list:
            self[job].phase = .unknown
            accounts[id]?.unknowns.insert(job)
            accounts[id]?.listingDue = now
            accounts[id]?.blockedUntil[.account] = nil
        case .resend: resend(job, at: self[job].tries == 0 ? now : now + backoff(instance(job).retry, failures: self[job].tries))
        case .settle(let reason): settleUnknown(job, reason)
        }
    }

    private func fate(of job: JobReference) -> FateDecision {
        FateDecision(
            accounts[account(of: job)]?.plan.recovery ?? .none, intendedAt: self[job].intendedAt ?? now,
            keyFailure: self[job].keyFailure)
    }

    /// Whether a request that may have arrived may leave again now: the key must still be honoured, however long the request waited.
    func mayResend(_ job: JobReference) -> Bool {
        if case .resend = fate(of: job).course(at: now, because: "") { true } else { false }
    }

    /// Sends the very same request again under the key that the provider honours; meanwhile the intent stays open, so that a crash finds a
    /// submission of unknown fate and not one that came to nothing.
    mutating func resend(_ job: JobReference, at time: Timestamp) {
        self[job].phase = .resending
        self[job].isResent = true
        let entry = due(job, at: time)
        accounts[account(of: job)]?.resends.insert(entry)
        wake(at: time)
    }

    /// Whether `failure` leaves the first sending's fate as unknown as it was; then what follows is arranged.
    ///
    /// A refusal of the second sending says nothing of the first, except where it is about the request itself.
    mutating func resendFailed(_ job: JobReference, _ failure: CallFailure) -> Bool {
        let id = account(of: job)
        self[job].lostAt = now
        switch failure.kind {
        case .inFlight: break
        case .invalid, .policy, .mismatch:
            settleUnknown(job, failure.message, isFinal: true)
            return true
        default: _ = accountVerdict(id, failure, delay: freeDelay(failures: self[job].tries), spends: true)
        }
        let most = failure.kind == .inFlight ? Self.mostTries : max(instance(job).retry.attempts, options.freeRetry.attempts)
        if self[job].tries > most {
            self[job].keyFailure = "\(self[job].tries) sendings under one idempotency key had no answer"
            recover(job, because: failure.message)
        } else {
            resend(job, at: now + backoff(instance(job).retry, failures: self[job].tries))
        }
        return true
    }

    /// New attempts in one run for one job that may be billed: whoever pays for a second one on purpose did not ask for a third.
    private static let mostResubmissions = 1

    /// Nothing more can be found out: the user's policy decides.
    ///
    /// - Parameter isFinal: the provider refused the request as such: another attempt would be refused too, or paid for beside the first.
    mutating func settleUnknown(_ job: JobReference, _ reason: String, isFinal: Bool = false) {
        let name = instance(job).name
        switch options.onUnknown {
        case .resubmit where !isFinal && self[job].resubmissions < Self.mostResubmissions:
            self[job].resubmissions += 1
            report(.jobReconciled(instance: name, job: job.job, result: .resubmitted, remoteID: nil))
            close(job, "\(reason); sent again as --on-unknown resubmit says", then: .resubmit)
        case .hold, .resubmit:
            let isRepeated = options.onUnknown == .resubmit && !isFinal
            let reason = isRepeated ? "\(reason); it was sent again once in this run already" : reason
            report(.jobReconciled(instance: name, job: job.job, result: .held, remoteID: nil))
            close(job, reason, then: .hold(reason: reason))
        case .skip:
            report(.jobReconciled(instance: name, job: job.job, result: .held, remoteID: nil))
            close(job, reason, then: .skip(reason: "\(reason); given up as --on-unknown skip says; it may have been billed"))
        }
    }

    mutating func listed(_ id: AccountID, _ result: Result<JobListing, CallFailure>) {
        accounts[id]?.isListing = false
        guard let plan = accounts[id]?.plan.recovery.listing else { return }
        switch result {
        case .success(let listing):
            connected(id)
            accounts[id]?.listingFailures = 0
            judge(id, listing, plan)
        case .failure(let failure): listingFailed(id, failure)
        }
    }

    private mutating func judge(_ id: AccountID, _ listing: JobListing, _ plan: ListingPlan) {
        // A listing asked for before a submission was given up says nothing of it.
        let judged = (accounts[id]?.unknowns ?? []).filter { self[$0].lostAt.map { $0 <= listing.requestedAt } ?? true }
        let jobs = judged.sorted { ($0.instance, $0.job) < ($1.instance, $1.job) }
        let opens = openLookedFor(id)
        var unknowns = jobs.enumerated().map { position, job in
            Reconciliation.Unknown(
                id: position, name: instance(job).name, fingerprint: instance(job).fingerprint, intendedAt: self[job].intendedAt ?? now,
                absentSince: self[job].absentSince)
        }
        for (position, open) in opens.enumerated() {
            guard let fingerprint = open.soughtFingerprint else { continue }
            unknowns.append(
                Reconciliation.Unknown(
                    id: jobs.count + position, name: open.submission.name, fingerprint: fingerprint, intendedAt: open.submission.intendedAt,
                    absentSince: open.absentSince))
        }
        noteForeign(listing, id)
        let verdicts = Reconciliation(plan, key: accounts[id]?.plan.recovery.key).verdicts(
            on: unknowns, rivals: rivals(of: judged, in: listing, plan, id), listing: listing.jobs, explained: listing.explained,
            requestedAt: listing.requestedAt)
        let sawAll = judged.count == accounts[id]?.unknowns.count
        accounts[id]?.listingDue = sawAll ? nil : now
        for (position, job) in jobs.enumerated() {
            if let verdict = verdicts[position] { settle(job, verdict, plan) }
        }
        for (position, open) in opens.enumerated() {
            if let verdict = verdicts[jobs.count + position] { settle(open, verdict, plan) }
        }
    }

    private mutating func settle(_ job: JobReference, _ verdict: Reconciliation.Verdict, _ plan: ListingPlan) {
        let id = account(of: job)
        switch verdict {
        case .absent(let since, let next):
            self[job].absentSince = since
            listAgain(id, at: next)
        case .await: awaitReply(id, plan)
        case .adopt(let remoteID):
            accounts[id]?.unknowns.remove(job)
            self[job].isAdopted = true
            accept(job, AcceptedJob(remoteID: remoteID))
        case .notSubmitted:
            accounts[id]?.unknowns.remove(job)
            report(.jobReconciled(instance: instance(job).name, job: job.job, result: .notSubmitted, remoteID: nil))
            self[job].absentSince = nil
            closeNotSubmitted(job)
        case .hold(let reason):
            accounts[id]?.unknowns.remove(job)
            settleUnknown(job, reason)
        }
    }

    mutating func listAgain(_ id: AccountID, at time: Timestamp) {
        let due = min(accounts[id]?.listingDue ?? time, time)
        accounts[id]?.listingDue = due
        wake(at: time)
    }

    /// Another submission's reply will tell more.
    mutating func awaitReply(_ id: AccountID, _ plan: ListingPlan) {
        let pause = max(accounts[id]?.plan.poll.minInterval ?? .seconds(3), .milliseconds(plan.settle.wholeMilliseconds / 8))
        listAgain(id, at: now + pause)
    }

    /// It counts as a try: a request that never arrives, however often it is sent, is not sent for ever.
    private mutating func closeNotSubmitted(_ job: JobReference) {
        let message = "the provider's listing shows that it was never accepted"
        let tries = self[job].tries
        if tries >= max(1, instance(job).retry.attempts) {
            let reason = "\(message), \(tries) times in this run; nothing was billed"
            return close(job, message, then: .fail(reason: reason))
        }
        close(job, message, then: .retry(at: tries == 0 ? now : now + backoff(instance(job).retry, failures: tries)))
    }

    private mutating func listingFailed(_ id: AccountID, _ failure: CallFailure) {
        accounts[id]?.listingFailures += 1
        let failures = accounts[id]?.listingFailures ?? 1
        let again = now + freeDelay(failures: failures)
        accounts[id]?.listingDue = again
        guard case .usable = accountVerdict(id, failure, delay: freeDelay(failures: failures), spends: false) else { return }
        guard failures >= max(1, options.freeRetry.attempts) else { return }
        for job in (accounts[id]?.unknowns ?? []).sorted(by: { ($0.instance, $0.job) < ($1.instance, $1.job) }) {
            accounts[id]?.unknowns.remove(job)
            settleUnknown(job, "the provider's listing of jobs could not be read (\(failure.message))")
        }
        giveUpOnOpen(id)
    }
}
