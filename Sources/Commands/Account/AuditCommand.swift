import ArgumentParser
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

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Holds the campaign's books against the provider's account and names every difference.",
        discussion: """
            Asks the account for its jobs and its usage, sends nothing that costs, and changes nothing. Exits with 0 where both sides say the \
            same, with 1 where they differ.
            """)

    @OptionGroup var campaign: CampaignOptions

    @Flag(help: "Write the audit as JSON.")
    var json = false

    mutating func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let loaded = try CampaignLoader(campaign, environment: environment).load()
        let audit = CampaignAudit(loaded: loaded, campaign: campaign, environment: environment)
        let report = try await audit.report()
        do throws(ReportingError) {
            let text = AuditText(report)
            Console.standard.raw(json ? try text.json() : text.text)
        } catch {
            throw CommandFailure(.internalError, error.message)
        }
        if report.differences > 0 { throw CommandFailure(.someFailed) }
    }
}

/// Asks every account of a campaign and compares.
struct CampaignAudit {
    let loaded: LoadedCampaign
    let campaign: CampaignOptions
    let environment: [String: String]

    private var plan: Plan { loaded.plan }

    func report() async throws(CommandFailure) -> AuditReport {
        let places = campaign.places(environment)
        let used = Set(try ReadStores.open(places).state.jobs.values.map(\.intent.account))
        let accounts = plan.accounts.filter { used.contains($0.id) }
        guard !accounts.isEmpty else { return AuditReport(campaign: plan.campaign, accounts: []) }
        var sandbox: SandboxServer?
        if let speed = campaign.sandbox {
            sandbox = try await EmbeddedSandbox.start(for: plan, in: places.sandboxServer, speed: speed)
        }
        let transport = HTTPTransport()
        var reports: [AuditReport.Account] = []
        var failure: CommandFailure?
        do throws(CommandFailure) {
            for account in accounts {
                guard let definition = loaded.definitions[account.id] else { continue }
                let access: ProviderAccess
                if let sandbox {
                    access = ProviderAccess(sandbox, account: account.id)
                } else {
                    access = try ProviderAccess.find(definition, account: account.id, environment: environment)
                }
                let client = try access.client(of: definition, account: account.id, transport)
                reports.append(try await audit(account, client, places))
            }
        } catch {
            failure = error
        }
        await transport.shutdown()
        await sandbox?.stop()
        if let failure { throw failure }
        return AuditReport(campaign: plan.campaign, accounts: reports)
    }

    private func audit(
        _ account: AccountPlan, _ client: ProviderClient, _ places: CampaignPlaces
    ) async throws(CommandFailure) -> AuditReport.Account {
        var notes: [String] = []
        let askedAt = Timestamp(Date())
        let listed = try await CountedCall(places: places, account: account).perform { await client.listJobs() }
        let usage = try await CountedCall(places: places, account: account).perform { await client.usage() }
        var statement = AccountAudit.Statement(jobs: nil, askedAt: askedAt)
        switch listed {
        case .success(let jobs): statement.jobs = jobs
        case .failure(let failure) where failure.kind == .invalid: notes.append("the jobs: \(failure.message)")
        case .failure(let failure): throw Self.unanswered(failure)
        }
        var credits: String?
        switch usage {
        case .success(let usage):
            credits = usage.credits.map { "\($0)" }
            // A sandbox's day is over before two people could look at it.
            if !campaign.isSandbox { statement.usedToday = usage.usedToday }
        case .failure(let failure) where failure.kind == .auth: throw Self.unanswered(failure)
        case .failure(let failure): notes.append("the totals: \(failure.message)")
        }
        // Read after the listing: what was accepted meanwhile is on record, and the listing needn't show it.
        let stores = try ReadStores.open(places)
        let ids = statement.jobs?.map(\.id) ?? []
        let (explained, imagesToday) = try memory(of: account, ids: ids, stores)
        let records = stores.state.jobs.values.filter { $0.intent.account == account.id }
        let audit = AccountAudit(
            of: account.id, records: records, explained: explained, imagesToday: imagesToday, statement: statement,
            recovery: account.recovery)
        if let holder = CampaignLock.holder(places.state.path) {
            notes.append("what the run under way does just now (\(holder))")
        }
        let names = Dictionary(plan.instances.map { ($0.identity, $0.name) }, uniquingKeysWith: { first, _ in first })
        let lines = AuditLines(names: names, recorded: stores.state.instances)
        return AuditReport.Account(
            account: account.id.description, title: account.title, recorded: audit.recorded, listed: audit.listed,
            cost: CostSum(of: records, refunded: plan.refunded).lines, credits: credits, differences: audit.differences.map(lines.line),
            notes: notes)
    }

