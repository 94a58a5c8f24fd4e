import Pipeline

/// The jobs of one account that take alike long: how many there are, since when they run, and what is known of their durations.
package struct JobKind: Sendable {
    package private(set) var model: DurationModel
    /// Jobs that are still to be accepted.
    var waiting = 0
    /// When the jobs that run were accepted, the earliest first.
    private var begun: [Timestamp] = []
    /// Requests that a job takes before it is accepted, and after it has ended.
    private let before: Double
    private let after: Double
    /// Made for a model that is near enough.
    private var schedules: [Int: PollSchedule] = [:]
    private var scheduled: DurationModel
    private var grid: AgeGrid

    /// - Parameters:
    ///   - before: counted requests of one job until it is accepted: its submission, and its share of uploads.
    ///   - after: counted requests of one job once it has ended: its downloads.
    package init(_ model: DurationModel, before: Double, after: Double) {
        self.model = model
        self.before = before
        self.after = after
        scheduled = model
        grid = AgeGrid(model.distribution)
    }

    var isAtWork: Bool { waiting > 0 || !begun.isEmpty }

    /// How many wait or run.
    var jobs: Double { Double(waiting + begun.count) }

    /// Counted requests of one job besides polls.
    var requestsBesidesPolls: Double { before + after }

    mutating func began(at time: Timestamp) {
        begun.insert(time, at: place(of: time))
    }

    mutating func left(at time: Timestamp) {
        let place = place(of: time) - 1
        if begun.indices.contains(place), begun[place] == time { begun.remove(at: place) }
    }

    /// Behind all that began no later.
    private func place(of time: Timestamp) -> Int {
        var low = 0
        var high = begun.count
        while low < high {
            let middle = (low + high) / 2
            if begun[middle] <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func learn(endedAfter first: Duration, by last: Duration) {
        model.observe(endedAfter: first, by: last)
        guard !model.isNear(scheduled) else { return }
        scheduled = model
        grid = AgeGrid(model.distribution)
        schedules = [:]
    }

    mutating func schedule(at level: Int, price: Double, interval: Double) -> PollSchedule {
        if let known = schedules[level] { return known }
        let made = PollSchedule(grid, price: price, interval: interval)
        schedules[level] = made
        return made
    }

    /// What is still to be expected of all its jobs at a price.
    mutating func rest(at level: Int, price: Double, interval: Double, now: Timestamp, samples: Int) -> Rest {
        let schedule = schedule(at: level, price: price, interval: interval)
        var rest = Rest()
        if waiting > 0 {
            let span = schedule.expectedSpan(after: 0)
            rest.add(
                jobs: Double(waiting), requests: before + schedule.expectedPolls(after: 0) + after, time: span)
        }
        let count = min(samples, begun.count)
        for sample in 0..<count {
            let age = Double((now - begun[sample * begun.count / count]).wholeMilliseconds)
            rest.add(
                jobs: Double(begun.count) / Double(count), requests: schedule.expectedPolls(after: max(0, age)) + after,
                time: schedule.expectedSpan(after: max(0, age)))
        }
        return rest
    }
}

/// What is still to be expected: requests, time that slots are held, and the longest that one job takes.
struct Rest {
    var jobs = 0.0
    var requests = 0.0
    var time = 0.0
    var longest = 0.0

    /// Jobs that take so many requests and so long each.
    mutating func add(jobs: Double, requests: Double, time: Double) {
        self.jobs += jobs
        self.requests += jobs * requests
        self.time += jobs * time
        longest = max(longest, time)
    }

    mutating func add(_ other: Rest) {
        jobs += other.jobs
        requests += other.requests
        time += other.time
        longest = max(longest, other.longest)
    }
}
