/// How long one job took, as far as was seen: it ran at one age and had ended by another.
package struct ObservedDuration: Hashable, Sendable, Codable {
    package let kind: DurationClass
    /// What the definition calls typical: where learning begins.
    package let expected: Duration
    package let ranAt: Duration
    package let endedBy: Duration

    package init(kind: DurationClass, expected: Duration, ranAt: Duration, endedBy: Duration) {
        self.kind = kind
        self.expected = expected
        self.ranAt = ranAt
        self.endedBy = endedBy
    }

    /// What is known once it is learned from, `known` being what was known before.
    package func learned(from known: DurationModel?) -> DurationModel {
        var model = known ?? DurationModel(expected: expected)
        model.observe(endedAfter: ranAt, by: endedBy)
        return model
    }
}
