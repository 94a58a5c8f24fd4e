import HeapModule
import Pipeline

/// The jobs of one account that could be submitted, best first, one a fingerprint at a time.
///
/// What comes first depends on how much waits. While the slots have plenty of other work, chains that are begun are finished before others
/// are started, so that first results come early: a long chain loses nothing by waiting. Once the longest chain could outlast what else
/// waits, the longest chain of work comes first, which is what the makespan hangs on. A run has an end, so no chain waits for ever.
///
/// Jobs that a listing could not tell apart stand in one line, of which only the first is offered, and none while an earlier one of them has
/// no reply. So thousands of equal fingerprints cost no more than as many different ones: every operation is O(log n).
struct SubmissionQueue: Sendable {
    private struct Offer: Sendable {
        let ready: Ready
        /// Nil: it stands in no line.
        let fingerprint: SubmissionFingerprint?
    }

    private struct LongestFirst: Comparable, Sendable {
        let offer: Offer

        static func < (a: LongestFirst, b: LongestFirst) -> Bool { a.offer.ready < b.offer.ready }
        static func == (a: LongestFirst, b: LongestFirst) -> Bool { a.offer.ready == b.offer.ready }
    }

    private struct BegunFirst: Comparable, Sendable {
        let offer: Offer

        static func < (a: BegunFirst, b: BegunFirst) -> Bool { a.offer.ready.finishes(before: b.offer.ready) }
        static func == (a: BegunFirst, b: BegunFirst) -> Bool { a.offer.ready == b.offer.ready }
    }

    /// How many times over the longest chain has to fit into what waits, for others to go first.
    private static let margin: Int64 = 2

    /// How many times over it has to fit in for others to go first once more: the longest chain gets shorter as soon as it is begun, and what
    /// it hides would again be left to the end.
    private static let marginAgain: Int64 = 4

    /// Jobs a slot up to which the longest chain goes first in any case: there is no time to be made up later.
    private static let few = 8

    /// By fingerprint.
    private var lines: [SubmissionFingerprint: Heap<Ready>] = [:]
    /// The job of each line that is offered.
    private var heads: [SubmissionFingerprint: Ready] = [:]
    /// Jobs without a fingerprint: each is offered by itself.
    private var singles: Set<Ready> = []
    /// Every offer stands in both; one that no longer holds is void.
    private var longest = Heap<LongestFirst>()
    private var begun = Heap<BegunFirst>()
    /// How many submissions without a recorded reply there are; after a crash there may be several of one fingerprint.
    private var occupied: [SubmissionFingerprint: Int] = [:]
    private(set) var count = 0
    /// Slot time of all that waits here, in milliseconds.
    private var work: Int64 = 0
    /// Whether the longest chain went first last time.
    private var wasLongestFirst = false
    /// Jobs at once; nil is no limit: then everything is submitted as soon as requests allow, the longest chain first.
    private let slots: Int?

    init(slots: Int? = nil) { self.slots = slots }

    var isEmpty: Bool { count == 0 }

    mutating func insert(_ ready: Ready, _ fingerprint: SubmissionFingerprint?) {
        count += 1
        add(ready.work)
        guard let fingerprint else {
            singles.insert(ready)
            return offer(Offer(ready: ready, fingerprint: nil))
        }
        lines[fingerprint, default: Heap()].insert(ready)
        offerHead(of: fingerprint)
    }

    /// The best job whose fingerprint is free; nil where there is none.
    mutating func popFirst() -> Ready? {
        dropVoid()
        guard let top = longest.min?.offer else { return nil }
        wasLongestFirst = !othersMayGoFirst(of: top.ready)
        let best = wasLongestFirst ? top : begun.min?.offer ?? top
        take(best)
        return best.ready
    }

    /// A submission with this fingerprint is under way.
    mutating func occupy(_ fingerprint: SubmissionFingerprint) { occupied[fingerprint, default: 0] += 1 }

    /// Its reply is on record.
    mutating func free(_ fingerprint: SubmissionFingerprint) {
        guard let count = occupied[fingerprint] else { return }
        occupied[fingerprint] = count > 1 ? count - 1 : nil
        offerHead(of: fingerprint)
    }

    /// Whether the chain that hangs on `ready`, the longest of all, has time.
    private func othersMayGoFirst(of ready: Ready) -> Bool {
        guard let slots, count > Self.few * max(1, slots) else { return false }
        let margin = wasLongestFirst ? Self.marginAgain : Self.margin
        let (span, overflow) = ready.rank.multipliedReportingOverflow(by: margin * Int64(max(1, slots)))
        return !overflow && span < work
    }

    /// The best offers of both orders hold from here on.
    private mutating func dropVoid() {
        while let first = longest.min, !holds(first.offer) { longest.removeMin() }
        while let first = begun.min, !holds(first.offer) { begun.removeMin() }
    }

    /// Where its fingerprint is under way, the offer lapses: it is made anew once that is free.
    private mutating func holds(_ offer: Offer) -> Bool {
        guard let fingerprint = offer.fingerprint else { return singles.contains(offer.ready) }
        guard heads[fingerprint] == offer.ready else { return false }
        if isOccupied(fingerprint) {
            heads[fingerprint] = nil
            return false
        }
        return true
    }

    private mutating func take(_ best: Offer) {
        count -= 1
        add(-best.ready.work)
        guard let fingerprint = best.fingerprint else {
            singles.remove(best.ready)
            return
        }
        heads[fingerprint] = nil
        lines[fingerprint]?.removeMin()
        if lines[fingerprint]?.isEmpty ?? true { lines[fingerprint] = nil }
        offerHead(of: fingerprint)
    }

    private func isOccupied(_ fingerprint: SubmissionFingerprint) -> Bool { occupied[fingerprint] != nil }

    private mutating func offerHead(of fingerprint: SubmissionFingerprint) {
        guard !isOccupied(fingerprint), let first = lines[fingerprint]?.min else { return }
        if let head = heads[fingerprint], head <= first { return }
        heads[fingerprint] = first
        offer(Offer(ready: first, fingerprint: fingerprint))
    }

    private mutating func offer(_ offer: Offer) {
        longest.insert(LongestFirst(offer: offer))
        if slots != nil { begun.insert(BegunFirst(offer: offer)) }
    }

    private mutating func add(_ milliseconds: Int64) {
        let (sum, overflow) = work.addingReportingOverflow(milliseconds)
        work = overflow ? .max : sum
    }
}
