/// One thing that happened in a run, after it was made durable. The single stream that terminal, JSON Lines and reports are fed from.
package struct RunEvent: Sendable, Hashable {
    /// From 1, without gaps within a run.
    package let sequence: Int
    package let time: Timestamp
    /// The run's identifier.
    package let run: String
    package let kind: Kind

    package init(sequence: Int, time: Timestamp, run: String, kind: Kind) {
        self.sequence = sequence
        self.time = time
        self.run = run
        self.kind = kind
    }

    /// What happened. Instances are named as people read them.
    package enum Kind: Sendable, Hashable {
        /// `cached` of `instances` were done before this run.
        case runStarted(campaign: String, instances: Int, cached: Int)
        /// A paid submission is about to leave; its intent is on disk.
        case stepSubmitted(instance: String, step: String, job: Int, attempt: Int, price: Price)
        /// The provider accepted it under `remoteID`, which is on disk.
        case jobAccepted(instance: String, job: Int, remoteID: String)
        /// `progress` in percent where the provider says it.
        case jobPolled(instance: String, remoteID: String, state: String, progress: Int?)
        /// The job reached its end at the provider. `cost` is estimated where the provider did not report it; nil: not billed, or nobody knows.
        case jobEnded(instance: String, remoteID: String, outcome: JobOutcome, cost: CostLine?)
        /// A submission without a reply was settled by the provider's own listing, or could not be.
        case jobReconciled(instance: String, job: Int, result: ReconciliationResult, remoteID: String?)
        case transferFinished(source: String, account: AccountID)
        case artifactSaved(instance: String, artifact: Artifact)
        /// The file of a finished output is gone, or (`isAltered`) no longer what was saved: it is fetched again, nothing is paid.
        case artifactMissed(instance: String, path: String, isAltered: Bool)
        /// It will be tried again at `at`.
        case stepRetried(instance: String, reason: String, at: Timestamp)
        case stepFinished(instance: String, step: String, status: InstanceStatus, reason: String?)
        /// Others use the account's key: the provider counts so many requests that no run of this user has sent.
        case limitShared(account: AccountID, requests: Int)
        /// Nothing can be sent to `account` before `until` (nil: not known).
        case limitWaited(account: AccountID, limit: LimitName, until: Timestamp?)
        /// The run ends with outputs of `step` that a person may choose from, and instances that wait for that.
        case choiceAwaited(step: String, paths: [String], waiting: Int)
        /// No more is sent, to one account or (nil) to any.
        case runStopping(account: AccountID?, reason: String, exitCode: ExitCode, obstacle: MoneyObstacle? = nil)
        case runFinished(exitCode: ExitCode, totals: RunTotals)
    }
}

/// How a job ended at the provider.
package enum JobOutcome: String, Sendable, Hashable, Codable, CaseIterable {
    case succeeded
    case failed
    /// Refused by a content policy.
    case blocked
    case canceled
    /// Its results are gone.
    case expired
}

/// What reconciliation concluded about one submission without a reply.
package enum ReconciliationResult: String, Sendable, Hashable, Codable {
    case adopted
    case notSubmitted = "not_submitted"
    case held
    /// Nobody can know, and another attempt is paid for as `--on-unknown resubmit` says.
    case resubmitted
    /// It is no step of this run, and is looked for: what a listing could not tell from it waits.
    case sought
    /// No step of this run; the provider has it, which is on record now.
    case kept
    /// No step of this run; the provider never received it.
    case dropped
}

/// Where an instance stands; the last of them are ends.
package enum InstanceStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case waiting
    case running
    case succeeded
    /// Fewer outputs than planned; what came is kept.
    case partial
    case failed
    /// Past its `timeout`; its job is asked about first in the next run.
    case timedOut = "timed_out"
    /// Dropped because something it depends on did not succeed.
    case skipped
    /// A submission whose fate is unknown: never sent again by itself.
    case held
}

/// A limit a run may wait for.
package enum LimitName: String, Sendable, Hashable, Codable, CaseIterable {
    case threads
    case requests
    case dailyImages = "daily_images"
    /// What the account may spend (`limits.spend`).
    case spend
    /// A submission that a listing could not tell from this one has no reply yet.
    case fingerprint
    /// The provider asked for a pause.
    case throttled
}

