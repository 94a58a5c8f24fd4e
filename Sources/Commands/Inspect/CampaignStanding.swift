import Checkpoint
import Foundation
import Manifest
import Pipeline
import Reporting
import Runner
import Scheduling

/// How each instance of a plan stands by the stores, without a run.
struct CampaignStanding {
    let plan: Plan
    let state: CheckpointState
    let history: CampaignHistory
    /// Transfers whose content is known, and known to be at the provider.
    let uploaded: Set<Int>
    private let names: [String: Set<Identity>]
    private let requests: [Identity: RequestRecord]
    /// By position: which generation it is, where it was made anew.
    private let generations: [Int: Int]
    /// What a run would do with the instance at each position. Dependencies come first, so each is decided once.
    private(set) var standings: [PlanStanding] = []

    /// - Parameters:
    ///   - bases: by position, the identity at generation 0.
    ///   - hashing: whether every file is hashed.
    init(plan: Plan, stores: ReadStores, output: OutputFolder, bases: BaseIdentities = BaseIdentities(), hashing: Bool = false) {
        self.plan = plan
        var generations: [Int: Int] = [:]
        if !stores.state.generations.isEmpty {
            for (position, base) in bases.enumerated() { generations[position] = stores.state.generations[base]?.generation }
        }
        self.generations = generations
        var state = stores.state
        let others = stores.requests.others(than: plan.campaign)
        if !others.isEmpty { state.jobs = state.jobs.filter { !others.contains($0.key.identity) } }
        self.state = state
        let folder = URL(fileURLWithPath: plan.manifestPath).standardizedFileURL.deletingLastPathComponent().path + "/"
        history = CampaignHistory(
            plan: plan, state: stores.state, others: others, otherRenditions: stores.requests.otherRenditions(than: plan, folder: folder)
        ) { output.standing(of: $0, hashing: hashing) }
        uploaded = UploadedTransfers(plan: plan, artifacts: history.artifacts, accounts: stores.accounts).positions
        var names: [String: Set<Identity>] = [:]
        for record in state.instances.values { names[record.name, default: []].insert(record.identity) }
        self.names = names
        requests = stores.requests
        standings.reserveCapacity(plan.instances.count)
        for position in plan.instances.indices { standings.append(decide(position)) }
    }

    /// What a run would do with the instance at `position`.
    func standing(_ position: Int) -> PlanStanding { standings[position] }

    private func decide(_ position: Int) -> PlanStanding {
        let instance = plan.instances[position]
        if instance.jobs.isEmpty {
            if let awaits = instance.awaits { return .waits(reason: awaits.reason) }
            return isUploaded(instance) ? .done : .runs(reason: "its file is not at the provider yet")
        }
        let restored = history.restored.instances[position] ?? RestoredInstance()
        if !restored.saved.isEmpty, instance.outputs.indices.allSatisfy({ restored.saved.contains($0) || restored.withheld.contains($0) }) {
            return moved(position).map { .moves(from: $0) } ?? .done
        }
        var remote: [String] = []
        var delivered = 0
        for job in instance.jobs.indices {
            guard let record = history.lastAttempts[JobReference(instance: position, job: job)] else { continue }
            switch record.stage {
            case .held(let message): return .held(reason: message)
            case .intended: return .continues(jobs: [], unsent: unsent(instance, position))
            case .accepted(let accepted, _): remote.append(accepted.remoteID)
            case .ended(let accepted, .succeeded, _, _, _):
                delivered += 1
                if !accepted.isGiven { remote.append(accepted.remoteID) }
            case .ended(let accepted, let outcome, _, let message, _):
                let isFree = outcome == .failed && plan.refunded[instance.account]?.contains(outcome) == true
                if isFree { break }
                let words = message.map { ": \($0)" } ?? ""
                return .stays(
                    reason:
                        "job \(accepted.remoteID) ended \(outcome.rawValue)\(words); it may have been billed, so it is only paid for again where it changes, or with --rerun"
                )
            case .refused, .abandoned: break
            }
        }
        if delivered == instance.jobs.count, let lost = restored.lost.min(by: { $0.key < $1.key })?.value {
            let reason = "its file \(lost.path) \(lost.isAltered ? "was altered" : "is gone")"
            return remote.isEmpty ? .stays(reason: "\(reason), and it was given by hand") : .fetches(jobs: remote, reason: reason)
        }
        if let cause = instance.dependencies.lazy.compactMap({ failure(of: $0) }).first { return .stays(reason: cause) }
        if !remote.isEmpty { return .continues(jobs: remote, unsent: unsent(instance, position)) }
        if let awaits = instance.awaits { return .waits(reason: awaits.reason) }
        return .runs(reason: reason(position))
    }

