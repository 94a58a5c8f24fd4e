import Pipeline
import Scheduling

/// The granted requests of one account: those that are open, and those that ended, in the order of their ends.
struct SendMemory: Sendable {
    private struct Ended {
        var at: Timestamp
        let call: CallKind
    }

    private var open: [SendTicket: (call: CallKind, holder: LeaseHolder)] = [:]
    private var ended: [Ended] = []
    private var lastTicket = SendTicket(number: 0)

    init() {}

    /// - Parameter holder: who holds what is open.
    init(_ sends: [AccountSnapshot.Send], holder: LeaseHolder) {
        for send in sends {
            if let end = send.endedAt { insert(send.call, at: end) } else { _ = begin(send.call, holder: holder) }
        }
    }

    mutating func begin(_ call: CallKind, holder: LeaseHolder) -> SendTicket {
        lastTicket = SendTicket(number: lastTicket.number + 1)
        open[lastTicket] = (call, holder)
        return lastTicket
    }

    /// A request that was closed before stays so.
    mutating func finish(_ tickets: [SendTicket: Timestamp]) {
        for (ticket, time) in tickets {
            guard let send = open.removeValue(forKey: ticket) else { continue }
            insert(send.call, at: time)
        }
    }

    /// Ends come nearly in order, so the place is near the end.
    private mutating func insert(_ call: CallKind, at time: Timestamp) {
        var position = ended.count
        while position > 0, ended[position - 1].at > time { position -= 1 }
        ended.insert(Ended(at: time, call: call), at: position)
    }

    /// Enters requests that others sent.
    mutating func add(_ count: Int, _ call: CallKind, endedAt time: Timestamp) {
        for _ in 0..<count { insert(call, at: time) }
    }

    /// What a limit counts and ended before `time` has come back.
    mutating func forget(_ limit: RequestLimit, endedBefore time: Timestamp) {
        ended.removeAll { $0.at < time && limit.calls.contains($0.call) }
    }

    /// Closes what the dead left open, and brings times back that only a clock set back can explain.
    mutating func tidy(now: Timestamp, isAlive: (LeaseHolder) -> Bool) {
        for (ticket, send) in open where !isAlive(send.holder) {
            open[ticket] = nil
            insert(send.call, at: now)
        }
        guard let last = ended.last, AccountRules.isImpossible(last.at, now: now) else { return }
        let impossible = ended.firstIndex { AccountRules.isImpossible($0.at, now: now) } ?? ended.endIndex
        let calls = ended[impossible...].map(\.call)
        ended.removeSubrange(impossible...)
        for call in calls { insert(call, at: now) }
    }

    /// Forgets what ended at `horizon` or before.
    mutating func prune(_ horizon: Timestamp) {
        guard let first = ended.first, first.at <= horizon else { return }
        ended.removeFirst(ended.firstIndex { $0.at > horizon } ?? ended.count)
    }

    /// One limit's window that ends at `now`.
    func window(of limit: RequestLimit, now: Timestamp) -> AccountUsage.Window {
        let begin = now - limit.rate.window
        let open = open.values.count { limit.calls.contains($0.call) }
        var within = 0
        var oldest: Timestamp?
        for send in ended.reversed() {
            guard send.at > begin else { break }
            guard limit.calls.contains(send.call) else { continue }
            within += 1
            if within == limit.rate.count - open { oldest = send.at }
        }
        let sent = open + within
        guard limit.rate.count > 0, sent >= limit.rate.count else { return AccountUsage.Window(sent: sent, freeAt: nil) }
        return AccountUsage.Window(sent: sent, freeAt: AccountRules.freeAt(oldest: oldest, window: limit.rate.window, now: now))
    }

    /// What ended after `first`, and what is open.
    func recent(since first: Timestamp) -> [AccountSnapshot.Send] {
        ended.drop { $0.at <= first }.map { AccountSnapshot.Send(call: $0.call, endedAt: $0.at) }
            + open.sorted { $0.key.number < $1.key.number }.map { AccountSnapshot.Send(call: $0.value.call, endedAt: nil) }
    }
}
