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
    private let grid: AgeGrid
    private let next: [Int]
    /// From each age on, times the probability to reach it: how many polls are to be expected, the one that sees the end included.
    private let polls: [Double]
    /// The same of the time that an end goes unnoticed.
    private let delays: [Double]
    private let interval: Double
    /// The first poll where polls cost nothing; nil where they do.
    private let freeFrom: Double?

    /// - Parameters:
    ///   - price: what one poll may cost, in milliseconds that an end goes unnoticed. Where it is zero, a job is asked about at every interval
    ///     from the best age on that lets no more than one in a thousand go unnoticed for longer than that.
    ///   - interval: the least time between two polls.
    init(_ grid: AgeGrid, price: Double, interval: Double) {
        let interval = max(1, interval)
        let isFree = price <= 0
        let price = isFree ? interval / 1000 : price
        let ages = grid.ages
        let alive = grid.alive
        let unnoticed = grid.unnoticed
        let last = ages.count - 1
        var least = [Double](repeating: 0, count: ages.count)
        var polls = least
        var delays = least
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
        }
        self.grid = grid
        self.next = next
        self.interval = interval
        self.polls = polls
        self.delays = delays
        freeFrom = isFree ? max(interval, min(ages[next[0]], grid.earliest + interval)) : nil
    }

    /// The age at which to ask next about a job that ran at `age`.
    func nextAge(after age: Double) -> Double {
        let soonest = age + interval
        if let freeFrom { return max(freeFrom, soonest) }
        let best = next[grid.position(age)]
        let ages = grid.ages
        // Where the first age on the grid that is allowed is the best, and the grid is fine, the interval itself is meant.
        let isFirst = best > 0 && ages[best - 1] < soonest && ages[best] - ages[best - 1] <= interval
        return isFirst ? soonest : max(ages[best], soonest)
    }

    /// How many polls a job that ran at `age` will still take.
    func expectedPolls(after age: Double) -> Double {
        let index = grid.position(age)
        if let freeFrom { return 1 + max(0, grid.rest(from: index) - max(0, freeFrom - grid.ages[index])) / interval }
        return grid.isReached(index) ? polls[index] / grid.alive[index] : 1
    }

    /// How long the end of a job is expected to go unnoticed.
    var expectedDelay: Double {
        if freeFrom != nil { return interval / 2 }
        return grid.isReached(0) ? delays[0] / grid.alive[0] : interval
    }

    /// How long it will be until the end of a job that ran at `age` is seen.
    func expectedSpan(after age: Double) -> Double {
        let index = grid.position(age)
        if freeFrom != nil { return grid.rest(from: index) + interval / 2 }
        return grid.isReached(index) ? grid.rest(from: index) + delays[index] / grid.alive[index] : interval
    }
}
