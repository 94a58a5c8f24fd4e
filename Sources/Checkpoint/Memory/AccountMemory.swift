import Pipeline
import Scheduling

/// One account of a `MemoryAccountStore`.
struct AccountMemory: Sendable {
    struct CountedImages: Sendable {
        let key: String
        var images: Int
        var at: Timestamp
    }

    var sends = SendMemory()
    var images: [CountedImages] = []
    var spends = SpendMemory()
    var slots: [String: SlotRecord] = [:]
    /// By remote id.
    var known: [String: KnownJob] = [:]
    var remoteIDsByKey: [String: String] = [:]
    /// Submissions whose requests left and whose slots' time is over, by key.
    var unanswered: [String: UnansweredSubmission] = [:]
    /// Keys of granted submissions by sub-job and attempt.
    private var attempts: [String: [Int: String]] = [:]
    var uploads: [String: String] = [:]
    var pausedUntil: Timestamp?
    var durations: [DurationClass: DurationModel] = [:]
    private var longestWindow = Duration.zero

    mutating func lease(
        _ request: LeaseRequest, limits: AccountLimits, holder: LeaseHolder, now: Timestamp, isAlive: (LeaseHolder) -> Bool
    ) -> LeaseReply {
        tidy(now: now, isAlive: isAlive)
        if let wish = request.slot, let answer = remembered(of: wish, isAlive: isAlive) { return LeaseReply(answer) }
        if let attempt = request.slot?.attempt {
            let later = attempts(of: attempt.job, isAlive: isAlive).last.flatMap { $0.attempt > attempt.number ? $0 : nil }
            if let later { return LeaseReply(.superseded(by: later)) }
        }
        let answer = usage(limits: limits, wish: request.slot, campaign: holder.campaign, now: now, isAlive: isAlive)
            .answer(request, limits: limits, now: now)
        guard case .granted = answer else { return LeaseReply(answer) }
        let ticket = sends.begin(request.call, holder: holder)
        if let wish = request.slot { take(wish, holder: holder, now: now) }
        longestWindow = limits.requests.map(\.rate.window).reduce(longestWindow, max)
        sends.prune(now - AccountRules.memory(longestWindow: longestWindow))
        images.removeAll { $0.at <= now - AccountRules.imageMemory }
        spends.prune(now: now, limits: limits)
        return LeaseReply(answer, ticket: ticket)
    }

    private func remembered(of wish: LeaseRequest.Slot, isAlive: (LeaseHolder) -> Bool) -> LeaseAnswer? {
        let accepted = remoteIDsByKey[wish.key].flatMap { id in known[id].map { (remoteID: id, at: $0.acceptedAt) } }
        return .remembered(
            of: wish, accepted: accepted, slot: slots[wish.key], unansweredSince: unanswered[wish.key]?.since, isAlive: isAlive)
    }

    /// In the order of their numbers.
    func attempts(of job: String, isAlive: (LeaseHolder) -> Bool) -> [RememberedAttempt] {
        (attempts[job] ?? [:]).sorted { $0.key < $1.key }.compactMap { number, key in
            fate(of: key, isAlive: isAlive).map { RememberedAttempt(job: job, attempt: number, key: key, fate: $0) }
        }
    }

    private func fate(of key: String, isAlive: (LeaseHolder) -> Bool) -> RememberedAttempt.Fate? {
        if let id = remoteIDsByKey[key], let job = known[id] { return .accepted(remoteID: id, at: job.acceptedAt) }
        return UnansweredSubmission.merged(
            [slots[key]?.unanswered(isAlive: isAlive)].compactMap(\.self), [unanswered[key]].compactMap(\.self)
        )
        .first.map { .unanswered(since: $0.since, isUnderWay: $0.isUnderWay) }
    }

    private mutating func take(_ wish: LeaseRequest.Slot, holder: LeaseHolder, now: Timestamp) {
        if let attempt = wish.attempt { attempts[attempt.job, default: [:]][attempt.number] = wish.key }
        let former = slots[wish.key]
        if former != nil {
            uncount(wish.key)
            spends.uncount(wish.key)
        }
        slots[wish.key] = .granted(wish, over: former, holder: holder, now: now)
        count(wish.images, for: wish.key, at: now)
        spends.count(wish.price, for: wish.key, at: now)
    }

    mutating func count(_ number: Int, for key: String, at now: Timestamp) {
        if number > 0 { images.append(CountedImages(key: key, images: number, at: now)) }
    }

