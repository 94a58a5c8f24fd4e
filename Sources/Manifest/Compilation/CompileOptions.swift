package import Foundation
package import Pipeline

/// A manifest's text and where it comes from.
package struct CampaignSource: Sendable {
    package let text: String
    /// The file as the user named it, for places.
    package let file: String
    /// The manifest's folder, which local paths are relative to.
    package let directory: URL

    package init(text: String, file: String, directory: URL) {
        self.text = text
        self.file = file
        self.directory = directory
    }
}

/// Why an input file could not be taken. What `CompileOptions.fileDigest` throws; any other error counts as `unreadable`.
package enum InputFileProblem: Error, Hashable, Sendable {
    /// There is nothing at that path.
    case missing
    /// There is something that cannot be read, in words for people: `it is a folder`.
    case unreadable(String)
}

/// What a compilation takes from outside: the compiler itself reads no file, no clock and no environment.
package struct CompileOptions: Sendable {
    /// Values of `--var NAME=VALUE`, over those of the manifest.
    package var vars: [String: String]
    /// Variables of the environment that the command line allows (`--env NAME`) and that are set.
    package var environment: [String: String]
    /// Whether every account is the account `sandbox`.
    package var sandbox: Bool
    /// Looks at one input file. Called once a path. Throws `InputFileProblem`.
    package var fileDigest: @Sendable (URL) throws -> LocalFile
    /// How often the instance with this identity (at generation 0) was deliberately repeated.
    package var generation: @Sendable (Identity) -> Int
    /// Whether a person chose the output at a position of the instance with this identity.
    package var isChosen: @Sendable (Identity, Int) -> Bool
    package var limits: CompileLimits
    /// By definition: the plan to compile for instead of the campaign's own, to see what it would change. What a campaign writes under
    /// `limits` for things that plans decide is then left out: it was written for another plan.
    package var plans: [String: [String]] = [:]

    package init(
        vars: [String: String] = [:], environment: [String: String] = [:], sandbox: Bool = false, limits: CompileLimits = CompileLimits(),
        generation: @escaping @Sendable (Identity) -> Int = { _ in 0 },
        isChosen: @escaping @Sendable (Identity, Int) -> Bool = { _, _ in false }, fileDigest: @escaping @Sendable (URL) throws -> LocalFile
    ) {
        self.vars = vars
        self.environment = environment
        self.sandbox = sandbox
        self.fileDigest = fileDigest
        self.generation = generation
        self.isChosen = isChosen
        self.limits = limits
    }
}

/// What a campaign may be at most, so that a hostile or mistaken file costs neither memory nor time.
package struct CompileLimits: Sendable, Hashable {
    /// Instances of all steps together.
    package var instances: Int
    /// Outputs of one instance (`count`).
    package var outputsPerInstance: Int
    /// Outputs of all instances together.
    package var outputs: Int
    /// Connections between instances.
    package var connections: Int
    /// UTF-8 bytes of all parameters together.
    package var textBytes: Int

    package init(
        instances: Int = 1_000_000, outputsPerInstance: Int = 10_000, outputs: Int = 4_000_000, connections: Int = 20_000_000,
        textBytes: Int = 512 << 20
    ) {
        self.instances = instances
        self.outputsPerInstance = outputsPerInstance
        self.outputs = outputs
        self.connections = connections
        self.textBytes = textBytes
    }
}
