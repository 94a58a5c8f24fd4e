import Pipeline
import Testing
import YAML

@testable import Definitions

/// Flow AI's definition, and arguments as a campaign's compiler would hand them over.
enum Fixtures {
    static func flow(overlay: String = "{}") throws -> ProviderDefinition { try builtIn("flow", overlay: overlay) }

    static func builtIn(_ name: String, overlay: String = "{}") throws -> ProviderDefinition {
        let definition = try #require(try ProviderDefinition.builtIn(name))
        let result = definition.overlaid(with: try YAMLReader.read(overlay, file: "campaign.yaml"))
        #expect(result.diagnostics.isEmpty, "\(result.diagnostics.map(\.message))")
        return result.definition
    }

    static func picture(_ name: String, bytes: Int = 1000, type: String = "image/png") -> LocalFile {
        LocalFile(path: "/assets/\(name)", sha256: name, bytes: bytes, mediaType: type)
    }

    /// `with:` as it is written in a campaign; where `definition` takes pictures, texts become local files of that name.
    static func arguments(_ with: String, _ operation: Operation, _ definition: ProviderDefinition) throws -> [String: LocatedArgument] {
        var arguments: [String: LocatedArgument] = [:]
        for entry in try YAMLReader.read(with, file: "campaign.yaml").mapping ?? [] {
            let isMedia = definition.operations[operation]?.parameter(entry.name).map { !$0.takes.isEmpty } ?? (entry.name == "file")
            arguments[entry.name] = LocatedArgument(
                argument: isMedia ? media(entry.value) : .value(entry.value.value), place: entry.value.place, keyPlace: entry.key.place)
        }
        return arguments
    }

    private static func media(_ node: Node) -> Argument {
        if let elements = node.sequence { return .list(elements.map(media)) }
        guard case .text(let name) = node.value else { return .value(node.value) }
        return .media(name.hasPrefix("https:") ? .url(name) : .file(picture(name)))
    }

    static let step = SourcePlace(
        file: "campaign.yaml", start: SourcePosition(line: 9, column: 3, offset: 90), end: SourcePosition(line: 9, column: 8, offset: 95))

    static func plan(
        _ operation: Operation, _ with: String, of provider: String = "flow", overlay: String = "{}"
    ) throws -> OperationPlan {
        let definition = try builtIn(provider, overlay: overlay)
        return definition.plan(operation, arguments: try arguments(with, operation, definition), at: step)
    }
}

extension OperationPlan {
    /// `2x4 image` and each job's price, or the codes of what is refused, with places and suggestions.
    var summary: String {
        let errors = diagnostics.filter { $0.severity == .error }
        if errors.isEmpty {
            let prices = Set(jobs.map { $0.price.money?.description ?? "unknown" }).sorted().joined(separator: " | ")
            return
                "\(jobs.map { "\($0.outputs.lowerBound)..<\($0.outputs.upperBound)" }.joined(separator: " ")) \(outputKind.rawValue), \(prices)"
        }
        return errors.map { "\($0.code) \($0.place?.start.column ?? 0): \($0.message); \($0.cause ?? "-"); \($0.suggestion ?? "-")" }
            .joined(separator: "\n")
    }
}
