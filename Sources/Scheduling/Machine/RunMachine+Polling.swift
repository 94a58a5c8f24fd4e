import HeapModule
import Pipeline

/// From an accepted job to its end.
extension RunMachine {
    mutating func schedulePoll(_ job: JobReference, _ accepted: AcceptedJob, at time: Timestamp) {
        let due = max(now, time)
        self[job].phase = .running(accepted, due: due)
        if gather(job, accepted) { return }
        let entry = self.due(job, at: due)
        accounts[account(of: job)]?.polls.insert(entry)
        wake(at: due)
    }

    mutating func polled(_ job: JobReference, _ result: Result<JobReport, CallFailure>) {
        guard case .polling(let accepted) = self[job].phase else { return }
        let id = account(of: job)
        switch result {
        case .success(let report):
            connected(id)
            self[job].failures = 0
            self[job].nobodyKnowsSince = nil
            confirm(job, accepted)
            if case .ended(let outcome) = report.state {
                instances[job.instance].done.polls += 1
                return ended(job, accepted, outcome, report)
            }
            self.report(
                .jobPolled(
                    instance: instance(job).name, remoteID: accepted.remoteID, state: report.state == .queued ? "queued" : "running",
                    progress: report.progress))
            self[job].lastSeenRunning = now
            stillRunning(job, accepted, again: isGathered(job, accepted) ? .zero : nextPollTime(job) - now)
        case .failure(let failure): pollFailed(job, accepted, failure)
        }
    }

    private mutating func pollFailed(_ job: JobReference, _ accepted: AcceptedJob, _ failure: CallFailure) {
        let id = account(of: job)
        self[job].failures += 1
        let delay = max(minPoll(job), freeDelay(failures: self[job].failures))
        if stopped != nil { return stillRunning(job, accepted, again: delay, after: failure) }
        if accepted.isNamed, failure.saysThatThereIsNoJob { return unknownToTheProvider(job, accepted, failure, again: delay) }
        if failure.kind == .gone {
            return ended(job, accepted, .expired, JobReport(state: .ended(.expired), message: failure.message))
        }
        _ = accountVerdict(id, failure, delay: delay, spends: false)
        stillRunning(job, accepted, again: delay, after: failure)
    }

    /// The provider knows the job that a person named: from now on it explains a job of the listing, to every campaign.
    private mutating func confirm(_ job: JobReference, _ accepted: AcceptedJob) {
        guard accepted.isNamed, !self[job].isConfirmed else { return }
        self[job].isConfirmed = true
        accounts[account(of: job)]?.unanswered.remove(job)
        emit(.holdSlot(job, attempt: self[job].attempt, remoteID: accepted.remoteID, expiresAt: slotExpiry(job)))
    }

    /// A job may take a while to show up. What is still not there when a listing would have settled never was: whoever named it was wrong.
    private mutating func unknownToTheProvider(
        _ job: JobReference, _ accepted: AcceptedJob, _ failure: CallFailure, again delay: Duration
    ) {
        guard let plan = accounts[account(of: job)]?.plan else { return }
        let since = self[job].nobodyKnowsSince ?? now
        self[job].nobodyKnowsSince = since
        let known = since + (plan.recovery.listing?.settle ?? plan.poll.maxInterval * Self.pollsToSettle)
        guard now >= known else { return schedulePoll(job, accepted, at: min(now + delay, known)) }
        let reason = "job \(accepted.remoteID), which `flowbatch resolve` was told, is unknown to the provider (\(failure.statusText))"
        self[job].phase = .disowning(accepted, reason: reason)
        accounts[account(of: job)]?.jobsToFollow -= 1
        emit(
            .disownJob(
                job, attempt: self[job].attempt, remoteID: accepted.remoteID, sentAt: self[job].intendedAt ?? self[job].acceptedAt ?? now))
    }

    /// Where the provider lists no jobs, nobody says how long one may take to show up.
    private static let pollsToSettle = 12

    mutating func jobDisowned(_ job: JobReference) {
        guard case .disowning(_, let reason) = self[job].phase else { return }
        self[job].nobodyKnowsSince = nil
        settleUnknown(job, reason, isFinal: true)
    }

