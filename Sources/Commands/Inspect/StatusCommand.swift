import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting
import Runner
import Scheduling

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows what is done, running and waiting, and exactly for what. Safe beside a live run.")

    @OptionGroup var campaign: CampaignOptions

    @Flag(help: "Write it as JSON.")
    var json = false

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let places = campaign.places(environment)
        let loader = CampaignLoader.forLook(campaign, environment: environment)
        let loaded = try loader.load()
        let stores = try ReadStores.open(places)
        let standing = CampaignStanding(
            plan: loaded.plan, stores: stores, output: OutputFolder(root: places.output(of: loaded.plan.campaign)), bases: loaded.bases)
        let now = Timestamp(Date())
        let gauges = loaded.plan.accounts.compactMap { account in
            stores.accounts.flatMap { AccountGauge.reading(account, $0, now: now) }.map { (account, $0) }
        }
        let reader = StatusReader(
            plan: loaded.plan, standing: standing, gauges: Dictionary(gauges.map { ($0.id, $1) }, uniquingKeysWith: { first, _ in first }),
            holder: CampaignLock.holder(places.state.path), now: now)
        let cost = reader.cost
        let report = StatusReport(
            campaign: loaded.plan.campaign, manifest: loaded.plan.manifestPath, activity: reader.activity, steps: reader.steps,
            instances: reader.open(campaign.arguments),
            accounts: gauges.map { StatusReport.Account(title: title(of: $0, in: loaded.plan), gauge: $1) },
            cost: cost.lines, unknownPrices: cost.unknownPrices, reserved: cost.reserved,
            hasSandboxRuns: try reader.activity == .never && hasSandboxRuns(of: loaded.plan.campaign, environment),
            left: LeftText(standing.left, of: campaign).lines,
            advice: reader.advice(campaign.arguments))
        do throws(ReportingError) {
            Console.standard.raw(
                json ? try StatusJSON.text(of: report) : StatusText(report, time: LocalTime(zone: .current), now: now).text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
    }

    /// Whether the campaign ran in the sandbox alone, which another flag shows.
    private func hasSandboxRuns(of name: String, _ environment: [String: String]) throws(CommandFailure) -> Bool {
        guard !campaign.isSandbox else { return false }
        let places = CampaignPlaces(
            manifest: campaign.campaign, state: campaign.state, output: nil, isSandbox: true, environment: environment)
        return try RunsCommand.records(places.state).contains { $0.campaign ?? name == name }
    }

    /// `Flow AI`; with the account's label where the campaign uses several accounts of it.
    private func title(of account: AccountPlan, in plan: Plan) -> String {
        let isAlone = plan.accounts.count { $0.title == account.title } == 1
        return isAlone ? account.title : "\(account.title) (\(account.id.label))"
    }
}
