import HeapModule
import Pipeline

/// From the lease to an accepted job: intent, mark, send, reply, each durable before the next.
extension RunMachine {
    mutating func intentRecorded(_ job: JobReference) {
        if let memory = self[job].recalled { return recalled(job, memory) }
        if !self[job].isResent { self[job].intendedAt = now }
        self[job].absentSince = nil
        self[job].phase = .markingSending
        self[job].sentAt = now
        emit(.markSending(job, attempt: self[job].attempt, expiresAt: slotExpiry(job)))
    }

    /// The request cannot be built: nothing was written, the slot goes back.
    mutating func intentRefused(_ job: JobReference, _ failure: CallFailure) {
        if self[job].recalled != nil { return recallRefused(job, failure) }
        if self[job].isResent { return settleUnknown(job, failure.message, isFinal: true) }
        self[job].phase = .failed
        freeFingerprint(job)
        unreserve(job, charged: nil)
        emit(.releaseSlot(job, attempt: self[job].attempt, returnImages: true))
        outputsMissing(of: job, failure.message)
    }

    mutating func sendingMarked(_ job: JobReference) {
        let stop = accounts[account(of: job)]?.stop
        if stopped != nil || stop != nil || (isDraining && !self[job].isResent) {
            // A submission that may have arrived before keeps its open intent: only the provider can tell what became of it.
            if self[job].isResent { return self[job].phase = .resending }
            return close(job, "not sent: the run was stopping", then: .leave)
        }
        if instances[job.instance].isFinished, !self[job].isResent {
            return close(job, "not sent: nothing needs it any more", then: .leave)
        }
        if self[job].isResent, !mayResend(job) { return recover(job) }
        self[job].phase = .submitting
        accounts[account(of: job)]?.unanswered.insert(job)
        started(job)
        report(
            .stepSubmitted(
                instance: instance(job).name, step: instance(job).step, job: job.job, attempt: self[job].attempt,
                price: plannedJob(job).price))
        emit(.submit(job, attempt: self[job].attempt))
    }

    mutating func submitted(_ job: JobReference, _ result: Result<AcceptedJob, CallFailure>) {
        let id = account(of: job)
        switch result {
        case .success(let accepted):
            connected(id)
            instances[job.instance].done.submissions += 1
            accept(job, accepted)
        case .failure(let failure): submissionFailed(job, failure)
        }
    }

    /// The provider has the job, as its reply or its listing says.
    mutating func accept(_ job: JobReference, _ accepted: AcceptedJob) {
        self[job].phase = .recordingAccepted(accepted)
        self[job].acceptedAt = now
        emit(.recordAccepted(job, attempt: self[job].attempt, accepted))
    }

    mutating func acceptedRecorded(_ job: JobReference, _ accepted: AcceptedJob) {
        guard case .recordingAccepted = self[job].phase else { return }
        freeFingerprint(job)
        accounts[account(of: job)]?.unanswered.remove(job)
        if self[job].isAdopted {
            report(.jobReconciled(instance: instance(job).name, job: job.job, result: .adopted, remoteID: accepted.remoteID))
            self[job].isAdopted = false
            self[job].isStartKnown = false
        }
        report(.jobAccepted(instance: instance(job).name, job: job.job, remoteID: accepted.remoteID))
        takeSlot(job)
        accounts[account(of: job)]?.jobsToFollow += 1
        beginWatching(job)
        self[job].phase = .holdingSlot(accepted)
        emit(.holdSlot(job, attempt: self[job].attempt, remoteID: accepted.remoteID, expiresAt: slotExpiry(job)))
    }

    mutating func slotHeld(_ job: JobReference) {
        if self[job].isRestoring {
            self[job].isRestoring = false
            accounts[account(of: job)]?.restoring -= 1
        }
        if case .closing(.resubmit) = self[job].phase { return slotReleased(job) }
        guard case .holdingSlot(let accepted) = self[job].phase else { return }
        if let report = accepted.report, case .ended(let outcome) = report.state {
            return ended(job, accepted, outcome, report)
        }
        // At its timeout at the latest.
        schedulePoll(job, accepted, at: min(nextPollTime(job), (self[job].acceptedAt ?? now) + instance(job).timeout))
    }

