import Checkpoint
import GRDB
import Pipeline
import Scheduling

/// One account within one transaction: what it has in use, and what is granted to whom.
struct AccountLedger {
    let account: AccountRow
    let db: Database
    /// Nil where it is only read.
    var memory: AccountRecollection?
    let isAlive: (LeaseHolder) -> Bool

    var slots: SlotTable { SlotTable(account: account.id, db: db, memory: memory) }
    var images: ImageCount { ImageCount(account: account.id, db: db) }
    var spends: SpendCount { SpendCount(account: account.id, db: db) }
    var unanswered: UnansweredKeys { UnansweredKeys(account: account.id, db: db) }
    var attempts: AttemptTable { AttemptTable(account: account.id, db: db) }
    var durations: DurationTable { DurationTable(account: account.id, db: db, memory: memory) }
    var log: RequestLog { RequestLog(account: account.id, db: db, memory: memory) }

    func lease(_ request: LeaseRequest, limits: AccountLimits, holder: LeaseHolder, now: Timestamp) throws -> LeaseReply {
        try freeSlots(now: now)
        // Once in a group is enough: its leases are of one moment.
        if memory?.tidied.insert(account.id).inserted ?? true {
            try log.closeAbandoned(now: now, isAlive: isAlive)
            try log.correctTimes(now: now)
            try images.correctTimes(now: now)
            try spends.correctTimes(now: now)
        }
        if let wish = request.slot, let answer = try remembered(of: wish) { return LeaseReply(answer) }
        if let attempt = request.slot?.attempt, let later = try attempts.later(than: attempt, isAlive: isAlive) {
            return LeaseReply(.superseded(by: later))
        }
        let answer = try usage(of: request, limits: limits, campaign: holder.campaign, now: now).answer(request, limits: limits, now: now)
        guard case .granted = answer else { return LeaseReply(answer) }
        let ticket = try log.open(request.call, holder: holder)
        if let wish = request.slot { try take(wish, holder: holder, now: now) }
        if memory?.pruned.insert(account.id).inserted ?? true {
            let longest = try account.remember(limits, in: db)
            if longest > account.longestWindow { memory?.rows = [:] }
            try log.prune(now: now, longestWindow: longest)
            try images.prune(now: now)
            try spends.prune(now: now, limits: limits)
        }
        return LeaseReply(answer, ticket: ticket)
    }

    private func remembered(of wish: LeaseRequest.Slot) throws -> LeaseAnswer? {
        .remembered(
            of: wish, accepted: try job(of: wish.key), slot: try slots[wish.key], unansweredSince: try unanswered[wish.key]?.since,
            isAlive: isAlive)
    }

    private func take(_ wish: LeaseRequest.Slot, holder: LeaseHolder, now: Timestamp) throws {
        let former = try slots[wish.key]
        if former != nil {
            try images.uncount(wish.key)
            try spends.uncount(wish.key)
        }
        try slots.write(.granted(wish, over: former, holder: holder, now: now))
        if let attempt = wish.attempt { try attempts.add(attempt, key: wish.key) }
        try images.count(wish.images, for: wish.key, now: now)
        try spends.count(wish.price, for: wish.key, now: now)
    }

    private func freeSlots(now: Timestamp) throws {
        for slot in try slots.inUse() {
            guard let freed = slot.freed(now: now, isAlive: isAlive) else { continue }
            let before = try unanswered[slot.key]
            if let latest = slot.countedBy(now) { try images.postpone(slot.key, to: latest) }
            try release(slot.key, returnImages: freed == .unused)
            // A slot that was leased to send something again and never used leaves open what was open before.
            if let left = slot.unanswered(isAlive: isAlive)?.with(before) ?? before { try unanswered.add(left) }
        }
    }

    func release(_ key: String, returnImages: Bool, charged: Money? = nil) throws {
        try slots.remove(key)
        try unanswered.remove(key)
        if returnImages { try images.uncount(key) }
        if let charged { try spends.settle(key, charged) } else if returnImages { try spends.uncount(key) }
    }

