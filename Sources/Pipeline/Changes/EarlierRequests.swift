/// What earlier instances asked for that the plan no longer holds: the one nearest to a new instance says what changed.
package struct EarlierRequests: Sendable {
    /// One instance that the plan no longer holds.
    package struct Entry: Sendable {
        package let identity: Identity
        package let step: String
        package let name: String
        package let request: RequestDescription
        package let at: Timestamp

        package init(identity: Identity, step: String, name: String, request: RequestDescription, at: Timestamp) {
            self.identity = identity
            self.step = step
            self.name = name
            self.request = request
            self.at = at
        }
    }

    /// Positions of entries, the latest first; those that were given are passed over once.
    private struct Candidates {
        var positions: [Int] = []
        private var next = 0
        /// Those that are held against a request: a few, so that many of one kind cost no more than few.
        private var open: [Int] = []
        private static let compared = 20

        mutating func untaken(_ taken: Set<Int>) -> [Int] {
            open.removeAll(where: taken.contains)
            while open.count < Self.compared, next < positions.count {
                if !taken.contains(positions[next]) { open.append(positions[next]) }
                next += 1
            }
            return open
        }
    }

    private let entries: [Entry]
    private var byName: [String: Candidates] = [:]
    /// Of steps that the plan no longer has, by their axes.
    private var renamed: [Substring: Candidates] = [:]
    /// By what they ask for but for one part.
    private var nearly: [Int: Candidates] = [:]
    private var taken: Set<Int> = []

    /// - Parameters:
    ///   - entries: instances that the plan does not hold.
    ///   - steps: the plan's.
    package init(_ entries: [Entry], steps: Set<String>) {
        // The latest first: it is what was there just before.
        self.entries = entries.sorted { ($0.at, $0.name) > ($1.at, $1.name) }
        for (position, entry) in self.entries.enumerated() {
            byName[entry.name, default: Candidates()].positions.append(position)
            let isGone = !steps.contains(entry.step)
            if isGone { renamed[Self.axes(entry.name), default: Candidates()].positions.append(position) }
            for key in Self.nearKeys(entry.request, step: isGone ? nil : entry.step) {
                nearly[key, default: Candidates()].positions.append(position)
            }
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// The earlier instance whose place the new one took: of the same name, of the same axes of a renamed step, or one that differs in a word
    /// or two of one text. Nil where it is simply new. Each is given once.
    ///
    /// - Parameter request: with the earlier instances in the place of those that replaced them.
    package mutating func nearest(step: String, name: String, request: RequestDescription) -> Entry? {
        let position = named(name) ?? renamed(Self.axes(name), like: request) ?? similar(to: request, step: step)
        guard let position else { return nil }
        taken.insert(position)
        return entries[position]
    }

    private mutating func named(_ name: String) -> Int? { byName[name]?.untaken(taken).first }

    /// Of a renamed step, only what does the same thing counts.
    private mutating func renamed(_ axes: Substring, like request: RequestDescription) -> Int? {
        let uses = request.parts.first { $0.parameter == "uses" }
        return renamed[axes]?.untaken(taken).first { position in
            entries[position].request.parts.contains { part in uses.map(part.isSame) ?? false }
        }
    }

    private mutating func similar(to request: RequestDescription, step: String) -> Int? {
        for key in Self.nearKeys(request, step: step) + Self.nearKeys(request, step: nil) {
            let candidates = nearly[key]?.untaken(taken) ?? []
            let ranked = candidates.map { (position: $0, likeness: Self.likeness(entries[$0].request, request)) }
            if let best = ranked.filter({ $0.likeness > 0 }).max(by: { $0.likeness < $1.likeness }) { return best.position }
        }
        return nil
    }

    private static func axes(_ name: String) -> Substring { name.drop { $0 != "[" } }

    /// One key for each part left out: two requests that differ in one part share one of them.
    ///
    /// - Parameter step: nil for a step that the plan no longer has.
    private static func nearKeys(_ request: RequestDescription, step: String?) -> [Int] {
        let hashes = request.parts.map { $0.substance.hashValue }
        let sum = hashes.reduce(0, &+)
        return request.parts.indices.map { position in
            var hasher = Hasher()
            hasher.combine(step)
            hasher.combine(request.parts[position].parameter)
            hasher.combine(sum &- hashes[position])
            return hasher.finalize()
        }
    }

    /// How alike the one differing text of two requests is, in percent of the longer; 0 where it is another text altogether.
    private static func likeness(_ old: RequestDescription, _ new: RequestDescription) -> Int {
        guard let (before, after) = zip(old.parts, new.parts).first(where: { !$0.isSame(as: $1) }) else { return 100 }
        guard before.parameter == after.parameter,
            before.kind == .value, after.kind == .value
        else { return 0 }
        let (a, b) = (Array(before.shown.unicodeScalars), Array(after.shown.unicodeScalars))
        let most = min(a.count, b.count)
        var start = 0
        while start < most, a[start] == b[start] { start += 1 }
        var end = 0
        while end < most - start, a[a.count - 1 - end] == b[b.count - 1 - end] { end += 1 }
        let percent = (start + end) * 100 / max(1, a.count, b.count)
        return percent >= 30 ? percent : 0
    }
}
