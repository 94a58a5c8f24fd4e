import Pipeline

/// A sub-job that waits to be submitted; in order, the longest chain of work first, then plan order.
struct Ready: Comparable, Hashable, Sendable {
    /// How long the longest chain of work is that hangs on it, itself included, in milliseconds.
    let rank: Int64
    let reference: JobReference
    /// How long it takes itself, in milliseconds.
    var work: Int64 = 0
    /// Whether jobs were made that are of no use without it.
    var isBegun = false

    static func < (a: Ready, b: Ready) -> Bool {
        (b.rank, a.reference.instance, a.reference.job) < (a.rank, b.reference.instance, b.reference.job)
    }

    /// Whether results come earlier where it goes first: chains that are begun before new ones; of those the one with the least left, of new
    /// ones the longest.
    func finishes(before other: Ready) -> Bool {
        guard isBegun == other.isBegun else { return isBegun }
        guard rank == other.rank else { return isBegun ? rank < other.rank : rank > other.rank }
        return (reference.instance, reference.job) < (other.reference.instance, other.reference.job)
    }
}
