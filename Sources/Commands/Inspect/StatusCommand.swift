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
        let report = StatusReport(
            campaign: loaded.plan.campaign, manifest: loaded.plan.manifestPath, activity: reader.activity, steps: reader.steps,
            instances: reader.open, accounts: gauges.map { StatusReport.Account(title: title(of: $0, in: loaded.plan), gauge: $1) },
            cost: reader.cost, advice: reader.advice(campaign.arguments))
        Console.standard.raw(StatusText(report, time: LocalTime(zone: .current), now: now).text)
    }

    /// `Flow AI`; with the account's label where the campaign uses several accounts of it.
    private func title(of account: AccountPlan, in plan: Plan) -> String {
        let isAlone = plan.accounts.count { $0.title == account.title } == 1
        return isAlone ? account.title : "\(account.title) (\(account.id.label))"
    }
}
