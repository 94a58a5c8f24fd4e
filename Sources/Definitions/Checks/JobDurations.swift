package import Pipeline

extension ProviderDefinition {
    /// How long one job of `operation` takes at the least and at the most; nil where the definition says only what is typical.
    package func durationRange(of operation: Operation, arguments: [String: Argument]) -> ClosedRange<Duration>? {
        guard let definition = operations[operation]?.forModel(of: arguments) else { return nil }
        return JobShape(definition: self, operation: definition, arguments: arguments).durationRange
    }
}
