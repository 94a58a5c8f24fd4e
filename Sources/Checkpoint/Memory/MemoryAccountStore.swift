package import Pipeline
package import Scheduling
import Synchronization

/// The accounts' memory for simulations and tests: the rules of the durable form, without a disk.
package final class MemoryAccountStore: AccountStore {
    /// What several stores share, as they would a file.
    package final class Memory: Sendable {
        fileprivate let accounts: Mutex<[AccountID: AccountMemory]>

        package init() { accounts = Mutex([:]) }

        /// Begins where `snapshots` were taken.
        ///
        /// - Parameter holder: who holds the requests that were open then.
        package init(_ snapshots: [AccountID: AccountSnapshot], holder: LeaseHolder) {
            accounts = Mutex(snapshots.mapValues { AccountMemory($0, holder: holder) })
        }
    }

    private let memory: Memory
    private let isAlive: @Sendable (LeaseHolder) -> Bool

    /// - Parameter isAlive: whether a holder's process still lives.
    package init(_ memory: Memory = Memory(), isAlive: @escaping @Sendable (LeaseHolder) -> Bool) {
        self.memory = memory
        self.isAlive = isAlive
    }

    package func lease(
        _ request: LeaseRequest, limits: AccountLimits, holder: LeaseHolder, finished: [SendTicket: Timestamp], now: Timestamp
    ) throws(CheckpointError) -> LeaseReply {
        with(request.account) {
            $0.sends.finish(finished)
            return $0.lease(request, limits: limits, holder: holder, now: now) { $0 == holder || isAlive($0) }
        }
    }

    package func finish(_ sends: [SendTicket: Timestamp], account: AccountID) throws(CheckpointError) {
        with(account) { $0.sends.finish(sends) }
    }

    package func markSending(
        _ key: String, account: AccountID, by holder: LeaseHolder, expiresAt: Timestamp
    ) throws(CheckpointError) {
        let found = with(account) { account in
            guard let slot = account.slots[key], slot.mayLeave(for: holder), account.remoteIDsByKey[key] == nil else { return false }
            account.slots[key] = slot.sending(expiresAt: expiresAt)
            return true
        }
        if !found { throw .missingSlot(key, account: account) }
    }

    package func markRunning(
        _ key: String, account: AccountID, remoteID: String?, images: Int, price: Money?, holder: LeaseHolder, now: Timestamp,
        expiresAt: Timestamp
    ) throws(CheckpointError) {
        with(account) {
            let former = $0.slots[key]
            let isKnown = if let remoteID { $0.known[remoteID] != nil } else { false }
            if former == nil, !isKnown {
                if !$0.images.contains(where: { $0.key == key }) { $0.count(images, for: key, at: now) }
                if !$0.spends.contains(key) { $0.spends.count(price, for: key, at: now) }
            }
            if let latest = former?.countedBy(now) { $0.postpone(key, to: latest) }
            $0.slots[key] = .running(
                key, over: former, remoteID: remoteID, images: images, holder: holder, now: now, expiresAt: expiresAt)
            if let remoteID {
                if !isKnown { $0.known[remoteID] = KnownJob(key: key, campaign: holder.campaign, acceptedAt: now) }
                $0.remoteIDsByKey[key] = remoteID
                $0.unanswered[key] = nil
            }
        }
    }

    package func disown(_ remoteID: String, of key: String, account: AccountID, since: Timestamp) throws(CheckpointError) {
        with(account) {
            guard let known = $0.known[remoteID], known.key == key else { return }
            $0.known[remoteID] = nil
            if $0.remoteIDsByKey[key] == remoteID { $0.remoteIDsByKey[key] = nil }
            if let slot = $0.slots[key] { $0.slots[key] = slot.disowned } else { $0.unanswered[key] = .disowned(known, since: since) }
        }
    }

    package func release(
        _ key: String, account: AccountID, by holder: LeaseHolder, returnImages: Bool, charged: Money?, took: ObservedDuration?
    ) throws(CheckpointError) {
        with(account) {
            guard $0.slots[key]?.mayBeFreed(by: holder, isAlive: isAlive) ?? true else { return }
            $0.release(key, returnImages: returnImages, charged: charged)
            if let took { $0.durations[took.kind] = took.learned(from: $0.durations[took.kind]) }
        }
    }

    package func pause(_ account: AccountID, until: Timestamp) throws(CheckpointError) {
        with(account) { $0.pausedUntil = max(until, $0.pausedUntil ?? until) }
    }

    package func meter(
        _ reading: RateReading, account: AccountID, limits: AccountLimits, asked: Timestamp, now: Timestamp
    ) throws(CheckpointError) -> RateStanding? {
        guard let metered = MeteredLimit(reading, limits: limits, now: now) else { return nil }
        return with(account) {
            $0.tidy(now: now, isAlive: isAlive)
            if let time = metered.forgottenBefore { $0.sends.forget(metered.limit, endedBefore: time) }
            let others = metered.others(beside: $0.sends.window(of: metered.limit, now: min(asked, now)).sent)
            $0.sends.add(others, metered.call, endedAt: metered.countedAt)
            return metered.standing(sent: $0.sends.window(of: metered.limit, now: now).sent, others: others)
        }
    }

    package func upload(of sha256: String, account: AccountID) throws(CheckpointError) -> String? {
        with(account) { $0.uploads[sha256] }
    }

    package func uploads(of sha256s: Set<String>, account: AccountID) throws(CheckpointError) -> [String: String] {
        with(account) { $0.uploads.filter { sha256s.contains($0.key) } }
    }

    package func recordUpload(of sha256: String, account: AccountID, reference: String, now: Timestamp) throws(CheckpointError) {
        with(account) { $0.uploads[sha256] = reference }
    }

    package func forgetUpload(of sha256: String, account: AccountID) throws(CheckpointError) {
        with(account) { $0.uploads[sha256] = nil }
    }

    package func explainedJobs(among ids: [String], account: AccountID) throws(CheckpointError) -> Set<String> {
        with(account) { Set($0.known.keys).intersection(ids) }
    }

    package func unanswered(of account: AccountID) throws(CheckpointError) -> [UnansweredSubmission] {
        with(account) { memory in
            UnansweredSubmission.merged(memory.slots.values.compactMap { $0.unanswered(isAlive: isAlive) }, Array(memory.unanswered.values))
        }
    }

    package func attempts(of jobs: [String], account: AccountID) throws(CheckpointError) -> [RememberedAttempt] {
        with(account) { memory in Set(jobs).sorted().flatMap { memory.attempts(of: $0, isAlive: isAlive) } }
    }

    package func acceptedJobs(of keys: [String], account: AccountID) throws(CheckpointError) -> [String: String] {
        with(account) { memory in memory.remoteIDsByKey.filter { keys.contains($0.key) } }
    }

    package func knownJobs(among ids: [String], account: AccountID) throws(CheckpointError) -> [String: KnownJob] {
        with(account) { memory in memory.known.filter { ids.contains($0.key) } }
    }

    package func standing(of account: AccountID, limits: AccountLimits, now: Timestamp) throws(CheckpointError) -> AccountStanding {
        var copy = with(account) { $0 }
        copy.tidy(now: now, isAlive: isAlive)
        return AccountStanding(
            usage: copy.usage(limits: limits, wish: nil, campaign: "", now: now, isAlive: isAlive),
            slots: copy.slots.values.sorted { ($0.since, $0.key) < ($1.since, $1.key) }, durations: copy.durations)
    }

    package func snapshot(of account: AccountID, limits: AccountLimits, now: Timestamp) throws(CheckpointError) -> AccountSnapshot {
        var copy = with(account) { $0 }
        copy.tidy(now: now, isAlive: isAlive)
        return copy.snapshot(limits: limits, now: now)
    }

    private func with<Result: Sendable>(_ account: AccountID, _ body: (inout AccountMemory) -> Result) -> Result {
        memory.accounts.withLock { body(&$0[account, default: AccountMemory()]) }
    }
}

extension CheckpointError {
    /// A request must not leave without the slot it was granted.
    package static func missingSlot(_ key: String, account: AccountID) -> CheckpointError {
        .contradiction("\(account) has no slot \(key), so its request was not sent; run the same command again")
    }
}
