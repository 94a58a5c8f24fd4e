import Pipeline

/// A graph in Graphviz' language.
struct DotGraph {
    private let report: GraphReport

    init(_ report: GraphReport) { self.report = report }

    var text: String {
        var lines = [
            "digraph \(Self.quoted([report.campaign])) {", "    rankdir=LR;",
            "    node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", fontname=\"sans-serif\"];",
        ]
        if report.groups.isEmpty { lines += report.nodes.indices.map { "    " + node($0) } }
        for (position, group) in report.groups.enumerated() {
            lines.append("    subgraph cluster_\(position) {")
            lines.append("        label=\(Self.quoted([group.title])); fontname=\"sans-serif\"; color=\"#bdbdbd\";")
            lines += group.nodes.map { "        " + node($0) }
            lines.append("    }")
        }
        lines += report.edges.map { "    n\($0.from) -> n\($0.to)\($0.carriesData ? "" : " [style=dashed]");" }
        lines.append("}")
        return lines.map { $0 + "\n" }.joined()
    }

    private func node(_ position: Int) -> String {
        let node = report.nodes[position]
        let colours = node.status.map { ", fillcolor=\"\($0.graphColours.fill)\", color=\"\($0.graphColours.stroke)\"" } ?? ""
        return "n\(position) [label=\(Self.quoted(node.lines))\(colours)];"
    }

    /// Lines as one quoted string. Backslashes begin escapes in it, and ampersands HTML entities.
    static func quoted(_ lines: [String]) -> String {
        let escaped = lines.map { line in
            Printable.line(line).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("&", with: "&amp;")
        }
        return "\"" + escaped.joined(separator: "\\n") + "\""
    }
}
