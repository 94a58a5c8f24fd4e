import Checkpoint
import Foundation
import Pipeline
import Reporting
import Runner

/// A campaign as `--only` and `--rerun` ask for it: the plan with what they make anew, and how it stands. The same for `plan` and `run`.
struct SelectedCampaign {
    let loaded: LoadedCampaign
    private(set) var standing: CampaignStanding
    /// What is left to run, ancestors included; nil is everything.
    let chosen: Set<Int>?
    /// What is to be on record before anything is sent.
    let rerun: Rerun

    var plan: Plan { loaded.plan }

    /// - Parameters:
    ///   - loaded: as the manifest and the state were read before; it is planned again where the state has moved on since.
    ///   - stores: as they are now.
    ///   - verify: hashes every file.
    /// - Throws: exit 64 where a name means nothing, and as `CampaignLoader.load()` does.
    init(
        _ loaded: LoadedCampaign, loader: CampaignLoader, only: [String], rerun names: [String], stores: ReadStores, output: OutputFolder,
        verify: Bool = false
    ) throws(CommandFailure) {
        let recorded = stores.state.generations.mapValues(\.generation)
        let choices = stores.state.choices
        let current =
            recorded == loaded.generations && choices == loaded.choices
            ? loaded : try loader.load(loaded.text, generations: recorded, choices: choices)
        let standing = CampaignStanding(plan: current.plan, stores: stores, output: output, bases: current.bases, hashing: verify)
        guard !only.isEmpty || !names.isEmpty else {
            self.loaded = current
            self.standing = standing
            rerun = Rerun(of: [], in: current.plan, bases: current.bases, standing: standing)
            chosen = nil
            return
        }
        let selection = InstanceSelection(plan: current.plan, output: output.root, artifacts: stores.state.artifacts)
        let named = try only.isEmpty ? nil : selection.positions(of: only, for: "--only")
        let repeated = try Self.positions(toRerun: names, of: named.map { selection.withAncestors($0) }, by: selection)
        rerun = Rerun(of: repeated, in: current.plan, bases: current.bases, standing: standing)
        if rerun.raised.isEmpty {
            self.loaded = current
            self.standing = standing
        } else {
            self.loaded = try loader.load(
                loaded.text, generations: recorded.merging(rerun.raised) { _, raised in raised }, choices: choices)
            self.standing = CampaignStanding(
                plan: self.loaded.plan, stores: stores.raising(rerun), output: output, bases: self.loaded.bases, hashing: verify)
        }
        let finished = self.standing.finished
        // Positions are those of the manifest: a generation moves none.
        chosen = named.map { selection.withAncestors($0, finished: finished) }
    }

    /// What a run is about to do, in numbers.
    var totals: PlanReport.Share { PlanReport(plan: plan, standings: standings).totals }

    /// What a run would do with each instance, by position: nothing with those that it leaves out.
    var standings: [PlanStanding] {
        guard let chosen else { return standing.standings }
        return standing.standings.enumerated().map { chosen.contains($0) ? $1 : .excluded }
    }

    /// Says of what runs what changed; the changes by position.
    mutating func explain(_ requests: [Identity: RequestRecord], folder: URL) -> [Int: [RequestChange]] {
        standing.explain(requests, folder: folder)
    }

    private static func positions(
        toRerun names: [String], of chosen: Set<Int>?, by selection: InstanceSelection
    ) throws(CommandFailure) -> Set<Int> {
        guard !names.isEmpty else { return [] }
        let positions = try selection.positions(of: names, for: "--rerun")
        if let chosen, let left = positions.sorted().first(where: { !chosen.contains($0) }) {
            let name = selection.plan.instances[left].name
            throw CommandFailure(.usage, "--rerun names \(name), which --only leaves out: name it there too; nothing was sent")
        }
        return positions
    }
}

extension ReadStores {
    /// As if what `rerun` raises were on record.
    fileprivate func raising(_ rerun: Rerun) -> ReadStores {
        var state = state
        for record in rerun.records(run: "", at: Timestamp(milliseconds: 0)) { state.generations[record.base] = record }
        return ReadStores(state: state, accounts: accounts, requests: requests)
    }
}
