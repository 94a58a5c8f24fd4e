package import Definitions
package import Pipeline

/// What became of a manifest.
package struct Compiled: Sendable {
    /// Nil where there is an error among the diagnostics.
    package let plan: Plan?
    /// Every problem of the manifest, in the order of their places.
    package let diagnostics: [Diagnostic]
    /// The definition of every account that an instance uses, with what the campaign lays over it.
    package let definitions: [AccountID: ProviderDefinition]
    /// By position in `plan.instances`: the fewest requests its jobs take, transfers not counted.
    package let requests: [[CallKind: Int]]
    /// By position: the instance's identity at generation 0.
    package let bases: BaseIdentities

    package init(
        plan: Plan?, diagnostics: [Diagnostic], definitions: [AccountID: ProviderDefinition] = [:], requests: [[CallKind: Int]] = [],
        bases: BaseIdentities = BaseIdentities()
    ) {
        self.plan = plan
        self.diagnostics = diagnostics
        self.definitions = definitions
        self.requests = requests
        self.bases = bases
    }

    /// Whether the only errors are input files that are not there or cannot be read, which has an exit code of its own.
    package var onlyFilesAreMissing: Bool {
        let errors = diagnostics.filter { $0.severity == .error }
        return !errors.isEmpty && errors.allSatisfy { $0.code == ManifestCode.missingFile || $0.code == ManifestCode.unreadableFile }
    }
}
