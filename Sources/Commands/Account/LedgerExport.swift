import ArgumentParser
import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting

extension LedgerReport.Format: ExpressibleByArgument {}

/// A campaign's ledger, read from its state alone: no account is asked, and a campaign that has become wrong still has one.
struct LedgerExport {
    let report: LedgerReport

    /// - Throws: exit 66 where the manifest is missing, 74 where the state cannot be read.
    init(_ campaign: CampaignOptions, environment: [String: String]) throws(CommandFailure) {
        let name = RunsCommand.name(in: try CampaignLoader.text(of: campaign.campaign), campaign.campaign)
        let stores = try ReadStores.open(campaign.places(environment))
        let requests = stores.requests
        // Campaigns of one folder share a state file.
        let others = name.map { requests.others(than: $0) } ?? []
        report = LedgerReport(
            stores.state.ledger.entries.filter { !others.contains($0.key.identity) }.map { entry in
                let identity = entry.key.identity
                return LedgerReport.Line(
                    kind: entry.kind.rawValue, amount: entry.amount, isEstimated: entry.isEstimated, at: entry.at, run: entry.run,
                    step: requests[identity]?.step ?? stores.state.instances[identity]?.step,
                    instance: requests[identity]?.name ?? stores.state.instances[identity]?.name, identity: identity.hex,
                    subJob: entry.key.job + 1, attempt: entry.key.attempt, account: "\(entry.account)", job: entry.job,
                    idempotencyKey: entry.key.idempotencyKey)
            })
    }
}
