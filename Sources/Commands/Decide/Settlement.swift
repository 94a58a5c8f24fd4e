import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Providers
import Runner
import Scheduling

/// Carries out what a person said of held submissions: places results, writes the record, brings the account in line.
struct Settlement {
    let plan: Plan
    let output: OutputFolder
    /// What relative paths start from.
    let directory: String

    /// Checks `results` and puts them where the manifest wants them.
    ///
    /// - Throws: exit 64 where there are too many, 66 where one is not there, 65 where one is not what was asked for, 74 where the disk refuses.
    func place(_ results: [String], for held: HeldSubmission) async throws(CommandFailure) -> [Int: ArtifactRecord] {
        guard let reference = held.job else { return [:] }
        let instance = plan.instances[reference.instance]
        let outputs = instance.jobs[reference.job].outputs
        guard results.count <= outputs.count else {
            throw CommandFailure(
                .usage, "`\(held.instance)` was to make \(outputs.count), and \(results.count) results were given; nothing was changed")
        }
        let transport = HTTPTransport()
        let placed: Result<[Int: ArtifactRecord], CommandFailure>
        do throws(CallFailure) {
            let unrecorded = try output.prepare()
            var records: [Int: ArtifactRecord] = [:]
            for (index, source) in results.enumerated() {
                let number = outputs.lowerBound + index
                let part = output.part(for: OutputReference(instance: reference.instance, output: number), of: instance.identity)
                let planned = instance.outputs[number]
                let file = try await GivenResult(http: transport).take(path(source), as: planned.kind, into: part).get()
                records[index] = try put(file, part, at: planned.path, unrecorded)
            }
            placed = .success(records)
        } catch {
            placed = .failure(Self.failure(error))
        }
        output.tidyUp()
        await transport.shutdown()
        return try placed.get()
    }

    private func path(_ source: String) -> String {
        source.hasPrefix("https://") || source.hasPrefix("http://") || source.hasPrefix("/") ? source : directory + "/" + source
    }

    private func put(_ file: FetchedFile, _ part: URL, at path: String, _ unrecorded: Set<UInt64>) throws(CallFailure) -> ArtifactRecord {
        let path = MediaExtension.corrected(path, for: file.mediaType.rawValue)
        let stamp = try output.place(part, sha256: file.sha256, at: path, replacing: nil, unrecorded: unrecorded)
        let artifact = Artifact(
            path: path, sha256: file.sha256, bytes: file.bytes, mediaType: file.mediaType.rawValue, width: file.width, height: file.height)
        return ArtifactRecord(artifact: artifact, modifiedNanoseconds: stamp.modified, inode: stamp.inode)
    }

    private static func failure(_ failure: CallFailure) -> CommandFailure {
        let code: ExitCode =
            switch failure.kind {
            case .invalid: .missingInput
            case .cannotWrite: .cannotWrite
            case .notSent: .unreachable
            default: .usage
            }
        return CommandFailure(code, failure.message + "; nothing was recorded")
    }

    /// The record first: what the account does not learn any more, the next run tells it.
    func record(_ resolution: Resolution, of held: HeldSubmission, _ stores: RunStores, _ holder: LeaseHolder) throws(CommandFailure) {
        let instance = held.job.map { plan.instances[$0.instance] }
        let outputs = held.job.map { plan.instances[$0.instance].jobs[$0.job].outputs } ?? 0..<0
        let account = plan.accounts.first { $0.id == held.record.intent.account }
        let counts = instance.map { account?.limits.imagesFrom.contains($0.operation) == true } ?? false
        let now = stores.clock.now()
        try stores.orders.reach(.beforeResolutionRecorded)
        do throws(CheckpointError) {
            try stores.checkpoint.apply(resolution.writes(for: held, outputs: outputs, run: holder.run, now: now), token: stores.token)
        } catch {
            throw CommandFailure(error)
        }
        try stores.orders.reach(.resolutionRecorded)
        do throws(CheckpointError) {
            try resolution.settle(
                held, in: stores.accounts, images: counts ? outputs.count : 0, timeout: instance?.timeout ?? .seconds(900), holder: holder,
                now: now)
        } catch {
            throw CommandFailure(error)
        }
        try stores.orders.reach(.resolutionSettled)
    }
}
