import Pipeline

/// When the requests of a rolling window were sent, to a sixty-fourth of the window.
struct SendRing: Sendable, Hashable {
    private static let cells = 64

    private let window: Int64
    private let width: Int64
    /// By cell of time, the oldest first; the last one holds the present.
    private var counts = [Double](repeating: 0, count: cells)
    /// The number of the last cell since 1970; nil before anything is known.
    private var last: Int64?

    init(rate: Rate) {
        window = max(1, rate.window.wholeMilliseconds)
        width = max(1, window / Int64(Self.cells))
    }

    /// `used` requests of the window that ends at `now` are gone. What is not known of was sent by others: just now; or, where nothing was
    /// known yet, evenly over the window. What has come back sooner than thought was the oldest.
    mutating func synchronise(used: Int, at now: Timestamp) {
        let isFirst = last == nil
        advance(to: now)
        let known = counts.reduce(0, +)
        var missing = Double(used) - known
        if missing >= 0 {
            if isFirst, missing > 1 {
                for index in counts.indices { counts[index] += (missing - 1) / Double(Self.cells) }
                missing = 1
            }
            counts[Self.cells - 1] += missing
            return
        }
        for index in counts.indices where missing < 0 {
            let taken = min(counts[index], -missing)
            counts[index] -= taken
            missing += taken
        }
    }

    func used(at now: Timestamp) -> Double { elapsed(at: now).counts.reduce(0, +) }

    /// How many of them come back within `span` of `now`, those of one cell evenly.
    func returning(within span: Duration, at now: Timestamp) -> Double {
        let end = span.wholeMilliseconds
        var before: (offset: Int64, returned: Double) = (0, 0)
        for next in returns(at: now) {
            guard next.offset > end else {
                before = next
                continue
            }
            let begin = max(before.offset, next.offset - width)
            guard end > begin else { return before.returned }
            return before.returned + (next.returned - before.returned) * Double(end - begin) / Double(next.offset - begin)
        }
        return before.returned
    }

    /// When the last of each cell's requests comes back, from `now` in milliseconds, and how many have by then.
    func returns(at now: Timestamp) -> [(offset: Int64, returned: Double)] {
        let ring = elapsed(at: now)
        guard let last = ring.last else { return [] }
        var sum = 0.0
        return ring.counts.indices.map { index in
            sum += ring.counts[index]
            let end = min(now.milliseconds, (last - Int64(Self.cells - 1 - index) + 1) * width)
            return (max(0, end + window - now.milliseconds), sum)
        }
    }

    private func elapsed(at now: Timestamp) -> SendRing {
        var ring = self
        if ring.last != nil { ring.advance(to: now) }
        return ring
    }

    private mutating func advance(to now: Timestamp) {
        let cell = now.milliseconds / width
        guard let last else { return self.last = cell }
        let steps = Int(min(Int64(Self.cells), max(0, cell - last)))
        guard steps > 0 else { return }
        counts.removeFirst(steps)
        counts.append(contentsOf: repeatElement(0, count: steps))
        self.last = cell
    }
}
