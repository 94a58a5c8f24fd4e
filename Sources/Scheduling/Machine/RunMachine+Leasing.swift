import Foundation
import HeapModule
import Pipeline

/// Which request goes next to an account, and what its answer means.
extension RunMachine {
    /// Asks the account store for the most valuable requests that may go now, as many as may be asked for at once.
    ///
    /// What ends a job comes first (it frees a slot), then what brings a paid result home, then what feeds new jobs, then new jobs.
    mutating func askForLeases(_ id: AccountID) {
        guard accounts[id]?.stop != .everything else { return }
        while accounts[id]?.mayAsk == true {
            for pause in [accounts[id]?.pausedUntil, accounts[id]?.connectionRetryAt] {
                if let pause, pause > now { return wake(at: pause) }
            }
            guard let candidate = nextCandidate(id) else { return }
            var slot: LeaseRequest.Slot?
            if case .submit(let job) = candidate { slot = prepareSlot(job) }
            let request = LeaseRequest(account: id, call: candidate.call, slot: slot)
            accounts[id]?.asking.append((candidate, request))
            emit(.lease(request))
        }
    }

    private mutating func nextCandidate(_ id: AccountID) -> Candidate? {
        dropExpiredSlots(id)
        releaseDueRetries(id)
        releaseForeignFingerprints(id)
        if let due = accounts[id]?.listingDue, accounts[id]?.isListing == false, accounts[id]?.unknowns.isEmpty == false || looksForOpen(id)
        {
            if due <= now, isOpen(.account, id), accounts[id]?.isAsking(.list) == false { return .list }
            wake(at: due)
        }
        planGathering(id)
        if let due = accounts[id]?.polls.min {
            if due.at <= now, isOpen(.poll, id) { return accounts[id]?.polls.popMin().map { .poll($0.item) } }
            wake(at: due.at)
        }
        if let due = accounts[id]?.gathering.due {
            if due <= now, isOpen(.poll, id), accounts[id]?.isAsking(.pollTogether) == false { return .pollTogether }
            wake(at: due)
        }
        if let due = accounts[id]?.fetches.min {
            if due.at <= now, isOpen(.fetch, id) { return accounts[id]?.fetches.popMin().map { .fetch($0.item) } }
            wake(at: due.at)
        }
        guard accounts[id]?.stop == nil, accounts[id]?.restoring == 0 else { return nil }
        if let due = accounts[id]?.resends.min {
            if due.at <= now, isOpen(.submit, id) { return accounts[id]?.resends.popMin().map { .submit($0.item) } }
            wake(at: due.at)
        }
        if let due = accounts[id]?.recalls.min {
            if due.at <= now, isOpen(.submit, id) { return accounts[id]?.recalls.popMin().map { .submit($0.item) } }
            wake(at: due.at)
        }
        // What was sent before is nothing new: sent again, its fate comes out.
        if isDraining { return nil }
        if let due = accounts[id]?.transfers.min {
            if due.at <= now, isOpen(.upload, id) { return accounts[id]?.transfers.popMin().map { .transfer($0.item) } }
            wake(at: due.at)
        }
        return nextSubmission(id).map { .submit($0) }
    }

    private mutating func isOpen(_ call: CallKind, _ id: AccountID) -> Bool {
        guard let until = accounts[id]?.blockedUntil[call], until > now else { return true }
        wake(at: until)
        return false
    }

    private mutating func releaseDueRetries(_ id: AccountID) {
        while let due = accounts[id]?.retries.min {
            guard due.at <= now else { return wake(at: due.at) }
            accounts[id]?.retries.removeMin()
            if case .retrying = self[due.item].phase { queue(due.item) }
        }
    }

