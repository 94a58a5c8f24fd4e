import HeapModule
package import Pipeline

/// What is under way in virtual time, by when it completes; at one moment in the order it began.
package struct VirtualTimeline<Item> {
    private struct Entry: Comparable {
        let at: Timestamp
        let order: Int
        let item: Item

        static func < (a: Entry, b: Entry) -> Bool { (a.at, a.order) < (b.at, b.order) }
        static func == (a: Entry, b: Entry) -> Bool { a.at == b.at && a.order == b.order }
    }

    private var entries = Heap<Entry>()
    private var order = 0

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    /// When the next item completes; nil where nothing is under way.
    package var next: Timestamp? { entries.min?.at }

    package mutating func add(_ item: Item, at time: Timestamp) {
        order += 1
        entries.insert(Entry(at: time, order: order, item: item))
    }

    package mutating func popFirst() -> (at: Timestamp, item: Item)? { entries.popMin().map { ($0.at, $0.item) } }

    /// Takes everything out, in the order it began: what a crash leaves of it.
    package mutating func removeAll() -> [Item] {
        defer { entries = Heap() }
        return entries.unordered.sorted { $0.order < $1.order }.map(\.item)
    }
}
