/// "Did you mean": the known name nearest to what was written.
package enum Suggestion {
    /// The candidate within a third of the word's length in edits (at least one), nearest first, ties by name; nil where none is near.
    package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, word.count / 3)
        let wanted = Array(word.lowercased().unicodeScalars)
        // Each edit changes the length by one at most.
        return candidates.lazy.map { (name: $0, scalars: Array($0.lowercased().unicodeScalars)) }
            .filter { abs($0.scalars.count - wanted.count) <= limit }
            .map { (name: $0.name, edits: distance(wanted, $0.scalars), length: max(wanted.count, $0.scalars.count)) }
            .filter { $0.edits <= limit && ($0.edits < $0.length || $0.length == 0) }
            .min { ($0.edits, $0.name) < ($1.edits, $1.name) }?.name
    }

    /// `did you mean \`x\`?` where one is near, else the known names where they are few.
    package static func text(for word: String, among candidates: some Collection<String>) -> String? {
        if let near = nearest(to: word, among: candidates) { return "did you mean `\(near)`?" }
        guard !candidates.isEmpty, candidates.count <= 12 else { return nil }
        return "known here: " + candidates.sorted().map { "`\($0)`" }.joined(separator: ", ")
    }

    /// Optimal string alignment distance (insert, delete, replace, swap neighbours); words beyond 64 characters are far from everything.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        guard a.count <= 64, b.count <= 64 else { return .max }
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                var best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, beforeLast[j - 2] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
