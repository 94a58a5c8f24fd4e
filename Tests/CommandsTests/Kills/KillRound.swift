import Checkpoint
import CheckpointSQLite
import Crypto
import Foundation
import Pipeline
import Runner
import Sandbox
import Testing

/// A campaign that is killed at each of some failpoints, one after the other, and brought to its end: what it left is held against the
/// provider's books.
struct KillRound: Sendable {
    let scenario: KillScenario
    let kind: RecoveryKind
    /// Where the running command is killed; each is ordered once the one before has struck.
    let points: [Failpoint]
    /// A link of the order of writes that is left out all the while.
    var omission: Omission?

    /// What is the same however often a campaign was killed.
    struct Outcome: Sendable, Equatable {
        /// How often the provider billed what.
        var charges: [String: Int] = [:]
        /// What each result was made from, down to the prompts, by path.
        var files: [String: String] = [:]
    }

    struct Result: Sendable {
        let outcome: Outcome
        /// Those that were reached.
        let struck: [Failpoint]
        /// Processes that were started.
        let commands: Int
        /// What went wrong, whatever the uninterrupted campaign would have given.
        let problems: [String]
    }

    var name: String { "\(scenario) \(kind) [\(points.map(\.rawValue).joined(separator: ", "))]" }

    /// So much faster than life: a picture takes 10 ms.
    private static let speed = 3000.0
    /// More commands than any round takes: what needs them all makes no progress.
    private static let mostCommands = 40

    func play() async throws -> Result {
        let workspace = try Workspace()
        try workspace.write(scenario.campaign(kind))
        return try await Provider.serving(workspace) { configuration in
            configuration.speed = Self.speed
            configuration.faults = scenario.faults
            configuration.honoursIdempotency = kind.honoursKeys
        } _: { provider in
            var player = Player(round: self, workspace: workspace, provider: provider)
            for (number, command) in scenario.commands.enumerated() {
                if number > 0, scenario == .cutManifest { try workspace.write(scenario.campaign(kind)) }
                try await player.bring(command, isUnharmed: number < scenario.unharmed)
            }
            let (outcome, problems) = try await player.inspect()
            return Result(outcome: outcome, struck: player.struck, commands: player.commands, problems: player.problems + problems)
        }
    }

    private struct Player {
        let round: KillRound
        let workspace: Workspace
        let provider: Provider
        var struck: [Failpoint] = []
        var commands = 0
        var problems: [String] = []

        /// Types `command` until it has ended by itself and nothing is held.
        mutating func bring(_ command: [String], isUnharmed: Bool) async throws {
            var command = command
            while commands < KillRound.mostCommands {
                let result = try await type(command, isUnharmed: isUnharmed)
                switch result.exitCode {
                case SIGKILL:
                    // That it ended was on record: asked again, `--rerun` would mean another time.
                    if struck.last == .runEnded { command = KillScenario.run }
                case 0: return
                case 2 where round.kind == .none: try await resolve(isUnharmed: isUnharmed)
                default:
                    problems.append("exit \(result.exitCode) of `\(command.joined(separator: " "))`: \(result.everything)")
                    return
                }
            }
            problems.append("no end after \(commands) commands")
        }

        private mutating func type(_ command: [String], isUnharmed: Bool) async throws -> Flowbatch.Result {
            commands += 1
            var environment = provider.environment
            environment["FLOWBATCH_SPEED"] = "\(KillRound.speed)"
            let next = round.points.dropFirst(struck.count).first
            if let next, !isUnharmed { environment["FLOWBATCH_FAILPOINTS"] = "\(next.rawValue)=kill" }
            environment["FLOWBATCH_OMIT"] = round.omission?.rawValue
            let result = try await Flowbatch.run(command, in: workspace, environment: environment)
            guard result.exitCode == SIGKILL, let next else { return result }
            struck.append(next)
            guard struck.count == 1 else { return result }
            if round.scenario == .lostState { loseState() }
            if round.scenario == .cutManifest { try workspace.write(round.scenario.campaign(round.kind, isCut: true)) }
            return result
        }

        private func loseState() {
            for suffix in ["", "-wal", "-shm", "-mark"] {
                try? FileManager.default.removeItem(at: workspace.url(".flowbatch/state.sqlite" + suffix))
            }
        }

