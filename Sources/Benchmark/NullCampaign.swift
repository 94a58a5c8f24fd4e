import Checkpoint
import CheckpointSQLite
import Definitions
import Foundation
import Manifest
import Pipeline
import Providers
import Runner
import Scheduling

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A campaign with its stores, ready to be run against nothing.
struct NullCampaign {
    private let plan: Plan
    private let definitions: [AccountID: ProviderDefinition]
    private let checkpoint: CountingCheckpointStore
    private let accounts: ClockedAccountStore
    private let token: FencingToken
    private let state: CheckpointState
    private let output: URL?

    /// - Throws: `BenchmarkProblem`, `CheckpointError`.
    init(campaign path: String, home: String, writesFiles: Bool) throws {
        let manifest = URL(filePath: path)
        let folder = manifest.standardizedFileURL.deletingLastPathComponent()
        let source = CampaignSource(text: try String(contentsOf: manifest, encoding: .utf8), file: path, directory: folder)
        let compiled = CampaignCompiler.compile(source, options: CompileOptions { _ in throw InputFileProblem.missing })
        guard let plan = compiled.plan else {
            throw BenchmarkProblem(description: compiled.diagnostics.map(\.message).joined(separator: "\n"))
        }
        self.plan = plan
        definitions = compiled.definitions
        let store = try SQLiteCheckpointStore(path: folder.appending(path: ".flowbatch/state.sqlite").path)
        token = try store.openForWriting()
        state = try store.load()
        checkpoint = CountingCheckpointStore(store)
        let accountFile = URL(filePath: home).appending(path: "accounts.sqlite").path
        accounts = try SQLiteAccountStore(path: accountFile) { _ in true }.following(MachineTime.read(SystemRunClock()))
        output = writesFiles ? folder.appending(path: "outputs/\(plan.campaign)") : nil
    }

    /// Runs to the end, and tells what it took as JSON.
    func run() async throws -> String {
        let began = Usage.now
        let desk = AccountDesk(store: accounts)
        let run = NullRun(start(), checkpoint: StoreWriter(store: checkpoint, token: token), desk: desk, output: output)
        let outcome = try await run.run()
        let used = Usage.now - began
        guard outcome.exitCode == .done else { throw BenchmarkProblem(description: "the run ended with \(outcome.exitCode)") }
        return """
            {"steps": \(plan.instances.count), "seconds": \(used.wall), "cpu": \(used.cpu), "peak_kb": \(Usage.peakKilobytes), \
            "writes": \(checkpoint.count.writes), "transactions": \(checkpoint.count.transactions), \
            "questions": \(desk.served.requests), "account_transactions": \(desk.served.groups)}
            """
    }

    private func start() -> RunStart {
        var builders: [AccountID: any SubmissionBuilder] = [:]
        let transport = HTTPTransport(policy: HTTPPolicy())
        for (account, definition) in definitions {
            guard let nowhere = URL(string: "http://127.0.0.1:9") else { continue }
            builders[account] = try? ProviderClient(
                definition: definition, account: account, baseURL: nowhere, key: Secret("nothing"), http: transport)
        }
        return RunStart(
            plan: plan, state: state, history: CampaignHistory(plan: plan, state: state) { _ in .inPlace }, requests: [:],
            builders: builders, holder: LeaseHolder(run: "BENCHMARK", processID: getpid(), campaign: plan.campaign),
            options: MachineOptions(seed: 1))
    }
}

/// What this process has used so far.
struct Usage {
    let wall: Double
    let cpu: Double

    /// `RUSAGE_SELF`, which is of another type on each system.
    private static let own: Int32 = 0

    static var now: Usage {
        var usage = rusage()
        getrusage(own, &usage)
        let parts = [usage.ru_utime, usage.ru_stime]
        let cpu = parts.reduce(0.0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1_000_000 }
        return Usage(wall: ProcessInfo.processInfo.systemUptime, cpu: cpu)
    }

    static var peakKilobytes: Int {
        var usage = rusage()
        getrusage(own, &usage)
        return Int(usage.ru_maxrss)
    }

    static func - (late: Usage, early: Usage) -> Usage { Usage(wall: late.wall - early.wall, cpu: late.cpu - early.cpu) }
}
