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

    /// Each step is on record before the next, so a crash loses no file. A ring of files that trade places is opened by moving one aside.
    func followManifest(_ history: CampaignHistory) async throws {
        try await makeRoom(history)
        var waiting = moves(history)
        while !waiting.isEmpty {
            let free = waiting.filter { !request.output.isTaken($0.target) }
            for move in free { try await carryOut(move) }
            waiting.removeAll { move in free.contains { $0.output == move.output } }
            guard free.isEmpty, let first = waiting.first else { continue }
            guard waiting.contains(where: { artifacts[$0.output]?.artifact.path == first.target }) else {
                throw CallFailure(
                    .cannotWrite,
                    "\(request.output.url(of: first.target).path) exists and was not made by flowbatch; move it away or choose another folder "
                        + "with --output, then run the same command again")
            }
            try await carryOut(Move(output: first.output, target: first.target + ".moving"))
        }
    }

    /// A result that was paid for is kept when a changed instance takes its name; should the change be taken back, it moves back too.
    private func makeRoom(_ history: CampaignHistory) async throws {
        let wanted = Set(request.plan.instances.flatMap { $0.outputs.map(\.path) })
        for (identity, output, record) in history.unplanned {
            let path = record.artifact.path
            let isWanted = MediaExtension.names(of: path).contains { wanted.contains($0) }
            if !isWanted || path.hasPrefix(Self.superseded) { continue }
            let aside = "\(Self.superseded)/\(identity.short)/\(path)"
            request.output.remove(aside)
            try await self.record(.artifact(identity, output: output, request.output.link(record, to: aside)))
            request.output.remove(path)
        }
    }

    /// A file that is not ours in the place of a result that is still to be made is refused before anything is paid.
    func refuseForeignFiles() throws {
        let started = Set(records.values.map(\.intent.key.identity))
        for (position, instance) in request.plan.instances.enumerated() where !started.contains(instance.identity) {
            for (output, planned) in instance.outputs.enumerated() {
                guard artifacts[OutputReference(instance: position, output: output)] == nil, request.output.isTaken(planned.path) else {
                    continue
                }
                throw CallFailure(
                    .cannotWrite,
                    "\(request.output.url(of: planned.path).path) exists and was not made by flowbatch; move it away or choose another folder "
                        + "with --output, then run the same command again")
            }
        }
    }

    /// Within the output folder.
    private static let superseded = ".superseded"

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
        request.output.remove(before.artifact.path)
    }
}