    /// The job to submit next, or nil where no slot, no image of the day, no money or no spare request is left for one.
    private mutating func nextSubmission(_ id: AccountID) -> JobReference? {
        // Field by field: a copy of the account would make every change of its queues copy them whole.
        let waits = [accounts[id]?.submissions.isEmpty, accounts[id]?.parked.isEmpty, accounts[id]?.parkedImages.isEmpty]
        guard waits.contains(false) else { return nil }
        if let threads = accounts[id]?.plan.limits.threads, let held = accounts[id]?.slotsHeld, held >= threads { return nil }
        for blocked in [accounts[id]?.slotsBlockedUntil, accounts[id]?.dayBlockedUntil] {
            if let blocked, blocked > now {
                wake(at: blocked)
                return nil
            }
        }
        guard isOpen(.submit, id), canFollowAnotherJob(id) else { return nil }
        repeat {
            while let ready = accounts[id]?.submissions.popFirst() {
                if isAdmissible(ready, id) { return ready.reference }
            }
        } while unparkOne(id)
        if let next = accounts[id]?.spendRefusals.nextTry { wake(at: next) }
        if let next = accounts[id]?.imageRefusal.nextTry { wake(at: next) }
        return nil
    }

    /// A submission needs a request now and at least one poll and one download later; where what is left, and what comes back while a job
    /// runs, is no more than the jobs that run will need, it is kept for them.
    private mutating func canFollowAnotherJob(_ id: AccountID) -> Bool {
        let owed = (accounts[id]?.requestsToFollow ?? 0) + (accounts[id]?.fetchesOwed ?? 0)
        guard owed > 0, accounts[id]?.supply != nil, let span = accounts[id]?.polling.longestSpan() else { return true }
        if let left = accounts[id]?.supply?.available(within: span, at: now), left > Double(owed) { return true }
        // At full intervals of the clock: from now on, every event would begin a chain of wakes of its own.
        let interval = max(1, (accounts[id]?.plan.poll.maxInterval ?? .seconds(5)).wholeMilliseconds)
        wake(at: Timestamp(milliseconds: (now.milliseconds / interval + 1) * interval))
        return false
    }

    private mutating func releaseForeignFingerprints(_ id: AccountID) {
        while let due = accounts[id]?.foreignFingerprints.min {
            guard due.at <= now else { return wake(at: due.at) }
            accounts[id]?.foreignFingerprints.removeMin()
            accounts[id]?.submissions.free(due.item)
        }
    }

    private mutating func prepareSlot(_ job: JobReference) -> LeaseRequest.Slot {
        let planned = plannedJob(job)
        let id = account(of: job)
        self[job].phase = .leasing
        takeSlot(job)
        holdFingerprint(job)
        if let money = planned.price.money, self[job].reserved == nil {
            ledger.reserve(money, account: id, inThisRun: true)
            self[job].reserved = money
        }
        return LeaseRequest.Slot(
            key: key(of: job), fingerprint: fingerprint(of: job), images: images(of: job), price: planned.price.money,
            isResend: self[job].isResent,
            attempt: LeaseRequest.Slot.Attempt(job: plan.instances[job.instance].identity.jobName(job.job), number: self[job].attempt))
    }

    mutating func leased(_ request: LeaseRequest, _ answer: LeaseAnswer) {
        let id = request.account
        guard let position = accounts[id]?.asking.firstIndex(where: { $0.request == request }),
            let candidate = accounts[id]?.asking.remove(at: position).candidate
        else { return }
        if case .denied = answer { accounts[id]?.isRefused = true } else { accounts[id]?.isRefused = false }
        switch answer {
        case .granted(let left):
            accounts[id]?.granted(left: left, at: now)
            accounts[id]?.announced = [:]
            perform(candidate, for: id)
        case .known(let remoteID, let at, let attempt):
            recall(candidate, as: .accepted(remoteID: remoteID, at: at), attempt: attempt, for: id)
        case .unanswered(let since, let attempt): recall(candidate, as: .unanswered(since: since), attempt: attempt, for: id)
        case .denied(let limit, let until):
            putBack(candidate, for: id)
            denied(limit, until: until, request, id)
        }
    }

