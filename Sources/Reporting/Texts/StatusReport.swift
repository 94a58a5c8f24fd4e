package import Pipeline

/// Where a campaign stands, read beside a run or after it: what `StatusText` tells.
package struct StatusReport: Sendable {
    /// What one instance that is not at its end waits for.
    package enum WaitReason: Sendable, Hashable {
        /// Instances that have to finish first.
        case dependencies([String])
        /// A slot of its account.
        case slot
        case request(until: Timestamp?)
        case dailyCap(until: Timestamp?)
        /// Why a budget, or a price that nobody knows, lets no run send it.
        case money(String)
        /// What the account may spend is used up: `500,000 VND/day`.
        case spendLimit(SpendLimit, until: Timestamp?)
        case retry(at: Timestamp, reason: String)
        /// The provider asked for a pause.
        case pause(until: Timestamp)
        /// A submission that looks the same has no reply yet.
        case twin
        /// Its jobs at the provider, by id; `progress` in percent where the provider says it.
        case jobs([String], progress: Int?)
        /// A person's choice: `waits for your choice among scene's pictures`.
        case choice(String)
        /// A person's decision about a submission whose fate is unknown, with what is known of it.
        case decision(String)
        /// The reply to a submission: in a live run it may come any moment, after a run it is unknown what became of it.
        case reply(isRunning: Bool)
        /// The next run, which fetches a lost file again from these jobs.
        case fetch([String], reason: String)
        /// Nothing: it ended so. What is known of it, and what the next run does.
        case end(String)
        /// Nothing but a run of the campaign.
        case run
    }

    package struct Step: Sendable, Hashable {
        package let name: String
        /// Instances by status.
        package let counts: [InstanceStatus: Int]

        package init(name: String, counts: [InstanceStatus: Int]) {
            self.name = name
            self.counts = counts
        }
    }

    package struct Instance: Sendable, Hashable {
        package let name: String
        package let status: InstanceStatus
        package let waitsFor: WaitReason
        /// What can be done about each of its submissions whose fate is unknown.
        package let fates: [FateReport]

        package init(name: String, status: InstanceStatus, waitsFor: WaitReason, fates: [FateReport] = []) {
            self.name = name
            self.status = status
            self.waitsFor = waitsFor
            self.fates = fates
        }
    }

    package struct Account: Sendable, Hashable {
        /// `Flow AI`.
        package let title: String
        package let gauge: AccountGauge

        package init(title: String, gauge: AccountGauge) {
            self.title = title
            self.gauge = gauge
        }
    }

    /// What is known of runs.
    package enum Activity: Sendable, Hashable {
        case never
        case running(run: String, processID: Int32, since: Timestamp)
        case ended(run: String, at: Timestamp, exitCode: ExitCode)
        /// It was killed before it could say how it ended.
        case cutOff(run: String, startedAt: Timestamp)
    }

    package let campaign: String
    package let manifest: String
    package let activity: Activity
    /// In plan order.
    package let steps: [Step]
    /// All that are not done, in plan order.
    package let instances: [Instance]
    package let accounts: [Account]
    /// By all runs so far.
    package let cost: [CostLine]
    /// Jobs whose price nobody knows: `cost` lacks what they cost.
    package let unknownPrices: Int
    /// What submissions of unknown fate may have cost.
    package let reserved: Reservation
    /// Whether it ran in the sandbox, where nobody looked.
    package let hasSandboxRuns: Bool
    /// What an earlier form of the campaign left, as `LeftText` tells it.
    package let left: [String]
    /// Ready to be pasted: what settles held submissions and makes choices.
    package let advice: [String]

    package init(
        campaign: String, manifest: String, activity: Activity, steps: [Step], instances: [Instance], accounts: [Account], cost: [CostLine],
        unknownPrices: Int = 0, reserved: Reservation = Reservation(), hasSandboxRuns: Bool = false, left: [String] = [],
        advice: [String] = []
    ) {
        self.campaign = campaign
        self.manifest = manifest
        self.activity = activity
        self.steps = steps
        self.instances = instances
        self.accounts = accounts
        self.cost = cost
        self.unknownPrices = unknownPrices
        self.reserved = reserved
        self.hasSandboxRuns = hasSandboxRuns
        self.left = left
        self.advice = advice
    }
}
