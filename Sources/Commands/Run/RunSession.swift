import Checkpoint
import CheckpointSQLite
import Definitions
import Foundation
import Pipeline
import Providers
import Reporting
import Runner
import Sandbox
import Scheduling

/// One `flowbatch run`: takes the locks, opens the stores, puts the parts together, and takes everything down again.
struct RunSession {
    /// As it was read before the lock was taken, and from then on as the state wants it.
    private(set) var loaded: LoadedCampaign
    let loader: CampaignLoader
    let campaign: CampaignOptions
    let options: RunOptions
    let environment: [String: String]
    /// What the run was asked; nil where its answer is not to be kept.
    let question: SealQuestion?

    private var plan: Plan { loaded.plan }

    /// - Parameter signals: what watches for SIGINT and SIGTERM; once the run can be interrupted they go to it.
    mutating func run(_ signals: SignalWatch) async throws(CommandFailure) -> ExitCode {
        let places = campaign.places(environment)
        let orders = try TestOrders(environment)
        let output = OutputFolder(root: places.output(of: plan.campaign))
        try checkUnits()
        try checkNames(places, output)
        let access = try providerAccess()
        let hold = try await CampaignHold.take(.campaign(plan.campaign), places, waiting: options.waitLock)
        defer { hold.release() }
        let stores = try RunStores.open(places, hold.holder, orders, environment)
        defer { stores.life.release(removingFile: true) }
        let known = try stores.adopt(output.claims(), stores.load())
        let selected = try selected(known, output)
        loaded = selected.loaded
        if let message = selected.rerun.message { Console.standard.error(message) }
        if !campaign.isSandbox {
            try DiskRoom(plan: plan, history: selected.standing.history, chosen: selected.chosen, places: places).confirm()
        }
        if !campaign.isSandbox, !options.yes {
            try Confirmation(campaign: plan.campaign, totals: selected.totals, environment: environment).ask()
        }
        var random = SystemRandomNumberGenerator()
        var sandbox: SandboxServer?
        if let speed = campaign.sandbox {
            sandbox = try await EmbeddedSandbox.start(
                for: plan, in: places.sandboxServer, speed: speed, settings: options.sandbox, isRun: true)
        }
        let speed = campaign.sandbox ?? TestTime.speed(environment)
        let transport = HTTPTransport(policy: speed.map { HTTPPolicy().accelerated(by: $0) } ?? HTTPPolicy())
        let ports = try clients(access, sandbox: sandbox, transport)
        let holder = hold.leaseHolder(of: plan.campaign, places)
        let raised = raised(selected.rerun.records(run: hold.holder.run, at: hold.holder.since))
        let display = try display(stores, selected.standing, output, access.mapValues(\.addressSetting), raised: raised)
        let request = RunRequest(
            plan: plan, state: known.state, history: selected.standing.history, requests: known.requests,
            variables: loader.variant, raised: raised, ports: ports, checkpoint: stores.checkpoint, token: stores.token,
            accounts: stores.accounts,
            holder: holder, output: output,
            options: machineOptions(selected.chosen, seed: random.next()), standing: try standing(stores), verify: options.verify,
            clock: stores.clock,
            failpoints: orders.failpoints, omission: orders.omission, isAlive: { [liveness = stores.liveness] in liveness.isAlive($0.run) },
            sink: { event in display.consume(event) })
        let result = await perform(CampaignRun(request), display, signals)
        await transport.shutdown()
        await sandbox?.stop()
        let outcome = try conclude(result, output, display, left: selected.standing.left)
        seal(outcome, stores.checkpoint, output, access)
        return outcome.exitCode
    }

    /// Runs to the end with signals and the live display at work.
    private func perform(
        _ run: CampaignRun, _ display: RunDisplay, _ signals: SignalWatch
    ) async -> Result<RunOutcome, CommandFailure> {
        signals.redirect { run.interrupt() }
        let ticking = display.startTicking()
        defer { ticking.cancel() }
        do {
            return .success(try await run.run())
        } catch let error as CheckpointError {
            return .failure(CommandFailure(error))
        } catch let error as CallFailure {
            return .failure(CommandFailure(.cannotWrite, error.message + "; nothing was sent or spent"))
        } catch {
            return .failure(CommandFailure(.internalError, "\(error)"))
        }
    }

    private func conclude(
        _ result: Result<RunOutcome, CommandFailure>, _ output: OutputFolder, _ display: RunDisplay, left: [RunSummary.LeftJob]
    ) throws(CommandFailure) -> RunOutcome {
        display.finish()
        var outcome = try result.get()
        outcome.summary.left = left
        if options.progress != .none { for line in LeftText(left, of: campaign).lines { Console.standard.error(line) } }
        do throws(ReportingError) {
            try RunSummaryFile.write(outcome.summary, to: output.url(of: RunSummaryFile.name))
            output.share(RunSummaryFile.name)
            output.share("events.jsonl")
        } catch {
            throw CommandFailure(
                ExitCode.winner(of: [outcome.exitCode, .cannotWrite]),
                "run.json could not be written: \(error.message); the checkpoint is whole")
        }
        if let failure = display.failure { throw CommandFailure(ExitCode.winner(of: [outcome.exitCode, .cannotWrite]), failure) }
        return outcome
    }