    /// Whether it reached an end that only a new generation changes: finished, or failed for good and perhaps billed.
    func isAtItsEnd(_ position: Int) -> Bool {
        let instance = plan.instances[position]
        guard !instance.jobs.isEmpty else { return false }
        switch standing(position) {
        case .done, .moves: return true
        case .runs, .waits, .held, .excluded: return false
        case .stays, .continues, .fetches: break
        }
        // Each job ended; where that went well, a run has also said how the instance did: its result is not still to be fetched.
        let recorded = state.instances[instance.identity]?.status
        var isLost = false
        for job in instance.jobs.indices {
            switch history.lastAttempts[JobReference(instance: position, job: job)]?.stage {
            case .ended(_, .succeeded, _, _, _): break
            case .ended: isLost = true
            case .refused, .abandoned, nil: if !isFailedForGood(position) { return false }
            case .intended, .accepted, .held: return false
            }
        }
        return isLost || recorded == .succeeded || recorded == .partial || recorded == .failed
    }

    /// Whether one of its own jobs ended without success and may have been billed.
    private func isFailedForGood(_ position: Int) -> Bool {
        guard case .stays = standing(position) else { return false }
        return plan.instances[position].jobs.indices.contains { job in
            guard case .ended(_, let outcome, _, _, _) = history.lastAttempts[JobReference(instance: position, job: job)]?.stage else {
                return false
            }
            return outcome != .succeeded
        }
    }

    /// Says of what runs what changed since an earlier instance took its place.
    ///
    /// - Parameters:
    ///   - requests: what recorded instances asked for.
    ///   - folder: the manifest's folder.
    /// - Returns: the changes by position.
    mutating func explain(_ requests: [Identity: RequestRecord], folder: URL) -> [Int: [RequestChange]] {
        let planned = Set(plan.instances.map(\.identity))
        let earlier = requests.values.filter { $0.campaign == plan.campaign && !planned.contains($0.identity) }
        guard !earlier.isEmpty else { return [:] }
        var entries = EarlierRequests(
            earlier.map {
                .init(identity: $0.identity, step: $0.step, name: $0.name, request: RequestDescription(text: $0.description), at: $0.at)
            },
            steps: Set(plan.instances.map(\.step)))
        let done = Set(finished.map { plan.instances[$0].name })
        var changes: [Int: [RequestChange]] = [:]
        var replaced: [String: String] = [:]
        for position in plan.instances.indices {
            guard case .runs = standings[position], isUnexplained(position) else { continue }
            let instance = plan.instances[position]
            let request = RequestDescription(of: instance, among: plan.instances, folder: folder.path + "/")
            let placed = request.replacing(marks: replaced)
            guard let nearest = entries.nearest(step: instance.step, name: instance.name, request: placed) else { continue }
            replaced[RequestDescription.mark(instance.identity)] = RequestDescription.mark(nearest.identity)
            let found = RequestChange.between(nearest.request, request, replaced: replaced, isDone: done.contains)
            if found.isEmpty { continue }
            changes[position] = found
            standings[position] = .runs(reason: Self.sentence(found))
        }
        return changes
    }

    private static let namedChanges = 3

    private static func sentence(_ changes: [RequestChange]) -> String {
        let named = changes.prefix(namedChanges).map(\.text).joined(separator: "; ")
        return changes.count > namedChanges ? "\(named); and \(changes.count - namedChanges) more changes" : named
    }

    /// Whether nothing recorded of the instance itself says why it runs.
    private func isUnexplained(_ position: Int) -> Bool {
        let identity = plan.instances[position].identity
        return generations[position] == nil && state.instances[identity] == nil && state.artifacts[identity] == nil
            && !plan.instances[position].jobs.isEmpty
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

    /// Sub-jobs that are still to be paid for; none of what waits for a choice.
    private func unsent(_ instance: StepInstance, _ position: Int) -> [Int] {
        if instance.awaits != nil { return [] }
        return instance.jobs.indices.filter { history.lastAttempts[JobReference(instance: position, job: $0)] == nil }
    }

    private func isUploaded(_ instance: StepInstance) -> Bool { instance.transfers.allSatisfy(uploaded.contains) }

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

    /// What an earlier form of the campaign left at providers.
    var left: [RunSummary.LeftJob] { LeftJobs(plan: plan, state: state, requests: requests).all }

    /// Files that a run only moves.
    var movedFiles: Int {
        history.restored.instances.reduce(0) { count, entry in
            let outputs = plan.instances[entry.key].outputs
            return count
                + entry.value.saved.count { output in
                    guard outputs.indices.contains(output),
                        let artifact = history.artifacts[OutputReference(instance: entry.key, output: output)]?.artifact
                    else { return false }
                    return artifact.path != MediaExtension.corrected(outputs[output].path, for: artifact.mediaType)
                }
        }
    }

    private func reason(_ position: Int) -> String {
        let instance = plan.instances[position]
        if let record = state.instances[instance.identity] {
            switch record.status {
            case .failed: return "failed in an earlier run" + (record.reason.map { ": \($0)" } ?? "")
            case .skipped: return "skipped in an earlier run"
            // What a person said of it since.
            case .waiting: if let reason = record.reason { return reason }
            default: break
            }
        }
        if state.artifacts[instance.identity] != nil { return "its file is gone or was altered" }
        if let generation = generations[position] { return "made again by --rerun (generation \(generation))" }
        if let before = names[instance.name], !before.contains(instance.identity) { return "what it asks for, or an input of it, changed" }
        return "new"
    }
}
