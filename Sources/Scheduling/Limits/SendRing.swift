import Pipeline

/// When the requests of a rolling window were sent, to a sixty-fourth of the window.
struct SendRing: Sendable, Hashable {
    /// The parts of a window, and one more: of the oldest, some are in the window and some are not.
    private static let parts = 64
    private static let cells = parts + 1

    private let window: Int64
    private let width: Int64
    /// By cell of time, the oldest first; the last one holds the present.
    private var counts = [Double](repeating: 0, count: cells)
    /// The number of the last cell since 1970; nil before anything is known.
    private var last: Int64?
    private var isFresh = false

    init(rate: Rate) {
        width = max(1, rate.window.wholeMilliseconds / Int64(Self.parts))
        window = width * Int64(Self.parts)
    }

    /// One request is sent.
    mutating func add(at now: Timestamp) {
        let isFirst = last == nil
        advance(to: now)
        counts[Self.cells - 1] += 1
        // Nothing was known until now: what the first answer tells of besides was sent at any time.
        isFresh = isFresh || isFirst
    }

    /// `used` requests of the window that ends at `now` are gone. What is not known of was sent by others: just now; or, where nothing was
    /// known yet, evenly over the window. What has come back sooner than thought was the oldest.
    mutating func synchronise(used: Int, at now: Timestamp) {
        let isFirst = last == nil || isFresh
        isFresh = false
        advance(to: now)
        var missing = Double(used) - counts.reduce(0, +)
        if missing >= 0 {
            if isFirst {
                for index in counts.indices.dropFirst() { counts[index] += missing / Double(Self.parts) }
            } else {
                counts[Self.cells - 1] += missing
            }
            return
        }
        for index in counts.indices where missing < 0 {
            let taken = min(counts[index], -missing)
            counts[index] -= taken
            missing += taken
        }
    }

    func used(at now: Timestamp) -> Double {
        let ring = elapsed(at: now)
        guard let last = ring.last else { return 0 }
        // Of the oldest cell, what is older than the window has come back.
        let gone = Double(now.milliseconds - window - (last - Int64(Self.parts)) * width) / Double(width)
        return ring.counts.reduce(0, +) - ring.counts[0] * min(max(gone, 0), 1)
    }

    /// How many of them come back within `span` of `now`, those of one cell evenly.
    func returning(within span: Duration, at now: Timestamp) -> Double {
        let end = span.wholeMilliseconds
        var before: (offset: Int64, returned: Double) = (0, 0)
        for next in returns(at: now) {
            guard next.offset > end else {
                before = next
                continue
            }
            guard end > before.offset else { return before.returned }
            return before.returned
                + (next.returned - before.returned) * Double(end - before.offset) / Double(next.offset - before.offset)
        }
        return before.returned
    }

    /// When the last of each cell's requests comes back, from `now` in milliseconds, and how many have by then.
    func returns(at now: Timestamp) -> [(offset: Int64, returned: Double)] {
        let ring = elapsed(at: now)
        guard let last = ring.last else { return [] }
        var sum = ring.used(at: now) - ring.counts.reduce(0, +)
        return ring.counts.indices.map { index in
            sum += ring.counts[index]
            let end = min(now.milliseconds, (last - Int64(Self.cells - 1 - index) + 1) * width)
            return (max(0, end + window - now.milliseconds), max(0, sum))
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
