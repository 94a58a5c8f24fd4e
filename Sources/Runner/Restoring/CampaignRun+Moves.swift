import Checkpoint
import Foundation
import Pipeline
import Scheduling

/// Finished files follow the manifest: where only a path changed, the file is moved and nothing is fetched.
extension CampaignRun {
    private struct Move {
        let output: OutputReference
        let target: String
    }

    /// Each step is on record before the next, so a crash loses no file. What stands in the way of another is moved aside first: files that
    /// trade places, a file where a folder is to be, a folder where a file is to be.
    ///
    /// - Throws: `cannotWrite` where a file that is not ours has a name that is needed, before anything is moved.
    func followManifest(_ history: CampaignHistory) async throws {
        let all = moves(history)
        let leaving = Set(all.compactMap { request.output.inode(of: path(of: $0.output)) })
        let superseded = Set(inTheWay(history).compactMap { request.output.inode(of: $0.record.artifact.path) })
        for move in all { try refuse(move.target, unlessOf: leaving.union(superseded)) }
        try await makeRoom(history)
        let byTarget = Dictionary(all.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
        for isPatient in [true, false, true] {
            for move in all { try await carryOut(move, isPatient: isPatient, byTarget) }
        }
        if let left = all.first(where: { path(of: $0.output) != $0.target }) { throw foreign(left.target) }
    }

    /// Carries out `move`, and then those that it makes way for. Where it is blocked, it waits, or makes way itself.
    private func carryOut(_ first: Move, isPatient: Bool, _ byTarget: [String: Move]) async throws {
        var next: Move? = first
        var makesWay = !isPatient
        while let move = next, path(of: move.output) != move.target {
            let left = path(of: move.output)
            if isFree(move.target, for: move.output) {
                try await carryOut(move)
            } else if makesWay {
                let name = "\(request.plan.instances[move.output.instance].identity.short)-\(move.output.output)"
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
        let started = Set(records.values.map(\.intent.key.identity))
        for (position, instance) in request.plan.instances.enumerated() where !started.contains(instance.identity) {
            if let only = request.options.only, !only.contains(position) { continue }
            for (output, planned) in instance.outputs.enumerated() {
                let reference = OutputReference(instance: position, output: output)
                guard artifacts[reference] == nil else { continue }
                try refuse(planned.path, unlessOf: [])
                request.output.removeEmptyFolder(at: planned.path)
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
            "\(request.output.url(of: path).path) exists and was not made by flowbatch, or was changed since; move it away or choose another folder "
                + "with --output, then run the same command again")
    }

    // MARK: what has the name

    /// - Parameter leaving: inodes of our files that are about to go elsewhere.
    private func refuse(_ target: String, unlessOf leaving: Set<UInt64>) throws {
        for obstacle in request.output.obstacles(at: target) {
            if leaving.contains(obstacle.inode) || isLeftover(obstacle) { continue }
            throw foreign(obstacle.path)
        }
    }

    /// Whether `output` can have the name now; a second name that a crash left is taken away.
    private func isFree(_ target: String, for output: OutputReference) -> Bool {
        let own = request.output.inode(of: path(of: output))
        for obstacle in request.output.obstacles(at: target) {
            // Its own second name, or its only one in another case.
            if obstacle.path == target, obstacle.inode == own { continue }
            guard isLeftover(obstacle) else { return false }
            request.output.remove(obstacle.path)
        }
        request.output.removeEmptyFolder(at: target)
        return !request.output.isFolder(target)
    }

    /// A second name of one of our files: a run was killed between giving it a new one and taking the old one away.
    private func isLeftover(_ obstacle: OutputFolder.Obstacle) -> Bool {
        guard obstacle.names > 1, let path = ownPaths[obstacle.inode] else { return false }
        return path != obstacle.path && request.output.inode(of: path) == obstacle.inode
    }

    /// Where the files on record are, by their inodes.
    private var ownPaths: [UInt64: String] {
        Dictionary(artifacts.values.map { ($0.inode, $0.artifact.path) }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: what a changed campaign no longer asks for

    /// A result that was paid for is kept when a changed instance takes its name; should the change be taken back, it moves back too.
    private func makeRoom(_ history: CampaignHistory) async throws {
        for (identity, output, record) in inTheWay(history) {
            let path = record.artifact.path
            let aside = try request.output.freeName("\(Self.superseded)/\(identity.short)/\(path)", for: record)
            try await self.record(.artifact(identity, output: output, request.output.link(record, to: aside)))
            request.output.remove(path)
        }
    }

    private func inTheWay(_ history: CampaignHistory) -> [(identity: Identity, output: Int, record: ArtifactRecord)] {
        let wanted = WantedPaths(request.plan)
        let kept = Set(artifacts.values.map(\.artifact.path))
        return history.unplanned.filter { entry in
            let path = entry.record.artifact.path
            // Campaigns of one folder share a state file: the same file may be a planned one of this campaign.
            return wanted.isInTheWay(path) && !path.hasPrefix(Self.superseded + "/") && !kept.contains(path)
        }
    }

    // MARK: moving

    private func moves(_ history: CampaignHistory) -> [Move] {
        history.restored.instances.sorted { $0.key < $1.key }.flatMap { position, left in
            let outputs = request.plan.instances[position].outputs
            return left.saved.sorted().compactMap { output -> Move? in
                let reference = OutputReference(instance: position, output: output)
                guard outputs.indices.contains(output), let artifact = artifacts[reference]?.artifact else { return nil }
                let target = MediaExtension.corrected(outputs[output].path, for: artifact.mediaType)
                return target == artifact.path ? nil : Move(output: reference, target: target)
            }
        }
    }

    private func carryOut(_ move: Move) async throws {
        guard let before = artifacts[move.output] else { return }
        let after = try request.output.link(before, to: move.target)
        artifacts[move.output] = after
        try await record(.artifact(request.plan.instances[move.output.instance].identity, output: move.output.output, after))
        request.output.remove(before.artifact.path, keeping: after)
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
