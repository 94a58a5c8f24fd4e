/// One difference between what an instance asks for and what an earlier one asked for.
package struct RequestChange: Hashable, Sendable, Codable {
    /// `prompt`, `references[1]`, `extra.style`.
    package let parameter: String
    /// Left out where the parameter is new.
    package let before: String?
    /// Left out where the parameter is gone.
    package let after: String?
    /// For people: `prompt changed: \`a red…\` → \`a blue…\``.
    package let text: String

    private enum CodingKeys: String, CodingKey {
        case parameter, before, after, text
    }

    /// The differences between two requests, in the order of `new`, what is gone last.
    ///
    /// - Parameters:
    ///   - replaced: the mark of an earlier instance, by that of the one that took its place.
    ///   - isDone: whether the instance with this name, an input of `new`, has nothing left to do.
    package static func between(
        _ old: RequestDescription, _ new: RequestDescription, replaced: [String: String] = [:], isDone: (String) -> Bool = { _ in false }
    ) -> [RequestChange] {
        let before = Dictionary(old.parts.map { ($0.parameter, $0) }, uniquingKeysWith: { first, _ in first })
        let after = Set(new.parts.map(\.parameter))
        var changes: [RequestChange] = []
        for (part, placed) in zip(new.parts, new.replacing(marks: replaced).parts) {
            guard let earlier = before[part.parameter] else {
                changes.append(RequestChange(part.parameter, nil, part.shown, "\(part.parameter): new"))
                continue
            }
            if earlier.isSame(as: part) { continue }
            changes.append(
                RequestChange(part.parameter, earlier.shown, part.shown, text(earlier, part, isAgain: earlier.isSame(as: placed), isDone)))
        }
        for part in old.parts where !after.contains(part.parameter) {
            changes.append(RequestChange(part.parameter, part.shown, nil, "\(part.parameter): gone"))
        }
        return changes
    }

    private init(_ parameter: String, _ before: String?, _ after: String?, _ text: String) {
        self.parameter = parameter
        self.before = before
        self.after = after
        self.text = text
    }

    private static func text(_ old: RequestDescription.Part, _ new: RequestDescription.Part, isAgain: Bool, _ isDone: (String) -> Bool)
        -> String
    {
        switch (old.kind, new.kind) {
        case (.file, .file) where old.shown == new.shown: return "file \(new.shown) changed"
        case (.output, .output) where isAgain || !isAnother(old, new):
            let input = instance(new.shown)
            return isDone(input) ? "input \(input) was made again" : "input \(input) runs again"
        default:
            let (before, after) = excerpts(old.shown, new.shown)
            return "\(new.parameter) changed: `\(before)` → `\(after)`"
        }
    }

    /// Whether it is another output than before, and not the same one made again: the step may have been renamed.
    private static func isAnother(_ old: RequestDescription.Part, _ new: RequestDescription.Part) -> Bool {
        old.mark.split(separator: "/").last != new.mark.split(separator: "/").last || axes(old.shown) != axes(new.shown)
    }

    private static func axes(_ shown: String) -> Substring { instance(shown).drop { $0 != "[" } }

    /// `scene[16:9]` of `scene[16:9]#2`.
    private static func instance(_ shown: String) -> String {
        guard let mark = shown.lastIndex(of: "#"), shown[shown.index(after: mark)...].allSatisfy(\.isNumber) else { return shown }
        return String(shown[..<mark])
    }

    // MARK: excerpts

    private static let lead = 12
    private static let longest = 48

    /// Both texts from shortly before their first difference on, short enough for a line.
    static func excerpts(_ before: String, _ after: String) -> (before: String, after: String) {
        let (old, new) = (Array(oneLine(before)), Array(oneLine(after)))
        var same = 0
        while same < old.count, same < new.count, old[same] == new[same] { same += 1 }
        var start = 0
        if same > longest / 2 {
            start = max(0, same - lead)
            // At the beginning of a word, where one begins near.
            if let space = old[start..<same].firstIndex(of: " ") { start = space + 1 }
        }
        return (excerpt(old, from: start), excerpt(new, from: start))
    }

    private static func excerpt(_ text: [Character], from start: Int) -> String {
        let rest = text.dropFirst(start)
        return (start > 0 ? "…" : "") + (rest.count > longest ? String(rest.prefix(longest - 1)) + "…" : String(rest))
    }

    private static func oneLine(_ text: String) -> String {
        text.contains(where: \.isNewline) ? text.split(whereSeparator: \.isNewline).joined(separator: " ") : text
    }
}
