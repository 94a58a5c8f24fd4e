package import Pipeline
package import Scheduling

/// What every account store has to agree on: whose slot is free, which times of the log to believe, how long to remember.
package enum AccountRules {
    /// Processes read the clock before they wait for the store, so a row may be this much ahead of `now` without a clock having been set
    /// back. One further ahead is taken for one of this moment, so that it blocks no longer than its window from now.
    package static let clockSkew = Duration.seconds(10)

    /// Sends are remembered for at least so long, whatever the limits: a limit may be added later.
    package static let shortestMemory = Duration.seconds(86_400)

    /// Counted images are remembered for longer than any day in any zone.
    package static let imageMemory = Duration.seconds(3 * 86_400)

    /// Money is remembered for at least so long, whatever the limits: longer than any month.
    package static let spendMemory = Duration.seconds(62 * 86_400)

    /// A pause until the next day's quota, where a day has 25 hours. One that another boot's clock made longer is cut to this.
    package static let longestPause = Duration.seconds(25 * 3600)

    /// How far back money matters under `limits`.
    package static func spendMemory(_ limits: AccountLimits) -> Duration {
        limits.spend.reduce(spendMemory) { memory, limit in
            guard case .rolling(let window) = limit.period else { return memory }
            return max(memory, window)
        }
    }

    /// How far back sends matter, under a longest window ever asked for of `longestWindow`.
    package static func memory(longestWindow: Duration) -> Duration { max(shortestMemory, longestWindow) }

    /// Whether `time` can only come from a clock that was set back since.
    package static func isImpossible(_ time: Timestamp, now: Timestamp) -> Bool { time > now + clockSkew }

    /// When one more send fits into a full window, `oldest` being the end of the first of those that must leave it: nil while that is open.
    package static func freeAt(oldest: Timestamp?, window: Duration, now: Timestamp) -> Timestamp {
        guard let oldest, !isImpossible(oldest, now: now) else { return now + window }
        return oldest + window
    }
}

extension LeaseAnswer {
    /// What an account's memory has of a wished submission's key, before any limit is asked; nil where it may be granted.
    ///
    /// - Parameters:
    ///   - accepted: the job that the key was accepted as.
    ///   - slot: the slot of that key, in use.
    ///   - unansweredSince: when a request left whose slot's time is over without a reply.
    package static func remembered(
        of wish: LeaseRequest.Slot, accepted: (remoteID: String, at: Timestamp)?, slot: SlotRecord?, unansweredSince: Timestamp?,
        isAlive: (LeaseHolder) -> Bool
    ) -> LeaseAnswer? {
        if let accepted { return .known(remoteID: accepted.remoteID, acceptedAt: accepted.at) }
        if wish.isResend { return nil }
        let since = [slot?.unansweredSince(isAlive: isAlive), unansweredSince].compactMap(\.self).min()
        return since.map { .unanswered(since: $0) }
    }

    /// What a later attempt of the wished sub-job means for an earlier one.
    package static func superseded(by later: RememberedAttempt) -> LeaseAnswer {
        switch later.fate {
        case .accepted(let remoteID, let at): .known(remoteID: remoteID, acceptedAt: at, attempt: later.attempt)
        case .unanswered(_, isUnderWay: true): .denied(.fingerprint, until: nil)
        case .unanswered(let since, isUnderWay: false): .unanswered(since: since, attempt: later.attempt)
        }
    }
}

extension SlotRecord {
    /// Why a slot is not in use any more.
    package enum Freed: Sendable {
        /// Its holder died before the request left: nothing was produced, its images do not count.
        case unused
        /// Its time is over; what became of its job was not seen.
        case expired
    }

    /// Whether the slot is to be freed at `now`; nil while it is in use. `isAlive` is asked only where it matters.
    package func freed(now: Timestamp, isAlive: (LeaseHolder) -> Bool) -> Freed? {
        switch stage {
        case .leased: isAlive(holder) ? nil : .unused
        case .running: isExpired(at: now) ? .expired : nil
        case .sending: isExpired(at: now) && !isAlive(holder) ? .expired : nil
        }
    }

    private func isExpired(at now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }

    /// Whether the slot stands in the way of `wish`, another submission that a listing could not tell from this one, or the same job
    /// wished for by a copy of the campaign.
    ///
    /// Asked of slots in use only: one that is leased has a living holder.
    package func blocks(_ wish: LeaseRequest.Slot, from campaign: String, isAlive: (LeaseHolder) -> Bool) -> Bool {
        if key == wish.key { return !isTakenOver(by: wish, from: campaign, isAlive: isAlive) }
        return stage != .running && fingerprint != nil && fingerprint == wish.fingerprint
    }

    /// Whether `wish` asks for this very slot again. What a dead copy of the campaign left may be sent again only where the wish says so.
    package func isTakenOver(by wish: LeaseRequest.Slot, from campaign: String, isAlive: (LeaseHolder) -> Bool) -> Bool {
        guard key == wish.key else { return false }
        return holder.campaign == campaign || (wish.isResend && !isAlive(holder))
    }

