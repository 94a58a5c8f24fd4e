import Pipeline
import YAML

/// Reads `for_each`.
extension ManifestReader {
    /// Names that `each` gives a meaning of its own.
    static let reservedAxes: Set<String> = ["item", "index", "number"]

    mutating func fanOut(_ node: Node) -> FanOutTemplate {
        guard let entries = node.mapping else {
            let isList = node.sequence != nil
            let isExpression = node.scalarText.map(TextTemplate.holdsExpression) ?? false
            guard isList || isExpression else {
                findings.error(
                    ManifestCode.notAList, "`for_each` takes a list, axes or an expression, this is \(node.typeName)", at: node.place,
                    suggestion: "write a list: `[…]`")
                return .unreadable
            }
            if node.sequence?.isEmpty == true {
                findings.error(
                    ManifestCode.emptyFanOut, "`for_each` is empty", at: node.place, suggestion: "leave it out, or list something")
            }
            return template(node).map(FanOutTemplate.items) ?? .unreadable
        }
        for entry in entries where (entry.name == "csv" || entry.name == "glob") && entry.value.scalar != nil {
            notSupported(
                "`for_each` over a \(entry.name == "csv" ? "CSV file" : "file pattern")", at: entry.key.place, suggestion: "list the values"
            )
            return .unreadable
        }
        return axes(entries, at: node.place)
    }

    private mutating func axes(_ entries: [Entry], at place: SourcePlace) -> FanOutTemplate {
        var template = AxesTemplate()
        for entry in entries {
            switch entry.name {
            case "exclude": template.exclude = combinations(entry)
            case "include": template.include = combinations(entry)
            default: template.axes.append(axis(entry))
            }
        }
        if template.axes.isEmpty {
            findings.error(
                ManifestCode.emptyFanOut, "`for_each` has no axis", at: place, suggestion: "name one: `ratio: [\"16:9\", \"9:16\"]`")
            return .unreadable
        }
        return .axes(template)
    }

    private mutating func axis(_ entry: Entry) -> AxesTemplate.Axis {
        checkName(entry.key, what: "an axis")
        if Self.reservedAxes.contains(entry.name) {
            findings.error(
                ManifestCode.badName, "an axis cannot be called `\(entry.name)`", at: entry.key.place,
                cause: "`each.\(entry.name)` has a meaning of its own")
        }
        let isExpression = entry.value.scalarText.map(TextTemplate.holdsExpression) ?? false
        guard entry.value.sequence != nil || isExpression else {
            findings.error(
                ManifestCode.notAList, "axis `\(entry.name.shortened)` takes a list, this is \(entry.value.typeName)",
                at: entry.value.place,
                suggestion: entry.value.scalarText.map { "write `[\"\($0.shortened)\"]`" })
            return AxesTemplate.Axis(name: Located(entry.name, at: entry.key.place), values: nil)
        }
        if entry.value.sequence?.isEmpty == true {
            findings.error(ManifestCode.emptyFanOut, "axis `\(entry.name.shortened)` is empty", at: entry.value.place)
        }
        return AxesTemplate.Axis(name: Located(entry.name, at: entry.key.place), values: self.template(entry.value))
    }

    private mutating func combinations(_ entry: Entry) -> [AxesTemplate.Combination] {
        guard let nodes = entry.value.sequence else {
            findings.error(
                ManifestCode.wrongType, "`\(entry.name)` takes a list of combinations, this is \(entry.value.typeName)",
                at: entry.value.place,
                suggestion: "write `- { axis: value }`")
            return []
        }
        return nodes.compactMap { node in
            guard let members = node.mapping else {
                findings.error(
                    ManifestCode.wrongType, "a combination is a mapping of axes, this is \(node.typeName)", at: node.place,
                    suggestion: "write `- { axis: value }`")
                return nil
            }
            let read = members.compactMap { member in
                self.template(member.value).map {
                    AxesTemplate.Combination.Member(name: Located(member.name, at: member.key.place), value: $0)
                }
            }
            return read.count == members.count ? AxesTemplate.Combination(members: read, place: node.place) : nil
        }
    }
}
