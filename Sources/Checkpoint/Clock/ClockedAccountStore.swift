package import Pipeline
package import Scheduling

/// An account store as a process uses that has a time of its own: what goes in is put into the account's time, what comes out into the process's.
///
/// Distances (windows, pauses, how long a slot is kept, when a request left) are thereby the account clock's. What day it is, is the process's
/// to say: a provider's day ends when the provider's clock says so, and the wall clock is the nearest thing to it.
package struct ClockedAccountStore: AccountStore {
    private let store: any AccountStore
    /// How far the account's clock is ahead of the process's.
    private let lead: Duration

    package init(_ store: any AccountStore, lead: Duration) {
        self.store = store
        self.lead = lead
    }

    private func kept(_ time: Timestamp) -> Timestamp { time + lead }
    private func own(_ time: Timestamp) -> Timestamp { time - lead }

    private func kept(_ limits: AccountLimits) -> AccountLimits {
        var limits = limits
        limits.dayLead = limits.dayLead + lead
        return limits
    }

    private func own(_ slot: SlotRecord) -> SlotRecord {
        SlotRecord(
            key: slot.key, holder: slot.holder, stage: slot.stage, fingerprint: slot.fingerprint, remoteID: slot.remoteID,
            images: slot.images, since: own(slot.since), expiresAt: slot.expiresAt.map(own))
    }

    private func own(_ answer: LeaseAnswer) -> LeaseAnswer {
        switch answer {
        case .granted: answer
        case .denied(let limit, let until): .denied(limit, until: until.map(own))
        case .known(let remoteID, let at, let attempt): .known(remoteID: remoteID, acceptedAt: own(at), attempt: attempt)
        case .unanswered(let since, let attempt): .unanswered(since: own(since), attempt: attempt)
        }
    }

    package func together(_ body: (any AccountStore) -> Void) throws(CheckpointError) {
        try store.together { [lead] in body(ClockedAccountStore($0, lead: lead)) }
    }

    package func lease(
        _ request: LeaseRequest, limits: AccountLimits, holder: LeaseHolder, finished: [SendTicket: Timestamp], now: Timestamp
    ) throws(CheckpointError) -> LeaseReply {
        let reply = try store.lease(
            request, limits: kept(limits), holder: holder, finished: finished.mapValues(kept), now: kept(now))
        return LeaseReply(own(reply.answer), ticket: reply.ticket)
    }

    package func finish(_ sends: [SendTicket: Timestamp], account: AccountID) throws(CheckpointError) {
        try store.finish(sends.mapValues(kept), account: account)
    }

    package func markSending(
        _ key: String, account: AccountID, by holder: LeaseHolder, expiresAt: Timestamp
    ) throws(CheckpointError) {
        try store.markSending(key, account: account, by: holder, expiresAt: kept(expiresAt))
    }

    package func markRunning(
        _ key: String, account: AccountID, remoteID: String?, images: Int, price: Money?, holder: LeaseHolder, now: Timestamp,
        expiresAt: Timestamp
    ) throws(CheckpointError) {
        try store.markRunning(
            key, account: account, remoteID: remoteID, images: images, price: price, holder: holder, now: kept(now),
            expiresAt: kept(expiresAt))
    }

    package func release(
        _ key: String, account: AccountID, by holder: LeaseHolder, returnImages: Bool, charged: Money?, took: ObservedDuration?
    ) throws(CheckpointError) {
        try store.release(key, account: account, by: holder, returnImages: returnImages, charged: charged, took: took)
    }

    package func disown(_ remoteID: String, of key: String, account: AccountID, since: Timestamp) throws(CheckpointError) {
        try store.disown(remoteID, of: key, account: account, since: kept(since))
    }

    package func pause(_ account: AccountID, until: Timestamp) throws(CheckpointError) {
        try store.pause(account, until: kept(until))
    }

    package func meter(
        _ reading: RateReading, account: AccountID, limits: AccountLimits, asked: Timestamp, now: Timestamp
    ) throws(CheckpointError) -> RateStanding? {
        var reading = reading
        reading.resetsAt = reading.resetsAt.map(kept)
        return try store.meter(reading, account: account, limits: kept(limits), asked: kept(asked), now: kept(now))
    }

    package func upload(of sha256: String, account: AccountID) throws(CheckpointError) -> String? {
        try store.upload(of: sha256, account: account)
    }

    package func uploads(of sha256s: Set<String>, account: AccountID) throws(CheckpointError) -> [String: String] {
        try store.uploads(of: sha256s, account: account)
    }

    package func recordUpload(of sha256: String, account: AccountID, reference: String, now: Timestamp) throws(CheckpointError) {
        try store.recordUpload(of: sha256, account: account, reference: reference, now: kept(now))
    }

    package func forgetUpload(of sha256: String, account: AccountID) throws(CheckpointError) {
        try store.forgetUpload(of: sha256, account: account)
    }

    package func explainedJobs(among ids: [String], account: AccountID) throws(CheckpointError) -> Set<String> {
        try store.explainedJobs(among: ids, account: account)
    }

    package func unanswered(of account: AccountID) throws(CheckpointError) -> [UnansweredSubmission] {
        try store.unanswered(of: account).map { submission in
            UnansweredSubmission(
                key: submission.key, campaign: submission.campaign, fingerprint: submission.fingerprint, since: own(submission.since),
                isUnderWay: submission.isUnderWay)
        }
    }

    package func attempts(of jobs: [String], account: AccountID) throws(CheckpointError) -> [RememberedAttempt] {
        try store.attempts(of: jobs, account: account).map { attempt in
            let fate: RememberedAttempt.Fate =
                switch attempt.fate {
                case .accepted(let remoteID, let at): .accepted(remoteID: remoteID, at: own(at))
                case .unanswered(let since, let isUnderWay): .unanswered(since: own(since), isUnderWay: isUnderWay)
                }
            return RememberedAttempt(job: attempt.job, attempt: attempt.attempt, key: attempt.key, fate: fate)
        }
    }

    package func acceptedJobs(of keys: [String], account: AccountID) throws(CheckpointError) -> [String: String] {
        try store.acceptedJobs(of: keys, account: account)
    }

    package func knownJobs(among ids: [String], account: AccountID) throws(CheckpointError) -> [String: KnownJob] {
        try store.knownJobs(among: ids, account: account).mapValues {
            KnownJob(key: $0.key, campaign: $0.campaign, acceptedAt: own($0.acceptedAt))
        }
    }

    package func standing(of account: AccountID, limits: AccountLimits, now: Timestamp) throws(CheckpointError) -> AccountStanding {
        let standing = try store.standing(of: account, limits: kept(limits), now: kept(now))
        let usage = standing.usage
        return AccountStanding(
            usage: AccountUsage(
                windows: usage.windows.map { AccountUsage.Window(sent: $0.sent, freeAt: $0.freeAt.map(own)) },
                slotsInUse: usage.slotsInUse, imagesToday: usage.imagesToday, nextDay: own(usage.nextDay),
                fingerprintBusy: usage.fingerprintBusy, pausedUntil: usage.pausedUntil.map(own),
                spending: usage.spending.map { AccountUsage.Spending(spent: $0.spent, freeAt: $0.freeAt.map(own)) }),
            slots: standing.slots.map(own), durations: standing.durations)
    }

    package func snapshot(of account: AccountID, limits: AccountLimits, now: Timestamp) throws(CheckpointError) -> AccountSnapshot {
        var snapshot = try store.snapshot(of: account, limits: kept(limits), now: kept(now))
        snapshot.sends = snapshot.sends.map { AccountSnapshot.Send(call: $0.call, endedAt: $0.endedAt.map(own)) }
        snapshot.slots = snapshot.slots.map(own)
        snapshot.images = snapshot.images.map { AccountSnapshot.Images(key: $0.key, count: $0.count, at: own($0.at)) }
        snapshot.spent = snapshot.spent.map {
            AccountSnapshot.Spent(key: $0.key, counted: CountedMoney(money: $0.counted.money, at: own($0.counted.at)))
        }
        snapshot.pausedUntil = snapshot.pausedUntil.map(own)
        return snapshot
    }
}
