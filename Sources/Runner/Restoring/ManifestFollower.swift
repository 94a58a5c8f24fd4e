import Checkpoint
import Foundation
import Pipeline
import Scheduling

/// Finished files follow the manifest: where only a path changed, the file is moved and nothing is fetched.
struct ManifestFollower {
    private struct Move {
        let output: OutputReference
        let target: String
    }

    let plan: Plan
    /// Instances to run; nil is all.
    let only: Set<Int>?
    let folder: OutputFolder
    let history: CampaignHistory
    /// Instances that something was submitted for.
    let started: Set<Identity>
    /// Returns once the write is durable.
    let record: (CheckpointWrite) async throws -> Void
    /// On record, where they are by now.
    private(set) var artifacts: [OutputReference: ArtifactRecord]

    init(
        _ arrangement: FileArrangement, plan: Plan, only: Set<Int>?, folder: OutputFolder,
        record: @escaping (CheckpointWrite) async throws -> Void
    ) {
        self.plan = plan
        self.only = only
        self.folder = folder
        history = arrangement.history
        started = arrangement.started
        artifacts = arrangement.artifacts
        self.record = record
    }

    /// Each step is on record before the next, so a crash loses no file. What stands in the way of another is moved aside first: files that
    /// trade places, a file where a folder is to be, a folder where a file is to be.
    ///
    /// - Throws: `cannotWrite` where a file that is not ours has a name that is needed, before anything is moved.
    mutating func follow() async throws {
        let all = moves()
        let leaving = Set(all.compactMap { folder.inode(of: path(of: $0.output)) })
        let superseded = Set(inTheWay().compactMap { folder.inode(of: $0.record.artifact.path) })
        for move in all { try refuse(move.target, unlessOf: leaving.union(superseded)) }
        try await makeRoom()
        let byTarget = Dictionary(all.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
        for isPatient in [true, false, true] {
            for move in all { try await carryOut(move, isPatient: isPatient, byTarget) }
        }
        if let left = all.first(where: { path(of: $0.output) != $0.target }) { throw foreign(left.target) }
    }

    /// Carries out `move`, and then those that it makes way for. Where it is blocked, it waits, or makes way itself.
    private mutating func carryOut(_ first: Move, isPatient: Bool, _ byTarget: [String: Move]) async throws {
        var next: Move? = first
        var makesWay = !isPatient
        while let move = next, path(of: move.output) != move.target {
            let left = path(of: move.output)
            if isFree(move.target, for: move.output) {
                try await carryOut(move)
            } else if makesWay {
                let name = "\(plan.instances[move.output.instance].identity.short)-\(move.output.output)"
                try await carryOut(Move(output: move.output, target: "\(Self.moving)/\(name)"))
            } else {
                return
            }
            makesWay = false
            next = byTarget[left]
        }
    }

    /// A file that is not ours in the place of a result that is still to be made is refused before anything is paid.
    func refuseForeignFiles() throws {
        for (position, instance) in plan.instances.enumerated() where !started.contains(instance.identity) {
            if let only = only, !only.contains(position) { continue }
            for (output, planned) in instance.outputs.enumerated() {
                let reference = OutputReference(instance: position, output: output)
                guard artifacts[reference] == nil else { continue }
                try refuse(planned.path, unlessOf: [])
                folder.removeEmptyFolder(at: planned.path)
            }
        }
    }

    /// Within the output folder.
    private static let superseded = ".superseded"
    /// Where files wait for their new name, on record like everywhere else.
    private static let moving = ".moving"

    private func path(of output: OutputReference) -> String { artifacts[output]?.artifact.path ?? "" }

    private func foreign(_ path: String) -> CallFailure {
        CallFailure(
            .cannotWrite,
            "\(folder.url(of: path).path) exists and was not made by flowbatch, or was changed since; move it away or choose another folder "
                + "with --output, then run the same command again")
    }

    // MARK: what has the name

    /// - Parameter leaving: inodes of our files that are about to go elsewhere.
    private func refuse(_ target: String, unlessOf leaving: Set<UInt64>) throws {
        for obstacle in folder.obstacles(at: target) {
            if leaving.contains(obstacle.inode) || isLeftover(obstacle) { continue }
            throw foreign(obstacle.path)
        }
    }

    /// Whether `output` can have the name now; a second name that a crash left is taken away.
    private func isFree(_ target: String, for output: OutputReference) -> Bool {
        let own = folder.inode(of: path(of: output))
        for obstacle in folder.obstacles(at: target) {
            // Its own second name, or its only one in another case.
            if obstacle.path == target, obstacle.inode == own { continue }
            guard isLeftover(obstacle) else { return false }
            folder.remove(obstacle.path)
        }
        folder.removeEmptyFolder(at: target)
        return !folder.isFolder(target)
    }

    /// A second name of one of our files: a run was killed between giving it a new one and taking the old one away.
    private func isLeftover(_ obstacle: OutputFolder.Obstacle) -> Bool {
        guard obstacle.names > 1, let path = ownPaths[obstacle.inode] else { return false }
        return path != obstacle.path && folder.inode(of: path) == obstacle.inode
    }

    /// Where the files on record are, by their inodes.
    private var ownPaths: [UInt64: String] {
        Dictionary(artifacts.values.map { ($0.inode, $0.artifact.path) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: what a changed campaign no longer asks for

    /// A result that was paid for is kept when a changed instance takes its name; should the change be taken back, it moves back too.
    private func makeRoom() async throws {
        for (identity, output, record) in inTheWay() {
            let path = record.artifact.path
            let aside = try folder.freeName("\(Self.superseded)/\(identity.short)/\(path)", for: record)
            try await self.record(.artifact(identity, output: output, folder.link(record, to: aside)))
            folder.remove(path)
        }
    }

    private func inTheWay() -> [(identity: Identity, output: Int, record: ArtifactRecord)] {
        if history.unplanned.isEmpty { return [] }
        let wanted = WantedPaths(plan)
        let kept = Set(artifacts.values.map(\.artifact.path))
        return history.unplanned.filter { entry in
            let path = entry.record.artifact.path
            // Campaigns of one folder share a state file: the same file may be a planned one of this campaign.
            return wanted.isInTheWay(path) && !path.hasPrefix(Self.superseded + "/") && !kept.contains(path)
        }
    }

    // MARK: moving

    private func moves() -> [Move] {
        history.restored.instances.sorted { $0.key < $1.key }.flatMap { position, left in
            let outputs = plan.instances[position].outputs
            return left.saved.sorted().compactMap { output -> Move? in
                let reference = OutputReference(instance: position, output: output)
                guard outputs.indices.contains(output), let artifact = artifacts[reference]?.artifact else { return nil }
                let target = MediaExtension.corrected(outputs[output].path, for: artifact.mediaType)
                return target == artifact.path ? nil : Move(output: reference, target: target)
            }
        }
    }

    private mutating func carryOut(_ move: Move) async throws {
        guard let before = artifacts[move.output] else { return }
        let after = try folder.link(before, to: move.target)
        artifacts[move.output] = after
        try await record(.artifact(plan.instances[move.output.instance].identity, output: move.output.output, after))
        folder.remove(before.artifact.path, keeping: after)
    }
}

/// The names that a plan's results take, as any file system may see them.
struct WantedPaths {
    /// Without extensions, which follow what the provider sends.
    private var stems: Set<String> = []
    private var folders: Set<String> = []

    init(_ plan: Plan) {
        for path in plan.instances.lazy.flatMap({ $0.outputs.map(\.path) }) {
            let folded = Self.folded(path)
            stems.insert(MediaExtension.stem(of: folded))
            for folder in Self.ancestors(folded) where !folders.insert(folder).inserted { break }
        }
    }

    /// Whether a file at `path` would keep a result from its name.
    func isInTheWay(_ path: String) -> Bool {
        let folded = Self.folded(path)
        if stems.contains(MediaExtension.stem(of: folded)) || folders.contains(folded) { return true }
        return Self.ancestors(folded).contains { folder in
            let stem = MediaExtension.stem(of: folder)
            return stem != folder && stems.contains(stem)
        }
    }

    /// `a/b` and `a` of `a/b/c`, the nearest first.
    private static func ancestors(_ path: String) -> [String] {
        var folders: [String] = []
        var rest = path[...]
        while let slash = rest.lastIndex(of: "/") {
            rest = rest[..<slash]
            folders.append(String(rest))
        }
        return folders
    }

    /// The same for all texts that some file system takes for one name.
    private static func folded(_ path: String) -> String { path.precomposedStringWithCanonicalMapping.lowercased() }
}
