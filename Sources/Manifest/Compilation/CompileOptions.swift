package import Foundation
package import Pipeline

/// A manifest's text and where it comes from.
package struct CampaignSource: Sendable {
    /// As it lies on disk; what is wrong with them is told with its place.
    package let bytes: [UInt8]
    /// The file as the user named it, for places.
    package let file: String
    /// The manifest's folder, which local paths are relative to.
    package let directory: URL

    package init(bytes: [UInt8], file: String, directory: URL) {
        self.bytes = bytes
        self.file = file
        self.directory = directory
    }

    package init(text: String, file: String, directory: URL) {
        self.init(bytes: Array(text.utf8), file: file, directory: directory)
    }

    /// For excerpts; what is no UTF-8 is replaced.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Why an input file could not be taken. What the closures of `CompileOptions` throw; any other error counts as `unreadable`.
package enum InputFileProblem: Error, Hashable, Sendable {
    /// There is nothing at that path.
    case missing
    /// A link leads out of the manifest's folder.
    case outside
    /// There is something that cannot be read, in words for people: `it is a folder`.
    case unreadable(String)
}

/// What lies in a folder, for `for_each: { glob: … }`: a file or another folder.
package struct FolderEntry: Hashable, Sendable {
    package let name: String
    package let isFolder: Bool
    /// Whether it is a symbolic link; `isFolder` says what it leads to.
    package let isLink: Bool
    /// Whether a link leads from it out of the manifest's folder.
    package let isOutside: Bool

    package init(name: String, isFolder: Bool, isLink: Bool = false, isOutside: Bool = false) {
        self.isOutside = isOutside
        self.name = name
        self.isFolder = isFolder
        self.isLink = isLink
    }
}

/// What a compilation takes from outside: the compiler itself reads no file, no clock and no environment.
package struct CompileOptions: Sendable {
    /// Values of `--var NAME=VALUE`, over those of the manifest.
    package var vars: [String: String]
    /// Names that the command line allows the manifest to read (`--env NAME`), set or not.
    package var allowedEnvironment: Set<String>
    /// Those of them that are set.
    package var environment: [String: String]
    /// Names that are set, allowed or not; of the others the compiler learns no value.
    package var setNames: Set<String>
    /// Whether every account is the account `sandbox`.
    package var sandbox: Bool
    /// Looks at one input file. Called once a path. Throws `InputFileProblem`.
    package var fileDigest: @Sendable (URL) throws -> LocalFile
    /// The bytes of one input file, no more than one above the limit that is given. Called once a path. Throws `InputFileProblem`.
    package var fileContents: @Sendable (URL, Int) throws -> [UInt8]
    /// What lies in one folder, in any order; only regular files and folders. Called once a folder and pattern. Throws `InputFileProblem`.
    package var folderEntries: @Sendable (URL) throws -> [FolderEntry]
    /// How often the instance with this identity (at generation 0) was deliberately repeated.
    package var generation: @Sendable (Identity) -> Int
    /// Whether a person chose the output at a position of the instance with this identity.
    package var isChosen: @Sendable (Identity, Int) -> Bool
    package var limits: CompileLimits
    /// By definition: the plan to compile for instead of the campaign's own, to see what it would change. What a campaign writes under
    /// `limits` for things that plans decide is then left out: it was written for another plan.
    package var plans: [String: [String]] = [:]

    /// Whether an instance has nothing left to be submitted: what is made already passes no cap of a day.
    package var isMade: @Sendable (Identity) -> Bool = { _ in false }

    /// - Parameter allowedEnvironment: the names of `environment` where nil.
    package init(
        vars: [String: String] = [:], environment: [String: String] = [:], allowedEnvironment: Set<String>? = nil, sandbox: Bool = false,
        limits: CompileLimits = CompileLimits(), generation: @escaping @Sendable (Identity) -> Int = { _ in 0 },
        isChosen: @escaping @Sendable (Identity, Int) -> Bool = { _, _ in false },
        fileContents: @escaping @Sendable (URL, Int) throws -> [UInt8] = { _, _ in throw InputFileProblem.missing },
        folderEntries: @escaping @Sendable (URL) throws -> [FolderEntry] = { _ in throw InputFileProblem.missing },
        fileDigest: @escaping @Sendable (URL) throws -> LocalFile
    ) {
        self.vars = vars
        self.environment = environment
        setNames = Set(environment.keys)
        self.allowedEnvironment = allowedEnvironment ?? Set(environment.keys)
        self.sandbox = sandbox
        self.fileDigest = fileDigest
        self.fileContents = fileContents
        self.folderEntries = folderEntries
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
    /// Bytes of one CSV file.
    package var tableBytes: Int

    package init(
        instances: Int = 1_000_000, outputsPerInstance: Int = 10_000, outputs: Int = 4_000_000, connections: Int = 20_000_000,
        textBytes: Int = 512 << 20, tableBytes: Int = 128 << 20
    ) {
        self.instances = instances
        self.outputsPerInstance = outputsPerInstance
        self.outputs = outputs
        self.connections = connections
        self.textBytes = textBytes
        self.tableBytes = tableBytes
    }
}
