import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting
import Runner

struct CleanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Deletes what a campaign no longer refers to. Without --yes it only shows what that is.",
        discussion: """
            Earlier results in .superseded/, results of steps that are gone, parts of broken downloads. A file that flowbatch did not make is \
            never touched, what was submitted and paid for stays on record, and a campaign that is being run is left alone (exit code 7). \
            With --sandbox: everything the sandbox of this folder left, its results included; nobody paid for them.
            """)

    @OptionGroup var campaign: CampaignOptions

    @Flag(name: [.customLong("yes"), .customLong("force"), .customShort("y"), .customShort("f")], help: "Delete it.")
    var deletes = false

    @Flag(help: "Write what is, or was, deleted as JSON.")
    var json = false

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        if campaign.isSandbox, campaign.state != nil {
            throw CommandFailure(
                .usage, "clean --sandbox takes no --state: the sandbox is the one beside the manifest; nothing was deleted")
        }
        let loaded = try CampaignLoader(campaign, environment: environment).load()
        let places = campaign.places(environment)
        // A state that nobody made needs no lock, and a look makes none.
        let lock = FileManager.default.fileExists(atPath: places.state.path) ? try lock(places) : nil
        defer { lock?.release(removingFile: true) }
        if campaign.isSandbox { try refuseLiveRuns(places) }
        let stores = try ReadStores.open(places)
        let leftovers = Leftovers(
            plan: loaded.plan, state: stores.state, requests: stores.requests, places: places, isSandbox: campaign.isSandbox)
        let found = leftovers.found
        if deletes { try delete(found, stores, places) }
        let report = CleanReport(
            campaign: loaded.plan.campaign, deleted: deletes,
            items: found.files.map { file in
                CleanReport.Item(kind: file.kind, path: CampaignPlaces.shown(file.url), bytes: file.bytes, instance: file.instance)
            }, records: found.forgotten.count)
        if deletes, campaign.isSandbox {
            lock?.release(removingFile: true)
            removeEmptyFolders(in: places.home)
        }
        do throws(ReportingError) {
            Console.standard.raw(json ? try report.json() : report.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }

    /// - Throws: exit 7 while a run is at work.
    private func lock(_ places: CampaignPlaces) throws(CommandFailure) -> ProcessLock {
        let now = Timestamp(Date())
        var random = SystemRandomNumberGenerator()
        let holder = LockHolder(
            run: RunIdentifier.make(at: now, using: &random), processID: ProcessInfo.processInfo.processIdentifier, since: now)
        do throws(CheckpointError) {
            switch try CampaignLock.acquire(places.state.path, holder: holder) {
            case .acquired(let lock): return lock
            case .heldBy(let other):
                throw CheckpointError.contradiction(other.map { ": \($0)" } ?? "")
            }
        } catch .contradiction(let other) {
            throw CommandFailure(.locked, "a run holds this campaign\(other); let it finish first; nothing was deleted")
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Runs of other campaigns, and those with a state file of their own, use the sandbox of the folder too.
    private func refuseLiveRuns(_ places: CampaignPlaces) throws(CommandFailure) {
        let liveness = RunLiveness(home: places.home.path)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: places.home.appendingPathComponent("runs").path)) ?? []
        for name in names where name.hasSuffix(".lock") {
            let run = String(name.dropLast(".lock".count))
            if liveness.isAlive(run) {
                throw CommandFailure(.locked, "run \(run) is using the sandbox; let it finish first; nothing was deleted")
            }
        }
    }

    private func delete(_ found: Leftovers.Found, _ stores: ReadStores, _ places: CampaignPlaces) throws(CommandFailure) {
        // Files first: a record without its file is known to be without one.
        for file in found.files {
            guard unlink(file.url.path) == 0 || errno == ENOENT else {
                throw CommandFailure(.cannotWrite, "cannot delete \(file.url.path): \(String(cString: strerror(errno)))")
            }
            removeEmptyFolders(above: file.url, downTo: file.root)
        }
        guard !campaign.isSandbox, !found.forgotten.isEmpty else { return }
        do throws(CheckpointError) {
            let store = try SQLiteCheckpointStore(path: places.state.path)
            try store.apply(found.forgotten.map(CheckpointWrite.forget), token: try store.openForWriting())
        } catch {
            throw CommandFailure(error)
        }
    }

    private func removeEmptyFolders(in folder: URL) {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        // The deepest first; the system refuses those that hold something.
        for name in names.reversed() { rmdir(folder.appendingPathComponent(name).path) }
        if rmdir(folder.path) == 0 { rmdir(folder.deletingLastPathComponent().path) }
    }

    private func removeEmptyFolders(above file: URL, downTo root: URL) {
        var folder = file.deletingLastPathComponent().standardizedFileURL
        while folder.path.hasPrefix(root.standardizedFileURL.path), rmdir(folder.path) == 0 { folder.deleteLastPathComponent() }
    }
}
