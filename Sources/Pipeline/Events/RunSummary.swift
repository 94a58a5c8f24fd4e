/// `run.json`: what a run did, for programs. The names are a contract.
package struct RunSummary: Sendable, Hashable, Codable {
    package var version = 1
    package let campaign: String
    package let run: String
    /// `succeeded`, or the name of what stopped or marred it: `failed`, `held`, `choice`, `budget`, `credits`, `quota`, `interrupted` …
    package let status: String
    package let startedAt: String
    package let finishedAt: String
    package let totals: RunTotals
    package private(set) var steps: [Step]
    /// Submissions of an earlier form of the campaign that are or may be billed, and of which nothing was fetched.
    package var left: [LeftJob]

    package struct LeftJob: Sendable, Hashable, Codable {
        package enum Stage: String, Sendable, Hashable, Codable {
            /// The provider took it, and nobody has looked since.
            case accepted
            /// It was made; the result is at the provider.
            case unfetched
            /// Its fate is unknown.
            case unknown
        }

        /// The provider's id; nil where nobody knows it.
        package let job: String?
        package let identity: String
        package let account: String
        /// What its instance was called.
        package let instance: String?
        package let stage: Stage
        /// What it cost, or may have; nil where the price is unknown.
        package let cost: CostLine?

        package init(job: String?, identity: String, account: String, instance: String?, stage: Stage, cost: CostLine?) {
            self.job = job
            self.identity = identity
            self.account = account
            self.instance = instance
            self.stage = stage
            self.cost = cost
        }
    }

    package struct Step: Sendable, Hashable, Codable {
        package let step: String
        package let instance: String
        package let identity: String
        package let uses: Operation
        package let provider: String
        package let account: String
        package let status: InstanceStatus
        /// Why it is not done, in a sentence.
        package let reason: String?
        /// Done in an earlier run; nothing was sent for it in this one.
        package let cached: Bool
        package let attempts: Int
        /// The provider's ids of every job that was accepted for it.
        package let jobs: [String]
        /// Nil where nothing was submitted, or where the price is unknown.
        package let cost: CostLine?
        /// Jobs whose price nobody knows: `cost` lacks what they cost.
        package let unknownPrices: Int
        /// What submissions of unknown fate may have cost; nil where there is none, or where the price is unknown.
        package let reserved: CostLine?
        package let artifacts: [Artifact]
        /// The paths of the outputs that a person chose; nil where the step leaves no choice.
        package let chosen: [String]?

        package init(
            step: String, instance: String, identity: String, uses: Operation, provider: String, account: String, status: InstanceStatus,
            reason: String?, cached: Bool, attempts: Int, jobs: [String], cost: CostLine?, unknownPrices: Int = 0,
            reserved: CostLine? = nil, artifacts: [Artifact], chosen: [String]? = nil
        ) {
            self.step = step
            self.instance = instance
            self.identity = identity
            self.uses = uses
            self.provider = provider
            self.account = account
            self.status = status
            self.reason = reason
            self.cached = cached
            self.attempts = attempts
            self.jobs = jobs
            self.cost = cost
            self.unknownPrices = unknownPrices
            self.reserved = reserved
            self.artifacts = artifacts
            self.chosen = chosen
        }

        private enum CodingKeys: String, CodingKey {
            case step, instance, identity, uses, provider, account, status, reason, cached, attempts, jobs, cost, reserved, artifacts,
                chosen
            case unknownPrices = "unknown_prices"
        }
    }

    package init(
        campaign: String, run: String, status: String, startedAt: Timestamp, finishedAt: Timestamp, totals: RunTotals, steps: [Step],
        left: [LeftJob] = []
    ) {
        self.campaign = campaign
        self.run = run
        self.status = status
        self.startedAt = startedAt.description
        self.finishedAt = finishedAt.description
        self.totals = totals
        self.steps = steps
        self.left = left
    }

    /// Whether everything is done and nothing is left to be told of: the next run finds nothing to do, as long as nothing changes.
    package var isComplete: Bool {
        status == ExitCode.done.runStatus && left.isEmpty && totals.done == totals.steps && totals.failed == 0 && totals.held == 0
            && totals.waiting == 0 && totals.reservedJobs == 0 && steps.count == totals.steps
            && steps.allSatisfy { $0.status == .succeeded && $0.reason == nil }
    }

    /// The same without its steps.
    package var withoutSteps: RunSummary {
        var summary = self
        summary.steps = []
        return summary
    }

    /// What a run says after this one, which is complete, where it has nothing to do; without steps, of which it says nothing else than that they
    /// were done before.
    package func repeated(run: String, startedAt: Timestamp, finishedAt: Timestamp) -> RunSummary {
        var totals = totals
        totals.cached = totals.steps
        totals.requests = 0
        totals.spent = []
        totals.spentUnknownPrices = 0
        totals.makespan = nil
        return RunSummary(
            campaign: campaign, run: run, status: status, startedAt: startedAt, finishedAt: finishedAt, totals: totals, steps: [])
    }

    private enum CodingKeys: String, CodingKey {
        case version, campaign, run, status, totals, steps, left
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }
}
