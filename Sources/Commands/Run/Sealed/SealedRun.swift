import Checkpoint
import CheckpointSQLite
import Foundation
import Manifest
import Pipeline
import Reporting
import Runner

/// A run that has nothing to do, as the one before said (FB-0029): nothing is planned, no account is asked, and it says what a run says that
/// finds everything done.
struct SealedRun {
    let campaign: CampaignOptions
    let options: RunOptions
    let environment: [String: String]
    let program: FileMark?

    private var places: CampaignPlaces { campaign.places(environment) }

    /// - Returns: nil where anything is not as it was, or may not be: then nothing was done or said, and an ordinary run finds out.
    /// - Throws: exit 74 where the run's end or what it tells cannot be written.
    func run() throws(CommandFailure) -> ExitCode? {
        guard let orders = try? TestOrders(environment), orders.omission == nil, !options.verify,
            let seal = RunSeal.read(beside: places.state), isAsked(by: seal), let access = access(seal),
            let hold = CampaignHold.takeIfFree(seal.head.summary.campaign, places)
        else { return nil }
        defer { hold.release() }
        let output = OutputFolder(root: places.output(of: seal.head.summary.campaign))
        guard let mark = seal.head.state, let store = try? SQLiteCheckpointStore.unchanged(at: places.state.path, since: mark),
            let inputs = inputs(seal), isAsItWas(seal, output)
        else { return nil }
        var renewed = seal
        renewed.head.inputs = inputs
        let clock = TestTime.clock(environment)
        let now = clock.now()
        let summary = seal.head.summary.repeated(run: hold.holder.run, startedAt: now, finishedAt: now)
        guard let file = try? RunSummaryFile.carryOver(output.url(of: RunSummaryFile.name), from: seal.head.summary, to: summary) else {
            return nil
        }
        renewed.head.summary = summary
        try tell(of: renewed, store, hold.holder, output, access, clock, file)
        renewed.renew(beside: places.state, closing: store, output)
        return .done
    }

    // MARK: whether it is as it was

    private func isAsked(by seal: RunSeal) -> Bool {
        guard let text = try? CampaignLoader.text(of: campaign.campaign),
            let question = SealQuestion(campaign, options, text: text, program: program, environment: environment),
            let digest = try? question.digest
        else { return false }
        return digest == seal.head.question && RunSeal.settings(campaign, places) == seal.head.settings
    }

    /// The accounts' keys, where each is still to be had, and each account still where it was.
    private func access(_ seal: RunSeal) -> [AccountID: ProviderAccess]? {
        var access: [AccountID: ProviderAccess] = [:]
        for provider in seal.head.providers {
            guard let found = try? ProviderAccess.find(provider.reach, account: provider.account, environment: environment),
                found.address == provider.address
            else { return nil }
            access[provider.account] = found
        }
        return access
    }

    private func inputs(_ seal: RunSeal) -> [SealedInput]? {
        let folder = places.directory
        var inputs: [SealedInput] = []
        for input in seal.head.inputs {
            guard let confirmed = input.confirmed(within: folder) else { return nil }
            inputs.append(confirmed)
        }
        return inputs
    }

    private func isAsItWas(_ seal: RunSeal, _ output: OutputFolder) -> Bool {
        let contents = Dictionary(seal.head.contents.map { ($0.account, $0.digests) }, uniquingKeysWith: { $0.union($1) })
        return seal.head.summaryFile != nil && FileMark.of(output.url(of: RunSummaryFile.name).path) == seal.head.summaryFile
            && !output.hasParts && seal.outputs.isInPlace(in: output) && SQLiteAccountStore.knows(contents, at: places.accounts.path)
    }

    // MARK: what it does

    /// Records the run and tells of it, as a run does that finds everything done.
    private func tell(
        of sealed: RunSeal, _ store: SQLiteCheckpointStore, _ holder: LockHolder, _ output: OutputFolder,
        _ access: [AccountID: ProviderAccess], _ clock: SystemRunClock, _ file: RunSummaryFile.CarriedOver
    ) throws(CommandFailure) {
        if !sealed.head.warnings.isEmpty { Console.standard.error(sealed.head.warnings) }
        if let shared = ProviderAccess.sharedKey(access) { Console.standard.error("warning: \(shared)") }
        let display = try RunDisplay(
            outline: outline(sealed, output), mode: options.progress,
            events: [output.url(of: "events.jsonl").path] + (options.events.map { [$0] } ?? []), environment: environment, clock: clock)
        var sequence = 0
        func tell(_ kind: RunEvent.Kind) {
            sequence += 1
            display.consume(RunEvent(sequence: sequence, time: clock.now(), run: holder.run, kind: kind))
        }
        let (campaign, totals, startedAt) = (sealed.head.summary.campaign, sealed.head.summary.totals, clock.now())
        tell(.runStarted(campaign: campaign, instances: totals.steps, cached: totals.steps - sealed.head.uploads.count))
        for upload in sealed.head.uploads {
            tell(.stepFinished(instance: upload.instance, step: upload.step, status: .succeeded, reason: nil))
        }
        do throws(CheckpointError) {
            let token = try store.openForWriting()
            let run = RunRecord(
                id: holder.run, campaign: campaign, startedAt: startedAt, finishedAt: clock.now(), exitCode: .done, totals: totals)
            try store.apply([.run(run)], token: token)
        } catch {
            throw CommandFailure(error)
        }
        tell(.runFinished(exitCode: .done, totals: totals))
        display.finish()
        do throws(ReportingError) {
            try file.write()
            output.share(RunSummaryFile.name)
            output.share("events.jsonl")
        } catch {
            throw CommandFailure(.cannotWrite, "run.json could not be written: \(error.message); the checkpoint is whole")
        }
        if let failure = display.failure { throw CommandFailure(.cannotWrite, failure) }
    }

    private func outline(_ seal: RunSeal, _ output: OutputFolder) -> RunOutline {
        RunOutline(
            finished: seal.head.summary.campaign, manifest: campaign.campaign,
            steps: seal.head.steps.map { RunOutline.Step(name: $0.name, instances: $0.instances, cached: $0.instances) },
            named: seal.head.uploads.map { ($0.instance, $0.step, $0.account) }, outputFolder: CampaignPlaces.shown(output.root),
            command: ShellWord.line(["flowbatch"] + Array(CommandLine.arguments.dropFirst())), isSandbox: campaign.isSandbox,
            campaignArguments: campaign.arguments)
    }
}

extension RunSeal {
    /// Takes in how the state and `run.json` are now, and is written. One that cannot be is none: the next run finds out the long way.
    ///
    /// - Parameter store: closed by this.
    mutating func renew(beside state: URL, closing store: SQLiteCheckpointStore, _ output: OutputFolder) {
        guard let mark = try? store.closeAndMark(), let file = FileMark.of(output.url(of: RunSummaryFile.name).path) else { return }
        head.state = mark
        head.summaryFile = file
        try? write(beside: state)
    }
}
