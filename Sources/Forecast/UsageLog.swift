import Checkpoint
import Pipeline
import Scheduling

/// What one run in virtual time used of each account's limits, and what held it up, in the order it happened.
struct UsageLog {
    struct Account {
        var slots: [(at: Timestamp, count: Int)] = []
        var sends: [(at: Timestamp, call: CallKind)] = []
        var images: [(at: Timestamp, count: Int)] = []
        var money: [(at: Timestamp, money: Money)] = []
        /// From when on something kept a job from being submitted that was ready; nil: nothing did.
        var obstacles: [(at: Timestamp, limit: LimitName?)] = []
    }

    private(set) var accounts: [AccountID: Account] = [:]

    mutating func slots(_ change: Int, _ account: AccountID, at time: Timestamp) {
        let count = (accounts[account]?.slots.last?.count ?? 0) + change
        accounts[account, default: Account()].slots.append((time, count))
    }

    /// A request was granted.
    mutating func sent(_ wish: LeaseRequest, at time: Timestamp) {
        accounts[wish.account, default: Account()].sends.append((time, wish.call))
        guard let slot = wish.slot else { return }
        if slot.images > 0 { accounts[wish.account]?.images.append((time, slot.images)) }
        if let money = slot.price { accounts[wish.account]?.money.append((time, money)) }
    }

    mutating func note(_ limit: LimitName?, _ account: AccountID, at time: Timestamp) {
        guard let last = accounts[account]?.obstacles.last else {
            return accounts[account, default: Account()].obstacles.append((time, limit))
        }
        if last.limit == limit { return }
        // What lasted no time held nothing up.
        if last.at == time { accounts[account]?.obstacles.removeLast() }
        accounts[account]?.obstacles.append((time, limit))
    }
}

extension PlanForecast.Timeline {
    private static let mostSteps = 24
    /// Steps are no shorter, in milliseconds.
    private static let leastStep: Int64 = 100

    /// What a run that ended at `end` used, in equal steps; nil where it took no time.
    init?(_ log: UsageLog, _ request: ForecastRequest, until end: Timestamp) {
        let span = (end - request.now).wholeMilliseconds
        guard span > 0 else { return nil }
        let count = Int(min(Int64(Self.mostSteps), max(1, span / Self.leastStep)))
        let step = span / Int64(count) + (span % Int64(count) > 0 ? 1 : 0)
        let ends = (1...count).map { request.now + .milliseconds(step * Int64($0)) }
        let accounts = request.plan.accounts.compactMap { account in
            log.accounts[account.id].map { used in
                Use(used, account, request.accounts[account.id] ?? AccountSnapshot(), from: request.now, ends: ends)
            }
        }
        self.init(stepMilliseconds: Int(step), accounts: accounts)
    }
}

extension PlanForecast.Timeline.Use {
    fileprivate init(_ used: UsageLog.Account, _ account: AccountPlan, _ before: AccountSnapshot, from start: Timestamp, ends: [Timestamp])
    {
        let limits = account.limits
        var usage = Self(account: account.id.description, threads: limits.threads)
        usage.slots = Self.averages(used.slots, from: start, ends: ends)
        usage.requests = Self.counts(used.sends.map { ($0.at, 1) }, ends)
        if let limit = limits.requests.min(by: { Self.perSecond($0) < Self.perSecond($1) }) {
            usage.requestLimit = "\(limit.rate)"
            let earlier = before.sends.filter { limit.calls.contains($0.call) }.map { ($0.endedAt ?? start, 1) }
            let counted = earlier.sorted { $0.0 < $1.0 } + used.sends.filter { limit.calls.contains($0.call) }.map { ($0.at, 1) }
            usage.window = ends.map { end in Self.sum(counted, after: end - limit.rate.window, to: end) }
        }
        if let cap = limits.dailyImages {
            usage.dailyImagesCap = cap
            let counted = before.images.map { ($0.at, $0.count) }.sorted { $0.0 < $1.0 } + used.images.map { ($0.at, $0.count) }
            usage.dailyImages = ends.map { end in
                Self.sum(counted, after: CalendarDay(of: end, limits: limits).start - .milliseconds(1), to: end)
            }
        }
        var spent = Amounts()
        var next = used.money.makeIterator()
        var pending = next.next()
        usage.cost = ends.map { end in
            while let (at, money) = pending, at <= end {
                spent += money
                pending = next.next()
            }
            return spent.all
        }
        usage.binding = Self.obstacles(used.obstacles, from: start, ends: ends)
        self = usage
    }

    private static func perSecond(_ limit: RequestLimit) -> Double {
        Double(limit.rate.count) / Double(max(1, limit.rate.window.wholeMilliseconds))
    }

    /// How many fall into each step.
    private static func counts(_ all: [(Timestamp, Int)], _ ends: [Timestamp]) -> [Int] {
        var before = Timestamp.distantPast
        return ends.map { end in
            defer { before = end }
            return sum(all, after: before, to: end)
        }
    }

    /// Of what is sorted by time, the sum of what is later than `start` and no later than `end`.
    private static func sum(_ all: [(Timestamp, Int)], after start: Timestamp, to end: Timestamp) -> Int {
        func first(after time: Timestamp) -> Int {
            var low = 0
            var high = all.count
            while low < high {
                let middle = (low + high) / 2
                if all[middle].0 <= time { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let (low, high) = (first(after: start), first(after: end))
        return low < high ? all[low..<high].reduce(0) { $0 + $1.1 } : 0
    }

    /// The mean of what changes, in each step, to a hundredth.
    private static func averages(_ changes: [(at: Timestamp, count: Int)], from start: Timestamp, ends: [Timestamp]) -> [Double] {
        var index = 0
        var count = 0
        var time = start
        return ends.map { end in
            let begin = time
            var area: Int64 = 0
            while index < changes.count, changes[index].at < end {
                area += Int64(count) * (max(changes[index].at, time) - time).wholeMilliseconds
                time = max(changes[index].at, time)
                count = changes[index].count
                index += 1
            }
            area += Int64(count) * (end - time).wholeMilliseconds
            time = end
            return (Double(area) / Double(max(1, (end - begin).wholeMilliseconds)) * 100).rounded() / 100
        }
    }

    /// What held something up for the longest part of each step; nil where nothing did for most of it.
    private static func obstacles(_ changes: [(at: Timestamp, limit: LimitName?)], from start: Timestamp, ends: [Timestamp]) -> [String?] {
        var index = 0
        var limit: LimitName?
        var time = start
        return ends.map { end in
            var lasted: [LimitName?: Int64] = [:]
            while index < changes.count, changes[index].at < end {
                lasted[limit, default: 0] += (max(changes[index].at, time) - time).wholeMilliseconds
                time = max(changes[index].at, time)
                limit = changes[index].limit
                index += 1
            }
            lasted[limit, default: 0] += (end - time).wholeMilliseconds
            time = end
            let most = lasted.max { ($0.value, $0.key?.rawValue ?? "") < ($1.value, $1.key?.rawValue ?? "") }
            return most.flatMap { $0.key?.rawValue }
        }
    }
}
