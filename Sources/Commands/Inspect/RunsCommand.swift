import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting
import YAML

struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Shows the runs of a campaign, the newest first: how each ended, what it did and what it spent.",
        discussion: """
            Without a campaign it is \(ManifestOptions.usual) here; where there is none, every campaign below this folder that has run. \
            Reads the state alone, so a campaign that has become wrong still shows its runs.
            """)

    @ArgumentParser.Argument(help: "The campaign's manifest.", completion: .file(extensions: ["yaml", "yml"]))
    var campaign: String?

    @Option(name: .customLong("sandbox"), help: ArgumentHelp("Show the runs in the sandbox.", valueName: "SPEED"))
    var sandbox: SandboxSpeed?

    @Option(
        help: ArgumentHelp("The state file (default: .flowbatch/state.sqlite beside the manifest).", valueName: "PATH"), completion: .file()
    )
    var state: String?

    @Flag(help: "Write the runs as JSON.")
    var json = false

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let usual = FileManager.default.fileExists(atPath: ManifestOptions.usual) && state == nil ? ManifestOptions.usual : nil
        var runs: [RunsReport.Run] = []
        var isSingle = true
        if let manifest = campaign ?? usual {
            let places = CampaignPlaces(
                manifest: manifest, state: state, output: nil, isSandbox: sandbox != nil, environment: environment)
            runs = try Self.runs(places.state, of: Self.name(in: try CampaignLoader.text(of: manifest), manifest))
        } else if let state {
            isSingle = false
            runs = try Self.runs(URL(fileURLWithPath: state).standardizedFileURL, of: nil)
        } else {
            isSingle = false
            for file in StateSearch(isSandbox: sandbox != nil).files() { runs += try Self.runs(file, of: nil) }
        }
        let hasOthers = try runs.isEmpty && sandbox == nil && hasSandboxRuns(of: campaign ?? usual, environment)
        let report = RunsReport(runs)
        do throws(ReportingError) {
            let text = RunsText(report, time: LocalTime(zone: .current), showsCampaign: !isSingle, hasSandboxRuns: hasOthers)
            Console.standard.raw(json ? try report.json() : text.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }

    /// The runs that a state file knows of; those of other campaigns in the same folder aside.
    private static func runs(_ file: URL, of campaign: String?) throws(CommandFailure) -> [RunsReport.Run] {
        let state = try state(file)
        let live = CampaignLock.holder(file.path)?.run
        let work = RunWork(state)
        return state.runs.filter { record in campaign.map { record.campaign ?? $0 == $0 } ?? true }.map { record in
            var end: (Timestamp, Pipeline.ExitCode)?
            if let at = record.finishedAt, let code = record.exitCode { end = (at, code) }
            return RunsReport.Run(
                run: record.id, campaign: record.campaign ?? campaign, state: CampaignPlaces.shown(file), startedAt: record.startedAt,
                end: end, totals: record.totals, recorded: work.of(record), isRunning: live == record.id)
        }
    }

    /// The runs on record in a state file; none where there is no file.
    static func records(_ file: URL) throws(CommandFailure) -> [RunRecord] { try state(file).runs }

    private static func state(_ file: URL) throws(CommandFailure) -> CheckpointState {
        do throws(CheckpointError) {
            return try SQLiteCheckpointStore(readingPath: file.path)?.load() ?? CheckpointState()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Whether the sandbox's state knows of runs, where nobody asked for it.
    private func hasSandboxRuns(of manifest: String?, _ environment: [String: String]) throws(CommandFailure) -> Bool {
        guard state == nil else { return false }
        guard let manifest else {
            for file in StateSearch(isSandbox: true).files() where try !Self.records(file).isEmpty { return true }
            return false
        }
        let places = CampaignPlaces(manifest: manifest, state: nil, output: nil, isSandbox: true, environment: environment)
        return try !Self.runs(places.state, of: Self.name(in: try CampaignLoader.text(of: manifest), manifest)).isEmpty
    }

    /// The campaign's name; nil where the manifest does not give one any more.
    static func name(in text: String, _ file: String) -> String? {
        guard let root = try? YAMLReader.read(text, file: file) else { return nil }
        return root["name"]?.scalarText
    }
}

/// Finds the state files below the working directory.
struct StateSearch {
    let isSandbox: Bool

    /// How deep and how far it looks: enough for a project, never a whole disk.
    private static let depth = 6
    private static let folders = 20_000

    func files() -> [URL] {
        let manager = FileManager.default
        var found: [URL] = []
        var waiting = [(folder: URL(fileURLWithPath: manager.currentDirectoryPath), depth: 0)]
        var seen = 0
        while let (folder, depth) = waiting.popLast(), seen < Self.folders {
            seen += 1
            let own = folder.appendingPathComponent(".flowbatch").appendingPathComponent(
                isSandbox ? "sandbox/state.sqlite" : "state.sqlite")
            if manager.fileExists(atPath: own.path) { found.append(own) }
            guard depth < Self.depth else { continue }
            let inside =
                (try? manager.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey, .isSymbolicLinkKey])) ?? []
            for entry in inside where !entry.lastPathComponent.hasPrefix(".") {
                let values = try? entry.resourceValues(forKeys: [.isDirectoryKey, .isSymbolicLinkKey])
                if values?.isDirectory == true, values?.isSymbolicLink != true { waiting.append((entry, depth + 1)) }
            }
        }
        return found.sorted { $0.path < $1.path }
    }
}
