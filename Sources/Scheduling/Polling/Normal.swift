import Foundation

/// Natural logarithms, by name: `log` is what a run writes.
enum Logarithm {
    static func of(_ value: Double) -> Double { Foundation.log(value) }
    static func inverse(_ value: Double) -> Double { Foundation.exp(value) }
}

/// The standard normal distribution.
enum Normal {
    /// The probability of a value above `z`.
    static func above(_ z: Double) -> Double { 0.5 * erfc(z / 2.0.squareRoot()) }

    private static func density(_ z: Double) -> Double { z.isInfinite ? 0 : exp(-z * z / 2) / (2 * Double.pi).squareRoot() }

    /// How the logarithm of the probability that a value lies between `low` and `high` grows with the mean, and with the logarithm of the
    /// deviation. An interval beyond `farthest` counts as a value there.
    static func score(from low: Double, to high: Double, farthest: Double) -> (mean: Double, spread: Double) {
        let low = low.isInfinite ? low : min(max(low, -farthest), farthest)
        let high = min(max(high, -farthest), farthest)
        // From the thinner tail, so that two probabilities close to 1 are not taken from each other.
        let mass = low > 0 ? above(low) - above(high) : above(-high) - above(-low)
        guard mass > 1e-7, high - low > 1e-3 else {
            let value = low.isInfinite ? high : (low + high) / 2
            return (value, value * value - 1)
        }
        let edges = (low.isInfinite ? 0 : low * density(low)) - high * density(high)
        return ((density(low) - density(high)) / mass, edges / mass)
    }
}