        /// Settles what is held, each as the provider's books have it.
        private mutating func resolve(isUnharmed: Bool) async throws {
            struct Held: Decodable {
                struct Submission: Decodable {
                    let identity: String
                    let idempotency_key: String
                    let named_job: String?
                }
                let submissions: [Submission]
            }
            while commands < KillRound.mostCommands {
                let list = try await type(["resolve", "campaign.yaml", "--json"], isUnharmed: isUnharmed)
                let submissions = try JSONDecoder().decode(Held.self, from: Data(list.output.utf8)).submissions
                let entries = await provider.server.ledger().entries
                let jobs = Dictionary(entries.map { ($0.idempotencyKey, $0.jobID) }, uniquingKeysWith: { first, _ in first })
                // What was submitted first: as long as its job is nobody's, it may be that of another one that never was.
                let open = submissions.filter { $0.named_job == nil }
                guard let held = open.first(where: { jobs[$0.idempotency_key] != nil }) ?? open.first else { return }
                let answer = try await type(
                    ["resolve", "campaign.yaml", held.identity]
                        + (jobs[held.idempotency_key].map { ["--job", $0] } ?? ["--not-submitted"]),
                    isUnharmed: isUnharmed)
                if answer.exitCode != 0, answer.exitCode != SIGKILL {
                    problems.append("exit \(answer.exitCode) of resolve: \(answer.everything)")
                    return
                }
            }
        }

        func inspect() async throws -> (Outcome, [String]) {
            var problems: [String] = []
            let ledger = await provider.server.ledger()
            let summary = try workspace.summary("outputs/test")
            if summary.totals.cost.map(\.amount) != [ledger.totals.charged] {
                problems.append("the report says \(summary.totals.cost.map(\.amount)), the books \(ledger.totals.charged)")
            }
            let over = await provider.server.statistics().submissionsOverThreads
            if over > 0 { problems.append("\(over) submissions while all threads were taken") }
            let slots = try slots()
            if !slots.isEmpty { problems.append("slots are still taken: \(slots)") }
            var outcome = Outcome()
            for entry in ledger.entries {
                outcome.charges["\(entry.kind) \(entry.type) \(entry.prompts.joined(separator: "; "))", default: 0] += 1
            }
            let origins = try Origins(workspace, ledger)
            for artifact in summary.steps.flatMap(\.artifacts) {
                outcome.files[artifact.path] = try origins.origin(of: artifact.path)
            }
            let extra = Set(origins.paths).subtracting(outcome.files.keys).subtracting(["run.json", "events.jsonl"])
            // What `--rerun` replaced is kept.
            for path in extra where !path.hasPrefix(".superseded/") { problems.append("\(path) is nobody's") }
            return (outcome, problems)
        }

        private func slots() throws -> [String] {
            let store = try SQLiteAccountStore(readingPath: workspace.url("home/accounts.sqlite").path) { _ in false }
            let limits = AccountLimits(
                threads: 3, requests: [], dailyImages: nil, dayZone: "UTC", dayLength: .seconds(86_400), imagesFrom: [])
            let standing = try store?.standing(
                of: AccountID(provider: "flow", label: "default"), limits: limits, now: Pipeline.Timestamp(Date()))
            return try #require(standing).slots.map { "\($0.key) \($0.stage)" }
        }
    }
}

/// Where results come from: each placeholder names its job, each job in the books its pictures by their content.
private struct Origins {
    private struct Unknown: Error { let path: String }

    let paths: [String]
    private let root: URL
    private let jobs: [String: SandboxLedger.Entry]
    private let pathsByUpload: [String: String]

    init(_ workspace: Workspace, _ ledger: SandboxLedger) throws {
        root = workspace.url("outputs/test")
        let prefix = root.resolvingSymlinksInPath().path + "/"
        paths = workspace.files().map { $0.resolvingSymlinksInPath().path }.filter { $0.hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }
        jobs = Dictionary(ledger.entries.map { ($0.jobID, $0) }, uniquingKeysWith: { first, _ in first })
        var uploads: [String: String] = [:]
        for path in paths where path.hasSuffix(".png") {
            let hash = SHA256.hash(data: try Data(contentsOf: root.appendingPathComponent(path)))
            uploads["uploads/\(hash.map { String(format: "%02x", $0) }.joined().prefix(32)).png"] = path
        }
        pathsByUpload = uploads
    }

    /// What was asked for to have the file at `path`, and so on for the pictures it was made from.
    func origin(of path: String) throws -> String {
        let bytes = try Data(contentsOf: root.appendingPathComponent(path))
        guard let name = String(decoding: bytes, as: UTF8.self).firstMatch(of: /gw-[0-9a-z]+/)?.output, let job = jobs[String(name)] else {
            throw Unknown(path: path)
        }
        let sources = try job.imagePaths.map { try pathsByUpload[$0].map { try "\($0) ← \(origin(of: $0))" } ?? "given" }
        return "\(job.type)(\(job.prompts.joined(separator: "; ")))[\(sources.joined(separator: ", "))]"
    }
}
