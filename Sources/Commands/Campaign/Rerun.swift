import Checkpoint
import Foundation
import Manifest
import Pipeline
import Reporting

/// What `--rerun` makes anew: finished instances get their next generation, and one that is still being made anew is continued.
///
/// A generation is on record before anything of it is sent, so an interrupted run with the flag can simply be repeated: what the first one
/// raised belongs together and is brought to its end, not raised once more.
struct Rerun {
    /// The new generations, by the identity at generation 0.
    private(set) var raised: [Identity: Int] = [:]
    /// For people: what was named and is not made anew, and why.
    private(set) var notes: [String] = []

    private let plan: Plan
    private let bases: BaseIdentities
    private let standing: CampaignStanding
    private let selected: Set<Int>

    /// - Parameters:
    ///   - selected: the positions that `--rerun` names.
    ///   - standing: how the plan's instances stand, before anything is raised.
    init(of selected: Set<Int>, in plan: Plan, bases: BaseIdentities, standing: CampaignStanding) {
        self.plan = plan
        self.bases = bases
        self.standing = standing
        self.selected = selected
        if selected.isEmpty { return }
        let continued = unfinishedRepetitions
        var changed: Set<Int> = []
        for position in plan.instances.indices {
            let instance = plan.instances[position]
            // What an input makes new is new without being raised.
            let hasNewInput = instance.arguments.values.lazy.flatMap(\.media).contains { source in
                if case .output(let output) = source { changed.contains(output.instance) } else { false }
            }
            if hasNewInput { changed.insert(position) }
            guard selected.contains(position), !hasNewInput, bases.indices.contains(position) else { continue }
            if instance.jobs.isEmpty {
                notes.append("\(instance.name) is an upload: it is repeated when its file changes or the provider no longer has it")
            } else if !standing.isAtItsEnd(position) {
                if let note = note(onUnfinished: position) { notes.append(note) }
            } else if let generation = continued[position] {
                notes.append(
                    "\(instance.name) is kept: an earlier --rerun (generation \(generation)) was stopped before its end and goes on")
            } else {
                raised[bases[position]] = (standing.state.generations[bases[position]]?.generation ?? 0) + 1
                changed.insert(position)
            }
        }
    }

    /// What is to be on record before anything is sent.
    func records(run: String, at now: Timestamp) -> [GenerationRecord] {
        raised.sorted { $0.key < $1.key }.map { GenerationRecord(base: $0.key, generation: $0.value, run: run, at: now) }
    }

    /// For people, each on a line; a long list is cut.
    var message: String? {
        guard !notes.isEmpty else { return nil }
        let shown = notes.prefix(Self.shownNotes).map { "--rerun: " + $0 }
        let rest = notes.count > Self.shownNotes ? ["--rerun: … and \(notes.count - Self.shownNotes) more that are not made anew"] : []
        return (shown + rest).joined(separator: "\n")
    }

    private static let shownNotes = 10

    // MARK: what an earlier one left

    /// Of the selected: those whose generation an earlier `--rerun` of the same, or of fewer, raised and did not bring to its end.
    private var unfinishedRepetitions: [Int: Int] {
        var members: [String: [(position: Int, record: GenerationRecord)]] = [:]
        for (position, base) in bases.enumerated() {
            guard let record = standing.state.generations[base] else { continue }
            members[record.run, default: []].append((position, record))
        }
        let groups = members.values.filter { $0.allSatisfy { selected.contains($0.position) } }
        if groups.isEmpty { return [:] }
        let ends = ends
        var continued: [Int: Int] = [:]
        for group in groups {
            guard let first = group.first else { continue }
            let end = group.compactMap { ends[plan.instances[$0.position].identity] }.max() ?? first.record.at
            if group.allSatisfy({ standing.isAtItsEnd($0.position) }), wasCompleted(since: first.record.at, after: end) { continue }
            for member in group { continued[member.position] = member.record.generation }
        }
        return continued
    }

    /// When the last job of each instance was seen to have ended.
    private var ends: [Identity: Timestamp] {
        standing.state.jobs.values.reduce(into: [:]) { ends, record in
            guard case .ended(_, _, _, _, let at) = record.stage else { return }
            let identity = record.intent.key.identity
            ends[identity] = max(ends[identity] ?? at, at)
        }
    }

    /// Whether a run that began at `time` or later reached its end, at `end` or later: one that ended before, with a submission of unknown fate
    /// for example, did not bring about what has ended since.
    private func wasCompleted(since time: Timestamp, after end: Timestamp) -> Bool {
        standing.state.runs.contains { run in
            guard run.startedAt >= time, let finishedAt = run.finishedAt, finishedAt >= end,
                run.campaign ?? plan.campaign == plan.campaign
            else { return false }
            switch run.exitCode {
            case .done, .someFailed, .held: return true
            default: return false
            }
        }
    }

    private func note(onUnfinished position: Int) -> String? {
        let name = plan.instances[position].name
        switch standing.standing(position) {
        case .held: return "\(name) is held: settle it with `flowbatch resolve` before it is made anew"
        case .stays(let reason): return "\(name) is not made anew: \(reason)"
        case .continues, .fetches: return "\(name) is not finished; it is continued"
        case .runs, .waits, .done, .moves, .excluded: return nil
        }
    }
}
