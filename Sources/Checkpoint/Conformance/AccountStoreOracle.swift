import Foundation
import Pipeline
import Scheduling

/// A provider that counts for itself: several runs lease, send, die and come back at random, and nothing they send may exceed what the
/// account allows, as the provider sees it. It knows nothing of how a store counts.
struct AccountStoreOracle {
    private struct Submission {
        let key: String
        let campaign: String
        /// When the remote job ends, as long as it may be at work.
        var endsAt: Double
        var isReleased = false
    }

    private struct Run {
        var desk: AccountDesk
        var generation: Int
        /// Granted requests that have not ended, as positions in `arrivals`.
        var open: [SendTicket: Int] = [:]
    }

    private static let limits = AccountDesk.limits(
        threads: 3, requests: [AccountDesk.limit(12, 30), AccountDesk.limit(4, 6, [.submit, .upload])], images: 40, day: .seconds(100),
        spend: ["2500 VND/20s", "5000 VND/day"])

    private let place: AccountPlace
    private let deaths = AccountDesk.Deaths()
    private var random: SplitMix64
    private var runs: [Run] = []
    private var now = 0.0
    private var grants: [(call: CallKind, at: Double)] = []
    /// When requests reached the provider, by kind.
    private var arrivals: [(call: CallKind, at: Double)] = []
    private var submissions: [Submission] = []
    private var images: [(count: Int, at: Double)] = []
    private var charges: [(amount: Int, at: Double)] = []
    private var keys = 0
    private var mostAtWork = 0

    static func check(seed: Int) -> ConformanceCheck<AccountPlace> {
        .init("what runs that die at random send together stays within the limits, as the provider sees it (seed \(seed))") { place in
            var oracle = try AccountStoreOracle(place, seed: UInt64(seed))
            for _ in 0..<500 { try oracle.step() }
            try oracle.judge()
        }
    }

    private init(_ place: AccountPlace, seed: UInt64) throws {
        self.place = place
        random = SplitMix64(seed: seed)
        for number in 0..<3 { runs.append(try Self.run(place, number, generation: 1, deaths)) }
    }

    private static func run(_ place: AccountPlace, _ number: Int, generation: Int, _ deaths: AccountDesk.Deaths) throws -> Run {
        let desk = try AccountDesk(
            place, deaths: deaths, run: "run-\(number)-\(generation)", campaign: "campaign \(number)", limits: limits)
        return Run(desk: desk, generation: generation)
    }

    // MARK: what happens

    private mutating func step() throws {
        now += Double(Int.random(in: 0...900, using: &random)) / 1000
        let number = Int.random(in: 0..<runs.count, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: try die(number)
        case 1...4: try end(number)
        case 5...7: try releaseEnded(number)
        case 8...11: try submit(number)
        default: try request(number)
        }
    }

    /// The run is killed; a new one takes its campaign up. What was under way may have arrived as late as now.
    private mutating func die(_ number: Int) throws {
        deaths.kill(runs[number].desk.holder)
        for position in runs[number].open.values { arrive(position) }
        runs[number] = try Self.run(place, number, generation: runs[number].generation + 1, deaths)
    }

    private mutating func end(_ number: Int) throws {
        guard let (ticket, position) = runs[number].open.min(by: { $0.key.number < $1.key.number }) else { return }
        arrive(position)
        runs[number].open[ticket] = nil
        try runs[number].desk.store.finish([ticket: runs[number].desk.time(now)], account: AccountDesk.account)
    }

    /// A request whose end is told now reached the provider at some moment since it was granted, often the last.
    private mutating func arrive(_ position: Int) {
        if Bool.random(using: &random) { arrivals[position].at = now }
    }

    private mutating func releaseEnded(_ number: Int) throws {
        let campaign = runs[number].desk.holder.campaign
        for position in submissions.indices
        where submissions[position].campaign == campaign && !submissions[position].isReleased && submissions[position].endsAt <= now {
            submissions[position].isReleased = true
            try runs[number].desk.release(submissions[position].key)
        }
    }

    private mutating func request(_ number: Int) throws {
        let call: CallKind = [.poll, .fetch, .upload].randomElement(using: &random) ?? .poll
        let reply = try runs[number].desk.lease(call, at: now)
        guard let ticket = reply.ticket else { return try judge(reply.answer, of: call) }
        grants.append((call, now))
        try begin(number, call, ticket)
    }

