import Checkpoint
import CheckpointSQLite
import Definitions
import Foundation
import Manifest
import Pipeline
import Reporting
import YAML

/// A campaign read, checked and planned, in provider time of this run.
struct LoadedCampaign {
    let plan: Plan
    let definitions: [AccountID: ProviderDefinition]
    /// The manifest's text.
    let text: String
    /// By position in the plan: the fewest requests its jobs take.
    let requests: [[CallKind: Int]]
    /// By position in the plan: the instance's identity at generation 0.
    let bases: BaseIdentities
    /// How often instances were made anew, by that identity: as the plan counts them.
    let generations: [Identity: Int]
    /// What a person chose: as the plan was made with.
    let choices: [Identity: Set<Int>]
    /// Warnings of the manifest, to be shown.
    let warnings: [Diagnostic]
    let sources: [String: String]

    /// The warnings as they are shown; empty where there are none.
    var warningText: String { warnings.isEmpty ? "" : DiagnosticText(sources: sources).text(of: warnings) }
}

/// From a path on the command line to a plan.
struct CampaignLoader {
    /// The manifest, as the user named it.
    let path: String
    /// `--var`: NAME=VALUE each.
    let variables: [String]
    /// `--env`: what the manifest may read.
    let environmentNames: [String]
    /// The sandbox's speed; nil for the real provider.
    var speed: Double?
    let environment: [String: String]
    /// The state file that knows what was made anew; nil where a plan is made without it.
    private let state: URL?
    /// Plans instead of those that the campaign chooses, by definition.
    var plans: [String: [String]] = [:]
    /// Keeps what of the files that the manifest names goes into the plan; nil where nobody asks later.
    var witness: InputWitness?
    /// Nothing is sent for it: what no day lets through is no reason not to show what is.
    var isLook = false

    init(
        path: String, variables: [String], environmentNames: [String], speed: Double?, environment: [String: String], state: URL? = nil
    ) {
        self.path = path
        self.variables = variables
        self.environmentNames = environmentNames
        self.speed = speed
        self.environment = environment
        self.state = state
    }

    init(_ options: CampaignOptions, environment: [String: String]) { self.init(options.manifest, environment: environment) }

    init(_ options: ManifestOptions, environment: [String: String]) {
        self.init(
            path: options.campaign, variables: options.variables, environmentNames: options.environmentNames, speed: options.sandbox,
            environment: environment, state: CampaignPlaces(options, environment: environment).state)
    }

    /// For a look at what a run left: limits and windows of the sandbox are those of its last run, unless the command line names a speed.
    static func forLook(_ options: CampaignOptions, environment: [String: String]) -> CampaignLoader {
        var loader = CampaignLoader(options, environment: environment)
        loader.isLook = true
        let places = options.places(environment)
        if let speed = options.manifest.sandboxSpeed { loader.speed = SandboxSettings.speed(speed, in: places.sandboxServer) }
        return loader
    }

    /// A sandbox job has this long at least, however fast the sandbox is: its pictures and clips are rendered on this machine.
    private static let sandboxTimeout = Duration.seconds(180)

    /// The largest manifest that is read, in bytes; the YAML reader's own bound is lower and explains itself.
    private static let largest = 64 << 20

    /// - Throws: exit 66 where the manifest or an input file is missing, 65 where the manifest is wrong, 74 where the state cannot be read;
    ///   every problem is printed.
    func load() throws(CommandFailure) -> LoadedCampaign {
        let text = try Self.text(of: path)
        // A wrong manifest is told before a state that cannot be read.
        let recorded = Result { () throws(CommandFailure) in try self.recorded() }
        let (generations, choices) = (try? recorded.get()) ?? ([:], [:])
        let loaded = try load(text, generations: generations, choices: choices)
        _ = try recorded.get()
        return loaded
    }

    /// The plan of `text` in which instances were made anew as `generations` says, by their identity at generation 0, and outputs were chosen
    /// as `choices` says.
    ///
    /// - Throws: as `load()`.
    func load(_ text: String, generations: [Identity: Int], choices: [Identity: Set<Int>]) throws(CommandFailure) -> LoadedCampaign {
        let compiled = compile(text, generations: generations, choices: choices)
        let sources = [path: text]
        guard let plan = compiled.plan else {
            Console.standard.error(DiagnosticText(sources: sources).text(of: compiled.diagnostics))
            if let hint = ProblemOutput.hint(compiled.diagnostics) { Console.standard.error(hint) }
            throw CommandFailure(compiled.onlyFilesAreMissing ? .missingInput : .manifest, "nothing was sent or spent")
        }
        return loaded(plan, compiled, text, generations, choices)
    }

