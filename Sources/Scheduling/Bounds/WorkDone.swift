package import Pipeline

/// What a run did of one instance, as far as the least time that it can take depends on it.
struct WorkDone: Hashable, Sendable {
    /// Accepted by the provider in this run.
    var submissions: Int32 = 0
    /// Those that told of an end.
    var polls: Int32 = 0
    var fetches: Int32 = 0
    /// The time that its jobs took within this run, one after the other, in milliseconds.
    private(set) var work: Int64 = 0
    /// The longest of them.
    private(set) var longest: Int64 = 0

    mutating func add(_ span: Duration) {
        let milliseconds = max(0, span.wholeMilliseconds)
        let (sum, overflow) = work.addingReportingOverflow(milliseconds)
        work = overflow ? .max : sum
        longest = max(longest, milliseconds)
    }
}

extension RunMachine {
    /// A job is not asked about any more: what it took of this run counts. To be told before its account's poll policy forgets it.
    mutating func tookTime(_ job: JobReference, hasEnded: Bool) {
        let state = self[job]
        guard let accepted = state.acceptedAt else { return }
        let seen = state.lastSeenRunning ?? accepted
        var begun = accepted
        var end = seen
        if case .some(.ended) = state.accepted?.report?.state {
            // The reply was the end: the request itself took the time.
            begun = state.intendedAt ?? accepted
            end = accepted
        } else if hasEnded, state.isStartKnown {
            let model = accounts[account(of: job)]?.polling.model(of: durationKinds[job.instance])
            end = begun + (model?.likeliest(endedAfter: seen - begun, by: now - begun) ?? (now - begun))
        }
        instances[job.instance].done.add(end - max(begun, startedAt))
    }

    /// What this run did of an instance. Its jobs took as long as polls leave possible: what is likeliest by what has been learned.
    package func done(of position: Int) -> LowerBound.Rest {
        guard instances.indices.contains(position) else { return LowerBound.Rest() }
        let done = instances[position].done
        var cost = Amounts()
        var images = 0
        for job in plan.instances[position].jobs.prefix(Int(done.submissions)) {
            images += job.outputs.count
            if let money = job.price.money { cost += money }
        }
        var requests: [CallKind: Int] = [:]
        for (kind, count) in [(CallKind.submit, done.submissions), (.poll, done.polls), (.fetch, done.fetches)] where count > 0 {
            requests[kind] = Int(count)
        }
        return LowerBound.Rest(
            work: .milliseconds(done.work), span: .milliseconds(done.longest), images: images, requests: requests, cost: cost)
    }

    /// The least time that what this run did can take.
    package func lowerBound(standing: [AccountID: LowerBound.Standing]) -> LowerBound {
        var uploads: [AccountID: Int] = [:]
        for transfer in uploaded where plan.transfers.indices.contains(transfer) {
            uploads[plan.transfers[transfer].account, default: 0] += 1
        }
        return LowerBound(of: plan, now: startedAt, standing: standing, uploads: uploads) { done(of: $0) }
    }
}
