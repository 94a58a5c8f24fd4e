import Checkpoint
import CheckpointSQLite
import Definitions
import Foundation
import Pipeline
import Providers
import Reporting
import Runner
import Scheduling

/// Asks every account that a campaign has sent jobs to, and compares.
struct CampaignAudit {
    private let loaded: LoadedCampaign
    private let campaign: CampaignOptions
    private let places: CampaignPlaces
    private let speed: Double?
    private let waits: Bool
    private let isWhole: Bool
    private let environment: [String: String]

    /// The most jobs of one account that are asked about one by one: each is a request.
    private static let mostAsked = 200

    /// - Parameters:
    ///   - waits: whether it waits where an account's request limit is used up.
    ///   - isWhole: whether it looks at jobs from before the campaign's first submission too.
    /// - Throws: as `CampaignLoader.load()`.
    init(_ campaign: CampaignOptions, waits: Bool, isWhole: Bool, environment: [String: String]) throws(CommandFailure) {
        let loader = CampaignLoader.forLook(campaign, environment: environment)
        loaded = try loader.load()
        speed = loader.speed
        places = campaign.places(environment)
        self.campaign = campaign
        self.waits = waits
        self.isWhole = isWhole
        self.environment = environment
    }

    private var plan: Plan { loaded.plan }

    /// - Throws: exit 5, 69, 77 where an account could not be asked, 74 where a store cannot be used, 78 before anything is sent.
    func report() async throws -> AuditReport {
        let before = AuditBooks(try ReadStores.open(places), plan)
        let targets = plan.accounts.compactMap { account in
            loaded.definitions[account.id].map { AccountTarget(name: account.title, definition: $0, plan: account) }
        }.filter { isWhole || before.accounts.contains($0.account) }
        let notes = before.notes(asked: Set(targets.map(\.account)))
        guard !targets.isEmpty else { return AuditReport(campaign: plan.campaign, accounts: [], notes: notes) }
        return try await AccountSession.with(
            targets, places, command: "flowbatch audit", speed: speed, waits: waits, environment: environment
        ) { session in
            var readings = AuditReadings(of: places)
            var accounts: [AuditReport.Account] = []
            for target in targets { accounts.append(try await audit(target, before, session, &readings)) }
            let lost = readings.keep()
            return AuditReport(campaign: plan.campaign, accounts: accounts, notes: notes + (lost.map { [$0] } ?? []))
        }
    }

    private func audit(
        _ target: AccountTarget, _ before: AuditBooks, _ session: AccountSession, _ readings: inout AuditReadings
    ) async throws(CommandFailure) -> AuditReport.Account {
        var notes: [String] = []
        var statement = AccountAudit.Statement(jobs: nil, askedAt: Timestamp(Date()))
        var left: String?
        switch try await session.call(.account, target, { await $0.statedJobs() }) {
        case .success(let jobs):
            statement.jobs = jobs.map(\.job)
            for job in jobs { statement.reports[job.job.id] = job.report }
        case .failure(let failure) where failure.kind == .invalid: notes.append("the jobs: \(failure.message)")
        case .failure(let failure): throw Self.unanswered(failure)
        }
        switch try await session.call(.account, target, { await $0.usage() }) {
        case .success(let usage):
            left = usage.credits.map { Money.grouped($0) + (target.definition.priceUnit.map { " " + $0 } ?? "") }
            // Amounts without a unit are compared with nothing.
            if let credits = usage.credits, let unit = target.definition.priceUnit { statement.credits = Money(credits, unit) }
            // A sandbox's day is over before two people could look at it.
            if !campaign.isSandbox { statement.usedToday = usage.usedToday }
            if usage.credits == nil { notes.append("what is left of the account's money: \(target.definition.title) does not say it") }
        case .failure(let failure) where Self.stops(failure): throw Self.unanswered(failure)
        case .failure(let failure): notes.append("the totals: \(failure.message)")
        }
        try await ask(about: before.jobs(at: target.account), target, session, &statement, &notes)
        // Read after the listing: what was accepted meanwhile is on record, and the listing needn't show it.
        let books = AuditBooks(try ReadStores.open(places), plan)
        let (explained, imagesToday) = try books.memory(of: target.plan, ids: statement.jobs?.map(\.id) ?? [])
        let holder = CampaignLock.holder(places.state.path)
        if let holder { notes.append("what the run under way does just now (\(holder.told))") }
        let ledger = books.ledger
        let records = books.jobs(at: target.account)
        let audit = AccountAudit(
            of: target.account,
            books: AccountAudit.Books(
                records: records, ledger: ledger, lines: books.lines, explained: explained, imagesToday: imagesToday,
                earlier: readings[target.account],
                isLive: holder != nil), statement: statement, recovery: target.plan.recovery, isWhole: isWhole)
        if let credits = statement.credits, holder == nil {
            readings[target.account] = AccountReading(at: statement.askedAt, credits: credits, lines: books.lines)
        }
        let lines = AuditLines(
            names: books.names, steps: books.steps, records: books.byKey, arguments: campaign.arguments)
        return AuditReport.Account(
            account: target.account.description, title: target.plan.title, recorded: audit.recorded, listed: audit.listed,
            cost: CostSum(of: records, in: ledger).lines, credits: left,
            differences: audit.differences.map(lines.line), notes: notes + audit.notes)
    }

    /// Asks what ended jobs cost, job by job, where the provider's definition knows of such an answer and the listing did not give it.
    private func ask(
        about records: [JobRecord], _ target: AccountTarget, _ session: AccountSession, _ statement: inout AccountAudit.Statement,
        _ notes: inout [String]
    ) async throws(CommandFailure) {
        guard target.definition.jobProtocols.values.contains(where: { $0.cost != nil }) else {
            notes.append("what each job cost: \(target.definition.title) does not say it, so the costs are those of its price list")
            return
        }
        let ended = records.filter { record in
            guard case .ended(let job, _, _, _, _) = record.stage else { return false }
            return !job.isGiven && statement.reports[job.remoteID]?.cost == nil
        }.sorted { $0.intent.at > $1.intent.at }
        if ended.count > Self.mostAsked { notes.append("what the oldest \(ended.count - Self.mostAsked) jobs cost: each takes a request") }
        // A provider without a listing leaves no fingerprint of what was asked; what the campaign asks for is known all the same.
        let operations = Dictionary(plan.instances.map { ($0.identity, $0.operation) }, uniquingKeysWith: { first, _ in first })
        for record in ended.prefix(Self.mostAsked) {
            guard let job = record.stage.accepted,
                let operation = record.intent.fingerprint?.operation ?? operations[record.intent.key.identity]
            else { continue }
            // What a reply to the submission said once is no answer of today's.
            let asked = AcceptedJob(remoteID: job.remoteID, context: job.context)
            switch try await session.call(.poll, target, { await $0.poll(asked, operation: operation) }) {
            case .success(let report): statement.reports[job.remoteID] = report
            case .failure(let failure) where Self.stops(failure): throw Self.unanswered(failure)
            case .failure(let failure): notes.append("what job \(job.remoteID) cost: \(failure.message)")
            }
        }
    }

    /// Whether asking on would only be refused again.
    private static func stops(_ failure: CallFailure) -> Bool { [.keyRefused, .quota].contains(failure.exitCode) }

    private static func unanswered(_ failure: CallFailure) -> CommandFailure {
        CommandFailure(
            stops(failure) ? failure.exitCode : .unreachable,
            "the account could not be asked: \(failure.message); nothing was compared")
    }
}
