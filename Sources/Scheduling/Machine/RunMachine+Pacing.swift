import HeapModule
import Pipeline

/// What the poll policy of each account hears of, and what it is asked.
extension RunMachine {
    /// Sorts the plan's jobs into kinds.
    mutating func sortIntoKinds() -> [AccountID: [KindTotals]] {
        durationKinds = [Int](repeating: 0, count: plan.instances.count)
        var classes: [AccountID: [DurationClass: Int]] = [:]
        var kinds: [AccountID: [KindTotals]] = [:]
        for (position, instance) in plan.instances.enumerated() where !instance.jobs.isEmpty {
            let name = DurationClass(of: instance)
            let known = classes[instance.account]?[name]
            let kind = known ?? kinds[instance.account]?.count ?? 0
            if known == nil {
                classes[instance.account, default: [:]][name] = kind
                kinds[instance.account, default: []].append(
                    KindTotals(
                        name: name, model: options.durations[instance.account]?[name] ?? DurationModel(expected: instance.expectedDuration))
                )
            }
            durationKinds[position] = kind
            kinds[instance.account]?[kind].jobs += instance.jobs.count
            kinds[instance.account]?[kind].outputs += instance.outputs.count
        }
        return kinds
    }

    /// Tells each account's policy what there is to do.
    mutating func preparePacing(_ kinds: [AccountID: [KindTotals]]) {
        for id in accountOrder { accounts[id]?.pace(kinds[id] ?? []) }
        for (transfer, state) in transfers.enumerated() where state == .waiting {
            accounts[plan.transfers[transfer].account]?.uploadsOwed += 1
        }
        for position in instances.indices where !instances[position].isFinished && !instances[position].isExcluded {
            guard !waitsForChoice(position) else { continue }
            for index in instances[position].jobs.indices where instances[position].jobs[index].phase == .blocked {
                expectAcceptance(JobReference(instance: position, job: index))
            }
        }
    }

    /// The job is still to be accepted.
    mutating func expectAcceptance(_ job: JobReference) {
        guard !self[job].isExpected else { return }
        self[job].isExpected = true
        let kind = durationKinds[job.instance]
        accounts[account(of: job)]?.polling.expect(1, of: kind)
    }

    /// It was, or never will be.
    mutating func expectNoMore(_ job: JobReference) {
        guard self[job].isExpected else { return }
        self[job].isExpected = false
        let kind = durationKinds[job.instance]
        accounts[account(of: job)]?.polling.expect(-1, of: kind)
    }

    /// The provider has the job, and it is asked about from now on.
    mutating func beginWatching(_ job: JobReference) {
        expectNoMore(job)
        guard let begun = self[job].acceptedAt else { return }
        self[job].lastSeenRunning = nil
        self[job].isAskedSingly = false
        self[job].watchedSince = begun
        let kind = durationKinds[job.instance]
        accounts[account(of: job)]?.polling.began(kind, at: begun)
    }

    /// It is not asked about any more.
    ///
    /// - Parameter wasSeenToEnd: how long it took says something of jobs to come.
    mutating func endWatching(_ job: JobReference, wasSeenToEnd: Bool) {
        guard let begun = self[job].watchedSince else { return }
        self[job].watchedSince = nil
        let kind = durationKinds[job.instance]
        let seen = self[job].lastSeenRunning
        if wasSeenToEnd, self[job].isStartKnown, now > begun {
            self[job].took = accounts[account(of: job)].flatMap { account in
                guard account.durationClasses.indices.contains(kind) else { return nil }
                return ObservedDuration(
                    kind: account.durationClasses[kind], expected: instance(job).expectedDuration, ranAt: (seen ?? begun) - begun,
                    endedBy: now - begun)
            }
            accounts[account(of: job)]?.polling.ended(kind, begun: begun, lastSeen: seen, at: now)
        } else {
            accounts[account(of: job)]?.polling.abandoned(kind, begun: begun)
        }
    }

    /// The account's log knows the provider's own count: what is left follows it, and that others use the key is told once.
    mutating func metered(_ id: AccountID, _ standing: RateStanding, resetsAt: Timestamp?) {
        let now = now
        if accounts[id]?.plan.limits.requests.count == 1 {
            accounts[id]?.supply?.synchronise(left: standing.left, at: now, resetsAt: resetsAt)
        }
        if standing.left > 0 { accounts[id]?.blockedUntil = [:] }
        guard standing.others > 0, accounts[id]?.isShared == false else { return }
        accounts[id]?.isShared = true
        report(.limitShared(account: id, requests: standing.others))
    }

    /// When the job is best asked about next.
    mutating func nextPollTime(_ job: JobReference) -> Timestamp {
        let begun = self[job].watchedSince ?? now
        let seen = self[job].lastSeenRunning
        return accounts[account(of: job)]?.nextPoll(durationKinds[job.instance], begun: begun, lastSeen: seen, now: now) ?? now
    }
}

/// One kind of an account's jobs in the plan.
struct KindTotals {
    let name: DurationClass
    let model: DurationModel
    var jobs = 0
    var outputs = 0

    /// How long a job is expected to take.
    var expected: Duration { model.expected }
}

extension AccountState {
    /// The request limit that polls and submissions use up the soonest.
    static func scarcest(of plan: AccountPlan) -> RequestLimit? {
        plan.limits.requests.filter { $0.calls.contains(.poll) || $0.calls.contains(.submit) }.min { a, b in
            Double(a.rate.count) * Double(max(1, b.rate.window.wholeMilliseconds))
                < Double(b.rate.count) * Double(max(1, a.rate.window.wholeMilliseconds))
        }
    }

    mutating func pace(_ kinds: [KindTotals]) {
        let counted = limit?.calls ?? []
        durationClasses = kinds.map(\.name)
        polling = PollPolicy(
            slots: plan.limits.threads, interval: plan.poll.minInterval, isCounted: counted.contains(.poll),
            kinds: kinds.map { kind in
                let outputs = counted.contains(.fetch) ? Double(kind.outputs) / Double(max(1, kind.jobs)) : 0
                return JobKind(kind.model, before: counted.contains(.submit) ? 1 : 0, after: outputs)
            })
    }

    /// Counted downloads of results that wait.
    var fetchesOwed: Int { limit?.calls.contains(.fetch) == true ? fetches.count : 0 }

    /// Counted requests that are owed now besides those of jobs to come and of jobs that run.
    var requestsOwed: Int {
        fetchesOwed + (limit?.calls.contains(.upload) == true ? max(0, uploadsOwed) : 0)
    }

    /// Counted requests that the jobs which run will need at the least.
    var requestsToFollow: Int {
        let counted = limit?.calls ?? []
        let polls = counted.contains(.poll) ? (gathering.isOn ? requestsForAll : jobsToFollow) : 0
        return polls + (counted.contains(.fetch) ? jobsToFollow : 0)
    }

    mutating func nextPoll(_ kind: Int, begun: Timestamp, lastSeen: Timestamp?, now: Timestamp) -> Timestamp {
        polling.nextPoll(kind, begun: begun, lastSeen: lastSeen, supply: supply, others: requestsOwed, now: now)
    }

    /// The log's answer to a request that was granted.
    mutating func granted(left: Int?, at now: Timestamp) {
        guard let left else { return }
        supply?.spend(at: now)
        // Of several limits, the answer tells of the tightest only.
        if plan.limits.requests.count == 1 { supply?.synchronise(left: left, at: now) }
    }
}
