/// When to ask about a job, from every age at which it was last seen to run: the ages at which the time its end goes unnoticed and what the
/// polls cost are together the least one can expect.
///
/// It is the classic problem of inspecting what fails silently (Barlow, Hunter and Proschan 1963), solved backwards over a grid of ages.
/// With S the probability to outlive an age, F = 1 − S and J = ∫F, the least cost from age s, times S(s), is
/// `price·S(s) − J(s) + F(s)·s + min over t ≥ s + interval of (J(t) + W(t) − F(s)·t)`: the minimum of straight lines in F(s). F(s) falls as s
/// does, so the best line only ever moves on, and the whole schedule takes time linear in the grid.
///
/// Times are in milliseconds.
struct PollSchedule: Sendable {
    private let ages: [Double]
    private let next: [Int]
    /// From each age on: how many polls are to be expected, the one that sees the end included.
    private let polls: [Double]
    /// From each age on: the time until the end is seen.
    private let spans: [Double]
    private let interval: Double
    /// The first poll where polls cost nothing; nil where they do.
    private let freeFrom: Double?

    /// - Parameters:
    ///   - price: what one poll may cost, in milliseconds that an end goes unnoticed. Where it is zero, a job is asked about at every interval
    ///     from the best age on that lets no more than one in a thousand go unnoticed for longer than that.
    ///   - interval: the least time between two polls.
    init(_ distribution: DurationDistribution, price: Double, interval: Double) {
        let interval = max(1, interval)
        let isFree = price <= 0
        let price = isFree ? interval / 1000 : price
        let ages = distribution.ages
        let alive = ages.map(distribution.survival)
        var unnoticed = [Double](repeating: 0, count: ages.count)
        for index in ages.indices.dropFirst() {
            unnoticed[index] =
                unnoticed[index - 1] + (ages[index] - ages[index - 1]) * (1 - (alive[index] + alive[index - 1]) / 2)
        }
        let last = ages.count - 1
        var least = [Double](repeating: 0, count: ages.count)
        var polls = least
        var delays = least
        var rests = least
        var next = [Int](repeating: last, count: ages.count)
        var lines = LowerEnvelope()
        var offered = last
        for index in stride(from: last - 1, through: 0, by: -1) {
            while offered > index, offered == last || ages[offered] >= ages[index] + interval {
                lines.add(slope: -ages[offered], offset: unnoticed[offered] + least[offered], tag: offered)
                offered -= 1
            }
            let ended = 1 - alive[index]
            let (best, tag) = lines.least(at: ended)
            next[index] = tag
            least[index] = price * alive[index] + best - unnoticed[index] + ended * ages[index]
            polls[index] = alive[index] + polls[tag]
            delays[index] = unnoticed[tag] - unnoticed[index] - ended * (ages[tag] - ages[index]) + delays[tag]
            rests[index] = rests[index + 1] + (ages[index + 1] - ages[index]) * (alive[index] + alive[index + 1]) / 2
        }
        self.ages = ages
        self.next = next
        self.interval = interval
        if isFree {
            let start = max(interval, min(ages[next[0]], distribution.earliest + interval))
            freeFrom = start
            self.polls = ages.indices.map { index in
                let rest = alive[index] > 1e-12 ? rests[index] / alive[index] : interval
                return 1 + max(0, rest - max(0, start - ages[index])) / interval
            }
            spans = ages.indices.map { (alive[$0] > 1e-12 ? rests[$0] / alive[$0] : 0) + interval / 2 }
            return
        }
        freeFrom = nil
        self.polls = zip(polls, alive).map { $1 > 1e-12 ? $0 / $1 : 1 }
        spans = ages.indices.map { alive[$0] > 1e-12 ? (rests[$0] + delays[$0]) / alive[$0] : interval }
    }

    /// The age at which to ask next about a job that ran at `age`.
    func nextAge(after age: Double) -> Double {
        let soonest = age + interval
        if let freeFrom { return max(freeFrom, soonest) }
        let best = next[position(age)]
        // Where the first age on the grid that is allowed is the best, and the grid is fine, the interval itself is meant.
        let isFirst = best > 0 && ages[best - 1] < soonest && ages[best] - ages[best - 1] <= interval
        return isFirst ? soonest : max(ages[best], soonest)
    }

    /// How many polls a job that ran at `age` will still take.
    func expectedPolls(after age: Double) -> Double { polls[position(age)] }

    /// How long it will be until the end of a job that ran at `age` is seen.
    func expectedSpan(after age: Double) -> Double { spans[position(age)] }

    /// The last age on the grid that is not above `age`, the very last one excepted.
    private func position(_ age: Double) -> Int {
        var low = 0
        var high = ages.count - 2
        while low < high {
            let middle = (low + high + 1) / 2
            if ages[middle] <= age { low = middle } else { high = middle - 1 }
        }
        return low
    }
}

/// The minimum of straight lines, where lines come with rising slopes and are asked for at falling places.
private struct LowerEnvelope {
    private var lines: [(slope: Double, offset: Double, tag: Int)] = []
    private var first = 0

    mutating func add(slope: Double, offset: Double, tag: Int) {
        while lines.count - first >= 2 {
            let last = lines[lines.count - 1]
            let before = lines[lines.count - 2]
            // Where the new line takes over from the last one, against where the last one took over from the one before.
            guard (last.offset - offset) / (slope - last.slope) >= (before.offset - last.offset) / (last.slope - before.slope) else {
                break
            }
            lines.removeLast()
        }
        lines.append((slope, offset, tag))
    }

    mutating func least(at place: Double) -> (value: Double, tag: Int) {
        func value(_ index: Int) -> Double { lines[index].offset + lines[index].slope * place }
        while first + 1 < lines.count, value(first + 1) <= value(first) { first += 1 }
        guard first < lines.count else { return (0, 0) }
        return (value(first), lines[first].tag)
    }
}
