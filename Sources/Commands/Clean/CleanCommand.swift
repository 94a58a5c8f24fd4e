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
            What other values of --var or --env brought about is kept, unless --all-variants is given.
            """)

    @OptionGroup var campaign: CampaignOptions

    @Flag(name: [.customLong("yes"), .customLong("force"), .customShort("y"), .customShort("f")], help: "Delete it.")
    var deletes = false

    @Flag(help: "Also clean among what other values of --var and --env brought about, as if the campaign no longer asked for it.")
    var allVariants = false

    @Flag(
        help:
            "With --sandbox: all that the sandbox of this folder keeps, the current results of all its campaigns included. Nobody paid for them."
    )
    var everything = false

    @Flag(help: "Write what is, or was, deleted as JSON.")
    var json = false

    mutating func validate() throws {
        guard everything else { return }
        if !campaign.isSandbox {
            throw ValidationError("`--everything` goes with `--sandbox`: what was paid for is never deleted as a whole")
        }
        if campaign.state != nil {
            throw ValidationError("clean --everything takes no --state: the sandbox is the one beside the manifest; nothing was deleted")
        }
    }

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let places = campaign.places(environment)
        // A state that nobody made needs no lock, and a look makes none.
        let hold = FileManager.default.fileExists(atPath: places.state.path) ? try await hold(places) : nil
        defer { hold?.release() }
        // Under the lock: a run that has just ended may have made things anew.
        let loader = CampaignLoader(campaign, environment: environment)
        let loaded = try loader.load()
        let plan = loaded.plan
        if everything { try refuseLiveRuns(places) }
        let stores = try ReadStores.open(places)
        let found =
            everything
            ? SandboxLeftovers(plan: plan, requests: stores.requests, places: places).found(in: stores.state)
            : Leftovers(
                plan: plan, state: stores.state, requests: stores.requests, places: places,
                variant: allVariants ? nil : loader.variant, replaced: try replaced(loaded, loader, stores, places)
            ).found
        if deletes { try delete(found, places) }
        let report = CleanReport(
            campaign: plan.campaign, deleted: deletes,
            items: found.files.map { file in
                CleanReport.Item(kind: file.kind, path: CampaignPlaces.shown(file.url), bytes: file.bytes, instance: file.instance)
            }, records: found.forgotten.count, everythingOf: found.campaigns, kept: found.kept)
        if deletes, everything {
            hold?.release()
            found.removeEmptyFolders(home: places.home)
        }
        do throws(ReportingError) {
            Console.standard.raw(json ? try report.json() : report.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }

    /// What `--rerun` makes anew, as it was before. Until everything is made these results are all there is of them.
    private func replaced(
        _ loaded: LoadedCampaign, _ loader: CampaignLoader, _ stores: ReadStores, _ places: CampaignPlaces
    ) throws(CommandFailure) -> Set<Identity> {
        guard loaded.generations.values.contains(where: { $0 > 0 }) else { return [] }
        let output = OutputFolder(root: places.output(of: loaded.plan.campaign))
        let standing = CampaignStanding(plan: loaded.plan, stores: stores, output: output, bases: loaded.bases, hashing: false)
        if standing.finished.count == loaded.plan.instances.count { return [] }
        let before = try loader.load(loaded.text, generations: loaded.generations.mapValues { $0 - 1 }, choices: loaded.choices)
        return Set(before.plan.instances.map(\.identity))
    }

    /// - Throws: exit 7 while a run is at work.
    private func hold(_ places: CampaignPlaces) async throws(CommandFailure) -> CampaignHold {
        try await CampaignHold.take(.state, places, waiting: false) {
            "a run holds this campaign\($0); let it finish first; nothing was deleted"
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

    private func delete(_ found: Leftovers.Found, _ places: CampaignPlaces) throws(CommandFailure) {
        // Files first: a record without its file is known to be without one.
        for file in found.files {
            guard unlink(file.url.path) == 0 || errno == ENOENT else {
                throw CommandFailure(.cannotWrite, "cannot delete \(file.url.path): \(String(cString: strerror(errno)))")
            }
            removeEmptyFolders(above: file.url, downTo: file.root)
        }
        guard !found.forgotten.isEmpty else { return }
        do throws(CheckpointError) {
            let store = try SQLiteCheckpointStore(path: places.state.path)
            try store.apply(found.forgotten.map(CheckpointWrite.forget), token: try store.openForWriting())
        } catch {
            throw CommandFailure(error)
        }
    }

    private func removeEmptyFolders(above file: URL, downTo root: URL) {
        var folder = file.deletingLastPathComponent().standardizedFileURL
        while folder.path.hasPrefix(root.standardizedFileURL.path), rmdir(folder.path) == 0 { folder.deleteLastPathComponent() }
    }
}
