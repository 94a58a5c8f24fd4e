import HeapModule
import Pipeline

/// Asking about many jobs with one request, where the provider tells of them in one reply and that is cheaper than asking about each.
///
/// What such a reply says of a job counts as far as it goes: that it runs, or that it succeeded. A job that it does not tell of has not ended,
/// and one that ended without results is asked about by itself, for a reply about many may not say why.
extension RunMachine {
    /// Whether the job is, or will be, asked about with others. One that a person named may be unknown to the provider, which only a poll tells.
    func isGathered(_ job: JobReference, _ accepted: AcceptedJob) -> Bool {
        accounts[account(of: job)]?.gathering.isOn == true && mayBeGathered(job, accepted)
    }

    private func mayBeGathered(_ job: JobReference, _ accepted: AcceptedJob) -> Bool {
        !self[job].isAskedSingly && !accepted.isNamed && accepted.report == nil
    }

    /// Puts a job that runs with those that are asked about together; false where it is to be polled by itself.
    mutating func gather(_ job: JobReference, _ accepted: AcceptedJob) -> Bool {
        let id = account(of: job)
        accounts[id]?.gathering.isStale = true
        guard isGathered(job, accepted) else { return false }
        accounts[id]?.gathering.jobs.insert(job)
        return true
    }

    /// Decides how the account's jobs are asked about, and when, where something has changed.
    mutating func planGathering(_ id: AccountID) {
        guard accounts[id]?.plan.poll.batch != nil, accounts[id]?.gathering.isStale == true, accounts[id]?.gathering.isUnderWay == false
        else { return }
        let now = now
        let isOn = accounts[id]?.isBetterAskedTogether(now: now) ?? false
        if isOn != accounts[id]?.gathering.isOn { isOn ? gatherAll(id) : scatter(id) }
        accounts[id]?.gathering.isStale = false
        let due = isOn ? nextTimeForAll(id) : nil
        accounts[id]?.gathering.due = due
    }

    private mutating func gatherAll(_ id: AccountID) {
        accounts[id]?.gathering.isOn = true
        var single = Heap<Due<JobReference>>()
        while let due = accounts[id]?.polls.popMin() {
            if case .running(let accepted, _) = self[due.item].phase, mayBeGathered(due.item, accepted) {
                accounts[id]?.gathering.jobs.insert(due.item)
            } else {
                single.insert(due)
            }
        }
        accounts[id]?.polls = single
    }

    private mutating func scatter(_ id: AccountID) {
        let jobs = gathered(id)
        accounts[id]?.gathering.isOn = false
        accounts[id]?.gathering.jobs = []
        for job in jobs {
            guard case .running(let accepted, _) = self[job].phase else { continue }
            schedulePoll(job, accepted, at: min(nextPollTime(job), deadline(of: job)))
        }
    }

    /// Those that were not asked about for the longest time first.
    private func gathered(_ id: AccountID) -> [JobReference] {
        (accounts[id]?.gathering.jobs ?? []).map { (since: self[$0].lastSeenRunning ?? self[$0].watchedSince ?? now, job: $0) }
            .sorted { ($0.since, $0.job.instance, $0.job.job) < ($1.since, $1.job.instance, $1.job.job) }.map(\.job)
    }

    private func nextTimeForAll(_ id: AccountID) -> Timestamp? {
        let jobs = gathered(id)
        guard let account = accounts[id], let first = jobs.first else { return nil }
        let watched = jobs.map { job in
            WatchedJob(kind: durationKinds[job.instance], begun: self[job].watchedSince ?? now, lastSeen: self[job].lastSeenRunning)
        }
        let next = account.polling.nextBatch(
            watched, lastAsked: account.gathering.lastAsked, cost: account.requestsForAll, supply: account.supply,
            others: account.requestsOwed, now: now)
        let deadline = jobs.map(deadline).min() ?? next
        return max(min(next, deadline), account.gathering.lastAsked.map { $0 + minPoll(first) } ?? now)
    }

    /// A request that asks about all of them was granted.
    mutating func pollTogether(_ id: AccountID) {
        let most = accounts[id]?.plan.poll.batch?.mostJobs ?? .max
        accounts[id]?.gathering.due = nil
        var asked: [AskedJob] = []
        for job in gathered(id).prefix(most) {
            accounts[id]?.gathering.jobs.remove(job)
            guard case .running(let accepted, _) = self[job].phase else { continue }
            self[job].phase = .polling(accepted)
            asked.append(AskedJob(reference: job, accepted: accepted, operation: instance(job).operation))
        }
        guard !asked.isEmpty else { return }
        accounts[id]?.gathering.isUnderWay = true
        accounts[id]?.gathering.lastAsked = now
        emit(.pollTogether(id, asked))
    }

    mutating func polledTogether(
        _ id: AccountID, _ asked: [JobReference], _ result: Result<[JobReference: JobReport], CallFailure>
    ) {
        accounts[id]?.gathering.isUnderWay = false
        accounts[id]?.gathering.isStale = true
        switch result {
        case .success(let reports):
            connected(id)
            accounts[id]?.gathering.failures = 0
            for job in asked { hear(of: job, reports[job]) }
        case .failure(let failure): askingTogetherFailed(id, asked, failure)
        }
    }

    private mutating func hear(of job: JobReference, _ report: JobReport?) {
        guard case .polling(let accepted) = self[job].phase else { return }
        switch report?.state {
        case .queued, .running, .ended(.succeeded): if let report { polled(job, .success(report)) }
        case .ended:
            askSingly(job, accepted, at: now)
        case nil: askSingly(job, accepted, at: now + minPoll(job))
        }
    }

    /// Only a reply about the job itself says that it failed, or still runs past its timeout.
    private mutating func askSingly(_ job: JobReference, _ accepted: AcceptedJob, at time: Timestamp) {
        self[job].isAskedSingly = true
        schedulePoll(job, accepted, at: time)
    }

    /// What a request about many jobs failed with says nothing of any one of them.
    private mutating func askingTogetherFailed(_ id: AccountID, _ asked: [JobReference], _ failure: CallFailure) {
        accounts[id]?.gathering.failures += 1
        let failures = accounts[id]?.gathering.failures ?? 1
        switch failure.kind {
        case .throttled, .notSent, .server, .lost, .credits, .quota:
            let delay = freeDelay(failures: failures)
            if stopped == nil { _ = accountVerdict(id, failure, delay: delay, spends: false) }
        default:
            // The provider does not tell of many jobs in this way, or not to this key: whether the key is good, the next poll says.
            accounts[id]?.gathering.failures = Gathering.mostFailures
        }
        if accounts[id]?.gathering.failures ?? 0 >= Gathering.mostFailures { scatter(id) }
        for job in asked {
            guard case .polling(let accepted) = self[job].phase else { continue }
            let delay = max(minPoll(job), freeDelay(failures: failures))
            guard now >= deadline(of: job) else {
                stillRunning(job, accepted, again: delay)
                continue
            }
            askSingly(job, accepted, at: now + delay)
        }
    }
}
