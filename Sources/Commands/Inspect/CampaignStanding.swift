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
    /// By position: dependencies come first, so each is decided once.
    private var standings: [PlanStanding] = []

    init(plan: Plan, stores: ReadStores, output: OutputFolder) {
        self.plan = plan
        state = stores.state
        accounts = stores.accounts
        history = CampaignHistory(plan: plan, state: stores.state) { output.isInPlace($0, hashing: false) }
        var names: [String: Set<Identity>] = [:]
        for record in stores.state.instances.values { names[record.name, default: []].insert(record.identity) }
        self.names = names
        standings.reserveCapacity(plan.instances.count)
        for position in plan.instances.indices { standings.append(decide(position)) }
    }

    /// What a run would do with the instance at `position`.
    func standing(_ position: Int) -> PlanStanding { standings[position] }

    private func decide(_ position: Int) -> PlanStanding {
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
            case .ended(let accepted, let outcome, _, let message, _):
                let isFree = outcome == .failed && plan.refunded[instance.account]?.contains(outcome) == true
                if isFree { break }
                let words = message.map { ": \($0)" } ?? ""
                return .stays(
                    reason:
                        "job \(accepted.remoteID) ended \(outcome.rawValue)\(words); it may have been billed, so only a changed request is paid for again"
                )
            case .refused: break
            }
        }
        if let cause = instance.dependencies.lazy.compactMap({ failure(of: $0) }).first { return .stays(reason: cause) }
        if !remote.isEmpty { return .continues(jobs: remote, unsent: unsent(position)) }
        return .runs(reason: reason(instance))
    }

    /// Why an instance that others take data from will not give it; nil where it may.
    private func failure(of position: Int) -> String? {
        guard standings.indices.contains(position) else { return nil }
        switch standings[position] {
        case .stays: return "\(plan.instances[position].name) failed"
        default: return nil
        }
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