    private func memory(
        of account: AccountPlan, ids: [String], _ stores: ReadStores
    ) throws(CommandFailure) -> (explained: Set<String>, imagesToday: Int?) {
        guard let store = stores.accounts else { return ([], nil) }
        do throws(CheckpointError) {
            let standing = try store.standing(of: account.id, limits: account.limits, now: Timestamp(Date()))
            return (try store.explainedJobs(among: ids, account: account.id), standing.usage.imagesToday)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func unanswered(_ failure: CallFailure) -> CommandFailure {
        let code: Pipeline.ExitCode =
            switch failure.kind {
            case .auth, .plan: .keyRefused
            case .throttled, .quota: .quota
            default: .unreachable
            }
        return CommandFailure(code, "the account could not be asked: \(failure.message); nothing was compared")
    }
}

/// Differences in words.
struct AuditLines {
    /// Of the plan's instances.
    let names: [Identity: String]
    /// Of all that were ever on record.
    let recorded: [Identity: InstanceRecord]

    private func name(_ key: JobKey) -> String { names[key.identity] ?? recorded[key.identity]?.name ?? key.identity.short }

    func line(_ difference: AccountAudit.Difference) -> AuditReport.Difference {
        switch difference {
        case .notListed(let job, let key, let at):
            return AuditReport.Difference(
                kind: "not_listed", job: job, instance: name(key),
                message:
                    "job \(job) of \(name(key)), sent at \(at), is on our record but not in the account's listing: it may have been removed there, or "
                    + "the key may be another account's")
        case .unexplained(let listed, let key):
            let what = [listed.operation?.rawValue, listed.prompt.map { "“\($0.prefix(60))”" }, listed.createdAt.map { "of \($0)" }]
                .compactMap(\.self).joined(separator: " ")
            let guess =
                key.map { "it may be the submission of \(name($0)) whose reply was lost: `flowbatch run` settles it" }
                ?? "no campaign of this user sent it; others may use the key"
            return AuditReport.Difference(
                kind: "unexplained", job: listed.id, instance: key.map(name),
                message: "job \(listed.id)\(what.isEmpty ? "" : " (\(what))") is in the account's listing but on no record: \(guess)")
        case .unsettled(let key, let at, let held):
            return AuditReport.Difference(
                kind: "unsettled", instance: name(key),
                message:
                    "a submission of \(name(key)), sent at \(at), has no reply on record\(held ? " and is held" : ""), and no job of the listing may be it: "
                    + (held ? "`flowbatch resolve` settles it" : "the next run settles it"))
        case .cost(let job, let key, let ours, let theirs):
            return AuditReport.Difference(
                kind: "cost", job: job, instance: name(key),
                message: "job \(job) of \(name(key)) cost \(ours) by our record and \(theirs) by the account's", ours: "\(ours)",
                theirs: "\(theirs)")
        case .total(let what, let ours, let theirs):
            return AuditReport.Difference(
                kind: "total",
                message:
                    "\(what): \(ours) by our record, \(theirs) by the account's; others may use the key, or the provider counts otherwise or by "
                    + "another day", ours: "\(ours)", theirs: "\(theirs)")
        }
    }
}
