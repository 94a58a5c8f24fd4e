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
        /// When counted requests ended, in any order; only those within the window matter.
        package var sends: [Timestamp]
        package var imagesToday: Int
        /// When the next calendar day begins; nil: one day's length from now.
        package var nextDay: Timestamp?

        package init(sends: [Timestamp] = [], imagesToday: Int = 0, nextDay: Timestamp? = nil) {
            self.sends = sends
            self.imagesToday = imagesToday
            self.nextDay = nextDay
        }
    }

    /// What is left to do of one instance.
    package struct Rest: Hashable, Sendable {
        /// Jobs to be submitted.
        package var jobs: Int
        /// How long each of them takes.
        package var duration: Duration
        /// Outputs of all of them; they count towards the daily cap where the account counts its operation.
        package var images: Int
        /// The fewest requests that bring them home.
        package var requests: [CallKind: Int]

        package init(jobs: Int, duration: Duration, images: Int, requests: [CallKind: Int]) {
            self.jobs = jobs
            self.duration = duration
            self.images = images
            self.requests = requests
        }

        /// All of an instance: a submission and a poll for each job, a download for each output.
        package static func whole(_ instance: StepInstance, duration: Duration) -> Rest {
            let jobs = instance.jobs.count
            let outputs = jobs == 0 ? 0 : instance.outputs.count
            return Rest(
                jobs: jobs, duration: duration, images: outputs, requests: [.submit: jobs, .poll: jobs, .fetch: outputs])
        }
    }

    /// Every bound above zero, the greatest first.
    package let parts: [Part]

    /// The time that the plan takes at the least.
    package var span: Duration { parts.first?.span ?? .zero }
    /// What binds; nil where there is nothing to do.
    package var binding: Part? { parts.first }

    /// Takes time linear in instances and edges, and n log n in what was sent before.
    ///
    /// - Parameters:
    ///   - uploads: transfers that are still to be made, by account.
    ///   - rest: what is left of the instance at a position.
    package init(
        of plan: Plan, now: Timestamp, standing: [AccountID: Standing] = [:], uploads: [AccountID: Int] = [:], rest: (Int) -> Rest
    ) {
        var totals: [AccountID: Totals] = [:]
        let counted = plan.accounts.reduce(into: [:]) { $0[$1.id] = $1.limits.imagesFrom }
        var ends = [Int64](repeating: 0, count: plan.instances.count)
        for (position, instance) in plan.instances.enumerated() {
            let rest = rest(position)
            let duration = max(0, rest.duration.wholeMilliseconds)
            var begin: Int64 = 0
            for earlier in [instance.dependencies, instance.needs].joined() where ends.indices.contains(earlier) {
                begin = max(begin, ends[earlier])
            }
            ends[position] = rest.jobs > 0 ? begin.saturating(adding: duration) : begin
            let countsImages = counted[instance.account]?.contains(instance.operation) ?? false
            totals[instance.account, default: Totals()].add(rest, duration, countsImages: countsImages)
        }
        for (account, count) in uploads { totals[account, default: Totals()].requests[.upload, default: 0] += count }
        var parts = [Part(limit: nil, account: nil, span: .milliseconds(ends.max() ?? 0))]
        for account in plan.accounts {
            guard let total = totals[account.id] else { continue }
            let standing = standing[account.id] ?? Standing()
            if let threads = account.limits.threads, threads > 0 {
                let each = total.work / Int64(threads) + (total.work % Int64(threads) > 0 ? 1 : 0)
                parts.append(Part(limit: .threads, account: account.id, span: .milliseconds(each)))
            }
            for limit in account.limits.requests {
                let count = limit.calls.reduce(0) { $0 + (total.requests[$1] ?? 0) }
                let span = Self.span(of: count, within: limit.rate, after: standing.sends, now: now)
                parts.append(Part(limit: .requests, account: account.id, span: span))
            }
            if let cap = account.limits.dailyImages, cap > 0 {
                let nextDay = standing.nextDay ?? now + account.limits.dayLength
                let rest = total.images - max(0, cap - standing.imagesToday)
                guard rest > 0 else { continue }
                let span = (nextDay - now) + account.limits.dayLength * ((rest - 1) / cap)
                parts.append(Part(limit: .dailyImages, account: account.id, span: span))
            }
        }
        self.parts = parts.filter { $0.span > .zero }.sorted { a, b in
            (b.span, a.limit?.rawValue ?? "", a.account?.description ?? "") < (
                a.span, b.limit?.rawValue ?? "", b.account?.description ?? ""
            )
        }
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
        var work: Int64 = 0
        var images = 0
        var requests: [CallKind: Int] = [:]

        mutating func add(_ rest: Rest, _ duration: Int64, countsImages: Bool) {
            let (product, overflow) = duration.multipliedReportingOverflow(by: Int64(max(0, rest.jobs)))
            work = work.saturating(adding: overflow ? .max : product)
            if countsImages { images += rest.images }
            for (kind, count) in rest.requests { requests[kind, default: 0] += count }
        }
    }
}

extension Int64 {
    fileprivate func saturating(adding other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
