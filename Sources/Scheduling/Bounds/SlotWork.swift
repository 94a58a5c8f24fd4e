import Pipeline

/// The work of one account's slots, with the time that has to pass before each part of it, and after.
///
/// Whatever has at least so much before it and at least so much after it is worked off between the two: its sum, shared by all slots,
/// fits in there. The greatest of these bounds is that of the slots; the plain one, of all work in no matter what order, is among them.
struct SlotWork: Sendable {
    /// Work that has exactly so much on one side.
    private struct Layer: Sendable {
        var work: Int64 = 0
        /// The least that any of it has on the other side.
        var other = Int64.max
    }

    private var byBefore: [Int64: Layer] = [:]
    private var byAfter: [Int64: Layer] = [:]

    /// - Parameters:
    ///   - work: in milliseconds, as are the others.
    ///   - before: the longest chain that has to end first.
    ///   - after: the longest chain that hangs on it.
    mutating func add(_ work: Int64, before: Int64, after: Int64) {
        guard work > 0 else { return }
        Self.add(work, after, to: &byBefore[before, default: Layer()])
        Self.add(work, before, to: &byAfter[after, default: Layer()])
    }

    private static func add(_ work: Int64, _ other: Int64, to layer: inout Layer) {
        layer.work = layer.work.saturating(adding: work)
        layer.other = min(layer.other, other)
    }

    /// The least time, in milliseconds, in which so many slots, at least one, get it done.
    func least(on slots: Int64) -> Int64 { max(Self.least(byBefore, on: slots), Self.least(byAfter, on: slots)) }

    private static func least(_ layers: [Int64: Layer], on slots: Int64) -> Int64 {
        var least: Int64 = 0
        var work: Int64 = 0
        var other = Int64.max
        for (side, layer) in layers.sorted(by: { $0.key > $1.key }) {
            work = work.saturating(adding: layer.work)
            other = min(other, layer.other)
            let share = work / slots + (work % slots > 0 ? 1 : 0)
            least = max(least, share.saturating(adding: side).saturating(adding: other))
        }
        return least
    }
}