    private func selected(_ stores: ReadStores, _ output: OutputFolder) throws(CommandFailure) -> SelectedCampaign {
        try SelectedCampaign(
            loaded, loader: loader, only: options.only, rerun: options.rerun, stores: stores, output: output, verify: options.verify)
    }

    /// Generations that are to be on record with the first submission of them, by the identities that they give.
    private func raised(_ records: [GenerationRecord]) -> [Identity: GenerationRecord] {
        let byBase = Dictionary(records.map { ($0.base, $0) }, uniquingKeysWith: { first, _ in first })
        var raised: [Identity: GenerationRecord] = [:]
        for (position, base) in loaded.bases.enumerated() where plan.instances.indices.contains(position) {
            raised[plan.instances[position].identity] = byBase[base]
        }
        return raised
    }

    /// A limit in a unit in which nothing of the campaign is priced would let nothing through.
    private func checkUnits() throws(CommandFailure) {
        let units = Set(plan.instances.lazy.flatMap(\.jobs).compactMap(\.price.money?.unit)).union(plan.budgets.map(\.limit.unit))
        guard !units.isEmpty, let wrong = options.maxCostAmounts.first(where: { !units.contains($0.unit) }) else { return }
        let known = units.sorted().joined(separator: " and ")
        throw CommandFailure(
            .usage, "--max-cost \(wrong): the campaign's prices are in \(known), none is in \(wrong.unit); nothing was sent")
    }

    /// A wrong name is told at once, not after another run was waited for.
    private func checkNames(_ places: CampaignPlaces, _ output: OutputFolder) throws(CommandFailure) {
        if options.only.isEmpty, options.rerun.isEmpty { return }
        _ = try selected(try ReadStores.open(places), output)
    }

    /// What of the accounts' limits is used up now.
    private func standing(_ stores: RunStores) throws(CommandFailure) -> [AccountID: LowerBound.Standing] {
        let now = stores.clock.now()
        var standing: [AccountID: LowerBound.Standing] = [:]
        for account in plan.accounts {
            do throws(CheckpointError) {
                standing[account.id] = try stores.accounts.snapshot(of: account.id, limits: account.limits, now: now)
                    .standing(limits: account.limits, now: now)
            } catch {
                throw CommandFailure(error)
            }
        }
        return standing
    }

    private func machineOptions(_ only: Set<Int>?, seed: UInt64) -> MachineOptions {
        var machine = MachineOptions(
            onUnknown: options.onUnknown, waitForQuota: options.waitQuota, maxCost: options.maxCostAmounts, only: only, seed: seed)
        if let speed = campaign.sandbox { machine.freeRetry = machine.freeRetry.accelerated(by: speed) }
        return machine
    }

    /// Keys and addresses of a real run; nothing for the sandbox.
    private func providerAccess() throws(CommandFailure) -> [AccountID: ProviderAccess] {
        var access: [AccountID: ProviderAccess] = [:]
        if campaign.isSandbox { return access }
        for account in plan.accounts {
            guard let definition = loaded.definitions[account.id] else { continue }
            access[account.id] = try ProviderAccess.find(definition, account: account.id, environment: environment)
        }
        if let shared = ProviderAccess.sharedKey(access) { Console.standard.error("warning: \(shared)") }
        return access
    }

    private func clients(
        _ access: [AccountID: ProviderAccess], sandbox: SandboxServer?, _ transport: HTTPTransport
    ) throws(CommandFailure) -> [AccountID: any ProviderPort] {
        var ports: [AccountID: any ProviderPort] = [:]
        for account in plan.accounts {
            guard let definition = loaded.definitions[account.id] else { continue }
            guard let reach = sandbox.map({ ProviderAccess($0, account: account.id) }) ?? access[account.id] else { continue }
            ports[account.id] = try reach.client(of: definition, account: account.id, transport)
        }
        return ports
    }

    private func display(
        _ stores: RunStores, _ standing: CampaignStanding, _ output: OutputFolder, _ addresses: [AccountID: String],
        raised: [Identity: GenerationRecord]
    ) throws(CommandFailure) -> RunDisplay {
        try RunDisplay(
            plan: plan, definitions: loaded.definitions, addresses: addresses, mode: options.progress,
            events: [try eventFile(output)] + (options.events.map { [$0] } ?? []),
            outputFolder: CampaignPlaces.shown(output.root), command: command,
            repetition: raised.isEmpty ? nil : RunOutline.Repetition(instances: Set(raised.keys), command: ownCommand),
            campaignArguments: campaign.arguments, isSandbox: campaign.isSandbox, environment: environment,
            history: standing.finished, moves: standing.movedFiles, accounts: stores.accounts, clock: stores.clock)
    }

    /// The event stream that every run leaves beside its results; runs of one campaign follow each other in it.
    private func eventFile(_ output: OutputFolder) throws(CommandFailure) -> String {
        do {
            try FileManager.default.createDirectory(at: output.root, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(
                .cannotWrite, "cannot make the output folder \(output.root.path): \(error.fileProblem); nothing was sent")
        }
        return output.url(of: "events.jsonl").path
    }

    /// The command line as it was given.
    private var ownCommand: String { ShellWord.line(["flowbatch"] + Array(CommandLine.arguments.dropFirst())) }

    /// The command line that resumes this run: what `--rerun` named is being made anew by now.
    private var command: String {
        ShellWord.line(["flowbatch"] + CommandLineArguments.without("--rerun", Array(CommandLine.arguments.dropFirst())))
    }
}
