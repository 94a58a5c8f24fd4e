import Pipeline
import Scheduling

/// One account of a `MemoryAccountStore`.
struct AccountMemory: Sendable {
    struct Send: Sendable {
        let call: CallKind
        let holder: LeaseHolder
        /// Nil while it is open.
        var endedAt: Timestamp?
    }

    struct CountedImages: Sendable {
        let key: String
        var images: Int
        var at: Timestamp
    }

    var sends: [SendTicket: Send] = [:]
    private var lastTicket = SendTicket(number: 0)
    var images: [CountedImages] = []
    var slots: [String: SlotRecord] = [:]
    var remoteIDs: Set<String> = []
    var remoteIDsByKey: [String: String] = [:]
    var uploads: [String: String] = [:]
    var pausedUntil: Timestamp?
    private var longestWindow = Duration.zero

    mutating func lease(
        _ request: LeaseRequest, limits: AccountLimits, holder: LeaseHolder, now: Timestamp, isAlive: (LeaseHolder) -> Bool
    ) -> LeaseReply {
        tidy(now: now, isAlive: isAlive)
        let answer = usage(limits: limits, wish: request.slot, campaign: holder.campaign, now: now)
            .answer(request, limits: limits, now: now)
        guard case .granted = answer else { return LeaseReply(answer) }
        lastTicket = SendTicket(number: lastTicket.number + 1)
        sends[lastTicket] = Send(call: request.call, holder: holder, endedAt: nil)
        if let wish = request.slot { take(wish, holder: holder, now: now) }
        longestWindow = limits.requests.map(\.rate.window).reduce(longestWindow, max)
        let horizon = now - AccountRules.memory(longestWindow: longestWindow)
        sends = sends.filter { $0.value.endedAt.map { $0 > horizon } ?? true }
        images.removeAll { $0.at <= now - AccountRules.imageMemory }
        return LeaseReply(answer, ticket: lastTicket)
    }

    /// A request that was closed before stays so.
    mutating func finish(_ ended: [SendTicket: Timestamp]) {
        for (ticket, time) in ended where sends[ticket]?.endedAt == nil { sends[ticket]?.endedAt = time }
    }

    private mutating func take(_ wish: LeaseRequest.Slot, holder: LeaseHolder, now: Timestamp) {
        let former = slots[wish.key]
        if former != nil { uncount(wish.key) }
        slots[wish.key] = .granted(wish, over: former, holder: holder, now: now)
        count(wish.images, for: wish.key, at: now)
    }

    mutating func count(_ number: Int, for key: String, at now: Timestamp) {
        if number > 0 { images.append(CountedImages(key: key, images: number, at: now)) }
    }

    private mutating func uncount(_ key: String) {
        if let position = images.lastIndex(where: { $0.key == key }) { images.remove(at: position) }
    }

    mutating func release(_ key: String, returnImages: Bool) {
        slots[key] = nil
        if returnImages { uncount(key) }
    }

    /// Frees what is not in use any more, closes what the dead left open, and brings times back that only a clock set back can explain.
    mutating func tidy(now: Timestamp, isAlive: (LeaseHolder) -> Bool) {
        for (key, slot) in slots {
            if let freed = slot.freed(now: now, isAlive: isAlive) { release(key, returnImages: freed == .unused) }
        }
        for (ticket, send) in sends {
            let isOver = send.endedAt.map { AccountRules.isImpossible($0, now: now) } ?? !isAlive(send.holder)
            if isOver { sends[ticket]?.endedAt = now }
        }
        for position in images.indices where AccountRules.isImpossible(images[position].at, now: now) { images[position].at = now }
    }

    /// After `tidy`. What `wish` takes over from itself does not count against it.
    func usage(limits: AccountLimits, wish: LeaseRequest.Slot?, campaign: String, now: Timestamp) -> AccountUsage {
        let windows = limits.requests.map { limit in
            let counted = sends.values.filter { limit.calls.contains($0.call) }.map(\.endedAt)
            let open = counted.count { $0 == nil }
            let ended = counted.compactMap(\.self).filter { $0 > now - limit.rate.window }.sorted(by: >)
            let sent = open + ended.count
            guard limit.rate.count > 0, sent >= limit.rate.count else { return AccountUsage.Window(sent: sent, freeAt: nil) }
            let oldest = limit.rate.count > open ? ended[limit.rate.count - open - 1] : nil
            return AccountUsage.Window(
                sent: sent, freeAt: AccountRules.freeAt(oldest: oldest, window: limit.rate.window, now: now))
        }
        let own = wish.flatMap { wish in slots[wish.key].flatMap { $0.isTakenOver(by: wish, from: campaign) ? $0 : nil } }
        let day = CalendarDay(of: now, limits: limits)
        let counted = images.filter { $0.at >= day.start }
        let ownImages = own.flatMap { own in counted.last { $0.key == own.key }?.images } ?? 0
        return AccountUsage(
            windows: windows, slotsInUse: slots.count - (own == nil ? 0 : 1), imagesToday: counted.reduce(0) { $0 + $1.images } - ownImages,
            nextDay: day.end, fingerprintBusy: wish.map { wish in slots.values.contains { $0.blocks(wish, from: campaign) } } ?? false,
            pausedUntil: pausedUntil)
    }
}