    /// Whether `holder` may free it: what another live run holds is not its to judge.
    package func mayBeFreed(by holder: LeaseHolder, isAlive: (LeaseHolder) -> Bool) -> Bool {
        self.holder.run == holder.run || self.holder.campaign == holder.campaign || !isAlive(self.holder)
    }

    /// Whether the provider may yet count its images, on the day on which it accepts the submission.
    package var isCountedWhenSettled: Bool { stage != .running }

    /// The latest moment at which the provider may have counted its images, now that it is settled or over; nil where that was before.
    package func countedBy(_ now: Timestamp) -> Timestamp? {
        isCountedWhenSettled ? min(now, expiresAt ?? now) : nil
    }

    /// Since when a request under its key may have left without a reply that anybody waits for; nil where none did.
    package func unansweredSince(isAlive: (LeaseHolder) -> Bool) -> Timestamp? {
        guard remoteID == nil else { return nil }
        switch stage {
        case .leased: return nil
        case .sending: return isAlive(holder) ? nil : since
        case .running: return since
        }
    }

    /// Its submission, where its request may have left and no reply is known: its key is not to be forgotten when its time is over.
    package func unanswered(isAlive: (LeaseHolder) -> Bool) -> UnansweredSubmission? {
        guard stage != .leased, remoteID == nil else { return nil }
        return UnansweredSubmission(
            key: key, campaign: holder.campaign, fingerprint: fingerprint, since: since, isUnderWay: stage == .sending && isAlive(holder))
    }

    /// The slot that a granted `wish` takes. One taken over after its request may have left stays `sending` with its time: an accepted job
    /// may hold it, so a second death of its holder must not free it at once.
    package static func granted(_ wish: LeaseRequest.Slot, over former: SlotRecord?, holder: LeaseHolder, now: Timestamp) -> SlotRecord {
        let mayHaveLeft = former.map { $0.stage != .leased } ?? false
        return SlotRecord(
            key: wish.key, holder: holder, stage: mayHaveLeft ? .sending : .leased, fingerprint: wish.fingerprint, remoteID: nil,
            images: wish.images, since: mayHaveLeft ? former?.since ?? now : now, expiresAt: mayHaveLeft ? former?.expiresAt : nil)
    }

    /// Whether its request may leave: it was granted to `holder` and to nobody since, and no job is in it.
    package func mayLeave(for holder: LeaseHolder) -> Bool { self.holder == holder && stage != .running && remoteID == nil }

    /// The slot with its request about to leave.
    package func sending(expiresAt: Timestamp) -> SlotRecord {
        SlotRecord(
            key: key, holder: holder, stage: .sending, fingerprint: fingerprint, remoteID: remoteID, images: images, since: since,
            expiresAt: expiresAt)
    }

    /// The slot whose job turned out to be another's.
    package var disowned: SlotRecord {
        SlotRecord(
            key: key, holder: holder, stage: stage, fingerprint: fingerprint, remoteID: nil, images: images, since: since,
            expiresAt: expiresAt)
    }

    /// The slot with a job in it, or with what may be one. Its time is never cut short: a run reckons it from when its record says that the job was
    /// accepted, and the clock may have been set since.
    package static func running(
        _ key: String, over former: SlotRecord?, remoteID: String?, images: Int, holder: LeaseHolder, now: Timestamp, expiresAt: Timestamp
    ) -> SlotRecord {
        SlotRecord(
            key: key, holder: holder, stage: .running, fingerprint: former?.fingerprint, remoteID: remoteID ?? former?.remoteID,
            images: former?.images ?? images, since: former?.since ?? now, expiresAt: max(expiresAt, former?.expiresAt ?? expiresAt))
    }
}

extension UnansweredSubmission {
    /// With what was known of the same key before: a slot that is taken anew has forgotten when its request first left.
    package func with(_ before: UnansweredSubmission?) -> UnansweredSubmission {
        guard let before else { return self }
        return UnansweredSubmission(
            key: key, campaign: campaign ?? before.campaign, fingerprint: fingerprint ?? before.fingerprint,
            since: min(since, before.since),
            isUnderWay: isUnderWay)
    }

    /// By key: `slots`, and what is left of slots whose time is over.
    package static func merged(_ slots: [UnansweredSubmission], _ left: [UnansweredSubmission]) -> [UnansweredSubmission] {
        var byKey = Dictionary(left.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for slot in slots { byKey[slot.key] = slot.with(byKey[slot.key]) }
        return byKey.values.sorted { $0.key < $1.key }
    }
}

extension UnansweredSubmission {
    /// The submission whose job turned out to be another's; a listing may show it as anything.
    package static func disowned(_ known: KnownJob, since: Timestamp) -> UnansweredSubmission {
        UnansweredSubmission(key: known.key, campaign: known.campaign, fingerprint: nil, since: since, isUnderWay: false)
    }
}
