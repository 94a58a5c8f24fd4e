import Pipeline

/// What a graph is written as.
package enum GraphFormat: String, Sendable, CaseIterable {
    /// For Markdown: GitHub and GitLab draw it.
    case mermaid
    /// Graphviz.
    case dot
}

/// A graph that no drawing program would draw, or nobody could read; for people.
package struct GraphTooLarge: Error, Hashable, Sendable {
    package let message: String
}

/// A graph as text for a drawing program: the same graph is always the same text.
package struct GraphText: Sendable {
    private let report: GraphReport

    /// Mermaid's own limits: `maxEdges` and `maxTextSize` of its default configuration, which GitHub uses too.
    private static let mermaidEdges = 500
    private static let mermaidCharacters = 50_000
    /// dot's layout takes minutes beyond some thousand nodes.
    private static let dotNodes = 2_000

    package init(_ report: GraphReport) { self.report = report }

    /// Ends with a line break.
    ///
    /// - Throws: where the graph is beyond what the format's programs draw.
    package func text(as format: GraphFormat) throws(GraphTooLarge) -> String {
        switch format {
        case .mermaid:
            let edges = report.edges.count
            guard edges <= Self.mermaidEdges else {
                throw tooLarge("\(edges) connections; Mermaid draws at most \(Self.mermaidEdges)", other: .dot)
            }
            let text = MermaidGraph(report).text
            guard text.count <= Self.mermaidCharacters else {
                throw tooLarge("\(text.count) characters; Mermaid reads at most \(Self.mermaidCharacters)", other: .dot)
            }
            return text
        case .dot:
            guard report.nodes.count <= Self.dotNodes else {
                throw tooLarge("\(report.nodes.count) nodes; dot draws at most \(Self.dotNodes) in useful time", other: nil)
            }
            return DotGraph(report).text
        }
    }

    private func tooLarge(_ what: String, other: GraphFormat?) -> GraphTooLarge {
        let steps = report.groups.isEmpty ? nil : "leave --instances away to draw the \(Wording.count(report.groups.count, "step"))"
        let format = other.map { "use --format \($0.rawValue)" }
        let advice = [steps, format].compactMap { $0 }.joined(separator: ", or ")
        return GraphTooLarge(message: "the graph has \(what)" + (advice.isEmpty ? "" : ": " + advice))
    }
}

extension InstanceStatus {
    /// Fill and stroke of a node, told apart by colour-blind readers through the label, which says the status too.
    var graphColours: (fill: String, stroke: String) {
        switch self {
        case .succeeded: ("#d9f2e0", "#2e7d32")
        case .partial: ("#eef6c8", "#7a8b00")
        case .running: ("#d8e8fb", "#1565c0")
        case .waiting: ("#f4f4f4", "#9e9e9e")
        case .failed, .timedOut: ("#fbdcdc", "#c62828")
        case .skipped: ("#ffffff", "#bdbdbd")
        case .held: ("#fdebc8", "#b26a00")
        }
    }
}