    /// Enters an accepted job. Its images and its price count from now where no lease counted them: it is new to this account's memory.
    func run(
        _ key: String, remoteID: String?, images number: Int, price: Money?, holder: LeaseHolder, now: Timestamp, expiresAt: Timestamp
    ) throws {
        let former = try slots[key]
        if former == nil, try !(remoteID.map(isKnown) ?? false) {
            if try !images.isCounted(key) { try images.count(number, for: key, now: now) }
            if try !spends.isCounted(key) { try spends.count(price, for: key, now: now) }
        }
        if let latest = former?.countedBy(now) { try images.postpone(key, to: latest) }
        try slots.write(
            .running(key, over: former, remoteID: remoteID, images: number, holder: holder, now: now, expiresAt: expiresAt))
        guard let remoteID else { return }
        try unanswered.remove(key)
        // Whoever learned of it first.
        guard try !isKnown(remoteID) else { return }
        try AccountSchema.knownJobs.write([account.id, remoteID, key, now.milliseconds, holder.campaign], in: db)
    }

    /// Forgets a job that a person named for the key.
    func disown(_ remoteID: String, of key: String, since: Timestamp) throws {
        guard let known = try known(remoteID), known.key == key else { return }
        try db.cachedStatement(sql: "DELETE FROM known_jobs WHERE account = ? AND remote_id = ?")
            .execute(arguments: .init(stored: [account.id, remoteID]))
        if let slot = try slots[key] { try slots.write(slot.disowned) } else { try unanswered.add(.disowned(known, since: since)) }
    }

