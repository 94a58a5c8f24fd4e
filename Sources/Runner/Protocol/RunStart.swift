package import Checkpoint
package import Pipeline
package import Scheduling

/// What a run's protocol starts from: values alone.
package struct RunStart: Sendable {
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
    package let builders: [AccountID: any SubmissionBuilder]
    package let holder: LeaseHolder
    package let options: MachineOptions
    /// What of the accounts' limits was used up when the run began: the least time that it can take depends on it.
    package let standing: [AccountID: LowerBound.Standing]

    package init(
        plan: Plan, state: CheckpointState, history: CampaignHistory, requests: [Identity: RequestRecord],
        variables: [String: String] = [:], raised: [Identity: GenerationRecord] = [:], builders: [AccountID: any SubmissionBuilder],
        holder: LeaseHolder, options: MachineOptions, standing: [AccountID: LowerBound.Standing] = [:]
    ) {
        self.plan = plan
        self.state = state
        self.history = history
        self.requests = requests
        self.variables = variables
        self.raised = raised
        self.builders = builders
        self.holder = holder
        self.options = options
        self.standing = standing
    }
}
