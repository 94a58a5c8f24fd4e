import HeapModule
import Pipeline

/// A sub-job that waits to be submitted: the longest chain of work first, then plan order.
struct Ready: Comparable, Hashable, Sendable {
    let rank: Int64
    let reference: JobReference

    static func < (a: Ready, b: Ready) -> Bool {
        (b.rank, a.reference.instance, a.reference.job) < (a.rank, b.reference.instance, b.reference.job)
    }
}

/// The jobs of one account that could be submitted, best first, one a fingerprint at a time.
///
/// Jobs that a listing could not tell apart stand in one line, of which only the first is offered, and none while an earlier one of them has
/// no reply. So thousands of equal fingerprints cost no more than as many different ones: every operation is O(log n).
struct SubmissionQueue: Sendable {
    private struct Offer: Comparable, Sendable {
        let ready: Ready
        let fingerprint: SubmissionFingerprint?

        static func < (a: Offer, b: Offer) -> Bool { a.ready < b.ready }
    }

    /// By fingerprint; jobs without one stand in a line that is never occupied.
    private var lines: [SubmissionFingerprint?: Heap<Ready>] = [:]
    /// The job of each line that is offered.
    private var heads: [SubmissionFingerprint?: Ready] = [:]
    /// An offer that is no longer its line's head is void.
    private var offers = Heap<Offer>()
    /// How many submissions without a recorded reply there are; after a crash there may be several of one fingerprint.
    private var occupied: [SubmissionFingerprint: Int] = [:]
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func insert(_ ready: Ready, _ fingerprint: SubmissionFingerprint?) {
        lines[fingerprint, default: Heap()].insert(ready)
        count += 1
        offer(fingerprint)
    }

    /// The best job whose fingerprint is free; nil where there is none.
    mutating func popFirst() -> Ready? {
        while let best = offers.popMin() {
            let fingerprint = best.fingerprint
            guard heads[fingerprint] == best.ready else { continue }
            heads[fingerprint] = nil
            if isOccupied(fingerprint) { continue }
            lines[fingerprint]?.removeMin()
            if lines[fingerprint]?.isEmpty ?? true { lines[fingerprint] = nil }
            count -= 1
            offer(fingerprint)
            return best.ready
        }
        return nil
    }

    /// A submission with this fingerprint is under way.
    mutating func occupy(_ fingerprint: SubmissionFingerprint) { occupied[fingerprint, default: 0] += 1 }

    /// Its reply is on record.
    mutating func free(_ fingerprint: SubmissionFingerprint) {
        guard let count = occupied[fingerprint] else { return }
        occupied[fingerprint] = count > 1 ? count - 1 : nil
        offer(fingerprint)
    }

    private func isOccupied(_ fingerprint: SubmissionFingerprint?) -> Bool { fingerprint.map { occupied[$0] != nil } ?? false }

    private mutating func offer(_ fingerprint: SubmissionFingerprint?) {
        guard !isOccupied(fingerprint), let first = lines[fingerprint]?.min else { return }
        if let head = heads[fingerprint], head <= first { return }
        heads[fingerprint] = first
        offers.insert(Offer(ready: first, fingerprint: fingerprint))
    }
}
