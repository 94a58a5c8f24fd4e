package import Checkpoint
package import Pipeline

/// What a campaign's state has of instances that the campaign no longer asks for, and that was paid for, or may have been, without a file.
package struct LeftJobs: Sendable {
    package let all: [RunSummary.LeftJob]

    /// - Parameters:
    ///   - state: without what is of other campaigns.
    ///   - requests: what recorded instances asked for. What was cleaned away tells of no files any more, and is not told of again.
    package init(plan: Plan, state: CheckpointState, requests: [Identity: RequestRecord]) {
        let planned = Set(plan.instances.map(\.identity))
        let ledger = state.ledger.restated(state.jobs.values, refunded: plan.refunded)
        let orphans = state.jobs.values.filter { !planned.contains($0.intent.key.identity) }
        func lacksFiles(_ key: JobKey) -> Bool {
            guard let outputs = requests[key.identity]?.outputs, outputs.indices.contains(key.job) else { return false }
            let first = outputs[..<key.job].reduce(0, +)
            return (first..<first + outputs[key.job]).contains { state.artifacts[key.identity]?[$0] == nil }
        }
        all = orphans.compactMap { record -> (SortKey, RunSummary.LeftJob)? in
            let key = record.intent.key
            let stage: RunSummary.LeftJob.Stage
            switch record.stage {
            case .refused, .abandoned: return nil
            case .intended, .held: stage = .unknown
            case .accepted: stage = .accepted
            case .ended:
                guard record.isMade, lacksFiles(key) else { return nil }
                stage = .unfetched
            }
            let price = record.intent.price.money.map { CostLine(money: $0, estimated: true) }
            let job = RunSummary.LeftJob(
                job: record.stage.remoteID, identity: key.identity.hex, account: "\(record.intent.account)",
                instance: requests[key.identity]?.name ?? state.instances[key.identity]?.name, stage: stage,
                cost: ledger[key].lines.first ?? price)
            return (SortKey(identity: key.identity, job: key.job), job)
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private struct SortKey: Comparable {
        let identity: Identity
        let job: Int

        static func < (a: SortKey, b: SortKey) -> Bool { (a.identity, a.job) < (b.identity, b.job) }
    }
}

extension JobRecord {
    /// Whether the provider made it, and it was not given by hand.
    fileprivate var isMade: Bool {
        guard case .ended(let accepted, .succeeded, _, _, _) = stage else { return false }
        return !accepted.isGiven
    }
}
