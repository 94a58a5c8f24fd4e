package import Checkpoint
package import Pipeline
package import Scheduling

/// Everything one run works with. Locks are held and the store is opened by the caller, for as long as the run lasts.
package struct RunRequest: Sendable {
    package let plan: Plan
    /// All that the checkpoint knows, loaded since this run took over writing.
    package let state: CheckpointState
    /// The same, seen through the plan.
    package let history: CampaignHistory
    /// What recorded instances asked for.
    package let requests: [Identity: RequestRecord]
    /// What the command line gave the manifest, as `RequestRecord.variables` keeps it.
    package let variables: [String: String]
    /// What `--rerun` raises, by the identity that the plan has for it: on record with the first intent of any of it, so that a repetition for
    /// which nothing was sent leaves nothing behind.
    package let raised: [Identity: GenerationRecord]
    /// One for every account of the plan.
    package let ports: [AccountID: any ProviderPort]
    package let checkpoint: any CheckpointStore
    package let token: FencingToken
    package let accounts: any AccountStore
    package let holder: LeaseHolder
    package let output: OutputFolder
    package let options: MachineOptions
    /// What of the accounts' limits was used up when the run began.
    package let standing: [AccountID: LowerBound.Standing]
    /// Hash every file instead of trusting size, time and inode.
    package let verify: Bool
    package let clock: any RunClock
    package let failpoints: Failpoints
    package let omission: Omission?
    /// Whether the process that holds a lease still lives.
    package let isAlive: @Sendable (LeaseHolder) -> Bool
    /// Is told every event in order, after what it tells became durable; must not block.
    package let sink: @Sendable (RunEvent) -> Void

    package init(
        plan: Plan, state: CheckpointState, history: CampaignHistory, requests: [Identity: RequestRecord],
        variables: [String: String] = [:], raised: [Identity: GenerationRecord] = [:], ports: [AccountID: any ProviderPort],
        checkpoint: any CheckpointStore, token: FencingToken,
        accounts: any AccountStore,
        holder: LeaseHolder, output: OutputFolder, options: MachineOptions,
        standing: [AccountID: LowerBound.Standing] = [:], verify: Bool, clock: any RunClock,
        failpoints: Failpoints = .none, omission: Omission? = nil, isAlive: @escaping @Sendable (LeaseHolder) -> Bool,
        sink: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.plan = plan
        self.state = state
        self.history = history
        self.requests = requests
        self.variables = variables
        self.raised = raised
        self.ports = ports
        self.checkpoint = checkpoint
        self.token = token
        self.accounts = accounts
        self.holder = holder
        self.output = output
        self.options = options
        self.standing = standing
        self.verify = verify
        self.clock = clock
        self.failpoints = failpoints
        self.omission = omission
        self.isAlive = isAlive
        self.sink = sink
    }
}

extension RunRequest {
    /// The values among it.
    var start: RunStart {
        RunStart(
            plan: plan, state: state, history: history, requests: requests, variables: variables, raised: raised,
            builders: ports.mapValues { $0 }, holder: holder, options: options, standing: standing)
    }
}

/// How a run ended.
package struct RunOutcome: Sendable {
    package let exitCode: ExitCode
    package var summary: RunSummary
    /// The results of what is planned, where they are on record.
    package var files: [OutputReference: ArtifactRecord] = [:]
    /// Whether no submission is left that a later run would ask about.
    package var isSettled = false
}
