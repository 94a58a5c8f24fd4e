import Checkpoint
import Foundation
import Pipeline
import Scheduling

/// What no run of the plan can be faster than, whoever schedules it: each bound looks at one scarce thing as if everything else were plenty.
struct LowerBounds {
    let work: RemainingWork

    private var request: ForecastRequest { work.request }
    private var now: Timestamp { request.now }

    var bounds: PlanForecast.Bounds {
        var bounds = PlanForecast.Bounds()
        bounds.criticalPath = criticalPath.roundedSeconds
        for account in request.plan.accounts {
            bounds.threads = max(bounds.threads, threads(account).roundedSeconds)
            bounds.requests = max(bounds.requests, requests(account).roundedSeconds)
            bounds.dailyImages = max(bounds.dailyImages, dailyImages(account).roundedSeconds)
            bounds.spend = max(bounds.spend, spend(account).roundedSeconds)
        }
        return bounds
    }

    /// The fewest requests by account and kind.
    func fewestRequests(_ account: AccountID) -> [CallKind: Int] {
        var counts: [CallKind: Int] = [:]
        for (position, rest) in work.rests where request.plan.instances[position].account == account {
            let all = request.requests.indices.contains(position) ? request.requests[position] : [:]
            let jobs = max(1, request.plan.instances[position].jobs.count)
            for (kind, count) in all {
                switch kind {
                case .submit: counts[kind, default: 0] += rest.unsent.count
                case .fetch: counts[kind, default: 0] += min(count, rest.unsaved)
                default: counts[kind, default: 0] += count * (rest.unsent.count + rest.running) / jobs
                }
            }
        }
        let uploads = work.transfers.count { request.plan.transfers[$0].account == account }
        if uploads > 0 { counts[.upload, default: 0] += uploads }
        return counts.filter { $0.value > 0 }
    }

    /// The longest chain of what waits for each other.
    private var criticalPath: Duration {
        var ends = [Duration](repeating: .zero, count: request.plan.instances.count)
        for (position, instance) in request.plan.instances.enumerated() {
            var begin = Duration.zero
            for earlier in [instance.dependencies, instance.needs].joined() where ends.indices.contains(earlier) {
                begin = max(begin, ends[earlier])
            }
            let isAtWork = work.rests[position].map { !$0.unsent.isEmpty } ?? false
            ends[position] = begin + (isAtWork ? instance.expectedDuration : .zero)
        }
        return ends.max() ?? .zero
    }

    private func threads(_ account: AccountPlan) -> Duration {
        guard let threads = account.limits.threads, threads > 0 else { return .zero }
        var milliseconds: Int64 = 0
        for (position, rest) in work.rests where request.plan.instances[position].account == account.id {
            let each = request.plan.instances[position].expectedDuration.wholeMilliseconds
            milliseconds = milliseconds.saturatingAdd(each.saturatingMultiply(Int64(rest.unsent.count)))
        }
        return .milliseconds(milliseconds / Int64(threads))
    }

    private func requests(_ account: AccountPlan) -> Duration {
        let fewest = fewestRequests(account.id)
        let past = request.accounts[account.id]?.sends ?? []
        return account.limits.requests.reduce(.zero) { longest, limit in
            let count = limit.calls.reduce(0) { $0 + (fewest[$1] ?? 0) }
            guard count > 0, limit.rate.count > 0 else { return longest }
            let begin = now - limit.rate.window
            let sent = past.count { limit.calls.contains($0.call) && ($0.endedAt.map { $0 > begin } ?? true) }
            // One more than fits into k windows cannot be sent before the k-th window after the first of them is over.
            let fresh = limit.rate.window * ((count - 1) / limit.rate.count)
            let withPast = limit.rate.window * ((count + sent - 1) / limit.rate.count) - limit.rate.window
            return max(longest, max(fresh, withPast))
        }
    }

    private func dailyImages(_ account: AccountPlan) -> Duration {
        guard let cap = account.limits.dailyImages, cap > 0 else { return .zero }
        var images = 0
        for (position, rest) in work.rests {
            let instance = request.plan.instances[position]
            guard instance.account == account.id, account.limits.imagesFrom.contains(instance.operation) else { continue }
            images += rest.unsent.reduce(0) { $0 + instance.jobs[$1].outputs.count }
        }
        let today = request.accounts[account.id]?.images.reduce(0) { $0 + $1.count } ?? 0
        return days(images - max(0, cap - today), cap: cap, account)
    }

    /// How long until the last of `rest` units fits, of which `cap` fit each day from tomorrow on.
    private func days(_ rest: Int, cap: Int, _ account: AccountPlan) -> Duration {
        guard rest > 0 else { return .zero }
        let day = CalendarDay(of: now, limits: account.limits).end
        return (day - now) + account.limits.dayLength * ((rest - 1) / cap)
    }

    private func spend(_ account: AccountPlan) -> Duration {
        var cost = Amounts()
        for (position, rest) in work.rests where request.plan.instances[position].account == account.id {
            for job in rest.unsent { if let money = request.plan.instances[position].jobs[job].price.money { cost += money } }
        }
        return account.limits.spend.reduce(.zero) { longest, limit in
            let planned = cost[limit.amount.unit]
            guard limit.amount.amount > 0, planned > 0 else { return longest }
            let first = limit.firstCounted(at: now, limits: account.limits)
            let spent = (request.accounts[account.id]?.spent ?? []).filter { $0.counted.at >= first }
                .reduce(Decimal(0)) { $0 + ($1.counted.money.unit == limit.amount.unit ? $1.counted.money.amount : 0) }
            let wait: Duration
            switch limit.period {
            case .day:
                let rest = planned - max(0, limit.amount.amount - spent)
                guard rest > 0 else { return longest }
                wait =
                    (CalendarDay(of: now, limits: account.limits).end - now) + account.limits.dayLength
                    * Self.stretches(rest, of: limit.amount.amount)
            case .rolling(let window):
                let fresh = window * Self.stretches(planned, of: limit.amount.amount)
                wait = max(fresh, window * Self.stretches(planned + spent, of: limit.amount.amount) - window)
            }
            return max(longest, wait)
        }
    }

    /// How many whole stretches of `each` lie before the last part of `amount`.
    private static func stretches(_ amount: Decimal, of each: Decimal) -> Int {
        var quotient = amount / each
        var whole = Decimal()
        NSDecimalRound(&whole, &quotient, 0, .up)
        return max(0, min(NSDecimalNumber(decimal: whole).intValue, 1_000_000) - 1)
    }
}

extension Int64 {
    fileprivate func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    fileprivate func saturatingMultiply(_ other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
