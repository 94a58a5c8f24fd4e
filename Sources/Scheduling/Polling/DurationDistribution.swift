import Foundation

/// A log-normal duration, but for one job in a thousand that hangs: the longer such a job has run, the longer it will still run (a Pareto
/// tail). Without it, a job that outlives all expectation would have to end at any moment, and would be asked about without end.
///
/// Times are in milliseconds.
struct DurationDistribution: Hashable, Sendable {
    let logMean: Double
    let spread: Double

    private static let hanging = 0.001
    /// A job that hangs since `t` is expected to take twice as long again.
    private static let tailExponent = 1.5

    /// The probability that a job still runs at age `time`.
    func survival(_ time: Double) -> Double {
        guard time > 0 else { return 1 }
        let over = log(time) - logMean
        let tail = over <= spread ? 1 : exp(-Self.tailExponent * (over - spread))
        return (1 - Self.hanging) * Normal.above(over / spread) + Self.hanging * tail
    }

    /// How long a job takes on average, those that hang aside.
    var mean: Double { exp(min(logMean + spread * spread / 2, 34)) }

    /// How long a job takes on average that takes between two times. Where that is next to impossible, the middle between them.
    func mean(between low: Double, and high: Double) -> Double {
        let middle = (low + high) / 2
        func deviations(_ time: Double) -> Double { time > 0 ? (log(time) - logMean) / spread : -40 }
        // On the far side of the mean, differences of what is left above lose nothing.
        let (a, b) = (deviations(low), deviations(high))
        let share = a > 0 ? Normal.above(a) - Normal.above(b) : Normal.above(-b) - Normal.above(-a)
        guard share > 1e-12, share.isFinite else { return middle }
        let (c, d) = (a - spread, b - spread)
        let weight = c > 0 ? Normal.above(c) - Normal.above(d) : Normal.above(-d) - Normal.above(-c)
        let mean = exp(min(logMean + spread * spread / 2, 34)) * weight / share
        return mean.isFinite ? min(max(mean, low), high) : middle
    }

    /// The age by which one job in a thousand has ended.
    var earliest: Double { exp(logMean - 3.09 * spread) }

    /// Ages at which it is worth to look: none, densely over the body, ever farther apart over the tail.
    var ages: [Double] {
        let body = 240
        let tail = 60
        var ages: [Double] = [0]
        ages.reserveCapacity(body + tail + 2)
        for step in 0...body { ages.append(exp(logMean + spread * (-4 + 8 * Double(step) / Double(body)))) }
        let first = ages[ages.count - 1]
        let growth = log(max(50, 1000 * exp(-4 * spread))) / Double(tail)
        for step in 1...tail { ages.append(first * exp(growth * Double(step))) }
        return ages
    }
}
