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

    /// What varies as a whole in combinations.
    enum Dimension {
        case axis(Located<String>, [Evaluated])
        /// The rows of a CSV file: each column is an axis.
        case rows(Table, SourcePlace)
        /// The files of a pattern, as `each.item`.
        case files(FanOutInputs.GlobFiles)

        var count: Int {
            switch self {
            case .axis(_, let values): values.count
            case .rows(let table, _): table.rows.count
            case .files(let files): files.paths.count
            }
        }
    }

    /// Every combination, the first dimension varying slowest.
    ///
    /// - Throws: where there are too many, or where an axis that comes along with outputs has the name of another.
    func combinations(_ dimensions: [Dimension]) throws(Problem) -> [FanOutElement] {
        var count = 1
        for dimension in dimensions {
            let (product, overflow) = count.multipliedReportingOverflow(by: dimension.count)
            guard !overflow, product <= limit else {
                throw .tooMany(dimensions.map { "\($0.count)" }.joined(separator: " × "))
            }
            count = product
        }
        var elements = [FanOutElement.single]
        for dimension in dimensions {
            var next: [FanOutElement] = []
            next.reserveCapacity(elements.count * dimension.count)
            for element in elements {
                for position in 0..<dimension.count { next.append(try element.with(dimension, at: position, origin: origin)) }
            }
            elements = next
        }
        return elements
    }
}

extension FanOutElement {
    fileprivate func with(
        _ dimension: FanOut.Dimension, at position: Int, origin: (MediaItem) -> FanOutElement
    ) throws(FanOut.Problem) -> FanOutElement {
        var element = self
        switch dimension {
        case .axis(let name, let values): try element.add(values[position], at: position, on: name, origin: origin)
        case .rows(let table, let place):
            for (column, cell) in zip(table.columns, table.rows[position]) {
                if let text = cell.scalarText { element.labels.append(text) }
                try element.set(.value(cell), on: column, at: place)
            }
        case .files(let files):
            element.item = .value(.text(files.paths[position]))
            element.labels.append(files.labels[position])
        }
        return element
    }

    /// Sets one axis, with what comes along where its value is an output.
    mutating func add(
        _ value: Evaluated, at position: Int, on axis: Located<String>, origin: (MediaItem) -> FanOutElement
    ) throws(FanOut.Problem) {
        if case .media(let item) = value {
            let inherited = origin(item)
            for (name, value) in inherited.axes { try set(value, on: name, at: axis.place) }
            labels += inherited.labels.isEmpty ? ["\(position + 1)"] : inherited.labels
        } else if case .value(let plain) = value, let text = plain.scalarText {
            labels.append(text)
        } else {
            labels.append("\(position + 1)")
        }
        try set(value, on: axis.content, at: axis.place)
    }

    private mutating func set(_ value: Evaluated, on axis: String, at place: SourcePlace) throws(FanOut.Problem) {
        guard axes.updateValue(value, forKey: axis) == nil else { throw .clash(axis: axis, place: place) }
    }

    /// What `exclude` and `include` call `name`: an axis, or the file of a pattern as `item`.
    func value(of name: String) -> Evaluated? { name == "item" ? item : axes[name] }
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
                let key = names.compactMap { element.value(of: $0) }
                guard key.count == names.count, let positions = members[key] else { continue }
                used.formUnion(positions)
                isExcluded = true
            }
            return !isExcluded
        }
        return (kept, combinations.enumerated().filter { !used.contains($0.offset) }.map(\.element))
    }
}
