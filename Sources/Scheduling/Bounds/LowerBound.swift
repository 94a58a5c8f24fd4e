import Foundation
package import Pipeline

/// What no run of a plan can be faster than, whoever schedules it. Each bound looks at one scarce thing as if everything else were plenty;
/// the greatest is the plan's, and names what binds.
package struct LowerBound: Hashable, Sendable {
    /// One scarce thing and the time it takes at the least.
    package struct Part: Hashable, Sendable {
        /// Nil for the critical path.
        package let limit: LimitName?
        /// Whose limit it is; nil for the critical path.
        package let account: AccountID?
        package let span: Duration

        package init(limit: LimitName?, account: AccountID?, span: Duration) {
            self.limit = limit
            self.account = account
            self.span = span
        }
    }

    /// What an account has used up already.
    package struct Standing: Hashable, Sendable {
        /// A request that was sent.
        package struct Send: Hashable, Sendable {
            package let call: CallKind
            /// When it ended.
            package let at: Timestamp

            package init(call: CallKind, at: Timestamp) {
                self.call = call
                self.at = at
            }
        }

        /// Money that counts towards what may be spent.
        package struct Spent: Hashable, Sendable {
            package let money: Money
            package let at: Timestamp

            package init(money: Money, at: Timestamp) {
                self.money = money
                self.at = at
            }
        }

        /// In any order; only those within a window matter.
        package var sends: [Send]
        package var imagesToday: Int
        /// When the calendar day began, and when the next one does; nil: now, and one day's length from now.
        package var today: Range<Timestamp>?
        package var spent: [Spent]

        package init(sends: [Send] = [], imagesToday: Int = 0, today: Range<Timestamp>? = nil, spent: [Spent] = []) {
            self.sends = sends
            self.imagesToday = imagesToday
            self.today = today
            self.spent = spent
        }
    }

    /// What is left to do of one instance, or what was done of it.
    package struct Rest: Hashable, Sendable {
        /// The time that its jobs take one after the other.
        package var work: Duration
        /// The least time between its inputs and its outputs.
        package var span: Duration
        /// Outputs of jobs to be submitted; they count towards the daily cap where the account counts its operation.
        package var images: Int
        /// The fewest requests that bring them home.
        package var requests: [CallKind: Int]
        /// What jobs to be submitted cost, as far as anybody knows.
        package var cost: Amounts

        package init(
            work: Duration = .zero, span: Duration = .zero, images: Int = 0, requests: [CallKind: Int] = [:], cost: Amounts = Amounts()
        ) {
            self.work = work
            self.span = span
            self.images = images
            self.requests = requests
            self.cost = cost
        }

        /// All of an instance: a submission and a poll for each job, a download for each output.
        package static func whole(_ instance: StepInstance, duration: Duration) -> Rest {
            let jobs = instance.jobs.count
            let outputs = jobs == 0 ? 0 : instance.outputs.count
            return Rest(
                work: duration * jobs, span: jobs == 0 ? .zero : duration, images: outputs,
                requests: [.submit: jobs, .poll: jobs, .fetch: outputs], cost: Amounts(instance.jobs.compactMap(\.price.money)))
        }
    }

    /// Every bound above zero, the greatest first.
    package let parts: [Part]

    /// The time that the plan takes at the least.
    package var span: Duration { parts.first?.span ?? .zero }
    /// What binds; nil where there is nothing to do.
    package var binding: Part? { parts.first }

    /// Takes time linear in instances and edges, and n log n in the lengths of chains that differ and in what was sent before.
    ///
    /// - Parameters:
    ///   - uploads: transfers that are still to be made, by account.
    ///   - rest: what is left of the instance at a position.
    package init(
        of plan: Plan, now: Timestamp, standing: [AccountID: Standing] = [:], uploads: [AccountID: Int] = [:], rest: (Int) -> Rest
    ) {
        let shares = plan.instances.indices.map { position in
            let instance = plan.instances[position]
            return Share(account: instance.account, operation: instance.operation, rest: rest(position))
        }
        self.init(of: plan, now: now, standing: standing, uploads: uploads, shares: shares) { $0 }
    }

    /// What is left of instances of one account and operation that are alike.
    package struct Share: Sendable {
        package let account: AccountID
        package let operation: Pipeline.Operation
        /// Of each of them.
        package let rest: Rest

        package init(account: AccountID, operation: Pipeline.Operation, rest: Rest) {
            self.account = account
            self.operation = operation
            self.rest = rest
        }
    }

    /// The same of a plan many of whose instances are alike, which it takes no sums of decimals for each of.
    ///
    /// - Parameter share: of the instance at a position, its place among `shares`; nil where nothing of it is left.
    package init(
        of plan: Plan, now: Timestamp, standing: [AccountID: Standing] = [:], uploads: [AccountID: Int] = [:], shares: [Share],
        share: (Int) -> Int?
    ) {
        var work = [Int64](repeating: 0, count: plan.instances.count)
        var spans = work
        var counts = [Int](repeating: 0, count: shares.count)
        for position in plan.instances.indices {
            guard let share = share(position) else { continue }
            counts[share] += 1
            work[position] = shares[share].rest.work.wholeMilliseconds
            spans[position] = max(0, shares[share].rest.span.wholeMilliseconds)
        }
        var totals: [AccountID: Totals] = [:]
        let counted = plan.accounts.reduce(into: [:]) { $0[$1.id] = $1.limits.imagesFrom }
        for (share, count) in zip(shares, counts) where count > 0 {
            let countsImages = counted[share.account]?.contains(share.operation) ?? false
            totals[share.account, default: Totals()].add(share.rest, times: count, countsImages: countsImages)
        }
        let chains = Chains(of: plan, spans: spans)
        for (position, instance) in plan.instances.enumerated() where work[position] > 0 {
            totals[instance.account]?.work.add(work[position], before: chains.before[position], after: chains.after[position])
        }
        for (account, count) in uploads { totals[account, default: Totals()].requests[.upload, default: 0] += count }
        var parts = [Part(limit: nil, account: nil, span: .milliseconds(chains.longest))]
        for account in plan.accounts {
            guard let total = totals[account.id] else { continue }
            let spans = Self.spans(of: total, under: account.limits, standing[account.id] ?? Standing(), now)
            parts += spans.map { Part(limit: $0, account: account.id, span: $1) }
        }
        self.parts = parts.filter { $0.span > .zero }.sorted { a, b in
            (b.span, a.limit?.rawValue ?? "", a.account?.description ?? "") < (
                a.span, b.limit?.rawValue ?? "", b.account?.description ?? ""
            )
        }
    }

    private static func spans(
        of total: Totals, under limits: AccountLimits, _ standing: Standing, _ now: Timestamp
    ) -> [(LimitName, Duration)] {
        var spans: [(LimitName, Duration)] = []
        if let threads = limits.threads, threads > 0 {
            spans.append((.threads, .milliseconds(total.work.least(on: Int64(threads)))))
        }
        for limit in limits.requests {
            let count = limit.calls.reduce(0) { $0 + (total.requests[$1] ?? 0) }
            let sends = standing.sends.lazy.filter { limit.calls.contains($0.call) }.map(\.at)
            spans.append((.requests, span(of: count, within: limit.rate, after: Array(sends), now: now)))
        }
        let untilTomorrow = standing.today.map { $0.upperBound - now } ?? limits.dayLength
        if let cap = limits.dailyImages, cap > 0 {
            let rest = total.images - max(0, cap - standing.imagesToday)
            if rest > 0 { spans.append((.dailyImages, untilTomorrow + limits.dayLength * ((rest - 1) / cap))) }
        }
        for limit in limits.spend {
            let planned = total.cost[limit.amount.unit]
            guard limit.amount.amount > 0, planned > 0 else { continue }
            switch limit.period {
            case .day:
                let spent = standing.spent(in: limit.amount.unit, since: standing.today?.lowerBound ?? now)
                let rest = planned - max(0, limit.amount.amount - spent)
                guard rest > 0 else { continue }
                spans.append((.spend, untilTomorrow + limits.dayLength * stretches(rest, of: limit.amount.amount)))
            case .rolling(let window):
                // More than the limit, where that was greater before, delays no more than all of it.
                let spent = min(limit.amount.amount, standing.spent(in: limit.amount.unit, since: now - window + .milliseconds(1)))
                let fresh = window * stretches(planned, of: limit.amount.amount)
                spans.append((.spend, max(fresh, window * stretches(planned + spent, of: limit.amount.amount) - window)))
            }
        }
        return spans
    }

    /// How many whole stretches of `each` lie before the last part of `amount`.
    private static func stretches(_ amount: Decimal, of each: Decimal) -> Int {
        var quotient = amount / each
        var whole = Decimal()
        NSDecimalRound(&whole, &quotient, 0, .up)
        return max(0, min(NSDecimalNumber(decimal: whole).intValue, 1_000_000) - 1)
    }

    /// How long after `now` the last of `count` requests can be sent at the earliest, where no window of the rate's length may hold more than
    /// its count. A request may be sent as soon as the one so many before it is one window old.
    package static func span(of count: Int, within rate: Rate, after sends: [Timestamp], now: Timestamp) -> Duration {
        guard count > 0, rate.count > 0 else { return .zero }
        let past = Array(sends.filter { $0 > now - rate.window && $0 <= now }.sorted().suffix(rate.count))
        // Its position among all sends, those before `now` included; every so many before it is one window earlier.
        let last = past.count + count - 1
        let windows = last / rate.count
        guard windows > 0 else { return .zero }
        let first = last % rate.count
        guard first < past.count else { return rate.window * windows }
        return max(.zero, past[first] + rate.window - now) + rate.window * (windows - 1)
    }

    private struct Totals {
        var work = SlotWork()
        var images = 0
        var requests: [CallKind: Int] = [:]
        var cost = Amounts()

        mutating func add(_ rest: Rest, times: Int, countsImages: Bool) {
            if countsImages { images += rest.images * times }
            for (kind, count) in rest.requests { requests[kind, default: 0] += count * times }
            for money in rest.cost.all { cost += money * times }
        }
    }
}

extension LowerBound.Standing {
    fileprivate func spent(in unit: String, since first: Timestamp) -> Decimal {
        spent.reduce(0) { $1.at >= first && $1.money.unit == unit ? $0 + $1.money.amount : $0 }
    }
}

extension Int64 {
    /// The sum, or the greatest number where it is greater still.
    func saturating(adding other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
