package import Pipeline

/// When to ask about which of an account's jobs, so that slots idle as little as the requests allow.
///
/// A request has a price, in time that one slot idles: the lowest at which the rest of the work can be done with the requests that come in
/// until it is done. Where they are plenty it is zero, and an end is noticed within the least interval; where they are short, each poll goes
/// where the chance that a job has ended is worth it. The price is found anew whenever a poll is planned, so what chance does is corrected.
///
/// Times are in milliseconds of age. Every operation takes time logarithmic in the jobs, but for the kinds of jobs, of which there are few.
package struct PollPolicy: Sendable {
    private static let levels = 448
    /// Jobs of one kind up to which each one's rest is looked at; of more, so many of them evenly chosen.
    private static let samples = 32

    /// Jobs at once; nil is no limit.
    let slots: Int?
    let interval: Double
    /// Whether polls use up requests.
    let isCounted: Bool
    /// The price at the level from which each thirty-two levels double it.
    private let unit: Double
    private(set) var kinds: [JobKind] = []
    private var level = 0

    /// - Parameters:
    ///   - slots: jobs at once; nil is no limit.
    ///   - isCounted: whether polls use up requests.
    ///   - kinds: one for each kind of job.
    package init(slots: Int?, interval: Duration, isCounted: Bool, kinds: [JobKind]) {
        self.slots = slots
        self.interval = Double(max(1, interval.wholeMilliseconds))
        self.isCounted = isCounted
        self.kinds = kinds
        unit = kinds.map { $0.model.distribution.median }.max().map { $0 / 1024 } ?? 1
    }

    /// What is known of a kind's durations.
    package func model(of kind: Int) -> DurationModel? { kinds.indices.contains(kind) ? kinds[kind].model : nil }

    // MARK: what happens

    /// More jobs of a kind are to be submitted, or fewer.
    package mutating func expect(_ jobs: Int, of kind: Int) {
        guard kinds.indices.contains(kind) else { return }
        kinds[kind].waiting = max(0, kinds[kind].waiting + jobs)
    }

    /// No more jobs are submitted.
    package mutating func expectNothing() {
        for kind in kinds.indices { kinds[kind].waiting = 0 }
    }

    /// A job was accepted.
    package mutating func began(_ kind: Int, at time: Timestamp) {
        guard isCounted, kinds.indices.contains(kind) else { return }
        kinds[kind].began(at: time)
    }

    /// A job is not asked about any more. Where its end was seen at `now`, and it was last seen to run at `seen`, that is learned from.
    package mutating func ended(_ kind: Int, begun: Timestamp, lastSeen seen: Timestamp?, at now: Timestamp) {
        guard kinds.indices.contains(kind) else { return }
        kinds[kind].left(at: begun)
        kinds[kind].learn(endedAfter: (seen ?? begun) - begun, by: now - begun)
    }

    /// A job is not asked about any more, and whether it ended is not known, or says nothing of others.
    package mutating func abandoned(_ kind: Int, begun: Timestamp) {
        guard kinds.indices.contains(kind) else { return }
        kinds[kind].left(at: begun)
    }

    // MARK: what to do

    /// When to ask next about a job that was accepted at `begun` and ran at `seen` (nil: not asked yet).
    ///
    /// - Parameters:
    ///   - supply: what the account may still send; nil where nothing limits it.
    ///   - others: requests that are owed besides those of the kinds.
    package mutating func nextPoll(
        _ kind: Int, begun: Timestamp, lastSeen seen: Timestamp?, supply: RequestSupply?, others: Int, now: Timestamp
    ) -> Timestamp {
        guard kinds.indices.contains(kind) else { return now + .milliseconds(Int64(interval)) }
        findPrice(supply, others: others, now: now)
        let age = seen.map { Double(($0 - begun).wholeMilliseconds) } ?? 0
        let next = kinds[kind].schedule(at: level, price: price(at: level), interval: interval).nextAge(after: max(0, age))
        return begun + .milliseconds(Int64(min(next, 1e15).rounded(.up)))
    }

    /// How long it takes at the present price until the end of a job is seen, for the kind where that is longest; zero without jobs.
    package mutating func longestSpan() -> Duration {
        var longest = 0.0
        for index in kinds.indices where kinds[index].isAtWork {
            longest = max(longest, kinds[index].schedule(at: level, price: price(at: level), interval: interval).expectedSpan(after: 0))
        }
        return .milliseconds(Int64(min(longest, 1e15)))
    }

    // MARK: the price

    private func price(at level: Int) -> Double {
        level == 0 ? 0 : unit * Logarithm.inverse(Double(level) / 32 * 0.693147180559945)
    }

    /// The lowest level at which the requests suffice: from the last one on, in growing steps, since the price moves little.
    mutating func findPrice(_ supply: RequestSupply?, others: Int, now: Timestamp) {
        guard isCounted, let supply else { return level = 0 }
        var low = -1
        var high = Self.levels
        var step = 1
        if suffices(level, supply, others, now) {
            high = level
            while high > 0 {
                let next = max(0, high - step)
                guard suffices(next, supply, others, now) else {
                    low = next
                    break
                }
                high = next
                step *= 4
            }
        } else {
            low = level
            while low + step < Self.levels {
                if suffices(low + step, supply, others, now) {
                    high = low + step
                    break
                }
                low += step
                step *= 4
            }
        }
        while high - low > 1, high > 0 {
            let middle = (low + high) / 2
            if suffices(middle, supply, others, now) { high = middle } else { low = middle }
        }
        level = high
    }

    /// Of a job of the kind, from its beginning, at the present price.
    mutating func expectedDelay(of kind: Int) -> Double {
        kinds[kind].schedule(at: level, price: price(at: level), interval: interval).expectedDelay
    }

    /// Whether what is left to do at a level takes no more requests than come in until it is done.
    private mutating func suffices(_ level: Int, _ supply: RequestSupply, _ others: Int, _ now: Timestamp) -> Bool {
        let price = price(at: level)
        var rest = Rest(requests: Double(others))
        for index in kinds.indices where kinds[index].isAtWork {
            rest.add(kinds[index].rest(at: level, price: price, interval: interval, now: now, samples: Self.samples))
        }
        guard rest.jobs > 0 else { return true }
        let atOnce = min(Double(slots ?? .max), rest.jobs)
        let span = max(rest.time / max(1, atOnce), rest.longest, 1000)
        return rest.requests / span <= supply.sustainableRate(over: .milliseconds(Int64(min(span, 1e15))), at: now)
    }
}

extension DurationDistribution {
    var median: Double { Logarithm.inverse(logMean) }
}
