package import Pipeline

/// What jobs have in common that take alike long: the operation, and what decides how much there is to make.
package struct DurationClass: Hashable, Sendable, Codable, Comparable {
    /// As it is kept with an account: `upscale 60000 resolution=4K`.
    package let name: String

    package init(name: String) { self.name = name }

    /// Parameters that decide how much a provider has to make.
    fileprivate static let sizes = ["count", "duration", "model", "quality", "resolution", "size"]

    /// What of an instance decides its class: comparing that is cheaper than naming the class.
    package struct Size: Hashable, Sendable {
        fileprivate let operation: Pipeline.Operation
        fileprivate let expected: Duration
        /// By position in `sizes`.
        fileprivate let arguments: [Argument?]

        package init(of instance: StepInstance) {
            operation = instance.operation
            expected = instance.expectedDuration
            arguments = DurationClass.sizes.map { instance.arguments[$0] }
        }
    }

    /// The class of an instance's jobs within its account.
    package init(of instance: StepInstance) {
        let size = Size(of: instance)
        var parts = [size.operation.rawValue, "\(size.expected.wholeMilliseconds)"]
        for (name, argument) in zip(Self.sizes, size.arguments) {
            guard case .value(let value)? = argument else { continue }
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
