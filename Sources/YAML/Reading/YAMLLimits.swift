/// What a YAML text may be at most, so that a hostile file costs neither memory nor time.
package struct YAMLLimits: Sendable, Hashable {
    /// Length of the text in bytes.
    package var maxBytes: Int
    /// Collections within collections, aliases expanded.
    package var maxDepth: Int
    /// Nodes written in the text.
    package var maxNodes: Int
    /// Nodes that aliases stand for, all aliases together.
    package var maxExpandedNodes: Int
    /// Problems collected before reading stops.
    package var maxProblems: Int

    package init(
        maxBytes: Int = 4 << 20, maxDepth: Int = 64, maxNodes: Int = 1_000_000, maxExpandedNodes: Int = 100_000, maxProblems: Int = 100
    ) {
        self.maxBytes = maxBytes
        self.maxDepth = maxDepth
        self.maxNodes = maxNodes
        self.maxExpandedNodes = maxExpandedNodes
        self.maxProblems = maxProblems
    }

    /// For a campaign: 4 MiB.
    package static let campaign = YAMLLimits()

    /// For a provider definition: 1 MiB.
    package static let definition = YAMLLimits(maxBytes: 1 << 20)
}
