package import Checkpoint
package import Pipeline
package import Scheduling

/// One question or order to the account store, as a value.
package enum AccountOperation: Sendable {
    case lease(LeaseRequest, AccountLimits, LeaseHolder, finished: [SendTicket: Timestamp], now: Timestamp)
    case finish([SendTicket: Timestamp], AccountID)
    case markSending(key: String, AccountID, LeaseHolder, expiresAt: Timestamp)
    case markRunning(
        key: String, AccountID, remoteID: String?, images: Int, price: Money?, LeaseHolder, now: Timestamp, expiresAt: Timestamp)
    case release(key: String, AccountID, LeaseHolder, returnImages: Bool, charged: Money?, took: ObservedDuration? = nil)
    case disown(String, key: String, AccountID, since: Timestamp)
    case pause(AccountID, until: Timestamp)
    case meter(RateReading, AccountID, AccountLimits, asked: Timestamp, now: Timestamp)
    case upload(sha256: String, AccountID)
    case recordUpload(sha256: String, AccountID, reference: String, now: Timestamp)
    case forgetUpload(sha256: String, AccountID)
    case explainedJobs([String], AccountID)
    /// Which attempts of sub-jobs left, by the sub-jobs' names, and which of `keys` were accepted, where nobody kept whose attempts they are.
    case remembered(jobs: [String], keys: [String], AccountID)
    case standing(AccountID, AccountLimits, now: Timestamp)

    /// Does it at `store`.
    ///
    /// - Parameter isAlive: whether the process that holds a slot still lives; asked for `standing` alone.
    package func perform(at store: any AccountStore, isAlive: (LeaseHolder) -> Bool) throws(CheckpointError) -> AccountAnswer {
        switch self {
        case .lease(let wish, let limits, let holder, let finished, let now):
            return .leased(try store.lease(wish, limits: limits, holder: holder, finished: finished, now: now))
        case .finish(let sends, let account): try store.finish(sends, account: account)
        case .markSending(let key, let account, let holder, let expiresAt):
            try store.markSending(key, account: account, by: holder, expiresAt: expiresAt)
        case .markRunning(let key, let account, let remoteID, let images, let price, let holder, let now, let expiresAt):
            try store.markRunning(
                key, account: account, remoteID: remoteID, images: images, price: price, holder: holder, now: now, expiresAt: expiresAt)
        case .release(let key, let account, let holder, let returnImages, let charged, let took):
            try store.release(key, account: account, by: holder, returnImages: returnImages, charged: charged, took: took)
        case .disown(let remoteID, let key, let account, let since): try store.disown(remoteID, of: key, account: account, since: since)
        case .pause(let account, let until): try store.pause(account, until: until)
        case .meter(let reading, let account, let limits, let asked, let now):
            return .metered(try store.meter(reading, account: account, limits: limits, asked: asked, now: now))
        case .upload(let sha256, let account): return .upload(try store.upload(of: sha256, account: account))
        case .recordUpload(let sha256, let account, let reference, let now):
            try store.recordUpload(of: sha256, account: account, reference: reference, now: now)
        case .forgetUpload(let sha256, let account): try store.forgetUpload(of: sha256, account: account)
        case .explainedJobs(let ids, let account):
            // In this order: what is accepted in between is in both answers, and never in neither.
            let unanswered = try store.unanswered(of: account)
            return .explained(try store.explainedJobs(among: ids, account: account), unanswered: unanswered)
        case .remembered(let jobs, let keys, let account):
            let accepted = try store.acceptedJobs(of: keys, account: account)
            return .remembered(try store.attempts(of: jobs, account: account), accepted: accepted)
        case .standing(let account, let limits, let now):
            let standing = try store.standing(of: account, limits: limits, now: now)
            return .standing(
                standing.slots.map { HeldSlot(slot: $0, isHolderAlive: isAlive($0.holder)) }, durations: standing.durations)
        }
        return .done
    }
}

/// What the account store said.
package enum AccountAnswer: Sendable {
    case done
    case leased(LeaseReply)
    /// How requests stand; nil where the reading was of no limit.
    case metered(RateStanding?)
    /// The reference of content that is at the provider.
    case upload(String?)
    case explained(Set<String>, unanswered: [UnansweredSubmission])
    /// Attempts that left, and remote ids by idempotency key.
    case remembered([RememberedAttempt], accepted: [String: String])
    /// Slots in use, and what is known of how long jobs take.
    case standing([HeldSlot], durations: [DurationClass: DurationModel])
}

/// A slot in use, and whether the process that took it lives.
package struct HeldSlot: Sendable {
    package let slot: SlotRecord
    package let isHolderAlive: Bool
}
