import Definitions
import Manifest
import Pipeline
import YAML

/// What every diagnostic's code means.
enum CodeExplanations {
    /// In the order of the codes.
    static let all: [CodeExplanation] =
        (YAMLCode.explanations + ManifestCode.explanations + CheckCode.explanations
        + DefinitionCode.explanations + FaultCode.explanations).sorted { $0.code < $1.code }

    /// Codes that start alike are about one thing.
    static let groups: [(prefix: String, title: String)] = [
        ("FB10", "YAML"), ("FB11", "The manifest's structure"), ("FB12", "Names and expressions"),
        ("FB13", "What a provider takes"), ("FB14", "Fan-out and the order of steps"), ("FB15", "Output paths"),
        ("FB16", "Files"), ("FB17", "Limits and money"), ("FB20", "Provider definitions"),
        ("FB21", "Fault plans"),
    ]

    static func explanation(of code: String) -> CodeExplanation? { all.first { $0.code == code } }

    /// The codes with their titles, group by group; ends with a line break.
    static var list: String {
        let sections = groups.map { group in
            "\(group.title)\n" + all.filter { $0.code.hasPrefix(group.prefix) }.map { "  \($0.code)  \($0.title)\n" }.joined()
        }
        return sections.joined(separator: "\n") + "\n`flowbatch explain CODE` shows what one means, with an example.\n"
    }

    /// The documentation's page; ends with a line break.
    static var page: String {
        let head = """
            # Codes

            Every problem that flowbatch finds in a campaign, a provider definition or a fault plan has a code that keeps its meaning. `flowbatch explain CODE`
            shows what stands here.

            ## Overview

            The examples leave out what does not matter. `⟨09⟩` stands for a character that cannot be seen, by its number.

            """
        let sections = groups.map { group in
            let codes = all.filter { $0.code.hasPrefix(group.prefix) }.map { "### \($0.code): \($0.title)\n\n\($0.markdown)\n" }
            return "## \(group.title)\n\n" + codes.joined(separator: "\n")
        }
        return head + "\n" + sections.joined(separator: "\n")
    }
}
