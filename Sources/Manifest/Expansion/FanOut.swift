import Pipeline

/// One element of a fan-out: what makes one instance of a step, before its `if` is asked.
struct FanOutElement: Hashable, Sendable {
    /// Own axes and those that came along.
    var axes: [String: Evaluated] = [:]
    var item: Evaluated?
    /// What tells the instance from its siblings, for people: `16:9`, `beach at dawn`. Empty where only its number does.
    var labels: [String] = []

    /// What a step without a fan-out has one of.
    static let single = FanOutElement()
}

/// Builds the elements of fan-outs: lists, outputs of steps, and combinations of axes.
struct FanOut {
    /// The element of the instance that gives an output, whose axes and labels come along.
    let origin: (MediaItem) -> FanOutElement
    /// Most elements.
    let limit: Int

    /// Why there is no fan-out.
    enum Problem: Error {
        case tooMany(String)
        case clash(axis: String, place: SourcePlace?)
    }

    /// One element an element of the list. The axes of the step an output comes from come along.
    func items(_ values: [Evaluated]) throws(Problem) -> [FanOutElement] {
        guard values.count <= limit else { throw .tooMany("\(values.count)") }
        return values.map { value in
            var element = FanOutElement(item: value)
            switch value {
            case .media(let item):
                element.axes = origin(item).axes
                element.labels = origin(item).labels
            case .value(let value): element.labels = value.scalarText.map { [$0] } ?? []
            case .list, .unknown: break
            }
            return element
        }
    }

    /// Every combination, the first axis varying slowest.
    ///
    /// - Throws: where there are too many, or where an axis that comes along with outputs has the name of another.
    func combinations(_ axes: [(name: Located<String>, values: [Evaluated])]) throws(Problem) -> [FanOutElement] {
        var count = 1
        for axis in axes {
            let (product, overflow) = count.multipliedReportingOverflow(by: axis.values.count)
            guard !overflow, product <= limit else {
                throw .tooMany(axes.map { "\($0.values.count)" }.joined(separator: " × "))
            }
            count = product
        }
        var elements = [FanOutElement.single]
        for axis in axes {
            var next: [FanOutElement] = []
            next.reserveCapacity(elements.count * axis.values.count)
            for element in elements {
                for (position, value) in axis.values.enumerated() {
                    next.append(try element.with(value, at: position, on: axis.name, origin: origin))
                }
            }
            elements = next
        }
        return elements
    }
}

extension FanOutElement {
    fileprivate func with(
        _ value: Evaluated, at position: Int, on axis: Located<String>, origin: (MediaItem) -> FanOutElement
    ) throws(FanOut.Problem) -> FanOutElement {
        var element = self
        if case .media(let item) = value {
            let inherited = origin(item)
            for (name, value) in inherited.axes {
                guard element.axes.updateValue(value, forKey: name) == nil else { throw .clash(axis: name, place: axis.place) }
            }
            element.labels += inherited.labels.isEmpty ? ["\(position + 1)"] : inherited.labels
        } else if case .value(let plain) = value, let text = plain.scalarText {
            element.labels.append(text)
        } else {
            element.labels.append("\(position + 1)")
        }
        guard element.axes.updateValue(value, forKey: axis.content) == nil else { throw .clash(axis: axis.content, place: axis.place) }
        return element
    }
}

/// An `exclude` or `include` entry with its values.
struct Combination {
    let values: [String: Evaluated]
    let place: SourcePlace
}

extension [FanOutElement] {
    /// Drops every element that agrees with a combination on all axes the combination names.
    ///
    /// - Returns: what is left, and the combinations that dropped nothing; nil where it would take too long to find out.
    func excluding(_ combinations: [Combination]) -> (kept: [FanOutElement], idle: [Combination])? {
        var groups: [[String]: [[Evaluated]: [Int]]] = [:]
        for (position, combination) in combinations.enumerated() {
            let names = combination.values.keys.sorted()
            groups[names, default: [:]][names.compactMap { combination.values[$0] }, default: []].append(position)
        }
        let (work, overflow) = groups.count.multipliedReportingOverflow(by: count)
        guard !overflow, work <= 20_000_000 else { return nil }
        var used: Set<Int> = []
        let kept = filter { element in
            var isExcluded = false
            for (names, members) in groups {
                let key = names.compactMap { element.axes[$0] }
                guard key.count == names.count, let positions = members[key] else { continue }
                used.formUnion(positions)
                isExcluded = true
            }
            return !isExcluded
        }
        return (kept, combinations.enumerated().filter { !used.contains($0.offset) }.map(\.element))
    }
}
