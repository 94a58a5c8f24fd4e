import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting
import Runner

/// The end of a run that left nothing to do: what the next one needs to see that at once.
extension RunSession {
    /// Writes the seal where the next run of the same command would find nothing to do; else the one that is there goes.
    ///
    /// - Parameter store: the campaign's; closed by this where there is a seal to write.
    func seal(_ outcome: RunOutcome, _ store: SQLiteCheckpointStore, _ output: OutputFolder, _ access: [AccountID: ProviderAccess]) {
        let places = campaign.places(environment)
        guard var seal = seal(outcome, output, access) else { return RunSeal.remove(beside: places.state) }
        seal.renew(beside: places.state, closing: store, output)
    }

    private func seal(_ outcome: RunOutcome, _ output: OutputFolder, _ access: [AccountID: ProviderAccess]) -> RunSeal? {
        let plan = loaded.plan
        let results = plan.instances.reduce(0) { $0 + ($1.jobs.isEmpty ? 0 : $1.outputs.count) }
        guard outcome.exitCode == .done, outcome.isSettled, outcome.summary.isComplete, outcome.files.count == results,
            let digest = try? question?.digest, let inputs = loader.witness?.inputs, let uploads = SealedUploads(plan, outcome.files)
        else { return nil }
        var providers: [RunSeal.Provider] = []
        for (account, reach) in access.sorted(by: { $0.key < $1.key }) {
            guard let definition = loaded.definitions[account] else { return nil }
            providers.append(RunSeal.Provider(account: account, reach: ProviderReach(definition), address: reach.address))
        }
        let places = campaign.places(environment)
        return RunSeal(
            head: RunSeal.Head(
                question: digest, inputs: inputs, providers: providers, warnings: loaded.warningText, steps: plan.sealedSteps,
                uploads: uploads.instances, contents: uploads.contents, summary: outcome.summary.withoutSteps,
                settings: RunSeal.settings(campaign, places)),
            outputs: OutputRoll(Array(outcome.files.values)))
    }
}

extension Plan {
    fileprivate var sealedSteps: [RunSeal.Step] {
        var names: [String] = []
        var counts: [String: Int] = [:]
        for instance in instances {
            if counts[instance.step] == nil { names.append(instance.step) }
            counts[instance.step, default: 0] += 1
        }
        return names.map { RunSeal.Step(name: $0, instances: counts[$0] ?? 0) }
    }
}

/// The instances of a plan that are uploads alone: every run asks the account whether it still knows what they brought, and tells of them.
private struct SealedUploads {
    /// In the order in which a run tells of them: as the answers come.
    let instances: [RunSeal.Upload]
    let contents: [RunSeal.Content]

    /// Nil where it cannot be told what one of them brought.
    init?(_ plan: Plan, _ files: [OutputReference: ArtifactRecord]) {
        var uploads: [(last: Int, position: Int)] = []
        var contents: [AccountID: Set<String>] = [:]
        for (position, instance) in plan.instances.enumerated() where instance.jobs.isEmpty {
            uploads.append((instance.transfers.max() ?? -1, position))
            for transfer in instance.transfers {
                guard plan.transfers.indices.contains(transfer) else { return nil }
                let digest: String?
                switch plan.transfers[transfer].source {
                case .file(let file): digest = file.sha256
                case .output(let output): digest = files[output]?.artifact.sha256
                case .url: digest = nil
                }
                guard let digest else { return nil }
                contents[plan.transfers[transfer].account, default: []].insert(digest)
            }
        }
        instances = uploads.sorted { $0 < $1 }.map { _, position in
            let instance = plan.instances[position]
            return RunSeal.Upload(instance: instance.name, step: instance.step, account: instance.account)
        }
        self.contents = contents.sorted { $0.key < $1.key }.map { RunSeal.Content(account: $0.key, digests: $0.value) }
    }
}
