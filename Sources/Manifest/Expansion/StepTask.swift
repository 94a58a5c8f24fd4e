import Definitions
import Pipeline

/// What all instances of a step share.
struct StepTask {
    let step: Step
    let operation: Operation
    let provider: ProviderTable.Provider
    let dependencies: Positions
    let needs: Positions
    /// Why it may not be paid yet, whatever its parameters are: nothing of a step it needs goes on.
    let wait: ChoiceWait?
    var arguments: StepArguments
    var planner: OperationPlanner
    var descriptions: InstanceDescriptions
    let outputs: OutputPlanner
    /// Of the instance before, which most often are the next one's.
    private var last: StepTraits?

    init(
        step: Step, operation: Operation, provider: ProviderTable.Provider, dependencies: Positions, needs: Positions, wait: ChoiceWait?,
        arguments: StepArguments, campaign: String, places: ScalarPlaces
    ) {
        self.step = step
        self.operation = operation
        self.provider = provider
        self.dependencies = dependencies
        self.needs = needs
        self.wait = wait
        self.arguments = arguments
        planner = OperationPlanner(operation, of: provider.definition)
        outputs = OutputPlanner(step: step, places: places)
        descriptions = InstanceDescriptions(campaign: campaign, operation: operation, account: provider.account)
    }

    /// What it only waits for.
    func needs(without dependencies: Positions) -> Positions {
        guard !needs.isEmpty, !dependencies.isEmpty else { return needs }
        let taken = Set(dependencies)
        return Positions(needs.filter { !taken.contains($0) })
    }

    /// What an instance has in common with those before it, kept once.
    mutating func traits(_ plan: OperationPlan, awaits: ChoiceWait?) -> StepTraits {
        if let last, last.expectedDuration == plan.expectedDuration, last.awaits == awaits, last.renditions == plan.renditions {
            return last
        }
        let traits = StepTraits(
            step: step.name.content, place: step.name.place, operation: operation, account: provider.account, retry: step.retry,
            timeout: step.timeout, onFailure: step.onFailure, expectedDuration: plan.expectedDuration, renditions: plan.renditions,
            awaits: awaits)
        last = traits
        return traits
    }
}
