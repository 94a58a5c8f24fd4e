/// A distribution of durations at the ages at which it is worth to look: what every schedule for it is made from.
///
/// Times are in milliseconds.
struct AgeGrid: Sendable {
    let ages: [Double]
    /// The probability to outlive each age.
    let alive: [Double]
    /// The integral of the probability to have ended, up to each age.
    let unnoticed: [Double]
    /// The integral of the probability to be alive, from each age on.
    private let rests: [Double]
    /// The age by which one in a thousand has ended.
    let earliest: Double

    init(_ distribution: DurationDistribution) {
        let ages = distribution.ages
        let alive = ages.map(distribution.survival)
        var unnoticed = [Double](repeating: 0, count: ages.count)
        var rests = unnoticed
        for index in ages.indices.dropFirst() {
            unnoticed[index] = unnoticed[index - 1] + (ages[index] - ages[index - 1]) * (1 - (alive[index] + alive[index - 1]) / 2)
        }
        for index in ages.indices.dropLast().reversed() {
            rests[index] = rests[index + 1] + (ages[index + 1] - ages[index]) * (alive[index] + alive[index + 1]) / 2
        }
        self.ages = ages
        self.alive = alive
        self.unnoticed = unnoticed
        self.rests = rests
        earliest = distribution.earliest
    }

    /// Whether any job is expected to get so old.
    func isReached(_ index: Int) -> Bool { alive[index] > 1e-12 }

    /// How much longer a job runs on average that runs at an age.
    func rest(from index: Int) -> Double { isReached(index) ? rests[index] / alive[index] : 0 }

    /// The last age on the grid that is not above `age`, the very last one excepted.
    func position(_ age: Double) -> Int {
        var low = 0
        var high = ages.count - 2
        while low < high {
            let middle = (low + high + 1) / 2
            if ages[middle] <= age { low = middle } else { high = middle - 1 }
        }
        return low
    }
}
