import ArgumentParser
import Foundation
import Pipeline
import Reporting

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Holds the campaign's books against the provider's account and names every difference.",
        discussion: """
            Asks the account for its jobs and its usage, sends nothing that costs, and changes nothing. Exits with 0 where both sides say the \
            same, with 1 where they differ. With --ledger it asks nobody and writes the campaign's own ledger, one entry a line: what was \
            reserved, charged, refunded and released, step by step and attempt by attempt.
            """)

    @OptionGroup var campaign: CampaignOptions

    @Flag(help: "Wait where the account's request limit is used up instead of exiting with 5.")
    var waitQuota = false

    @Flag(help: "Look at the whole account: also at jobs from before the campaign's first submission.")
    var all = false

    @Flag(help: "Write the audit as JSON.")
    var json = false

    @Option(help: ArgumentHelp("Write the campaign's ledger as csv or jsonl; no account is asked.", valueName: "csv|jsonl"))
    var ledger: LedgerReport.Format?

    mutating func validate() throws {
        if ledger != nil, json || waitQuota || all {
            throw ValidationError("--ledger asks nobody: leave --json, --all and --wait-quota away")
        }
    }

    mutating func run() async throws {
        if let ledger {
            let export = try LedgerExport(campaign, environment: ProcessInfo.processInfo.environment)
            return Console.standard.raw(export.report.text(as: ledger))
        }
        let audit = try CampaignAudit(campaign, waits: waitQuota, isWhole: all, environment: ProcessInfo.processInfo.environment)
        let report = try await audit.report()
        do throws(ReportingError) {
            let text = AuditText(report, time: LocalTime(zone: .current), now: Timestamp(Date()))
            Console.standard.raw(json ? try text.json() : text.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
        if report.differences > 0 { throw CommandFailure(.someFailed) }
    }
}
