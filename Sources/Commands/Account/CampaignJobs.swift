import Checkpoint
import Foundation
import Pipeline
import Runner
import Scheduling

/// The jobs that a campaign's instances have at providers, as its state knows them.
struct CampaignJobs {
    struct Job {
        let account: AccountID
        let operation: Pipeline.Operation
        let accepted: AcceptedJob
        /// What it fills, in the order the provider numbers its results.
        let outputs: [PlannedOutput]
    }

    private let plan: Plan
    private let stores: ReadStores
    private let output: OutputFolder

    /// As they stand in the campaign's state now: repetitions, choices and variables as its last run had them.
    ///
    /// - Throws: exit 65, 66 where the campaign is wrong, 74 where its state cannot be read.
    init(_ loader: CampaignLoader, _ places: CampaignPlaces) throws(CommandFailure) {
        plan = try loader.load().plan
        stores = try ReadStores.open(places)
        output = OutputFolder(root: places.output(of: plan.campaign))
    }

    /// Those of the instances that any of `names` means, in plan order.
    ///
    /// - Throws: exit 64 where a name means nothing, or nothing of it was submitted.
    func named(_ names: [String]) throws(CommandFailure) -> [Job] {
        let positions = try InstanceSelection(plan: plan, output: output.root, artifacts: stores.state.artifacts).positions(of: names)
        let history = CampaignHistory(plan: plan, state: stores.state, others: stores.requests.others(than: plan.campaign)) {
            output.standing(of: $0, hashing: false)
        }
        let jobs = positions.sorted().flatMap { position in
            let instance = plan.instances[position]
            return instance.jobs.enumerated().compactMap { index, planned -> Job? in
                guard let accepted = history.lastAttempts[JobReference(instance: position, job: index)]?.stage.accepted, !accepted.isGiven
                else { return nil }
                let outputs = planned.outputs.filter { instance.outputs.indices.contains($0) }.map { instance.outputs[$0] }
                return Job(account: instance.account, operation: instance.operation, accepted: accepted, outputs: outputs)
            }
        }
        guard !jobs.isEmpty else {
            throw CommandFailure(.usage, "nothing of \(names.joined(separator: ", ")) was accepted by a provider yet; nothing was sent")
        }
        return jobs
    }
}
