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
    private let environment: [String: String]

    /// The most jobs of one account that are asked about one by one: each is a request.
    private static let mostAsked = 200

    /// - Parameter waits: whether it waits where an account's request limit is used up.
    /// - Throws: as `CampaignLoader.load()`.
    init(_ campaign: CampaignOptions, waits: Bool, environment: [String: String]) throws(CommandFailure) {
        let loader = CampaignLoader.forLook(campaign, environment: environment)
        loaded = try loader.load()
        speed = loader.speed
        places = campaign.places(environment)
        self.campaign = campaign
        self.waits = waits
        self.environment = environment
    }

    private var plan: Plan { loaded.plan }

    /// - Throws: exit 5, 69, 77 where an account could not be asked, 74 where a store cannot be used, 78 before anything is sent.
    func report() async throws -> AuditReport {
        let before = Books(try ReadStores.open(places), plan)
        let targets = plan.accounts.compactMap { account in
            loaded.definitions[account.id].map { AccountTarget(name: account.title, definition: $0, plan: account) }
        }.filter { before.accounts.contains($0.account) }
        let notes = before.notes(asked: Set(targets.map(\.account)))
        guard !targets.isEmpty else { return AuditReport(campaign: plan.campaign, accounts: [], notes: notes) }
        return try await AccountSession.with(
            targets, places, command: "flowbatch audit", speed: speed, waits: waits, environment: environment
        ) { session in
            var accounts: [AuditReport.Account] = []
            for target in targets { accounts.append(try await audit(target, before, session)) }
            return AuditReport(campaign: plan.campaign, accounts: accounts, notes: notes)
        }
    }

    private func audit(
        _ target: AccountTarget, _ before: Books, _ session: AccountSession
    ) async throws(CommandFailure) -> AuditReport.Account {
        var notes: [String] = []
        var statement = AccountAudit.Statement(jobs: nil, askedAt: Timestamp(Date()))
        switch try await session.call(.account, target, { await $0.listJobs() }) {
        case .success(let jobs): statement.jobs = jobs
        case .failure(let failure) where failure.kind == .invalid: notes.append("the jobs: \(failure.message)")
        case .failure(let failure): throw Self.unanswered(failure)
        }
        var credits: String?
        switch try await session.call(.account, target, { await $0.usage() }) {
        case .success(let usage):
            credits = usage.credits.map { Money.grouped($0) + (target.definition.priceUnit.map { " " + $0 } ?? "") }
            // A sandbox's day is over before two people could look at it.
            if !campaign.isSandbox { statement.usedToday = usage.usedToday }
        case .failure(let failure) where Self.stops(failure): throw Self.unanswered(failure)
        case .failure(let failure): notes.append("the totals: \(failure.message)")
        }
        (statement.costs, notes) = try await costs(of: before.jobs(at: target.account), target, session, notes)
        // Read after the listing: what was accepted meanwhile is on record, and the listing needn't show it.
        let books = Books(try ReadStores.open(places), plan)
        let (explained, imagesToday) = try books.memory(of: target.plan, ids: statement.jobs?.map(\.id) ?? [])
        let records = books.jobs(at: target.account)
        let audit = AccountAudit(
            of: target.account, records: records, explained: explained, imagesToday: imagesToday, statement: statement,
            recovery: target.plan.recovery)
        if let holder = CampaignLock.holder(places.state.path) {
            notes.append("what the run under way does just now (\(holder))")
        }
        let lines = AuditLines(names: books.names, held: books.held, arguments: campaign.arguments)
        return AuditReport.Account(
            account: target.account.description, title: target.plan.title, recorded: audit.recorded, listed: audit.listed,
            cost: CostSum(of: records, in: books.ledger).lines, credits: credits, differences: audit.differences.map(lines.line),
            notes: notes)
    }

    /// What the provider says that ended jobs cost, job by job, where its definition knows of such an answer.
    private func costs(
        of records: [JobRecord], _ target: AccountTarget, _ session: AccountSession, _ notes: [String]
    ) async throws(CommandFailure) -> ([String: Money], notes: [String]) {
        guard target.definition.jobProtocols.values.contains(where: { $0.cost != nil }) else {
            return (
                [:], notes + ["what each job cost: \(target.definition.title) does not say it, so the costs are those of its price list"]
            )
        }
        var notes = notes
        var costs: [String: Money] = [:]
        let ended = records.filter { record in
            guard case .ended(let job, _, _?, _, _) = record.stage else { return false }
            return !job.isGiven
        }.sorted { $0.intent.at > $1.intent.at }
        if ended.count > Self.mostAsked { notes.append("what the oldest \(ended.count - Self.mostAsked) jobs cost: each takes a request") }
        for record in ended.prefix(Self.mostAsked) {
            guard let job = record.stage.accepted, let operation = record.intent.fingerprint?.operation else { continue }
            switch try await session.call(.poll, target, { await $0.poll(job, operation: operation) }) {
            case .success(let report): costs[job.remoteID] = report.cost
            case .failure(let failure) where Self.stops(failure): throw Self.unanswered(failure)
            case .failure(let failure): notes.append("what job \(job.remoteID) cost: \(failure.message)")
            }
        }
        return (costs, notes)
    }

    /// Whether asking on would only be refused again.
    private static func stops(_ failure: CallFailure) -> Bool { [.keyRefused, .quota].contains(failure.exitCode) }

    private static func unanswered(_ failure: CallFailure) -> CommandFailure {
        CommandFailure(
            stops(failure) ? failure.exitCode : .unreachable,
            "the account could not be asked: \(failure.message); nothing was compared")
    }
}

