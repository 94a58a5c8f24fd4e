import HeapModule

/// The jobs of one account that a limit holds up, by what decides whether they fit: their price, or the images they make.
///
/// Whoever asks says which may go. So what comes back moves one job and not all of them: every operation takes O(log n) in jobs, and the
/// number of different measures besides.
struct Parking<Measure: Hashable & Sendable>: Sendable {
    private var parked: [Measure: Heap<Ready>] = [:]

    var isEmpty: Bool { parked.isEmpty }

    /// The measures held up, each with its best job; those of the best jobs first.
    var heads: [(measure: Measure, ready: Ready)] {
        parked.compactMap { measure, jobs in jobs.min.map { (measure: measure, ready: $0) } }.sorted { $0.ready < $1.ready }
    }

    mutating func park(_ ready: Ready, under measure: Measure) { parked[measure, default: Heap()].insert(ready) }

    /// The best job of a measure that may go; nil where there is none.
    mutating func popFirst(where mayGo: (Measure) -> Bool) -> JobReference? {
        guard let best = heads.first(where: { mayGo($0.measure) }) else { return nil }
        parked[best.measure]?.removeMin()
        if parked[best.measure]?.isEmpty ?? true { parked[best.measure] = nil }
        return best.ready.reference
    }
}
