package import Pipeline

/// What jobs have in common that take alike long: the operation, and what decides how much there is to make.
package struct DurationClass: Hashable, Sendable, Codable, Comparable {
    /// As it is kept with an account: `upscale 60000 resolution=4K`.
    package let name: String

    package init(name: String) { self.name = name }

    /// Parameters that decide how much a provider has to make.
    private static let sizes = ["count", "duration", "model", "quality", "resolution", "size"]

    /// The class of an instance's jobs within its account.
    package init(of instance: StepInstance) {
        var parts = [instance.operation.rawValue, "\(instance.expectedDuration.wholeMilliseconds)"]
        for name in Self.sizes {
            guard case .value(let value)? = instance.arguments[name] else { continue }
            switch value {
            case .text(let text): parts.append("\(name)=\(text)")
            case .int(let number): parts.append("\(name)=\(number)")
            case .number(let number): parts.append("\(name)=\(number)")
            case .null, .bool, .list, .map: break
            }
        }
        name = parts.joined(separator: " ")
    }

    /// Without what a definition says is typical: `upscale resolution=4K`.
    package var title: String {
        let parts = name.split(separator: " ", maxSplits: 2)
        return (parts.prefix(1) + parts.dropFirst(2)).joined(separator: " ")
    }

    /// What a definition says is typical.
    package var expected: Duration { .milliseconds(name.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0) }

    package static func < (a: DurationClass, b: DurationClass) -> Bool { a.name < b.name }
}
