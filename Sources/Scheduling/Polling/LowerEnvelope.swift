/// The minimum of straight lines, where lines come with rising slopes and are asked for at falling places.
struct LowerEnvelope {
    private var lines: [(slope: Double, offset: Double, tag: Int)] = []
    private var first = 0

    mutating func add(slope: Double, offset: Double, tag: Int) {
        while lines.count - first >= 2 {
            let last = lines[lines.count - 1]
            let before = lines[lines.count - 2]
            // Where the new line takes over from the last one, against where the last one took over from the one before.
            guard (last.offset - offset) / (slope - last.slope) >= (before.offset - last.offset) / (last.slope - before.slope) else {
                break
            }
            lines.removeLast()
        }
        lines.append((slope, offset, tag))
    }

    mutating func least(at place: Double) -> (value: Double, tag: Int) {
        func value(_ index: Int) -> Double { lines[index].offset + lines[index].slope * place }
        while first + 1 < lines.count, value(first + 1) <= value(first) { first += 1 }
        guard first < lines.count else { return (0, 0) }
        return (value(first), lines[first].tag)
    }
}
