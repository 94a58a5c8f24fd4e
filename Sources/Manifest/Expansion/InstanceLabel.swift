import Pipeline

/// What an instance is called, and what its files are called where no `save` says so.
struct InstanceLabel: Hashable {
    /// `scene[16:9,beach at dawn]`, or the step's name where nothing fans out.
    let name: String
    /// `16-9-beach-at-dawn`, or a number; nil where nothing fans out.
    let fileStem: String?

    private static let longestStem = 80

    /// The labels of a step's elements, before `if` drops any, so that `if` renames nothing. Elements whose labels make one file name are
    /// numbered.
    static func labels(step: String, isFannedOut: Bool, elements: [FanOutElement]) -> [InstanceLabel] {
        guard isFannedOut else { return elements.map { _ in InstanceLabel(name: step, fileStem: nil) } }
        let stems = elements.enumerated().map { position, element in
            let slug = String.slug(ofAll: element.labels)
            return slug.isEmpty ? "\(position + 1)" : slug.cut(to: longestStem)
        }
        let counts = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
        var reached: [String: Int] = [:]
        return zip(elements, stems).enumerated().map { position, pair in
            let (element, stem) = pair
            var number: Int?
            if counts[stem] != 1 {
                number = reached[stem, default: 0] + 1
                reached[stem] = number
            }
            return InstanceLabel(
                name: name(of: step, element.labels.isEmpty ? ["\(position + 1)"] : element.labels, number: number),
                fileStem: number.map { "\(stem)-\($0)" } ?? stem)
        }
    }

    private static func name(of step: String, _ labels: [String], number: Int?) -> String {
        var name = step
        name += "["
        for (position, label) in labels.enumerated() {
            if position > 0 { name += "," }
            name += label
        }
        if let number { name += ",\(number)" }
        name += "]"
        return name
    }

    /// Path without extension of one output where no `save` says it.
    func defaultPath(step: String, output: Int, of outputs: Int) -> String {
        guard let fileStem else { return "\(step)/\(output + 1)" }
        return "\(step)/\(fileStem)" + (outputs > 1 ? "-\(output + 1)" : "")
    }
}

extension String {
    /// At most `count` characters, not ending in a hyphen, and no more bytes than a file name takes.
    fileprivate func cut(to count: Int) -> String {
        guard utf8.count > min(count, 160), self.count > count || utf8.count > 160 else { return self }
        var out = ""
        for character in prefix(count) where out.utf8.count + character.utf8.count <= 160 { out.append(character) }
        while out.hasSuffix("-") { out.removeLast() }
        return out
    }
}
