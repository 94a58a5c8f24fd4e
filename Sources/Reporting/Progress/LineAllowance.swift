import Pipeline

/// What one kind of line may still take of a transcript, so that no run, however large or unlucky, floods a log.
struct LineAllowance: Sendable {
    enum Kind: Hashable, Sendable {
        case result
        case problem
        case retry
        case wait
        case note
        case stop
        case heartbeat
    }

    private let limits: [Kind: Int]
    private var used: [Kind: Int] = [:]
    private(set) var dropped: [Kind: Int] = [:]

    /// - Parameter limits: the most lines of each kind; none of a kind that is not named.
    init(_ limits: [Kind: Int]) { self.limits = limits }

    /// Whether a line of `kind` may be written; counts it either way.
    mutating func takes(_ kind: Kind) -> Bool {
        guard used[kind, default: 0] < limits[kind] ?? 0 else {
            dropped[kind, default: 0] += 1
            return false
        }
        used[kind, default: 0] += 1
        return true
    }
}

/// Equal reasons of lines that were not written, counted.
struct ReasonTally: Sendable {
    /// Beyond so many different reasons only their number is kept.
    private static let mostKinds = 1000
    private var counts: [String: Int] = [:]
    private var others = 0

    mutating func add(_ reason: String) {
        if counts[reason] != nil || counts.count < Self.mostKinds { counts[reason, default: 0] += 1 } else { others += 1 }
    }

    var total: Int { counts.values.reduce(others, +) }

    /// The commonest reasons with their counts, and how many lines had yet others.
    func commonest(_ most: Int) -> (reasons: [(text: String, count: Int)], others: Int) {
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(most)
        return (sorted.map { ($0.key, $0.value) }, total - sorted.reduce(0) { $0 + $1.value })
    }
}
