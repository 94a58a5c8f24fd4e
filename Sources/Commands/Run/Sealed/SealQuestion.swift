import CheckpointSQLite
import Crypto
import Foundation
import Pipeline
import Sandbox
import Scheduling

/// All that decides what a run does, but for the state, the files that the manifest names, and the results: what the command line and the
/// environment say, the manifest, and the program itself. Two runs that ask the same of the same state and files do the same.
struct SealQuestion: Encodable {
    private let format = 1
    private let version = FlowbatchCommand.version
    /// The program's own file: another build may decide otherwise.
    private let program: FileMark
    private let manifest: String
    private let manifestDigest: String
    private let state: String
    private let home: String
    private let output: String
    private let variables: [String]
    /// By the names that the manifest may read.
    private let environment: [String: String?]
    /// Names that are set and that the manifest may mean: it is told of those that it was not given.
    private let setNames: [String]
    private let sandbox: SandboxTerms?
    private let maxCost: [String]
    private let onUnknown: String
    private let waitQuota: Bool
    private let testSpeed: String?

    private struct SandboxTerms: Encodable {
        let speed: Double
        let seed: UInt64
        let credits: String?
        let render: String
    }

    private enum CodingKeys: CodingKey {
        case format, version, program, manifest, manifestDigest, state, home, output, variables, environment, setNames, sandbox, maxCost,
            onUnknown, waitQuota, testSpeed
    }

    /// - Parameters:
    ///   - text: the manifest's.
    ///   - program: as it was when this process began with it.
    init?(_ campaign: CampaignOptions, _ options: RunOptions, text: String, program: FileMark?, environment: [String: String]) {
        // Steps that are named, faults that are ordered, files that are all hashed: such a run is none of those that come again and again.
        guard let program, options.only.isEmpty, options.rerun.isEmpty, options.faults == nil else { return nil }
        let places = campaign.places(environment)
        self.program = program
        manifest = campaign.campaign
        manifestDigest = SHA256.hex(of: Array(text.utf8))
        state = places.state.path
        home = places.home.path
        output = places.output(of: "").path
        variables = campaign.manifest.variables
        let names = campaign.manifest.environmentNames
        self.environment = Dictionary(names.map { ($0, environment[$0]) }, uniquingKeysWith: { first, _ in first })
        // A name may be written with escapes.
        setNames = environment.keys.filter { text.contains("\\") || text.contains($0) }.sorted()
        sandbox = campaign.sandbox.map { speed in
            let settings = options.sandbox
            return SandboxTerms(speed: speed, seed: settings.seed, credits: settings.credits, render: settings.render.rawValue)
        }
        maxCost = options.maxCost
        onUnknown = options.onUnknown.rawValue
        waitQuota = options.waitQuota
        testSpeed = TestTime.speed(environment).map { "\($0)" }
    }

    /// The question in 64 digits: what it was made of, values of the environment among it, is kept nowhere.
    var digest: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return SHA256.hex(of: Array(try encoder.encode(self)))
        }
    }

    /// This program's file.
    static var ownProgram: FileMark? {
        #if os(Linux)
        FileMark.of("/proc/self/exe")
        #else
        Bundle.main.executablePath.flatMap(FileMark.of)
        #endif
    }
}