    private mutating func perform(_ candidate: Candidate, for id: AccountID) {
        if stopped != nil || accounts[id]?.stop == .everything { return abandon(candidate, for: id) }
        switch candidate {
        case .list:
            accounts[id]?.isListing = true
            emit(.list(id))
        case .poll(let job):
            if case .running(let accepted, _) = self[job].phase {
                self[job].phase = .polling(accepted)
                emit(.poll(job, accepted))
            }
        case .pollTogether: pollTogether(id)
        case .fetch(let output): fetch(output)
        case .transfer(let transfer): beginTransfer(transfer)
        case .submit(let job):
            if self[job].isRemembered { return forgotten(job, candidate, for: id) }
            guard accounts[id]?.stop == nil, !isDraining || self[job].isResent else { return abandon(candidate, for: id) }
            if self[job].isResent, !mayResend(job) { return recover(job) }
            self[job].phase = .recordingIntent
            self[job].tries += 1
            emit(.recordIntent(job, attempt: self[job].attempt))
        }
    }

    /// The account's memory had that its request left, and has it no more: it is a submission like any other, for which there has to be money.
    private mutating func forgotten(_ job: JobReference, _ candidate: Candidate, for id: AccountID) {
        unreserve(job, charged: nil)
        self[job].isRemembered = false
        self[job].isOfEarlierRun = false
        self[job].intendedAt = nil
        abandon(candidate, for: id)
    }

    /// The account's memory has a submission under this very key, and nothing is to be sent.
    ///
    /// - Parameter attempt: the later attempt of the sub-job that it has; nil where it is the wished one.
    private mutating func recall(_ candidate: Candidate, as memory: RecalledSubmission, attempt: Int?, for id: AccountID) {
        guard case .submit(let job) = candidate else { return }
        if stopped != nil || accounts[id]?.stop == .everything { return putBack(candidate, for: id) }
        if let attempt, attempt > self[job].attempt {
            // What was known of the earlier one stays on record: a job of the listing may be its.
            if self[job].isResent { remainsOpen(job, as: .intended) }
            beginNewAttempt(job)
            self[job].attempt = attempt
            self[job].intendedAt = nil
            self[job].absentSince = nil
        }
        recall(job, as: memory)
    }

    /// A lease came too late to be used: the request counts, the slot goes back.
    private mutating func abandon(_ candidate: Candidate, for id: AccountID) {
        putBack(candidate, for: id)
        if case .submit(let job) = candidate, !self[job].isResent {
            takeSlot(job)
            emit(.releaseSlot(job, attempt: self[job].attempt, returnImages: true))
        }
    }

    private mutating func putBack(_ candidate: Candidate, for id: AccountID) {
        switch candidate {
        case .list: accounts[id]?.listingDue = now
        case .poll(let job):
            let entry = due(job, at: now)
            accounts[id]?.polls.insert(entry)
        case .pollTogether: accounts[id]?.gathering.due = now
        case .fetch(let output):
            let entry = due(output, at: now)
            accounts[id]?.fetches.insert(entry)
        case .transfer(let transfer):
            let entry = due(transfer, at: now)
            accounts[id]?.transfers.insert(entry)
        case .submit(let job) where self[job].isResent: resend(job, at: now + (accounts[id]?.plan.poll.minInterval ?? .seconds(1)))
        case .submit(let job):
            dropSlot(job)
            freeFingerprint(job)
            if self[job].isRemembered { return recall(job, at: now + (accounts[id]?.plan.poll.minInterval ?? .seconds(1))) }
            unreserve(job, charged: nil)
            queue(job)
        }
    }

    private mutating func denied(_ limit: LimitName, until: Timestamp?, _ request: LeaseRequest, _ id: AccountID) {
        guard let plan = accounts[id]?.plan else { return }
        let recheck = now + max(.milliseconds(200), plan.poll.minInterval)
        switch limit {
        case .requests: accounts[id]?.blockedUntil[request.call] = until ?? recheck
        case .throttled: accounts[id]?.pausedUntil = until ?? recheck
        case .threads: accounts[id]?.slotsBlockedUntil = until ?? recheck
        case .fingerprint:
            // Another run holds it: other jobs go first meanwhile.
            guard let fingerprint = request.slot?.fingerprint else { break }
            let entry = due(fingerprint, at: until ?? recheck)
            accounts[id]?.submissions.occupy(fingerprint)
            accounts[id]?.foreignFingerprints.insert(entry)
        case .dailyImages:
            imagesDenied(request.slot?.images ?? 0, until: until, id)
            // Without --wait-quota nothing waits: what fits goes on, and the run's end says what did not.
            if !options.waitForQuota { return }
        case .spend: spendDenied(request.slot?.price, until: until, id)
        }
        wake(at: until ?? recheck)
        announce(limit, until: until, id)
    }

