import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Runner
import Scheduling

/// What our side has on record of a campaign: campaigns of one folder share a state file.
struct AuditBooks {
    private let stores: ReadStores
    private let plan: Plan
    private let own: [JobRecord]
    private let others: Set<Identity>

    init(_ stores: ReadStores, _ plan: Plan) {
        self.stores = stores
        self.plan = plan
        let others = stores.requests.others(than: plan.campaign)
        self.others = others
        own = stores.state.jobs.values.filter { !others.contains($0.intent.key.identity) }
    }

    /// As the definitions have it now; other campaigns' lines are not restated.
    var ledger: Ledger { stores.state.ledger.restated(own, refunded: plan.refunded) }

    /// Lines that are on record.
    var lines: Int { stores.state.ledger.entries.count }

    var accounts: Set<AccountID> { Set(own.map(\.intent.account)) }

    var byKey: [JobKey: JobRecord] { stores.state.jobs }

    func jobs(at account: AccountID) -> [JobRecord] { own.filter { $0.intent.account == account } }

    var names: [Identity: String] { lastCalled(\.name, \.name, \.name) }

    var steps: [Identity: String] { lastCalled(\.step, \.step, \.step) }

    /// What instances are called: by the plan, else as they were requested, else as they ended.
    private func lastCalled(
        _ recorded: KeyPath<InstanceRecord, String>, _ requested: KeyPath<RequestRecord, String>, _ planned: KeyPath<StepInstance, String>
    ) -> [Identity: String] {
        var texts = stores.state.instances.mapValues { $0[keyPath: recorded] }
        for record in stores.requests.values { texts[record.identity] = record[keyPath: requested] }
        for instance in plan.instances { texts[instance.identity] = instance[keyPath: planned] }
        return texts
    }

    /// What is on record and not compared.
    func notes(asked: Set<AccountID>) -> [String] {
        var notes: [String] = []
        let foreign = stores.state.jobs.keys.filter { others.contains($0.identity) }
        if !foreign.isEmpty {
            let campaigns = Set(foreign.compactMap { stores.requests[$0.identity]?.campaign }).sorted().joined(separator: ", ")
            notes.append(
                "\(foreign.count) \(foreign.count == 1 ? "job" : "jobs") of other campaigns in this folder (\(campaigns)): audit them by their manifests"
            )
        }
        for account in accounts.subtracting(asked).sorted() {
            let count = jobs(at: account).count
            notes.append("\(count) \(count == 1 ? "job" : "jobs") at \(account), which the campaign no longer uses")
        }
        return notes
    }

    /// The ids of `ids` that submissions of any campaign explain, and the images counted today.
    ///
    /// - Throws: exit 74 where the account's memory cannot be read.
    func memory(of account: AccountPlan, ids: [String]) throws(CommandFailure) -> (explained: Set<String>, imagesToday: Int?) {
        let foreign = stores.state.jobs.values.filter { others.contains($0.intent.key.identity) && $0.intent.account == account.id }
        let known = Set(foreign.compactMap(\.stage.remoteID))
        guard let store = stores.accounts else { return (known, nil) }
        do throws(CheckpointError) {
            let standing = try store.standing(of: account.id, limits: account.limits, now: Timestamp(Date()))
            return (try store.explainedJobs(among: ids, account: account.id).union(known), standing.usage.imagesToday)
        } catch {
            throw CommandFailure(error)
        }
    }
}