/// The counts of one run.
package struct RunTotals: Sendable, Hashable, Codable {
    package var steps: Int
    package var done: Int
    package var cached: Int
    package var failed: Int
    package var held: Int
    /// Instances for which nothing is paid before a person has chosen what they take.
    package var waiting: Int
    /// Requests sent to providers in this run.
    package var requests: Int
    /// What the campaign cost over all runs, also what the plan no longer asks for.
    package var cost: [CostLine]
    /// Of it, what this run submitted.
    package var spent: [CostLine]
    /// Jobs of `cost` whose price nobody knows: it lacks what they cost.
    package var unknownPrices: Int
    /// Jobs of `spent` whose price nobody knows.
    package var spentUnknownPrices: Int
    /// What submissions of unknown fate may have cost, over all runs; no part of `cost`.
    package var reserved: [CostLine]
    /// How many submissions that is.
    package var reservedJobs: Int
    /// Those of them that wait for a person's decision.
    package var reservedHeld: Int
    /// How long this run took, against the least that what it did can take; nil where it did nothing, or did not come to its end.
    package var makespan: Makespan?

    package init(
        steps: Int, done: Int, cached: Int, failed: Int, held: Int, waiting: Int = 0, requests: Int, cost: [CostLine],
        spent: [CostLine] = [], unknownPrices: Int = 0, spentUnknownPrices: Int = 0, reserved: [CostLine] = [], reservedJobs: Int = 0,
        reservedHeld: Int = 0, makespan: Makespan? = nil
    ) {
        self.steps = steps
        self.done = done
        self.cached = cached
        self.failed = failed
        self.held = held
        self.waiting = waiting
        self.requests = requests
        self.cost = cost
        self.spent = spent
        self.unknownPrices = unknownPrices
        self.spentUnknownPrices = spentUnknownPrices
        self.reserved = reserved
        self.reservedJobs = reservedJobs
        self.reservedHeld = reservedHeld
        self.makespan = makespan
    }

    private enum CodingKeys: String, CodingKey {
        case steps, done, cached, failed, held, waiting, requests, cost, spent, reserved, makespan
        case unknownPrices = "unknown_prices"
        case spentUnknownPrices = "spent_unknown_prices"
        case reservedJobs = "reserved_jobs"
        case reservedHeld = "reserved_held"
    }

    /// Totals that an earlier version recorded lack what it did not count.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            steps: try container.decode(Int.self, forKey: .steps), done: try container.decode(Int.self, forKey: .done),
            cached: try container.decode(Int.self, forKey: .cached), failed: try container.decode(Int.self, forKey: .failed),
            held: try container.decode(Int.self, forKey: .held), waiting: try container.decodeIfPresent(Int.self, forKey: .waiting) ?? 0,
            requests: try container.decode(Int.self, forKey: .requests), cost: try container.decode([CostLine].self, forKey: .cost),
            spent: try container.decode([CostLine].self, forKey: .spent),
            unknownPrices: try container.decodeIfPresent(Int.self, forKey: .unknownPrices) ?? 0,
            spentUnknownPrices: try container.decodeIfPresent(Int.self, forKey: .spentUnknownPrices) ?? 0,
            reserved: try container.decodeIfPresent([CostLine].self, forKey: .reserved) ?? [],
            reservedJobs: try container.decodeIfPresent(Int.self, forKey: .reservedJobs) ?? 0,
            reservedHeld: try container.decodeIfPresent(Int.self, forKey: .reservedHeld) ?? 0,
            makespan: try container.decodeIfPresent(Makespan.self, forKey: .makespan))
    }
}

/// One unit of a cost. `estimated`: the provider did not report it, it is the plan's price.
package struct CostLine: Sendable, Hashable, Codable {
    package let money: Money
    package let estimated: Bool

    package init(money: Money, estimated: Bool) {
        self.money = money
        self.estimated = estimated
    }

    private enum CodingKeys: String, CodingKey { case estimated }

    package init(from decoder: any Decoder) throws {
        money = try Money(from: decoder)
        estimated = try decoder.container(keyedBy: CodingKeys.self).decode(Bool.self, forKey: .estimated)
    }

    package func encode(to encoder: any Encoder) throws {
        try money.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(estimated, forKey: .estimated)
    }
}
