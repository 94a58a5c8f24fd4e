import Checkpoint
import Foundation
import Pipeline
import Reporting
import Runner
import Scheduling

/// How each instance of a plan stands by the stores, without a run.
struct CampaignStanding {
    let plan: Plan
    let state: CheckpointState
    let history: CampaignHistory
    private let accounts: (any AccountStore)?
    private let names: [String: Set<Identity>]

    init(plan: Plan, stores: ReadStores, output: OutputFolder) {
        self.plan = plan
        state = stores.state
        accounts = stores.accounts
        history = CampaignHistory(plan: plan, state: stores.state) { output.isInPlace($0, hashing: false) }
        var names: [String: Set<Identity>] = [:]
        for record in stores.state.instances.values { names[record.name, default: []].insert(record.identity) }
        self.names = names
    }

    /// What a run would do with the instance at `position`.
    func standing(_ position: Int) -> PlanStanding {
        let instance = plan.instances[position]
        if instance.jobs.isEmpty { return isUploaded(instance) ? .done : .runs(reason: "its file is not at the provider yet") }
        let restored = history.restored.instances[position] ?? RestoredInstance()
        if !restored.saved.isEmpty, instance.outputs.indices.allSatisfy({ restored.saved.contains($0) || restored.withheld.contains($0) }) {
            return moved(position).map { .moves(from: $0) } ?? .done
        }
        var remote: [String] = []
        for job in instance.jobs.indices {
            guard let record = history.lastAttempts[JobReference(instance: position, job: job)] else { continue }
            switch record.stage {
            case .held(let message): return .held(reason: message)
            case .intended: return .continues(jobs: [], unsent: unsent(position))
            case .accepted(let accepted, _): remote.append(accepted.remoteID)
            case .ended(let accepted, .succeeded, _, _, _): remote.append(accepted.remoteID)
            case .ended, .refused: break
            }
        }
        if !remote.isEmpty { return .continues(jobs: remote, unsent: unsent(position)) }
        return .runs(reason: reason(instance))
    }

    /// Instances that a run would not touch.
    var finished: Set<Int> {
        Set(
            plan.instances.indices.filter { position in
                switch standing(position) {
                case .done, .moves: true
                default: false
                }
            })
    }

    private func unsent(_ position: Int) -> [Int] {
        plan.instances[position].jobs.indices.filter { history.lastAttempts[JobReference(instance: position, job: $0)] == nil }
    }

    private func isUploaded(_ instance: StepInstance) -> Bool {
        instance.transfers.allSatisfy { transfer in
            guard case .file(let file) = plan.transfers[transfer].source, let accounts else { return false }
            return ((try? accounts.upload(of: file.sha256, account: instance.account)) ?? nil) != nil
        }
    }

    /// Where the file of a finished instance is, where that is not where the manifest wants it.
    private func moved(_ position: Int) -> String? {
        for (output, planned) in plan.instances[position].outputs.enumerated() {
            guard let record = history.artifacts[OutputReference(instance: position, output: output)] else { continue }
            if record.artifact.path != MediaExtension.corrected(planned.path, for: record.artifact.mediaType) {
                return record.artifact.path
            }
        }
        return nil
    }

    private func reason(_ instance: StepInstance) -> String {
        if let record = state.instances[instance.identity] {
            switch record.status {
            case .failed: return "failed in an earlier run" + (record.reason.map { ": \($0)" } ?? "")
            case .skipped: return "skipped in an earlier run"
            default: break
            }
        }
        if state.artifacts[instance.identity] != nil { return "its file is gone or was altered" }
        if let before = names[instance.name], !before.contains(instance.identity) { return "what it asks for, or an input of it, changed" }
        return "new"
    }
}

extension CampaignHistory {
    /// The instances that earlier runs finished, as the store tells it now.
    static func finished(in plan: Plan, _ store: any CheckpointStore, _ output: OutputFolder) -> Set<Int> {
        guard let state = try? store.load() else { return [] }
        return CampaignStanding(plan: plan, stores: ReadStores(state: state, accounts: nil), output: output).finished
    }
}
