package import Checkpoint
package import Pipeline
package import Scheduling

/// What a forecast is made from: the plan, what earlier runs left of it, and the accounts as they stand now.
package struct ForecastRequest: Sendable {
    package var plan: Plan
    package var restored: RestoredCampaign
    /// Instances to run, ancestors included; nil is all.
    package var only: Set<Int>?
    /// By account; one that is missing was never used.
    package var accounts: [AccountID: AccountSnapshot]
    /// Transfers whose content is at the provider already.
    package var uploaded: Set<Int>
    /// By position in the plan: how long one of its jobs takes at the least and at the most by its definition; nil where that says only what
    /// is typical.
    package var durations: [ClosedRange<Duration>?]
    /// By position in the plan: the fewest requests of all its jobs.
    package var requests: [[CallKind: Int]]
    /// What the run may spend (`--max-cost`), each in its unit.
    package var maxCost: [Money]
    package var now: Timestamp
    package var pace: Pace

    /// How long things take that no definition says: assumptions for a broadband line and a local disk.
    package struct Pace: Sendable {
        /// A request and its reply.
        package var call: Duration
        /// A result's download.
        package var download: Duration
        /// One durable write.
        package var write: Duration

        package init(call: Duration = .milliseconds(400), download: Duration = .milliseconds(1500), write: Duration = .milliseconds(5)) {
            self.call = call
            self.download = download
            self.write = write
        }

        /// On this machine, where the embedded sandbox is.
        package static let local = Pace(call: .milliseconds(5), download: .milliseconds(20), write: .milliseconds(5))
    }

    package init(
        plan: Plan, restored: RestoredCampaign = RestoredCampaign(), only: Set<Int>? = nil, accounts: [AccountID: AccountSnapshot] = [:],
        uploaded: Set<Int> = [], durations: [ClosedRange<Duration>?] = [], requests: [[CallKind: Int]] = [], maxCost: [Money] = [],
        now: Timestamp,
        pace: Pace = Pace()
    ) {
        self.plan = plan
        self.restored = restored
        self.only = only
        self.accounts = accounts
        self.uploaded = uploaded
        self.durations = durations
        self.requests = requests
        self.maxCost = maxCost
        self.now = now
        self.pace = pace
    }
}

extension ForecastRequest {
    /// What the accounts have learned of how long jobs take.
    var learned: [AccountID: [DurationClass: DurationModel]] { accounts.mapValues(\.durations) }
}
