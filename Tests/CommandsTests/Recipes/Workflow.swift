import Foundation
import Testing
import YAML

/// The GitHub Actions workflow of `examples/ci`, read by our own YAML reader.
struct Workflow {
    struct Step {
        let id: String
        /// Nil for a script.
        let uses: String?
        let script: String?
        let condition: String?
        /// Of the step itself, expressions not yet resolved.
        let environment: [String: String]
        let with: [String: String]
    }

    let root: Node
    /// Of the whole workflow.
    let environment: [String: String]
    let steps: [Step]

    init() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../examples/ci/campaign.yml").standardizedFileURL
        root = try YAMLReader.read(String(contentsOf: url, encoding: .utf8), file: "campaign.yml")
        environment = Self.texts(root["env"])
        steps = try #require(root["jobs"]?["run"]?["steps"]?.sequence).map { step in
            Step(
                id: step["id"]?.scalarText ?? "", uses: step["uses"]?.scalarText, script: step["run"]?.scalarText,
                condition: step["if"]?.scalarText, environment: Self.texts(step["env"]), with: Self.texts(step["with"]))
        }
    }

    subscript(_ id: String) -> Step? { steps.first { $0.id == id } }

    private static func texts(_ node: Node?) -> [String: String] {
        Dictionary((node?.mapping ?? []).map { ($0.name, $0.value.scalarText ?? "") }, uniquingKeysWith: { first, _ in first })
    }
}