    private mutating func submissionFailed(_ job: JobReference, _ failure: CallFailure) {
        let id = account(of: job)
        if self[job].isResent, resendFailed(job, failure) { return }
        let delay = backoff(instance(job).retry, failures: self[job].tries)
        switch accountVerdict(id, failure, delay: delay, spends: true) {
        case .waiting(let until):
            // What keeps failing without ever leaving is no matter of the connection.
            let isHopeless = self[job].tries > Self.mostTries
            return close(job, failure.message, then: isHopeless ? .fail(reason: failure.message) : .retry(at: until))
        case .stopped: return close(job, failure.message, then: .leave)
        case .usable: break
        }
        switch failure.kind {
        case .inFlight where accounts[id]?.plan.recovery.key != nil: resend(job, at: now + delay)
        case .invalid, .policy: close(job, failure.message, then: .fail(reason: failure.message))
        case .mismatch: settleUnknown(job, failure.message, isFinal: true)
        case .inFlight, .notSent, .throttled, .auth, .plan, .credits, .quota, .lost, .server, .badContent, .notReady, .gone, .staleURL,
            .cannotWrite:
            self[job].phase = .unknown
            self[job].lostAt = now
            recover(job, because: failure.message)
        }
    }

    /// Submissions of one job in one run, refusals that ask for patience included.
    static let mostTries = 100

    /// Makes durable that this attempt came to nothing, then goes on as `next` says.
    mutating func close(_ job: JobReference, _ message: String, then next: JobState.AfterClosing) {
        self[job].phase = .closing(next)
        self[job].closingMessage = message
        emit(.recordClosed(job, attempt: self[job].attempt, message: message, next.closure))
    }

    mutating func closedRecorded(_ job: JobReference) {
        guard case .closing(let next) = self[job].phase else { return }
        if case .retry(let at) = next {
            report(.stepRetried(instance: instance(job).name, reason: self[job].closingMessage ?? "it was not accepted", at: at))
        }
        if let reason = next.givingUp {
            self[job].phase = .held
            accounts[account(of: job)]?.unanswered.insert(job)
            if case .skip = next { outputsMissing(of: job, reason) } else { hold(job.instance, reason) }
            freeFingerprint(job)
            expireSlot(job)
            return emit(.holdSlot(job, attempt: self[job].attempt, remoteID: nil, expiresAt: slotExpiry(job)))
        }
        freeFingerprint(job)
        accounts[account(of: job)]?.unanswered.remove(job)
        if case .resubmit = next {
            // The attempt before may run and be billed: its slot stays until it can no longer run, and its price counts.
            unreserve(job, charged: self[job].reserved)
            remainsOpen(job)
            return emit(.holdSlot(job, attempt: self[job].attempt, remoteID: nil, expiresAt: slotExpiry(job)))
        }
        unreserve(job, charged: nil)
        self[job].isOfEarlierRun = false
        self[job].isResent = false
        self[job].keyFailure = nil
        emit(.releaseSlot(job, attempt: self[job].attempt, returnImages: true))
    }

    /// What follows waits for the release, so that a new lease of the same key cannot overtake it.
    mutating func slotReleased(_ job: JobReference) {
        dropSlot(job)
        // The account may count less money and fewer images now than when it last refused some.
        accounts[account(of: job)]?.spendRefusals.forget()
        accounts[account(of: job)]?.imageRefusal.forget()
        guard case .closing(let next) = self[job].phase else { return }
        switch next {
        case .retry(let at): retry(job, at: at)
        case .resubmit:
            let tries = self[job].tries
            let delay = tries == 0 ? .zero : backoff(instance(job).retry, failures: tries)
            beginNewAttempt(job)
            retry(job, at: now + delay)
        case .fail(let reason):
            self[job].phase = .failed
            outputsMissing(of: job, reason)
        case .leave, .hold, .skip: self[job].phase = .failed
        }
    }

    private mutating func retry(_ job: JobReference, at time: Timestamp) {
        expectAcceptance(job)
        self[job].phase = .retrying(at: time)
        let entry = due(job, at: time)
        accounts[account(of: job)]?.retries.insert(entry)
        wake(at: time)
    }

    /// What is known of the attempt before says nothing of the next.
    mutating func beginNewAttempt(_ job: JobReference) {
        self[job].attempt += 1
        self[job].failures = 0
        self[job].acceptedAt = nil
        self[job].isStartKnown = true
        self[job].isResent = false
        self[job].keyFailure = nil
        self[job].isOfEarlierRun = false
    }

    mutating func backoff(_ policy: RetryPolicy, failures: Int) -> Duration {
        Backoff(policy).delay(afterFailures: failures, using: &random)
    }

    mutating func freeDelay(failures: Int) -> Duration { backoff(options.freeRetry, failures: failures) }

    /// Its instance is at work.
    mutating func started(_ job: JobReference) {
        if instances[job.instance].status == .waiting { instances[job.instance].status = .running }
    }
}
