import Pipeline

/// What a failed call says of its account as a whole, the same whatever the call was for.
extension RunMachine {
    enum AccountVerdict {
        /// Nothing: the failure is the call's own.
        case usable
        /// Nothing like it makes sense before that time.
        case waiting(until: Timestamp)
        /// The account sends nothing more like it in this run.
        case stopped
    }

    /// Draws the conclusions for the account.
    ///
    /// - Parameters:
    ///   - delay: how long to wait where the provider names no pause.
    ///   - spends: the call is, or feeds, a payment. Only those end at a lack of credits or quota: what runs is brought home all the same.
    mutating func accountVerdict(_ id: AccountID, _ failure: CallFailure, delay: Duration, spends: Bool) -> AccountVerdict {
        switch failure.kind {
        case .auth, .plan:
            stopAccount(
                id, .everything, .keyRefused,
                "\(failure.message); nothing was billed for this request; check the key, then run the same command again: accepted jobs are "
                    + "picked up")
            return .stopped
        case .credits where spends:
            stopAccount(id, .submissions, .credits, "\(failure.message); \(Self.broughtHome); top up and run the same command again")
            return .stopped
        case .quota where failure.retryAfter.map { !isQuota($0, id) } ?? false:
            // Whatever it is called: it is over before long.
            let until = now + (failure.retryAfter ?? delay)
            pause(id, until: until)
            return .waiting(until: until)
        case .quota where spends: return quotaUsedUp(id, failure)
        case .throttled(let after?) where isQuota(after, id):
            return spends ? quotaUsedUp(id, failure, after: after) : nothingUntil(now + after, id, failure)
        case .throttled(let after):
            let until = now + (after ?? delay)
            pause(id, until: until)
            return .waiting(until: until)
        case .notSent: return connectionFailed(id, failure).map { .waiting(until: $0) } ?? .stopped
        default: return .usable
        }
    }

    private static let broughtHome = "this request was not billed, jobs that run are brought home"

    /// Longer than any window of requests, and than an hour, is no throttle: nothing within a run can wait for it unasked.
    private func isQuota(_ pause: Duration, _ id: AccountID) -> Bool {
        guard let limits = accounts[id]?.plan.limits else { return false }
        let hour = Duration.milliseconds(limits.dayLength.wholeMilliseconds / 24)
        return pause > max(hour, limits.requests.map(\.rate.window).max() ?? .zero)
    }

    /// No slot is held and no try is used up for it.
    private mutating func quotaUsedUp(_ id: AccountID, _ failure: CallFailure, after: Duration? = nil) -> AccountVerdict {
        let at = (after ?? failure.retryAfter).map { now + $0 }
        if options.waitForQuota { return .waiting(until: waitForQuota(id, until: at)) }
        var hint = at.map { "at \($0)" } ?? "when the quota is reset"
        if at == nil, let limits = accounts[id]?.plan.limits, limits.dailyImages != nil {
            hint += " (the provider's day ends at \(CalendarDay(of: now, limits: limits).end))"
        }
        stopAccount(id, .submissions, .quota, "\(failure.message); \(Self.broughtHome); run the same command again \(hint)")
        return .stopped
    }

    /// Not even what runs can be asked about before `time`.
    private mutating func nothingUntil(_ time: Timestamp, _ id: AccountID, _ failure: CallFailure) -> AccountVerdict {
        if options.waitForQuota {
            pause(id, until: time)
            return .waiting(until: time)
        }
        stopAccount(
            id, .everything, .quota,
            "\(failure.message); nothing was billed for this request; run the same command again at \(time): jobs that run are picked up")
        return .stopped
    }

    /// Only submissions wait: what runs is polled and fetched all the while. Where nobody says when the quota is reset, it is tried every hour.
    private mutating func waitForQuota(_ id: AccountID, until time: Timestamp?) -> Timestamp {
        let day = accounts[id]?.plan.limits.dayLength ?? .seconds(86_400)
        let until = time ?? now + .milliseconds(day.wholeMilliseconds / 24)
        accounts[id]?.dayBlockedUntil = until
        report(.limitWaited(account: id, limit: .dailyImages, until: until))
        return until
    }

    /// The provider answers again.
    mutating func connected(_ id: AccountID) {
        accounts[id]?.connectionFailures = 0
        accounts[id]?.connectionRetryAt = nil
    }

    /// The provider was not reached. Gives when to try again; nil where it was tried often enough and the account stops.
    private mutating func connectionFailed(_ id: AccountID, _ failure: CallFailure) -> Timestamp? {
        if let retryAt = accounts[id]?.connectionRetryAt, retryAt > now { return retryAt }
        accounts[id]?.connectionFailures += 1
        let tries = accounts[id]?.connectionFailures ?? 1
        guard tries >= options.unreachableAfter else {
            let again = now + freeDelay(failures: tries)
            accounts[id]?.connectionRetryAt = again
            wake(at: again)
            return again
        }
        stopAccount(
            id, .everything, .unreachable,
            "\(failure.message) (\(tries) tries in a row); nothing was sent or billed by them; run the same command again when the provider is "
                + "back")
        return nil
    }

    private mutating func pause(_ id: AccountID, until: Timestamp) {
        let pausedUntil = max(until, accounts[id]?.pausedUntil ?? .distantPast)
        accounts[id]?.pausedUntil = pausedUntil
        wake(at: pausedUntil)
        emit(.pause(id, until: until))
    }
}
