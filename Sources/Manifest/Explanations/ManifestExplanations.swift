package import Pipeline

extension ManifestCode {
    /// What the codes of this target mean.
    package static let explanations: [CodeExplanation] =
        structureExplanations + expressionExplanations + mediaExplanations + graphExplanations + pathExplanations
        + inputExplanations
}
