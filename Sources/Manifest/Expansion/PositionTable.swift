/// A set of positions, told apart by what stands at them: eight bytes and a third each, where a dictionary would hold every key a second time.
struct PositionTable {
    /// Open addressing: zero is free; else the lower half is a position and one, the upper half the hash of what stands there.
    private var slots: [UInt64] = []
    private(set) var count = 0

    /// Takes `position`, unless what stands there is the same as at a position that was taken before.
    ///
    /// - Parameters:
    ///   - hash: of what stands at `position`.
    ///   - isSame: whether it is what stands at another one that has this hash.
    /// - Returns: the other position; nil where `position` was taken.
    mutating func take(_ position: Int, hash: UInt32, isSame: (Int) -> Bool) -> Int? {
        if let known = find(hash: hash, isSame: isSame) { return known }
        if count * 4 >= slots.count * 3 { grow() }
        put(UInt64(hash) << 32 | UInt64(UInt32(clamping: position + 1)))
        count += 1
        return nil
    }

    /// The position of something with `hash` that `isSame`; nil where there is none.
    func find(hash: UInt32, isSame: (Int) -> Bool) -> Int? {
        if slots.isEmpty { return nil }
        var index = start(hash)
        while slots[index] != 0 {
            if UInt32(slots[index] >> 32) == hash {
                let position = Int(UInt32(truncatingIfNeeded: slots[index])) - 1
                if isSame(position) { return position }
            }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    private func start(_ hash: UInt32) -> Int { Int(hash) & (slots.count - 1) }

    private mutating func put(_ entry: UInt64) {
        var index = start(UInt32(entry >> 32))
        while slots[index] != 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = entry
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: max(16, old.count * 2))
        for entry in old where entry != 0 { put(entry) }
    }
}
