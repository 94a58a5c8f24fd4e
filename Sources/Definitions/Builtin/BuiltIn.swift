package import Pipeline
import YAML

extension ProviderDefinition {
    /// Names of the definitions that come with the program.
    package static let builtInNames = ["flow", "gptimage2", "acedata"]

    /// A definition that comes with the program; nil where there is none of that name.
    package static func builtIn(_ name: String) throws(Diagnostics) -> ProviderDefinition? {
        switch name {
        case "flow": try read(bytes: PackageResources.flow_yaml, file: "flow.yaml")
        case "gptimage2": try read(bytes: PackageResources.gptimage2_yaml, file: "gptimage2.yaml")
        case "acedata": try read(bytes: PackageResources.acedata_yaml, file: "acedata.yaml")
        default: nil
        }
    }

    /// Reads a definition.
    ///
    /// - Parameter file: its name as the user gave it, for the places.
    /// - Throws: every problem found, in one pass.
    package static func read(_ text: String, file: String) throws(Diagnostics) -> ProviderDefinition {
        try read(bytes: Array(text.utf8), file: file)
    }

    private static func read(bytes: [UInt8], file: String) throws(Diagnostics) -> ProviderDefinition {
        let root = try YAMLReader.read(bytes: bytes, file: file, limits: .definition)
        let log = ProblemLog()
        guard let definition = DefinitionReader(root, log: log).read(), log.all.isEmpty else { throw Diagnostics(log.all) }
        return definition
    }
}
