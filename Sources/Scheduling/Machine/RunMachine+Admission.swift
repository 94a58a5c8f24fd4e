import HeapModule
import Pipeline

/// Which job may ask for a lease: what money or the daily cap does not let through now is put aside, and the others go on.
extension RunMachine {
    /// Whether `ready` may ask for a lease now.
    mutating func isAdmissible(_ ready: Ready, _ id: AccountID) -> Bool {
        let job = ready.reference
        guard self[job].phase == .queued, !instances[job.instance].isFinished else { return false }
        if let reason = reasonNeverToFit(job, id) {
            self[job].phase = .failed
            outputsMissing(of: job, reason)
            return false
        }
        let images = images(of: job)
        if accounts[id]?.imageRefusal.covers(images, at: now) == true {
            waits(job, because: accounts[id].map(imageReason))
            accounts[id]?.parkedImages.park(ready, under: images)
            return false
        }
        let price = plannedJob(job).price
        if let reason = moneyReason(against: price, id) {
            waits(job, because: reason)
            accounts[id]?.parked.park(ready, under: price)
            return false
        }
        waits(job, because: nil)
        return true
    }

    /// - Parameter reason: nil where it waits for nothing. What an instance is held for says more than what another of its jobs waits for.
    private mutating func waits(_ job: JobReference, because reason: String?) {
        if instances[job.instance].status == .waiting { instances[job.instance].reason = reason }
    }

    /// One job that makes more than the cap allows in a whole day would be refused on every one of them.
    private func reasonNeverToFit(_ job: JobReference, _ id: AccountID) -> String? {
        guard let cap = accounts[id]?.plan.limits.dailyImages else { return nil }
        let images = images(of: job)
        guard images > cap else { return nil }
        return "one job makes \(images) images, and the daily cap of \(cap) never allows so many; nothing was sent; lower `count` or raise "
            + "`limits.images`"
    }

    /// Lets one job that was put aside try again, now that it may fit; false where there is none.
    mutating func unparkOne(_ id: AccountID) -> Bool {
        unparkForMoney(id) || unparkForImages(id)
    }

    private mutating func unparkForMoney(_ id: AccountID) -> Bool {
        guard var parked = accounts[id]?.parked, !parked.isEmpty else { return false }
        accounts[id]?.parked = Parking()
        let job = parked.popFirst { moneyReason(against: $0, id) == nil }
        accounts[id]?.parked = parked
        if let job { queue(job) }
        return job != nil
    }

    private mutating func unparkForImages(_ id: AccountID) -> Bool {
        guard let refusal = accounts[id]?.imageRefusal, accounts[id]?.parkedImages.isEmpty == false else { return false }
        let now = now
        let job = accounts[id]?.parkedImages.popFirst { !refusal.covers($0, at: now) }
        if let job { queue(job) }
        return job != nil
    }

    /// Whether something is put aside that this run will still send: when it fits again, or already.
    func hasParkedWork(_ id: AccountID) -> Bool {
        guard let account = accounts[id] else { return false }
        let images = account.parkedImages.heads.contains { options.waitForQuota || !account.imageRefusal.covers($0.measure, at: now) }
        return images || hasParkedMoneyWork(account)
    }

    // MARK: images of the day

    /// The account store found too few images of the day left. A job that fails unbilled may give some back before `until`, in any process,
    /// so it is asked now and then.
    mutating func imagesDenied(_ images: Int, until: Timestamp?, _ id: AccountID) {
        guard let plan = accounts[id]?.plan else { return }
        let recheck = now + max(plan.poll.minInterval, .milliseconds(plan.limits.dayLength.wholeMilliseconds / 24))
        accounts[id]?.imageRefusal.add(images, until: min(recheck, until ?? recheck), freeAt: until, now: now)
    }

    /// Why the daily cap kept something of the account from being sent; nil where it did not.
    func imageReason(_ id: AccountID) -> String? {
        guard let account = accounts[id] else { return nil }
        let heads = account.parkedImages.heads.filter { !instances[$0.ready.reference.instance].isFinished }
        guard let first = heads.first else { return nil }
        return "\(instance(first.ready.reference).name): \(imageReason(account))"
    }

    private func imageReason(_ account: AccountState) -> String {
        let when = account.imageRefusal.freeAt.map { " until \($0)" } ?? ""
        return
            "too few of the plan's \(account.plan.limits.dailyImages ?? 0) images of the day are left for it\(when); run the same command "
            + "again then, wait with --wait-quota, or raise `limits.images`"
    }
}