/// What our side has on record of a campaign: campaigns of one folder share a state file.
private struct Books {
    private let stores: ReadStores
    private let plan: Plan
    private let own: [JobRecord]
    private let others: Set<Identity>

    init(_ stores: ReadStores, _ plan: Plan) {
        self.stores = stores
        self.plan = plan
        let others = stores.requests.others(than: plan.campaign)
        self.others = others
        own = stores.state.jobs.values.filter { !others.contains($0.intent.key.identity) }
    }

    /// As the definitions have it now.
    var ledger: Ledger { stores.state.ledger.restated(own, refunded: plan.refunded) }

    var accounts: Set<AccountID> { Set(own.map(\.intent.account)) }

    func jobs(at account: AccountID) -> [JobRecord] { own.filter { $0.intent.account == account } }

    /// Submissions that wait for a person.
    var held: Set<JobKey> {
        Set(own.filter { if case .held = $0.stage { true } else { false } }.map(\.intent.key))
    }

    var names: [Identity: String] {
        var names = stores.state.instances.mapValues(\.name)
        for record in stores.requests.values { names[record.identity] = record.name }
        for instance in plan.instances { names[instance.identity] = instance.name }
        return names
    }

    /// What is on record and not compared.
    func notes(asked: Set<AccountID>) -> [String] {
        var notes: [String] = []
        let foreign = stores.state.jobs.keys.filter { others.contains($0.identity) }
        if !foreign.isEmpty {
            let campaigns = Set(foreign.compactMap { stores.requests[$0.identity]?.campaign }).sorted().joined(separator: ", ")
            notes.append(
                "\(foreign.count) \(foreign.count == 1 ? "job" : "jobs") of other campaigns in this folder (\(campaigns)): audit them by their manifests"
            )
        }
        for account in accounts.subtracting(asked).sorted() {
            let count = jobs(at: account).count
            notes.append("\(count) \(count == 1 ? "job" : "jobs") at \(account), which the campaign no longer uses")
        }
        return notes
    }

    /// The ids of `ids` that submissions of any campaign explain, and the images counted today.
    ///
    /// - Throws: exit 74 where the account's memory cannot be read.
    func memory(of account: AccountPlan, ids: [String]) throws(CommandFailure) -> (explained: Set<String>, imagesToday: Int?) {
        let foreign = stores.state.jobs.values.filter { others.contains($0.intent.key.identity) && $0.intent.account == account.id }
        let known = Set(foreign.compactMap(\.stage.remoteID))
        guard let store = stores.accounts else { return (known, nil) }
        do throws(CheckpointError) {
            let standing = try store.standing(of: account.id, limits: account.limits, now: Timestamp(Date()))
            return (try store.explainedJobs(among: ids, account: account.id).union(known), standing.usage.imagesToday)
        } catch {
            throw CommandFailure(error)
        }
    }
}