    func isKnown(_ remoteID: String) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM known_jobs WHERE account = ? AND remote_id = ?")
        return try Int.fetchOne(statement, arguments: .init(stored: [account.id, remoteID])) != nil
    }

    /// What is known of a job; nil for one that is not ours.
    func known(_ remoteID: String) throws -> KnownJob? {
        var job: KnownJob?
        try AccountSchema.knownJobs.forEach(key: [account.id, remoteID], in: db) { row in
            var row = row
            // Account and id, which were asked for.
            row.skip()
            row.skip()
            let key: String = try row.next()
            let at = Timestamp(milliseconds: try row.next())
            job = KnownJob(key: key, campaign: try row.nextIfAny(), acceptedAt: at)
        }
        return job
    }

    /// The job that was last accepted under `key`.
    func job(of key: String) throws -> (remoteID: String, at: Timestamp)? {
        var job: (remoteID: String, at: Timestamp)?
        try AccountSchema.knownJobs.forEach(
            where: "account = ? AND key = ?", arguments: [account.id, key], order: "at, remote_id DESC", in: db
        ) { row in
            var row = row
            // The account, which was asked for.
            row.skip()
            let remoteID: String = try row.next()
            row.skip()
            job = (remoteID, Timestamp(milliseconds: try row.next()))
        }
        return job
    }

    /// By key, the job that was last accepted under it; in one query, however many keys there are.
    func remoteIDs(of keys: [String]) throws -> [String: String] {
        var jobs: [String: String] = [:]
        try AccountSchema.knownJobs.forEach(
            where: "account = ? AND key IN (SELECT value FROM json_each(?))", arguments: [account.id, StoredJSON.text(of: keys)],
            order: "at, remote_id DESC", in: db
        ) { row in
            var row = row
            // The account, which was asked for.
            row.skip()
            let remoteID: String = try row.next()
            jobs[try row.next()] = remoteID
        }
        return jobs
    }

    /// By key: what runs in a slot of unknown fate, and what is left of such slots.
    func unansweredSubmissions() throws -> [UnansweredSubmission] {
        try UnansweredSubmission.merged(slots.all().compactMap { $0.unanswered(isAlive: isAlive) }, unanswered.all())
    }

    /// What is in use, as far as it matters to `request`. What its wish takes over from itself does not count against it.
    private func usage(of request: LeaseRequest, limits: AccountLimits, campaign: String, now: Timestamp) throws -> AccountUsage {
        let windows = try limits.requests.map { limit in
            limit.calls.contains(request.call) ? try log.window(of: limit, now: now) : AccountUsage.Window(sent: 0, freeAt: nil)
        }
        guard let wish = request.slot else {
            return AccountUsage(
                windows: windows, slotsInUse: 0, imagesToday: 0, nextDay: now, fingerprintBusy: false, pausedUntil: account.pausedUntil)
        }
        let former = try slots[wish.key]
        let takesOver = former?.isTakenOver(by: wish, from: campaign, isAlive: isAlive) ?? false
        let inUse = try slots.inUse()
        let without = takesOver ? [wish.key] : []
        let isCapped = limits.dailyImages != nil && wish.images > 0
        let day = CalendarDay(of: now, limits: limits)
        return AccountUsage(
            windows: windows, slotsInUse: inUse.count - (takesOver ? 1 : 0),
            imagesToday: isCapped ? try imagesToday(slots: inUse, without: without, limits, day) : 0, nextDay: day.end,
            fingerprintBusy: inUse.contains { $0.blocks(wish, from: campaign, isAlive: isAlive) }, pausedUntil: account.pausedUntil,
            spending: try spends.spending(wish: wish.price, without: without, limits: limits, now: now))
    }

    /// - Parameter without: keys whose images do not count.
    private func imagesToday(
        slots: some Sequence<SlotRecord>, without: [String], _ limits: AccountLimits, _ day: CalendarDay
    ) throws -> Int {
        let uncounted = try without.reduce(0) { try $0 + images.last(of: $1, since: day.start) }
        let underWay = try imagesUnderWay(slots.filter { !without.contains($0.key) }, limits, day)
        return try images.sum(since: day.start) - uncounted + underWay.reduce(0) { $0 + $1.count }
    }

    private func imagesUnderWay(_ slots: [SlotRecord], _ limits: AccountLimits, _ day: CalendarDay) throws -> [AccountSnapshot.Images] {
        limits.dailyImages == nil ? [] : try images.underWay(slots, at: day.start)
    }

    /// For people: as a lease would count, but nothing is changed.
    func standing(limits: AccountLimits, now: Timestamp) throws -> AccountStanding {
        let (inUse, unused) = try slotsInUse(now: now)
        let day = CalendarDay(of: now, limits: limits)
        let usage = AccountUsage(
            windows: try limits.requests.map { try log.window(of: $0, now: now) }, slotsInUse: inUse.count,
            imagesToday: try imagesToday(slots: inUse, without: unused, limits, day), nextDay: day.end, fingerprintBusy: false,
            pausedUntil: account.pausedUntil,
            spending: try spends.spending(wish: nil, without: unused, limits: limits, now: now))
        return AccountStanding(usage: usage, slots: inUse, durations: try durations.all())
    }

    /// The slots that are in use, and the keys of those that a dead run never used.
    private func slotsInUse(now: Timestamp) throws -> (inUse: [SlotRecord], unused: [String]) {
        var inUse: [SlotRecord] = []
        var unused: [String] = []
        for slot in try slots.all() {
            switch slot.freed(now: now, isAlive: isAlive) {
            case nil: inUse.append(slot)
            case .unused: unused.append(slot.key)
            case .expired: break
            }
        }
        return (inUse, unused)
    }

    /// As a lease would count, piece by piece; nothing is changed.
    func snapshot(limits: AccountLimits, now: Timestamp) throws -> AccountSnapshot {
        let (inUse, unused) = try slotsInUse(now: now)
        let day = CalendarDay(of: now, limits: limits)
        return AccountSnapshot(
            sends: try log.recent(since: limits.firstSend(at: now), now: now, isAlive: isAlive), slots: inUse,
            images: try imagesUnderWay(inUse, limits, day) + images.pieces(since: day.start).filter { !unused.contains($0.key) },
            spent: try limits.firstSpent(at: now).map { try spends.recent(since: $0) }?.filter { !unused.contains($0.key) } ?? [],
            pausedUntil: account.pausedUntil, durations: try durations.all())
    }
}
