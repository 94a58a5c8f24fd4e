import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting
import Runner

struct PickCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pick", abstract: "Chooses which outputs of a step with `pick: manual` go on to the paid steps that follow.",
        discussion: """
            Without INSTANCE it lists what may be chosen. An output's path chooses that output; a step, an instance or an identity prefix \
            chooses all that it made. What is not chosen keeps waiting and may be chosen later; `run` goes on with what is.
            """)

    @OptionGroup var campaign: CampaignOptions

    @ArgumentParser.Argument(
        help: ArgumentHelp("Output paths, instances, steps or identity prefixes.", valueName: "instance"),
        completion: ManifestCompletion.steps)
    var instances: [String] = []

    @Flag(help: "Take the choice of INSTANCE back. What was paid for it already stays.")
    var undo = false

    @Flag(help: "Write what may be chosen, and what is, as JSON.")
    var json = false

    @Flag(help: "Wait for a run of this campaign to end instead of exiting with 7.")
    var waitLock = false

    mutating func validate() throws {
        if undo, instances.isEmpty { throw ValidationError("--undo takes back the choice of what is named: a path, an instance or a step") }
    }

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let places = campaign.places(environment)
        let loader = CampaignLoader(campaign, environment: environment)
        guard !instances.isEmpty else {
            let loaded = try loader.load()
            return try show(loaded.plan, try standing(loaded, places), places)
        }
        // What is wrong with the manifest or the names is said before anything is locked.
        _ = try outputs(loader, places)
        let hold = try await CampaignHold.take(.state, places, waiting: waitLock)
        defer { hold.release() }
        let loaded = try record(loader, places, TestOrders(environment))
        let standing = try standing(loaded, places)
        if json { return try show(loaded.plan, standing, places) }
        Console.standard.raw(ChoiceText(report(loaded.plan, standing), shown: { $0 }).summary)
        tellWhatFollows(loaded.plan, standing)
    }

    private func folder(_ places: CampaignPlaces, _ plan: Plan) -> OutputFolder { OutputFolder(root: places.output(of: plan.campaign)) }

    private func standing(_ loaded: LoadedCampaign, _ places: CampaignPlaces) throws(CommandFailure) -> CampaignStanding {
        CampaignStanding(
            plan: loaded.plan, stores: try ReadStores.open(places), output: folder(places, loaded.plan), bases: loaded.bases)
    }

    /// What is named, of what may be chosen.
    ///
    /// - Throws: exit 64 where something of it leaves no choice, or nothing of it was made yet.
    private func outputs(
        _ loader: CampaignLoader, _ places: CampaignPlaces
    ) throws(CommandFailure) -> (loaded: LoadedCampaign, outputs: [OutputReference]) {
        let loaded = try loader.load()
        let plan = loaded.plan
        let artifacts = try ReadStores.open(places).state.artifacts
        let selection = InstanceSelection(plan: plan, output: folder(places, plan).root, artifacts: artifacts)
        var all: [OutputReference] = []
        for name in instances {
            let named = try selection.outputs(of: [name])
            let other = named.first { !plan.instances[$0.instance].isPicked }
            if named.isEmpty || other != nil { throw leavesNoChoice(name, other.map { plan.instances[$0.instance].step }, plan) }
            let made = named.filter { artifacts[plan.instances[$0.instance].identity]?[$0.output] != nil }
            guard !made.isEmpty else {
                let way = sandboxHint(places) ?? "run the campaign first"
                throw CommandFailure(.usage, "nothing of `\(name)` is made yet, so nothing of it can be chosen; \(way)")
            }
            all += made
        }
        return (loaded, all)
    }

    /// What whoever ran the campaign in the sandbox only may have left out; nil where it was not run there.
    private func sandboxHint(_ places: CampaignPlaces) -> String? {
        guard !campaign.isSandbox, FileManager.default.fileExists(atPath: places.sandboxServer.path) else { return nil }
        return "there are runs in the sandbox: add --sandbox to choose from theirs"
    }

    private func leavesNoChoice(_ name: String, _ step: String?, _ plan: Plan) -> CommandFailure {
        let picked = Set(plan.instances.filter(\.isPicked).map(\.step)).sorted().map { "`\($0)`" }
        let hint = picked.isEmpty ? "no step of this campaign says `pick: manual`" : "a choice is left by \(picked.joined(separator: ", "))"
        return CommandFailure(.usage, "`\(name)` leaves no choice\(step.map { ": it is of step `\($0)`" } ?? ""); \(hint)")
    }

    /// Writes the choice under the lock, where the campaign can be planned with it.
    private func record(
        _ loader: CampaignLoader, _ places: CampaignPlaces, _ orders: TestOrders
    ) throws(CommandFailure) -> LoadedCampaign {
        let (loaded, outputs) = try outputs(loader, places)
        let isAsWished = outputs.allSatisfy { output in
            let isChosen = loaded.choices[loaded.plan.instances[output.instance].identity]?.contains(output.output) ?? false
            return isChosen != undo
        }
        if isAsWished {
            let names = instances.map { "`\($0)`" }.joined(separator: ", ")
            let verb = instances.count == 1 ? "was" : "were"
            Console.standard.error("\(names) \(verb) \(undo ? "not chosen" : "chosen already"); nothing was changed")
            return loaded
        }
        let now = Timestamp(Date())
        var choices = loaded.choices
        var writes: [CheckpointWrite] = []
        for output in outputs {
            let identity = loaded.plan.instances[output.instance].identity
            writes.append(.choice(identity, output: output.output, isChosen: !undo, at: now))
            if undo { choices[identity]?.remove(output.output) } else { choices[identity, default: []].insert(output.output) }
        }
        let chosen: LoadedCampaign
        do throws(CommandFailure) {
            chosen = try loader.load(loaded.text, generations: loaded.generations, choices: choices)
        } catch {
            throw CommandFailure(error.exitCode, "with this choice the campaign cannot be planned: see above; nothing was chosen")
        }
        try orders.reach(.beforeChoicesRecorded)
        do throws(CheckpointError) {
            let store = try SQLiteCheckpointStore(path: places.state.path)
            try store.apply(writes, token: try store.openForWriting())
        } catch {
            throw CommandFailure(error)
        }
        try orders.reach(.choicesRecorded)
        return chosen
    }

    private func show(_ plan: Plan, _ standing: CampaignStanding, _ places: CampaignPlaces) throws {
        let folder = folder(places, plan)
        let report = report(plan, standing)
        let text = ChoiceText(report) { CampaignPlaces.shown(folder.url(of: $0)) }
        if !report.steps.flatMap(\.outputs).contains(where: \.made), !report.steps.isEmpty, let hint = sandboxHint(places) {
            Console.standard.error(hint)
        }
        do throws(ReportingError) {
            Console.standard.raw(json ? try text.json() : text.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }

    private func report(_ plan: Plan, _ standing: CampaignStanding) -> ChoiceReport {
        var waiting: [String: Int] = [:]
        for (position, instance) in plan.instances.enumerated() {
            if let awaits = instance.awaits, case .waits = standing.standing(position) { waiting[awaits.step, default: 0] += 1 }
        }
        var steps: [(name: String, outputs: [ChoiceReport.Output])] = []
        for (position, instance) in plan.instances.enumerated() where instance.isPicked {
            if steps.last?.name != instance.step { steps.append((instance.step, [])) }
            for (output, planned) in instance.outputs.enumerated() {
                let record = standing.history.artifacts[OutputReference(instance: position, output: output)]
                steps[steps.count - 1].outputs.append(
                    ChoiceReport.Output(
                        instance: instance.name, path: record?.artifact.path ?? planned.path, made: record != nil,
                        chosen: planned.choice == .chosen))
            }
        }
        return ChoiceReport(
            campaign: plan.campaign,
            steps: steps.map { ChoiceReport.Step(step: $0.name, outputs: $0.outputs, waiting: waiting[$0.name] ?? 0) })
    }

    private func tellWhatFollows(_ plan: Plan, _ standing: CampaignStanding) {
        let totals = PlanReport(plan: plan, standings: standing.standings).totals
        let count = totals.runs + totals.continues
        guard count > 0 else { return Console.standard.result("nothing more is left to run") }
        var cost = totals.cost.map { "\($0)" }
        if totals.unknownPrices > 0 { cost.append("\(totals.unknownPrices) jobs at an unknown price") }
        let most = cost.isEmpty ? "nothing" : "at most " + cost.joined(separator: " + ")
        Console.standard.result(
            "the next run does \(count) \(count == 1 ? "instance" : "instances") for \(most):\n  flowbatch run \(campaign.arguments)")
    }
}