    /// Tells once that an account waits for a limit, and again only when the time changed.
    private mutating func announce(_ limit: LimitName, until: Timestamp?, _ id: AccountID) {
        let known = accounts[id]?.announced[limit]
        if known != nil, until == nil || known == until { return }
        accounts[id]?.announced[limit] = until ?? .distantFuture
        report(.limitWaited(account: id, limit: limit, until: until))
    }

    // MARK: what a submission holds

    func key(of job: JobReference) -> String {
        plan.instances[job.instance].identity.idempotencyKey(job: job.job, attempt: self[job].attempt)
    }

    func images(of job: JobReference) -> Int {
        let instance = plan.instances[job.instance]
        return accounts[instance.account]?.plan.limits.imagesFrom.contains(instance.operation) == true ? plannedJob(job).outputs.count : 0
    }

    /// When a job that was never seen to end can no longer be running: after twice its timeout. What was sent again may have been accepted only
    /// then.
    func slotExpiry(_ job: JobReference) -> Timestamp {
        let timeout = instance(job).timeout
        let sent = [self[job].intendedAt, self[job].sentAt].compactMap(\.self).max()
        return (self[job].acceptedAt ?? sent ?? now) + timeout + timeout
    }

    /// Nobody asks about the job again in this run: its slot comes back by itself.
    mutating func expireSlot(_ job: JobReference) {
        let at = slotExpiry(job)
        let entry = due(job, at: at)
        accounts[account(of: job)]?.expiries.insert(entry)
        wake(at: at)
    }

    private mutating func dropExpiredSlots(_ id: AccountID) {
        while let due = accounts[id]?.expiries.min, due.at <= now {
            accounts[id]?.expiries.removeMin()
            dropSlot(due.item)
        }
        if let due = accounts[id]?.expiries.min { wake(at: due.at) }
    }

    /// What a listing would show of it; nil where the provider has none.
    func fingerprint(of job: JobReference) -> SubmissionFingerprint? {
        let instance = plan.instances[job.instance]
        guard accounts[instance.account]?.plan.recovery.listing != nil else { return nil }
        return instance.fingerprint
    }

    mutating func takeSlot(_ job: JobReference) {
        guard !self[job].holdsSlot else { return }
        self[job].holdsSlot = true
        accounts[account(of: job)]?.slotsHeld += 1
    }

    mutating func dropSlot(_ job: JobReference) {
        guard self[job].holdsSlot else { return }
        self[job].holdsSlot = false
        accounts[account(of: job)]?.slotsHeld -= 1
    }

    mutating func holdFingerprint(_ job: JobReference) {
        guard !self[job].holdsFingerprint, let fingerprint = fingerprint(of: job) else { return }
        self[job].holdsFingerprint = true
        accounts[account(of: job)]?.submissions.occupy(fingerprint)
    }

    mutating func freeFingerprint(_ job: JobReference) {
        guard self[job].holdsFingerprint, let fingerprint = fingerprint(of: job) else { return }
        let id = account(of: job)
        self[job].holdsFingerprint = false
        accounts[id]?.submissions.free(fingerprint)
    }

    mutating func queue(_ job: JobReference) {
        guard !instances[job.instance].isFinished else { return }
        if self[job].isRemembered { return recall(job, at: now) }
        self[job].phase = .queued
        let work = accounts[account(of: job)]?.polling.model(of: durationKinds[job.instance])?.expected
        let ready = Ready(
            rank: ranks[job.instance], reference: job, work: (work ?? instance(job).expectedDuration).wholeMilliseconds,
            isBegun: isBegun(job.instance))
        let fingerprint = fingerprint(of: job)
        accounts[account(of: job)]?.submissions.insert(ready, fingerprint)
    }

    /// Whether jobs were made for it that are of no use without it.
    private func isBegun(_ position: Int) -> Bool {
        let instance = plan.instances[position]
        return instance.dependencies.contains { !plan.instances[$0].jobs.isEmpty }
            || instance.needs.contains { !plan.instances[$0].jobs.isEmpty }
    }
}
