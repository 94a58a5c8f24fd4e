import Foundation
package import Pipeline

/// What a run of a plan would do and take: what `flowbatch plan --json` writes, and `PlanText` tells.
package struct PlanReport: Sendable, Hashable, Codable {
    /// Counts of instances and the cost of what is still to be paid for, in one step or in all.
    package struct Share: Sendable, Hashable, Codable {
        package internal(set) var instances = 0
        /// Those whose file only moves included.
        package internal(set) var done = 0
        /// Those whose file is only fetched again included.
        package internal(set) var continues = 0
        package internal(set) var runs = 0
        package internal(set) var held = 0
        /// Those that a run leaves as they ended: without success.
        package internal(set) var failed = 0
        package internal(set) var excluded = 0
        /// Those that wait for a person's choice: what they would take is in `waitingSubmissions`, `waitingCost` and
        /// `waitingUnknownPrices`, and in nothing else.
        package internal(set) var waiting = 0
        package internal(set) var waitingSubmissions = 0
        package internal(set) var waitingCost: [Money] = []
        package internal(set) var waitingUnknownPrices = 0
        package internal(set) var submissions = 0
        /// One amount a unit; what has no known price is in `unknownPrices` instead.
        package internal(set) var cost: [Money] = []
        package internal(set) var unknownPrices = 0

        private enum CodingKeys: String, CodingKey {
            case instances, done, continues, runs, held, failed, excluded, submissions, cost, waiting
            case unknownPrices = "unknown_prices"
            case waitingSubmissions = "waiting_submissions"
            case waitingCost = "waiting_cost"
            case waitingUnknownPrices = "waiting_unknown_prices"
        }
    }

    package struct Step: Sendable, Hashable, Codable {
        package let step: String
        package let uses: Pipeline.Operation
        /// `flow/default`.
        package let account: String
        package let share: Share
    }

    /// The limits that hold for an account, and what of them is assumed.
    package struct Account: Sendable, Hashable, Codable {
        package let provider: String
        package let account: String
        package let title: String
        /// Nil: not limited.
        package let threads: Int?
        /// `600/hour`.
        package let requests: [String]
        package let dailyImages: Int?
        /// The zone whose days `dailyImages` counts.
        package let dayZone: String
        /// `500,000 VND/day`; left out where spending is not limited.
        package let spend: [String]?
        /// The fewest requests that the run takes; nil where nobody counted.
        package let requestsAtLeast: Int?
        /// Facts in use that the provider does not document.
        package let assumptions: [String]

        private enum CodingKeys: String, CodingKey {
            case provider, account, title, threads, requests, spend, assumptions
            case dailyImages = "daily_images"
            case dayZone = "day_zone"
            case requestsAtLeast = "requests_at_least"
        }
    }

    package private(set) var version = 1
    package let campaign: String
    package let manifest: String
    /// Files that what runs needs at its providers, each uploaded once where it is not there yet.
    package let transfers: Int
    package private(set) var steps: [Step] = []
    package private(set) var totals = Share()
    package private(set) var accounts: [Account] = []
    package private(set) var budgets: [BudgetCheck] = []
    /// `--max-cost`, as if the run were given it; nil where nobody asked.
    package private(set) var maxCost: [BudgetCheck]?
    /// What submissions of unknown fate may have cost: neither spent nor planned.
    package let reserved: [Money]
    /// How many submissions that is; those whose price nobody knows included.
    package let reservedJobs: Int
    /// Those of them that wait for a person's decision.
    package let reservedHeld: Int
    package private(set) var instances = Instances()

    private enum CodingKeys: String, CodingKey {
        case version, campaign, manifest, transfers, steps, totals, accounts, budgets, instances, forecast, deadline, comparisons, disk,
            reserved
        case reservedJobs = "reserved_jobs"
        case reservedHeld = "reserved_held"
        case maxCost = "max_cost"
    }

    /// How long what is left will take; nil where nobody asked.
    package var forecast: PlanForecast?
    package var deadline: DeadlineCheck?
    /// One entry a provider that sells several plans; nil where nobody asked.
    package var comparisons: [PlanComparison]?
    /// Whether the results fit on the disk; nil where nobody looked.
    package var disk: [DiskCheck]?

    /// - Parameters:
    ///   - standings: by position in the plan.
    ///   - requests: the fewest requests that what is left takes, by account.
    ///   - spent: by earlier runs of the campaign, by account.
    ///   - reserved: for submissions of unknown fate, by account.
    ///   - maxCost: what the run may spend, whatever earlier ones did.
    ///   - uploaded: transfers whose content is at the provider already.
    ///   - changes: what changed since an earlier instance took the place of one of the plan, by position.
    package init(
        plan: Plan, standings: [PlanStanding], requests: [AccountID: Int] = [:], spent: [AccountID: Amounts] = [:],
        reserved: [AccountID: Reservation] = [:], maxCost: [Money] = [], uploaded: Set<Int> = [], changes: [Int: [RequestChange]] = [:]
    ) {
        campaign = plan.campaign
        manifest = plan.manifestPath
        instances = Instances(plan.instances, standings, changes)
        var tally = PlanTally()
        var isUploadDue = [Bool](repeating: false, count: plan.transfers.count)
        for (instance, standing) in zip(plan.instances, standings) {
            tally.add(instance, standing)
            guard case .runs = standing else { continue }
            for transfer in instance.transfers where isUploadDue.indices.contains(transfer) { isUploadDue[transfer] = true }
        }
        steps = tally.steps.map { step in
            Step(step: step.name, uses: step.operation, account: step.account.description, share: step.share)
        }
        totals = tally.totals
        let planned = tally.planned
        transfers = isUploadDue.indices.count { isUploadDue[$0] && !uploaded.contains($0) }
        accounts = plan.accounts.map { Self.account($0, requests: requests[$0.id]) }
        let held = reserved.values.reduce(into: Reservation()) { $0 += $1 }
        self.reserved = held.sums.all
        reservedJobs = held.jobs
        reservedHeld = held.held
        budgets = plan.budgets.map { BudgetCheck($0, spent: spent, reserved: reserved, planned: planned) }
        if !maxCost.isEmpty {
            self.maxCost = maxCost.map { BudgetCheck(Budget(nil, limit: $0), spent: [:], reserved: [:], planned: planned) }
        }
    }

    private static func account(_ plan: AccountPlan, requests: Int?) -> Account {
        Account(
            provider: plan.id.provider, account: plan.id.label, title: plan.title, threads: plan.limits.threads,
            requests: plan.limits.requests.map { "\($0.rate)" }, dailyImages: plan.limits.dailyImages, dayZone: plan.limits.dayZone,
            spend: plan.limits.spend.isEmpty ? nil : plan.limits.spend.map { "\($0)" }, requestsAtLeast: requests,
            assumptions: plan.assumptions)
    }
}
