import Pipeline

/// A graph as a Mermaid flowchart.
///
/// Nodes have names of our own (`n0`), so no name of a campaign can be one of Mermaid's words, such as `end`. Labels are quoted; what means
/// something within quotes is written as an entity.
struct MermaidGraph {
    private let report: GraphReport

    init(_ report: GraphReport) { self.report = report }

    var text: String {
        var lines = ["%% \(report.campaign)", "flowchart LR"]
        if report.groups.isEmpty { lines += report.nodes.indices.map { "    " + node($0) } }
        for (position, group) in report.groups.enumerated() {
            lines.append("    subgraph s\(position)[\"\(Self.escaped(group.title))\"]")
            lines += group.nodes.map { "        " + node($0) }
            lines.append("    end")
        }
        lines += report.edges.map { "    n\($0.from) \($0.carriesData ? "-->" : "-.->") n\($0.to)" }
        let used = Set(report.nodes.compactMap(\.status))
        for status in InstanceStatus.allCases where used.contains(status) {
            let (fill, stroke) = status.graphColours
            lines.append("    classDef \(status.rawValue) fill:\(fill),stroke:\(stroke),color:#212121")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func node(_ position: Int) -> String {
        let node = report.nodes[position]
        let label = node.lines.map(Self.escaped).joined(separator: "<br/>")
        return "n\(position)[\"\(label)\"]" + (node.status.map { ":::\($0.rawValue)" } ?? "")
    }

    /// Characters that end a quoted label, begin an entity, a tag, Markdown or a directive (`%%{`).
    private static let entities: [Character: String] = [
        "\"": "quot", "#": "35", "<": "lt", ">": "gt", "&": "amp", "`": "96", "*": "42", "%": "37", "\\": "92",
    ]

    static func escaped(_ text: String) -> String {
        var out = ""
        for character in Printable.line(text) { out += entities[character].map { "#\($0);" } ?? String(character) }
        // Mermaid looks for these on whole lines, quotes or not.
        for word in ["style", "classDef", "direction"] {
            guard let first = word.unicodeScalars.first else { continue }
            out = out.replacing(word, with: "#\(first.value);" + word.dropFirst())
        }
        return out
    }
}