    private mutating func submit(_ number: Int) throws {
        keys += 1
        let desk = runs[number].desk
        let slot = LeaseRequest.Slot(
            key: "key-\(keys)", fingerprint: nil, images: Int.random(in: 0...4, using: &random),
            price: AccountDesk.money(Int.random(in: 0...6, using: &random) * 100))
        let reply = try desk.lease(.submit, slot: slot, at: now)
        guard let ticket = reply.ticket else { return try judge(reply.answer, of: .submit, wish: slot) }
        grants.append((.submit, now))
        let grantedAt = now
        // Killed before it could say that it sends: nothing leaves.
        if Int.random(in: 0..<12, using: &random) == 0 { return try die(number) }
        try begin(number, .submit, ticket)
        let endsAt = now + Double(Int.random(in: 1...20, using: &random))
        try desk.markSending(slot.key, expiresAt: endsAt)
        submissions.append(Submission(key: slot.key, campaign: desk.holder.campaign, endsAt: endsAt))
        let atWork = submissions.count { $0.endsAt > now }
        try expect(atWork <= 3, "at \(now) s \(atWork) jobs are at work, 3 allowed")
        mostAtWork = max(mostAtWork, atWork)
        images.append((slot.images, now))
        charges.append((Int(truncating: (slot.price?.amount ?? 0) as NSDecimalNumber), grantedAt))
        if Int.random(in: 0..<12, using: &random) == 0 { return try die(number) }
        try desk.markRunning(slot.key, id: slot.key, images: slot.images, at: now, expiresAt: endsAt + 100)
    }

    /// The request leaves. A fifth takes its time, the others end soon.
    private mutating func begin(_ number: Int, _ call: CallKind, _ ticket: SendTicket) throws {
        arrivals.append((call, now))
        runs[number].open[ticket] = arrivals.count - 1
        guard Int.random(in: 0..<5, using: &random) > 0 else { return }
        now += Double(Int.random(in: 0...50, using: &random)) / 1000
        try end(number)
    }

    // MARK: the provider's view

    /// A denial must be for a reason that the provider's view, or what may still be under way, bears out.
    private func judge(_ answer: LeaseAnswer, of call: CallKind, wish: LeaseRequest.Slot? = nil) throws {
        guard case .denied(let limit, let until) = answer else { return }
        switch limit {
        case .requests:
            let full = Self.limits.requests.contains { limit in
                let window = Double(limit.rate.window.wholeMilliseconds) / 1000
                let open = runs.reduce(0) { $0 + $1.open.count }
                // A request that took long, or was found to be a dead run's, counts for a window after that.
                let recent = grants.count { limit.calls.contains($0.call) && $0.at > now - 4 * window }
                return limit.calls.contains(call) && recent + open >= limit.rate.count
            }
            try expect(full, "at \(now) s a \(call.rawValue) was denied although no window is full")
            try expect((until ?? .distantPast) > runs[0].desk.time(now), "at \(now) s a denial names no later moment")
        case .threads:
            try expect(unreleased >= 3, "at \(now) s a slot was denied although only \(unreleased) jobs may be at work")
        case .dailyImages:
            let today = images.reduce(0) { $0 + (day(of: $1.at) == day(of: now) ? $1.count : 0) }
            let images = wish?.images ?? 0
            try expect(today + images > 40, "at \(now) s \(images) images were denied although only \(today) were counted")
        case .spend:
            let price = Int(truncating: (wish?.price?.amount ?? 0) as NSDecimalNumber)
            let recent = charges.reduce(0) { $0 + ($1.at > now - 20 ? $1.amount : 0) }
            let today = charges.reduce(0) { $0 + (day(of: $1.at) == day(of: now) ? $1.amount : 0) }
            try expect(
                recent + price > 2500 || today + price > 5000,
                "at \(now) s \(price) VND were denied although only \(recent) and \(today) were counted")
        case .fingerprint, .throttled: throw ConformanceFailure("denied for \(limit), which nothing asked for")
        }
    }

    /// Jobs that the runs have not released, and those that may be at work.
    private var unreleased: Int { submissions.count { !$0.isReleased && $0.endsAt + 100 > now } }

    private func day(of seconds: Double) -> Timestamp {
        CalendarDay(of: runs[0].desk.time(seconds), limits: Self.limits).start
    }

    /// At the end: every window, every moment, every day.
    private func judge() throws {
        for limit in Self.limits.requests {
            let window = Double(limit.rate.window.wholeMilliseconds) / 1000
            let times = arrivals.filter { limit.calls.contains($0.call) }.map(\.at).sorted()
            for (position, time) in times.enumerated() {
                let within = times[position...].prefix { $0 < time + window }.count
                try expect(within <= limit.rate.count, "\(within) requests within \(window) s from \(time) s, \(limit.rate) allowed")
            }
            try expect(times.count > limit.rate.count, "only \(times.count) requests were sent: nothing was tried")
        }
        let days = Dictionary(grouping: images) { day(of: $0.at) }.mapValues { $0.reduce(0) { $0 + $1.count } }
        try expect(mostAtWork, is: 3, "most jobs at once")
        for (position, charge) in charges.enumerated() {
            let within = charges[position...].prefix { $0.at < charge.at + 20 }.reduce(0) { $0 + $1.amount }
            try expect(within <= 2500, "\(within) VND within 20 s from \(charge.at) s, 2500 allowed")
        }
        let spent = Dictionary(grouping: charges) { day(of: $0.at) }.mapValues { $0.reduce(0) { $0 + $1.amount } }
        for (day, sum) in spent { try expect(sum <= 5000, "\(sum) VND on the day from \(day), 5000 allowed") }
        for (day, count) in days { try expect(count <= 40, "\(count) images on the day from \(day), 40 allowed") }
    }
}
