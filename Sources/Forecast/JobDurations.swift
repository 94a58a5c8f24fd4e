import Checkpoint
import Foundation
import Pipeline
import Scheduling

/// How long the jobs of a plan are expected to take, and how far they may be off.
///
/// What an account has learned comes first. Else a definition's range says it, and where there is none either, a job may well take a quarter
/// longer or shorter than is typical.
struct JobDurations: Sendable {
    /// Of a job that a definition says no more of than what is typical: the standard deviation of the duration's natural logarithm.
    private static let assumedSpread = 0.2
    /// How far what a definition calls typical may be off, in the same measure.
    private static let assumedError = 0.05
    /// A twentieth lies below a definition's range, and a twentieth above.
    private static let edge = 1.645

    /// The jobs of one instance.
    struct Law: Sendable {
        /// On average.
        let expected: Duration
        /// Of the duration's natural logarithm: its standard deviation among jobs, and how far its mean may be off.
        let spread: Double
        let error: Double
        let range: ClosedRange<Duration>?

        /// How long a job takes that is `job` deviations from the middle, in a world that is `world` deviations from what is expected.
        func duration(job: Double, world: Double) -> Duration {
            // The mean of a log-normal lies above its median.
            let logarithm = spread * job - spread * spread / 2 + error * world
            let milliseconds = Double(expected.wholeMilliseconds) * exp(min(max(logarithm, -20), 20))
            let duration = Duration.milliseconds(Int64(min(milliseconds, 9e15).rounded()))
            return range.map { min(max(duration, $0.lowerBound), $0.upperBound) } ?? duration
        }
    }

    let laws: [Law]
    /// By position in the plan: which of `laws`.
    let law: [Int]

    init(_ request: ForecastRequest) {
        struct Key: Hashable {
            let account: AccountID
            let kind: DurationClass
            let range: ClosedRange<Duration>?
        }
        let learned = request.learned
        var known: [Key: Int] = [:]
        var laws: [Law] = []
        // The instance before most often is of the same class.
        var last: (size: DurationClass.Size, account: AccountID, range: ClosedRange<Duration>?, law: Int)?
        law = request.plan.instances.enumerated().map { position, instance in
            let range = request.durations.indices.contains(position) ? request.durations[position] : nil
            let size = DurationClass.Size(of: instance)
            if let last, last.size == size, last.account == instance.account, last.range == range { return last.law }
            let law = index(instance, range)
            last = (size, instance.account, range, law)
            return law
        }
        self.laws = laws

        func index(_ instance: StepInstance, _ range: ClosedRange<Duration>?) -> Int {
            let key = Key(account: instance.account, kind: DurationClass(of: instance), range: range)
            if let index = known[key] { return index }
            known[key] = laws.count
            laws.append(Self.law(instance, learned[instance.account]?[key.kind], range))
            return laws.count - 1
        }
    }

    private static func law(_ instance: StepInstance, _ learned: DurationModel?, _ range: ClosedRange<Duration>?) -> Law {
        if let learned, learned.count > 0 {
            return Law(
                expected: learned.expected, spread: learned.spread, error: learned.spread / max(1, learned.count).squareRoot(), range: nil)
        }
        guard let range, range.lowerBound > .zero else {
            return Law(expected: instance.expectedDuration, spread: assumedSpread, error: assumedError, range: nil)
        }
        let ratio = Double(range.upperBound.wholeMilliseconds) / Double(max(1, range.lowerBound.wholeMilliseconds))
        return Law(expected: instance.expectedDuration, spread: log(max(1, ratio)) / (2 * edge), error: assumedError, range: range)
    }

    subscript(position: Int) -> Law { laws[law[position]] }
}

/// One of several worlds that a run is tried out in: how long each job takes there, always the same.
struct SampledWorld: Sendable {
    let durations: JobDurations
    /// How slow this world is as a whole, in deviations.
    let world: Double
    let seed: UInt64

    /// `count` worlds that lie as evenly between slow and fast as so many can.
    static func all(_ count: Int, _ durations: JobDurations) -> [SampledWorld] {
        (0..<count).map { index in
            SampledWorld(
                durations: durations, world: Deviate.quantile((Double(index) + 0.5) / Double(count)), seed: UInt64(index + 1))
        }
    }

    func duration(of job: JobReference) -> Duration {
        // Every job draws from a generator of its own, so that it takes as long under every plan.
        var random = SplitMix64(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: job.instance &* 1009 &+ job.job))
        _ = random.next()
        let share = (Double(random.next() >> 11) + 0.5) / Double(1 << 53)
        return durations[job.instance].duration(job: Deviate.quantile(share), world: world)
    }
}

/// The standard normal distribution.
enum Deviate {
    /// The value below which a share lies, within a thousandth: Abramowitz and Stegun 26.2.23.
    static func quantile(_ share: Double) -> Double {
        let share = min(max(share, 1e-9), 1 - 1e-9)
        let tail = min(share, 1 - share)
        let t = (-2 * log(tail)).squareRoot()
        let value =
            t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t)
        return share < 0.5 ? -value : value
    }
}