    /// The same; nil, without a word, where there is no plan.
    func loadIfPossible(_ text: String, generations: [Identity: Int], choices: [Identity: Set<Int>]) -> LoadedCampaign? {
        let compiled = compile(text, generations: generations, choices: choices)
        return compiled.plan.map { loaded($0, compiled, text, generations, choices) }
    }

    private func loaded(
        _ plan: Plan, _ compiled: Compiled, _ text: String, _ generations: [Identity: Int], _ choices: [Identity: Set<Int>]
    ) -> LoadedCampaign {
        LoadedCampaign(
            plan: (speed ?? TestTime.speed(environment)).map { plan.accelerated(by: $0, shortestTimeout: Self.sandboxTimeout) } ?? plan,
            definitions: compiled.definitions,
            text: text, requests: compiled.requests, bases: compiled.bases, generations: generations, choices: choices,
            warnings: compiled.diagnostics, sources: [path: text])
    }

    private func recorded() throws(CommandFailure) -> (generations: [Identity: Int], choices: [Identity: Set<Int>]) {
        guard let state else { return ([:], [:]) }
        do throws(CheckpointError) {
            guard let store = try SQLiteCheckpointStore(readingPath: state.path) else { return ([:], [:]) }
            return (try store.generations().mapValues(\.generation), try store.choices())
        } catch {
            throw CommandFailure(error)
        }
    }

    func compile(_ text: String, generations: [Identity: Int] = [:], choices: [Identity: Set<Int>] = [:]) -> Compiled {
        let source = CampaignSource(
            text: text, file: path,
            directory: URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent())
        var options = CompileOptions(
            vars: values, environment: environment.filter { environmentNames.contains($0.key) },
            allowedEnvironment: Set(environmentNames), sandbox: speed != nil, generation: { generations[$0] ?? 0 },
            isChosen: { choices[$0]?.contains($1) ?? false },
            fileContents: { [directory = source.directory, witness] in
                try witness?.contents($0, limit: $1, within: directory) ?? InputFile.contents($0, limit: $1, within: directory)
            },
            folderEntries: { [directory = source.directory, witness] in
                try witness?.entries($0, within: directory) ?? InputFile.entries($0, within: directory)
            },
            fileDigest: { [witness] in try witness?.digest($0) ?? InputFile.digest($0) })
        options.setNames = Set(environment.keys)
        options.plans = plans
        let made = MadeInstances(state: state)
        options.isMade = { [isLook] in isLook || made.contains($0) }
        return CampaignCompiler.compile(source, options: options)
    }

    private var values: [String: String] {
        var values: [String: String] = [:]
        for variable in variables {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        return values
    }

    /// What the command line gives the manifest, as it is put on record with what it brings about.
    var variant: [String: String] {
        values.merging(environmentNames.compactMap { name in environment[name].map { ("env." + name, $0) } }) { own, _ in own }
    }

    /// - Throws: exit 66 where there is no readable file, 65 where it is too large or no text.
    static func text(of path: String, what: String = "manifest") throws(CommandFailure) -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            throw CommandFailure(.missingInput, "there is no \(what) at \(path); nothing was sent or spent")
        }
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: largest + 1) ?? Data() else {
            throw CommandFailure(.missingInput, "\(path) cannot be read; nothing was sent or spent")
        }
        guard data.count <= largest else { throw CommandFailure(.manifest, "\(path) is larger than 64 MiB; nothing was sent or spent") }
        guard let text = String(data: data, encoding: .utf8) else { throw notText(data, path) }
        return text
    }

    /// Where bytes that are no UTF-8 begin.
    private static func notText(_ data: Data, _ path: String) -> CommandFailure {
        let problems: [Diagnostic]
        do throws(Diagnostics) {
            _ = try YAMLReader.read(bytes: Array(data), file: path)
            problems = []
        } catch {
            problems = error.all
        }
        return CommandFailure(.manifest, DiagnosticText(sources: [:]).text(of: problems) + "; nothing was sent or spent")
    }
}