    /// Asked at its timeout at the latest; past it the job is left to the next run, its id kept.
    mutating func stillRunning(
        _ job: JobReference, _ accepted: AcceptedJob, again delay: Duration, after failure: CallFailure? = nil
    ) {
        let deadline = deadline(of: job)
        // A reply that was lost does not say that the job still runs.
        let isAnswered = failure == nil || self[job].failures >= Self.lastTries
        guard now >= deadline, isAnswered else {
            return schedulePoll(job, accepted, at: min(now + delay, max(deadline, now + minPoll(job))))
        }
        self[job].phase = .timedOut
        tookTime(job, hasEnded: false)
        endWatching(job, wasSeenToEnd: false)
        expireSlot(job)
        accounts[account(of: job)]?.jobsToFollow -= 1
        timeOut(
            job.instance,
            "job \(accepted.remoteID) has not ended within its timeout of \(instance(job).timeout.shortText); it may still run and be billed"
        )
    }

    /// How often in a row a job is asked about in vain, at its timeout, before it is left to the next run.
    private static let lastTries = 3

    /// When it is waited for no longer.
    func deadline(of job: JobReference) -> Timestamp {
        max((self[job].acceptedAt ?? now) + instance(job).timeout, self[job].waitsUntil ?? .distantPast)
    }

    func minPoll(_ job: JobReference) -> Duration { accounts[account(of: job)]?.plan.poll.minInterval ?? .zero }

    mutating func ended(_ job: JobReference, _ accepted: AcceptedJob, _ outcome: JobOutcome, _ report: JobReport) {
        tookTime(job, hasEnded: true)
        endWatching(job, wasSeenToEnd: outcome == .succeeded && accepted.report == nil)
        self[job].phase = .recordingEnd(accepted, outcome, message: report.message)
        emit(.recordEnd(job, attempt: self[job].attempt, accepted, outcome, cost: report.cost, message: report.message))
        let free = isFree(outcome, job.instance)
        unreserve(job, charged: report.cost ?? (free ? nil : plannedJob(job).price.money))
        self[job].reportedCost = report.cost
    }

    mutating func endRecorded(_ job: JobReference) {
        guard case .recordingEnd(let accepted, let outcome, let message) = self[job].phase else { return }
        accounts[account(of: job)]?.jobsToFollow -= 1
        report(.jobEnded(instance: instance(job).name, remoteID: accepted.remoteID, outcome: outcome, cost: charge(of: job, outcome)))
        let free = isFree(outcome, job.instance)
        let attempt = self[job].attempt
        let charged = self[job].reportedCost
        let took = self[job].took
        self[job].took = nil
        if outcome == .succeeded {
            self[job].phase = .delivered(accepted)
            queueFetches(of: job, accepted)
        } else if free, outcome == .failed, self[job].tries < instance(job).retry.attempts {
            let at = now + backoff(instance(job).retry, failures: max(1, self[job].tries))
            report(.stepRetried(instance: instance(job).name, reason: message ?? "the job failed and was not billed", at: at))
            beginNewAttempt(job)
            self[job].phase = .closing(.retry(at: at))
        } else {
            self[job].phase = .failed
            outputsMissing(of: job, reason(for: outcome, accepted, message, free: free))
        }
        // The account answers in the order in which it is asked: the next lease finds the slot free.
        dropSlot(job)
        emit(.releaseSlot(job, attempt: attempt, returnImages: free, charged: charged, took: took))
    }

    /// What the job cost: as reported, else its price where such an end is billed.
    private func charge(of job: JobReference, _ outcome: JobOutcome) -> CostLine? {
        if let cost = self[job].reportedCost { return CostLine(money: cost, estimated: false) }
        guard !isFree(outcome, job.instance) else { return nil }
        return plannedJob(job).price.money.map { CostLine(money: $0, estimated: true) }
    }

    func reason(for outcome: JobOutcome, _ accepted: AcceptedJob, _ message: String?, free: Bool) -> String {
        let words = message.map { ": \($0)" } ?? ""
        let billing = free ? "not billed" : "whether it was billed is not known, so it is not paid for again by itself"
        switch outcome {
        case .failed, .succeeded: return "job \(accepted.remoteID) failed\(words) (\(billing))"
        case .blocked:
            return "job \(accepted.remoteID) was refused by the provider's content policy\(words); change the prompt (\(billing))"
        case .canceled: return "job \(accepted.remoteID) was canceled at the provider\(words) (\(billing))"
        case .expired: return "the results of job \(accepted.remoteID) are gone at the provider\(words); it was billed"
        }
    }
}
