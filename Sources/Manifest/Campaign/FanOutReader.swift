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
                    suggestion: Self.fileSuggestion(node).map { "write `{ \($0) }`" } ?? "write a list: `[…]`")
                return .unreadable
            }
            if node.sequence?.isEmpty == true {
                findings.error(
                    ManifestCode.emptyFanOut, "`for_each` is empty", at: node.place, suggestion: "leave it out, or list something")
            }
            return template(node).map(FanOutTemplate.items) ?? .unreadable
        }
        return axes(entries, at: node.place)
    }

    private mutating func axes(_ entries: [Entry], at place: SourcePlace) -> FanOutTemplate {
        var template = AxesTemplate()
        // An axis of such a name has a list: what is none is the key of a file.
        func file(_ name: String) -> Entry? { entries.first { $0.name == name && $0.value.sequence == nil } }
        let csv = file("csv")
        let delimiterEntry = csv == nil ? nil : file("delimiter")
        let delimiter = delimiterEntry.flatMap { self.delimiter($0.value) }
        for entry in entries {
            switch entry.name {
            case "exclude": template.exclude = combinations(entry)
            case "include": template.include = combinations(entry)
            case "delimiter" where delimiterEntry != nil: continue
            case "csv" where csv != nil: template.dimensions.append(.file(input(entry, .csv(delimiter: delimiter))))
            case "glob" where entry.value.sequence == nil: template.dimensions.append(.file(input(entry, .glob)))
            default: template.dimensions.append(.axis(axis(entry)))
            }
        }
        if template.dimensions.isEmpty {
            findings.error(
                ManifestCode.emptyFanOut, "`for_each` has no axis", at: place, suggestion: "name one: `ratio: [\"16:9\", \"9:16\"]`")
            return .unreadable
        }
        return .axes(template)
    }

    /// The file that `csv` or `glob` names.
    private mutating func input(_ entry: Entry, _ kind: FileInput.Kind) -> FileInput {
        let example = if case .glob = kind { "glob: assets/*.png" } else { "csv: products.csv" }
        guard let text = entry.value.scalarText, !entry.value.isNull else {
            findings.error(
                ManifestCode.wrongType, "`\(entry.name)` takes the name of a file, this is \(entry.value.typeName)",
                at: entry.value.isNull ? entry.key.place : entry.value.place, suggestion: "write `\(example)`")
            return FileInput(kind: kind, path: nil, place: entry.value.place)
        }
        return FileInput(kind: kind, path: textTemplate(text, at: entry.value.place), place: entry.value.place)
    }

    private mutating func delimiter(_ node: Node) -> Character? {
        guard let text = fixedText(node, of: "delimiter") else { return nil }
        if text.content == "tab" { return "\t" }
        if text.content.count == 1, let character = text.content.first, ",;|:\t".contains(character) { return character }
        findings.error(
            ManifestCode.badChoice, "`delimiter` cannot be `\(text.content.shortened)`", at: text.place,
            suggestion: "write `\",\"`, `\";\"`, `\"|\"`, `\":\"` or `tab`; without it the header tells")
        return nil
    }

    /// The key that someone means who writes a file's name where values belong.
    private static func fileSuggestion(_ node: Node) -> String? {
        guard let text = node.scalarText else { return nil }
        let lower = text.lowercased()
        if lower.hasSuffix(".csv") || lower.hasSuffix(".tsv") { return "csv: \(text.shortened)" }
        return text.contains("*") ? "glob: \"\(text.shortened)\"" : nil
    }

    private mutating func axis(_ entry: Entry) -> AxesTemplate.Axis {
        checkName(entry.key, what: "an axis")
        if Self.reservedAxes.contains(entry.name) {
            findings.error(
                ManifestCode.badName, "an axis cannot be called `\(entry.name)`", at: entry.key.place,
                cause: "`each.\(entry.name)` has a meaning of its own", suggestion: "give it another name")
        }
        let isExpression = entry.value.scalarText.map(TextTemplate.holdsExpression) ?? false
        guard entry.value.sequence != nil || isExpression else {
            findings.error(
                ManifestCode.notAList, "axis `\(entry.name.shortened)` takes a list, this is \(entry.value.typeName)",
                at: entry.value.place,
                suggestion: Self.fileSuggestion(entry.value).map { "write `\($0)` for a file" }
                    ?? entry.value.scalarText.map { "write `[\"\($0.shortened)\"]`" })
            return AxesTemplate.Axis(name: Located(entry.name, at: entry.key.place), values: nil)
        }
        if entry.value.sequence?.isEmpty == true {
            findings.error(
                ManifestCode.emptyFanOut, "axis `\(entry.name.shortened)` is empty", at: entry.value.place,
                suggestion: "list something, or leave the axis out")
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
