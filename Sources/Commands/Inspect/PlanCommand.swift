import ArgumentParser
import Checkpoint
import Foundation
import Pipeline
import Reporting
import Runner

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Shows what a run would do, take and cost. Spends nothing, needs no network and no key.")

    @OptionGroup var campaign: CampaignOptions

    @Option(
        help: ArgumentHelp("Plan only these steps, instances, identities or outputs, and what they need.", valueName: "STEP"),
        completion: ManifestCompletion.steps)
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            "Plan as if these finished steps, instances, identities or outputs were made anew, and what depends on them.",
            valueName: "STEP"), completion: ManifestCompletion.steps)
    var rerun: [String] = []

    @Flag(help: "Write the plan as JSON.")
    var json = false

    @Flag(help: "Forecast the campaign under every plan that its providers sell.")
    var comparePlans = false

    @Option(
        help: ArgumentHelp(
            "Tell whether everything is done by then: \(Deadline.forms). The exit code stays 0: programs read `deadline.verdict` of --json.",
            valueName: "WHEN"))
    var deadline: String?

    @Option(
        help: ArgumentHelp(
            "Tell whether what is left costs no more, like \"200000 VND\", and which plan is best within it; repeatable for several units.",
            valueName: "AMOUNT"))
    var maxCost: [String] = []

    mutating func validate() throws {
        for amount in maxCost where Money(amount) == nil {
            throw ValidationError("--max-cost takes an amount and its unit, like \"200000 VND\", not `\(amount)`")
        }
    }

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let now = Timestamp(Date())
        let due = try deadline.map { try Self.deadline($0, now: now) }
        let loader = CampaignLoader(campaign, environment: environment)
        let read = try loader.load()
        let places = campaign.places(environment)
        let stores = try ReadStores.open(places)
        var selected = try SelectedCampaign(
            read, loader: loader, only: only, rerun: rerun, stores: stores,
            output: OutputFolder(root: places.output(of: read.plan.campaign)))
        let changes = selected.explain(stores.requests, folder: places.directory)
        let loaded = selected.loaded
        if let message = selected.rerun.message { Console.standard.error(message) }
        if !loaded.warnings.isEmpty { Console.standard.error(DiagnosticText(sources: loaded.sources).text(of: loaded.warnings)) }
        let plan = selected.plan
        let standing = selected.standing

        var standings: [Identity: PlanStanding] = [:]
        var requests: [AccountID: Int] = [:]
        for (position, instance) in plan.instances.enumerated() {
            var own = standing.standing(position)
            if let chosen = selected.chosen, !chosen.contains(position) { own = .excluded }
            standings[instance.identity] = own
            requests[instance.account, default: 0] += requestsLeft(loaded, position, own)
        }
        for (account, count) in transfersLeft(plan, standings, uploaded: standing.uploaded) { requests[account, default: 0] += count }
        let costs = standing.costs
        let amounts = maxCost.compactMap { Money($0) }
        var report = PlanReport(
            plan: plan, standing: { standings[$0.identity] ?? .runs(reason: "new") }, requests: requests, spent: costs.mapValues(\.amounts),
            reserved: costs.mapValues(\.reserved), maxCost: amounts, uploaded: standing.uploaded,
            changes: Dictionary(changes.map { (plan.instances[$0].identity, $1) }, uniquingKeysWith: { first, _ in first }))
        let outlook = PlanOutlook(loader: loader, places: places, stores: stores, only: only, rerun: rerun, maxCost: amounts, now: now)
        try outlook.complete(&report, selected, deadline: due, comparing: comparePlans)
        do throws(ReportingError) {
            let text = PlanText(report)
            Console.standard.raw(json ? try text.json() : text.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }

    /// The fewest requests an instance still takes: all of its jobs', or a poll and a download for what runs already.
    private func requestsLeft(_ loaded: LoadedCampaign, _ position: Int, _ standing: PlanStanding) -> Int {
        let all = loaded.requests.indices.contains(position) ? loaded.requests[position] : [:]
        switch standing {
        case .done, .moves, .stays, .held, .waits, .excluded: return 0
        case .fetches(let jobs, _): return jobs.count
        case .runs: return all.values.reduce(0, +)
        case .continues(let jobs, let unsent):
            let count = max(1, loaded.plan.instances[position].jobs.count)
            return jobs.count * 2 + all.values.reduce(0, +) * unsent.count / count
        }
    }

    private func transfersLeft(_ plan: Plan, _ standings: [Identity: PlanStanding], uploaded: Set<Int>) -> [AccountID: Int] {
        var needed: Set<Int> = []
        for instance in plan.instances {
            if case .runs = standings[instance.identity] { needed.formUnion(instance.transfers) }
        }
        return needed.subtracting(uploaded).reduce(into: [:]) { $0[plan.transfers[$1].account, default: 0] += 1 }
    }

    private static func deadline(_ text: String, now: Timestamp) throws(CommandFailure) -> Deadline {
        guard let deadline = Deadline(text, now: now, zone: .current) else {
            throw CommandFailure(.usage, "--deadline takes \(Deadline.forms), not `\(text)`")
        }
        return deadline
    }
}
