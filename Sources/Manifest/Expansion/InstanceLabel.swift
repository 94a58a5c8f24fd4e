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
            let slugs = element.labels.map(\.slug).filter { !$0.isEmpty }
            return slugs.isEmpty ? "\(position + 1)" : slugs.joined(separator: "-").cut(to: longestStem)
        }
        let counts = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
        var reached: [String: Int] = [:]
        return zip(elements, stems).enumerated().map { position, pair in
            let (element, stem) = pair
            let shown = element.labels.isEmpty ? ["\(position + 1)"] : element.labels
            guard counts[stem] != 1 else { return InstanceLabel(name: "\(step)[\(shown.joined(separator: ","))]", fileStem: stem) }
            let number = reached[stem, default: 0] + 1
            reached[stem] = number
            return InstanceLabel(name: "\(step)[\((shown + ["\(number)"]).joined(separator: ","))]", fileStem: "\(stem)-\(number)")
        }
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