    /// What was counted for `key` counts on the day of `time`, if that is a later one.
    mutating func postpone(_ key: String, to time: Timestamp) {
        guard let position = images.lastIndex(where: { $0.key == key }) else { return }
        images[position].at = max(images[position].at, time)
    }

    /// What counts on the day that began at `start`: also what was counted before it and the provider may still count after it.
    private func imagesCounted(since start: Timestamp) -> [CountedImages] {
        let early = slots.values.filter(\.isCountedWhenSettled).sorted { $0.key < $1.key }.compactMap { slot in
            images.last { $0.key == slot.key }.flatMap { last in
                last.at < start ? CountedImages(key: last.key, images: last.images, at: start) : nil
            }
        }
        return early + images.filter { $0.at >= start }
    }

    private mutating func uncount(_ key: String) {
        if let position = images.lastIndex(where: { $0.key == key }) { images.remove(at: position) }
    }

    mutating func release(_ key: String, returnImages: Bool, charged: Money? = nil) {
        slots[key] = nil
        unanswered[key] = nil
        if returnImages { uncount(key) }
        if let charged { spends.settle(key, charged) } else if returnImages { spends.uncount(key) }
    }

    /// Frees what is not in use any more, closes what the dead left open, and brings times back that only a clock set back can explain.
    mutating func tidy(now: Timestamp, isAlive: (LeaseHolder) -> Bool) {
        for (key, slot) in slots {
            guard let freed = slot.freed(now: now, isAlive: isAlive) else { continue }
            let before = unanswered[key]
            if let latest = slot.countedBy(now) { postpone(key, to: latest) }
            release(key, returnImages: freed == .unused)
            // A slot that was leased to send something again and never used leaves open what was open before.
            unanswered[key] = slot.unanswered(isAlive: isAlive)?.with(before) ?? before
        }
        sends.tidy(now: now, isAlive: isAlive)
        for position in images.indices where AccountRules.isImpossible(images[position].at, now: now) { images[position].at = now }
        spends.correctTimes(now: now)
    }

    /// After `tidy`. What `wish` takes over from itself does not count against it.
    func usage(
        limits: AccountLimits, wish: LeaseRequest.Slot?, campaign: String, now: Timestamp, isAlive: (LeaseHolder) -> Bool
    ) -> AccountUsage {
        let own = wish.flatMap { wish in slots[wish.key].flatMap { $0.isTakenOver(by: wish, from: campaign, isAlive: isAlive) ? $0 : nil } }
        let day = CalendarDay(of: now, limits: limits)
        let counted = imagesCounted(since: day.start)
        let ownImages = own.flatMap { own in counted.last { $0.key == own.key }?.images } ?? 0
        return AccountUsage(
            windows: limits.requests.map { sends.window(of: $0, now: now) }, slotsInUse: slots.count - (own == nil ? 0 : 1),
            imagesToday: counted.reduce(0) { $0 + $1.images } - ownImages,
            nextDay: day.end,
            fingerprintBusy: wish.map { wish in slots.values.contains { $0.blocks(wish, from: campaign, isAlive: isAlive) } } ?? false,
            pausedUntil: pausedUntil, spending: spends.spending(wish: wish?.price, own: own?.key, limits: limits, now: now))
    }

    /// After `tidy`.
    func snapshot(limits: AccountLimits, now: Timestamp) -> AccountSnapshot {
        let day = CalendarDay(of: now, limits: limits)
        return AccountSnapshot(
            sends: sends.recent(since: limits.firstSend(at: now)),
            slots: slots.values.sorted { ($0.since, $0.key) < ($1.since, $1.key) },
            images: imagesCounted(since: day.start).map { AccountSnapshot.Images(key: $0.key, count: $0.images, at: $0.at) },
            spent: limits.firstSpent(at: now).map { spends.recent(since: $0) } ?? [], pausedUntil: pausedUntil,
            durations: durations)
    }

    /// - Parameter holder: who holds its open requests.
    init(_ snapshot: AccountSnapshot, holder: LeaseHolder) {
        sends = SendMemory(snapshot.sends, holder: holder)
        for slot in snapshot.slots { slots[slot.key] = slot }
        images = snapshot.images.map { CountedImages(key: $0.key, images: $0.count, at: $0.at) }
        for spent in snapshot.spent { spends.count(spent.counted.money, for: spent.key, at: spent.counted.at) }
        pausedUntil = snapshot.pausedUntil
        durations = snapshot.durations
    }

    init() {}
}
