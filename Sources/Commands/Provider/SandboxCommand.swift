import ArgumentParser
import Foundation
import Pipeline
import Sandbox

struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Serves the embedded providers, Flow AI, gptimage2.plus and Ace Data Cloud, on this machine.",
        discussion: """
            Use it from any client with the key `sandbox` (at gptimage2.plus, whose keys start so, `gimg_sandbox`). A campaign is tried best with `run --sandbox`; against this server it is a real run to \
            flowbatch, so keep it apart from your real account and results: FLOW_BASE_URL=http://127.0.0.1:PORT FLOW_API_KEY=sandbox \
            FLOWBATCH_HOME=/tmp/try flowbatch run CAMPAIGN --state /tmp/try/state.sqlite --output /tmp/try/out; for gptimage2.plus GPTIMAGE2_BASE_URL, \
            GPTIMAGE2_API_KEY, and GPTIMAGE2_FILE_HOSTS with the address that it tells as `files`. Its books are served at /sandbox/ledger and /sandbox/statistics. It runs until it is interrupted.
            """)

    @Option(help: "The port; 0 takes a free one.")
    var port = 8787

    @Option(help: "How many times faster than life jobs run.")
    var speed = 1.0

    @Option(help: "Decides durations and what the pictures look like.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("The balance of each account, in its provider's unit; endless without it.", valueName: "AMOUNT"))
    var credits: String?

    @Option(help: "Jobs at once at Flow AI, as the plan allows.")
    var threads = 3

    @Option(help: ArgumentHelp("Images a day at Flow AI; unlimited without it.", valueName: "COUNT"))
    var dailyImages: Int?

    @Option(
        help: ArgumentHelp("A plan of faults to produce, as YAML.", valueName: "FILE"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var faults: String?

    @Option(help: ArgumentHelp("Keep a copy of the billing ledger here, as JSON.", valueName: "FILE"), completion: .file())
    var ledger: String?

    @Option(help: "Real media (full), or small valid files (none).")
    var render: SandboxConfiguration.RenderMode = .full

    @Option(
        help: ArgumentHelp("Where jobs, uploads and ledger are kept (default: .flowbatch/sandbox/server here).", valueName: "DIR"),
        completion: .directory)
    var state: String?

    @Option(help: ArgumentHelp("A key to accept; repeatable (default: sandbox).", valueName: "KEY"))
    var key: [String] = []

    mutating func run() async throws {
        let server: SandboxServer
        do {
            server = try await SandboxServer.start(try configuration())
        } catch let error as SandboxError {
            throw error.failure
        }
        Console.standard.result("sandbox: \(server.baseURL.absoluteString)")
        if let files = server.filesURL { Console.standard.result("files: \(files.absoluteString)") }
        Console.standard.flush()
        let serving = Task { await server.runUntilCancelled() }
        let signals = SignalWatch { serving.cancel() }
        await serving.value
        signals.stop()
    }

    private func configuration() throws -> SandboxConfiguration {
        let folder = state.map { URL(fileURLWithPath: $0) } ?? URL(fileURLWithPath: ".flowbatch/sandbox/server", isDirectory: true)
        var configuration = SandboxConfiguration(
            port: port, speed: speed, seed: seed, stateDirectory: folder, ledgerFile: ledger.map { URL(fileURLWithPath: $0) },
            apiKeys: key.isEmpty ? ["sandbox"] : Set(key), credits: try SandboxFlags.balance(credits), threads: threads,
            dailyImages: dailyImages, render: render)
        configuration.follow(try FaultPlanReader.plan(at: faults))
        return configuration
    }
}
