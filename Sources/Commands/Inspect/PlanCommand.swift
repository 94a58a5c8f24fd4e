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

    @Option(help: ArgumentHelp("Plan only these steps, instances, identities or outputs, and what they need.", valueName: "STEP"))
    var only: [String] = []

    @Flag(help: "Write the plan as JSON.")
    var json = false

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let loaded = try CampaignLoader(campaign, environment: environment).load()
        if !loaded.warnings.isEmpty { Console.standard.error(DiagnosticText(sources: loaded.sources).text(of: loaded.warnings)) }
        let places = campaign.places(environment)
        let stores = try ReadStores.open(places)
        let plan = loaded.plan
        let standing = CampaignStanding(plan: plan, stores: stores, output: OutputFolder(root: places.output(of: plan.campaign)))
        let chosen = try InstanceSelection(plan: plan).chosen(by: only)

        var standings: [Identity: PlanStanding] = [:]
        var requests: [AccountID: Int] = [:]
        for (position, instance) in plan.instances.enumerated() {
            var own = standing.standing(position)
            if let chosen, !chosen.contains(position) { own = .excluded }
            standings[instance.identity] = own
            requests[instance.account, default: 0] += requestsLeft(loaded, position, own)
        }
        for (account, count) in transfersLeft(plan, standings) { requests[account, default: 0] += count }
        let report = PlanReport(
            plan: plan, standing: { standings[$0.identity] ?? .runs(reason: "new") }, requests: requests, spent: spent(standing))
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
        case .done, .moves, .stays, .held, .excluded: return 0
        case .runs: return all.values.reduce(0, +)
        case .continues(let jobs, let unsent):
            let count = max(1, loaded.plan.instances[position].jobs.count)
            return jobs.count * 2 + all.values.reduce(0, +) * unsent.count / count
        }
    }

    private func transfersLeft(_ plan: Plan, _ standings: [Identity: PlanStanding]) -> [AccountID: Int] {
        var needed: Set<Int> = []
        for instance in plan.instances {
            if case .runs = standings[instance.identity] { needed.formUnion(instance.transfers) }
        }
        return needed.reduce(into: [:]) { $0[plan.transfers[$1].account, default: 0] += 1 }
    }

    private func spent(_ standing: CampaignStanding) -> [AccountID: Amounts] {
        let refunded = standing.plan.refunded
        return standing.state.jobs.values.reduce(into: [:]) { sums, record in
            if let charge = record.charge(refunded: refunded[record.intent.account] ?? []) {
                sums[record.intent.account, default: Amounts()] += charge.money
            }
        }
    }
}
