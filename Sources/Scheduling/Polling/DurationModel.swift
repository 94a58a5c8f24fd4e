import Pipeline

/// How long jobs of one kind take, as learned from when they were seen to run and to have ended.
///
/// A job's end is never seen, only that it lay between two polls, so each observation is an interval. The model is log-normal. Its two
/// parameters follow the likelihood of the intervals in Newton's steps, one an observation, against the information gathered so far. What was
/// gathered fades by a hundredth with each observation that is as telling as an end that is seen, so the model follows a provider that becomes
/// slower or faster. A job far outside counts as one a few deviations off: one outlier moves little, a run of them moves everything.
package struct DurationModel: Hashable, Sendable, Codable {
    /// Observations, faded.
    package private(set) var count: Double
    /// Of the duration's natural logarithm, in milliseconds.
    private var mean: Double
    /// The natural logarithm of the standard deviation of the duration's natural logarithm.
    private var logSpread: Double
    /// What is known of the mean (in deviations), of the logarithm of the spread, and of both together, as Fisher counts it.
    private var aboutMean: Double
    private var aboutSpread: Double
    private var aboutBoth: Double

    /// The spread that is assumed of a duration nothing is known of but its typical value.
    private static let priorSpread = 0.4
    private static let memory = 0.99
    private static let steadiness = 2.0
    /// In deviations.
    private static let farthest = 3.5
    private static let spreads = 0.0002...1.5

    /// Nothing is known but what a definition says is typical.
    package init(expected: Duration) {
        self.init(median: expected, spread: Self.priorSpread, weight: 1)
        count = 0
    }

    /// A distribution that is known: `spread` is the standard deviation of the duration's natural logarithm.
    package init(median: Duration, spread: Double) {
        self.init(median: median, spread: spread, weight: 100)
    }

    private init(median: Duration, spread: Double, weight: Double) {
        let spread = min(max(spread, Self.spreads.lowerBound), Self.spreads.upperBound)
        count = weight
        mean = Logarithm.of(Double(max(1, median.wholeMilliseconds)))
        logSpread = Logarithm.of(spread)
        aboutMean = weight
        aboutSpread = max(4, 2 * weight)
        aboutBoth = 0
    }

    /// Half of the jobs take no longer.
    package var median: Duration { .milliseconds(Int64(Logarithm.inverse(min(mean, 34)).rounded())) }

    /// The standard deviation of the duration's natural logarithm.
    package var spread: Double { Logarithm.inverse(logSpread) }

    var distribution: DurationDistribution { DurationDistribution(logMean: mean, spread: spread) }

    /// A job was seen to run at age `first` and to have ended by age `last`.
    package mutating func observe(endedAfter first: Duration, by last: Duration) {
        let high = Double(max(1, last.wholeMilliseconds))
        let low = min(max(0, Double(first.wholeMilliseconds)), high)
        let spread = spread
        let score = Normal.score(
            from: low > 0 ? (Logarithm.of(low) - mean) / spread : -.infinity, to: (Logarithm.of(high) - mean) / spread,
            farthest: Self.farthest)
        count = min(count * Self.memory + 1, 1 / (1 - Self.memory))
        // What is known fades by what is learned: jobs that end when nothing else could be expected teach nothing, and nothing is forgotten.
        let learned = min(1, max(score.mean * score.mean, score.spread * score.spread / 2))
        let kept = 1 - (1 - Self.memory) * learned
        // A surprise tells that the model is wrong, not that it is known well: it counts as any end that is seen.
        let isSurprise = abs(score.mean) > 2 || abs(score.spread) > 4
        aboutMean = aboutMean * kept + (isSurprise ? 1 : score.mean * score.mean)
        aboutSpread = aboutSpread * kept + (isSurprise ? 2 : score.spread * score.spread)
        aboutBoth = aboutBoth * kept + (isSurprise ? 0 : score.mean * score.spread)
        // As if a few exact observations were always known: intervals that say next to nothing would else be followed too far.
        let a = aboutMean + Self.steadiness
        let b = aboutSpread + Self.steadiness
        let determinant = a * b - aboutBoth * aboutBoth
        guard determinant > 0 else { return }
        let meanStep = (b * score.mean - aboutBoth * score.spread) / determinant
        let spreadStep = (a * score.spread - aboutBoth * score.mean) / determinant
        self.mean += spread * min(max(meanStep, -1), 1)
        setSpread(logSpread + min(max(spreadStep, -0.4), 0.4))
    }

    /// How long a job took on average that was seen to run at age `first` and to have ended by age `last`.
    package func likeliest(endedAfter first: Duration, by last: Duration) -> Duration {
        let low = Double(max(0, first.wholeMilliseconds))
        let high = Double(max(0, last.wholeMilliseconds))
        guard high > low else { return last }
        return .milliseconds(Int64(distribution.mean(between: low, and: high).rounded()))
    }

    /// How long a job is expected to take: on average, as far as anything was seen; else as long as a definition says is typical.
    package var expected: Duration { count > 0 ? .milliseconds(Int64(distribution.mean.rounded())) : median }

    /// How long four jobs of five take; nil as long as none was seen to end.
    package var usual: ClosedRange<Duration>? {
        guard count > 0 else { return nil }
        func time(_ deviations: Double) -> Duration {
            .milliseconds(Int64(Logarithm.inverse(min(mean + deviations * spread, 34)).rounded()))
        }
        return time(-1.2816)...time(1.2816)
    }

    private mutating func setSpread(_ value: Double) {
        logSpread = min(max(value, Logarithm.of(Self.spreads.lowerBound)), Logarithm.of(Self.spreads.upperBound))
    }

    /// Whether schedules made for `other` still serve: neither the middle nor the spread has moved by more than a twentieth of the spread.
    func isNear(_ other: DurationModel) -> Bool {
        abs(mean - other.mean) <= other.spread / 20 && abs(logSpread - other.logSpread) <= 0.05
    }
}
