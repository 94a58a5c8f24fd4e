import Foundation
package import Pipeline

/// What a run of a plan would do and take: what `flowbatch plan --json` writes, and `PlanText` tells.
package struct PlanReport: Sendable, Hashable, Codable {
    package struct Instance: Sendable, Hashable, Codable {
        package let step: String
        package let instance: String
        package let identity: String
        package let uses: Pipeline.Operation
        package let provider: String
        package let account: String
        /// `done`, `moves`, `fetches`, `continues`, `runs`, `waits`, `stays`, `held` or `excluded`.
        package let standing: String
        /// Why, where that says more.
        package let reason: String?
        /// What changed since an earlier instance took its place; left out where that is not known.
        package let changes: [RequestChange]?
        /// Submissions still to be paid for; of what waits for a choice, those that it would take.
        package let submissions: Int
        /// What they cost; left out where nothing is to be paid or a price is unknown.
        package let cost: Money?
        /// Submissions whose price nobody knows.
        package let unknownPrices: Int
        package let outputs: [String]

        private enum CodingKeys: String, CodingKey {
            case step, instance, identity, uses, provider, account, standing, reason, changes, submissions, cost, outputs
            case unknownPrices = "unknown_prices"
        }
    }

    /// Counts of instances and the cost of what is still to be paid for, in one step or in all.
    package struct Share: Sendable, Hashable, Codable {
        package fileprivate(set) var instances = 0
        /// Those whose file only moves included.
        package fileprivate(set) var done = 0
        /// Those whose file is only fetched again included.
        package fileprivate(set) var continues = 0
        package fileprivate(set) var runs = 0
        package fileprivate(set) var held = 0
        /// Those that a run leaves as they ended: without success.
        package fileprivate(set) var failed = 0
        package fileprivate(set) var excluded = 0
        /// Those that wait for a person's choice: what they would take is in `waitingSubmissions`, `waitingCost` and
        /// `waitingUnknownPrices`, and in nothing else.
        package fileprivate(set) var waiting = 0
        package fileprivate(set) var waitingSubmissions = 0
        package fileprivate(set) var waitingCost: [Money] = []
        package fileprivate(set) var waitingUnknownPrices = 0
        package fileprivate(set) var submissions = 0
        /// One amount a unit; what has no known price is in `unknownPrices` instead.
        package fileprivate(set) var cost: [Money] = []
        package fileprivate(set) var unknownPrices = 0

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
        package fileprivate(set) var share: Share
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
    package private(set) var instances: [Instance] = []

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
    ///   - standing: of an instance of `plan`.
    ///   - requests: the fewest requests that what is left takes, by account.
    ///   - spent: by earlier runs of the campaign, by account.
    ///   - reserved: for submissions of unknown fate, by account.
    ///   - maxCost: what the run may spend, whatever earlier ones did.
    ///   - uploaded: transfers whose content is at the provider already.
    ///   - changes: what changed since an earlier instance took the place of one of the plan.
    package init(
        plan: Plan, standing: (StepInstance) -> PlanStanding, requests: [AccountID: Int] = [:], spent: [AccountID: Amounts] = [:],
        reserved: [AccountID: Reservation] = [:], maxCost: [Money] = [], uploaded: Set<Int> = [], changes: [Identity: [RequestChange]] = [:]
    ) {
        campaign = plan.campaign
        manifest = plan.manifestPath
        var positions: [String: Int] = [:]
        var planned: [AccountID: (cost: Amounts, unknown: Int)] = [:]
        var uploads: Set<Int> = []
        for instance in plan.instances {
            let standing = standing(instance)
            let due = Due(instance, standing)
            if case .runs = standing { uploads.formUnion(instance.transfers) }
            let position = positions[instance.step] ?? steps.count
            if position == steps.count {
                positions[instance.step] = position
                steps.append(
                    Step(step: instance.step, uses: instance.operation, account: instance.account.description, share: Share()))
            }
            steps[position].share.add(due, standing)
            totals.add(due, standing)
            for price in due.prices where !due.isWaiting {
                if let money = price.money {
                    planned[instance.account, default: (Amounts(), 0)].cost += money
                } else {
                    planned[instance.account, default: (Amounts(), 0)].unknown += 1
                }
            }
            instances.append(Self.line(instance, standing, due, changes[instance.identity]))
        }
        transfers = uploads.subtracting(uploaded).count
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

    /// What of an instance is still to be paid for.
    fileprivate struct Due {
        let prices: [Price]
        /// It would be paid only once a person has chosen.
        let isWaiting: Bool
        var unknown: Int { prices.count { $0.money == nil } }

        init(_ instance: StepInstance, _ standing: PlanStanding) {
            isWaiting = if case .waits = standing { true } else { false }
            switch standing {
            case .done, .moves, .fetches, .stays, .held, .excluded: prices = []
            case .runs, .waits: prices = instance.jobs.map(\.price)
            case .continues(_, let unsent): prices = unsent.filter(instance.jobs.indices.contains).map { instance.jobs[$0].price }
            }
        }
    }

    private static func line(_ instance: StepInstance, _ standing: PlanStanding, _ due: Due, _ changes: [RequestChange]?) -> Instance {
        var sums = Amounts()
        for money in due.prices.compactMap(\.money) { sums += money }
        return Instance(
            step: instance.step, instance: instance.name, identity: instance.identity.hex, uses: instance.operation,
            provider: instance.account.provider, account: instance.account.label, standing: standing.name, reason: standing.explanation,
            changes: changes,
            submissions: due.prices.count, cost: due.unknown == 0 ? sums.all.first : nil, unknownPrices: due.unknown,
            outputs: instance.outputs.map(\.path))
    }

    private static func account(_ plan: AccountPlan, requests: Int?) -> Account {
        Account(
            provider: plan.id.provider, account: plan.id.label, title: plan.title, threads: plan.limits.threads,
            requests: plan.limits.requests.map { "\($0.rate)" }, dailyImages: plan.limits.dailyImages, dayZone: plan.limits.dayZone,
            spend: plan.limits.spend.isEmpty ? nil : plan.limits.spend.map { "\($0)" }, requestsAtLeast: requests,
            assumptions: plan.assumptions)
    }
}

extension PlanReport.Share {
    fileprivate mutating func add(_ due: PlanReport.Due, _ standing: PlanStanding) {
        instances += 1
        switch standing {
        case .done, .moves: done += 1
        case .continues, .fetches: continues += 1
        case .waits: waiting += 1
        case .runs: runs += 1
        case .stays: failed += 1
        case .held: held += 1
        case .excluded: excluded += 1
        }
        var sums = Amounts()
        for money in (due.isWaiting ? waitingCost : cost) + due.prices.compactMap(\.money) { sums += money }
        if due.isWaiting {
            waitingSubmissions += due.prices.count
            waitingUnknownPrices += due.unknown
            waitingCost = sums.all
        } else {
            submissions += due.prices.count
            unknownPrices += due.unknown
            cost = sums.all
        }
    }
}
