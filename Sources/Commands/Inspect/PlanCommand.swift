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
        ProcessEnd.keep(selected)
        let standing = selected.standing

        let standings = selected.standings
        var requests = RequestsLeft(loaded, standings).byAccount
        for (account, count) in transfersLeft(plan, standings, uploaded: standing.uploaded) { requests[account, default: 0] += count }
        let costs = standing.costs
        let amounts = maxCost.compactMap { Money($0) }
        var report = PlanReport(
            plan: plan, standings: standings, requests: requests, spent: costs.mapValues(\.amounts),
            reserved: costs.mapValues(\.reserved), maxCost: amounts, uploaded: standing.uploaded, changes: changes)
        let outlook = PlanOutlook(loader: loader, places: places, stores: stores, only: only, rerun: rerun, maxCost: amounts, now: now)
        try outlook.complete(&report, selected, deadline: due, comparing: comparePlans)
        do throws(ReportingError) {
            let text = PlanText(report)
            Console.standard.raw(json ? try text.json() : text.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }

    private func transfersLeft(_ plan: Plan, _ standings: [PlanStanding], uploaded: Set<Int>) -> [AccountID: Int] {
        var isNeeded = [Bool](repeating: false, count: plan.transfers.count)
        for (instance, standing) in zip(plan.instances, standings) {
            guard case .runs = standing else { continue }
            for transfer in instance.transfers { isNeeded[transfer] = true }
        }
        for transfer in uploaded { isNeeded[transfer] = false }
        return plan.transfers.indices.lazy.filter { isNeeded[$0] }.map { plan.transfers[$0].account }.counts
    }

    private static func deadline(_ text: String, now: Timestamp) throws(CommandFailure) -> Deadline {
        guard let deadline = Deadline(text, now: now, zone: .current) else {
            throw CommandFailure(.usage, "--deadline takes \(Deadline.forms), not `\(text)`")
        }
        return deadline
    }
}

/// The fewest requests that what is left of a campaign takes, transfers not counted.
private struct RequestsLeft {
    let byAccount: [AccountID: Int]

    init(_ loaded: LoadedCampaign, _ standings: [PlanStanding]) {
        var byAccount: [AccountID: Int] = [:]
        // Instances of one account stand together.
        var run: (account: AccountID, count: Int)?
        for (position, instance) in loaded.plan.instances.enumerated() where standings.indices.contains(position) {
            let count = Self.count(loaded, position, standings[position])
            if let account = run?.account, account == instance.account {
                run?.count += count
            } else {
                if let run { byAccount[run.account, default: 0] += run.count }
                run = (instance.account, count)
            }
        }
        if let run { byAccount[run.account, default: 0] += run.count }
        self.byAccount = byAccount
    }

    /// All of an instance's jobs, or a poll and a download for what runs already.
    private static func count(_ loaded: LoadedCampaign, _ position: Int, _ standing: PlanStanding) -> Int {
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
}

extension Sequence<AccountID> {
    /// How often each account is in it.
    fileprivate var counts: [AccountID: Int] {
        var counts: [AccountID: Int] = [:]
        var run: (account: AccountID, count: Int)?
        for account in self {
            if run?.account == account {
                run?.count += 1
            } else {
                if let run { counts[run.account, default: 0] += run.count }
                run = (account, 1)
            }
        }
        if let run { counts[run.account, default: 0] += run.count }
        return counts
    }
}
