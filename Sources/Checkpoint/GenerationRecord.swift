package import Pipeline

/// How often an instance was deliberately made anew (`--rerun`).
package struct GenerationRecord: Hashable, Sendable, Codable {
    /// The instance's identity at generation 0.
    package let base: Identity
    /// From 1.
    package let generation: Int
    /// The run that was told to raise it. What one run raised belongs together.
    package let run: String
    package let at: Timestamp

    package init(base: Identity, generation: Int, run: String, at: Timestamp) {
        self.base = base
        self.generation = generation
        self.run = run
        self.at = at
    }
}
