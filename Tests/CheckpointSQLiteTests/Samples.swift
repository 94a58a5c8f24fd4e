import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Scheduling

/// Small records to fill stores with.
enum Samples {
    static let flow = AccountID(provider: "flow", label: "sandbox")
    static let noLimits = AccountLimits(threads: nil, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
    static let holder = LeaseHolder(run: "run-1", processID: 1, campaign: "serum /a/state.sqlite")

    static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_777_000_000_000 + milliseconds) }

    static func key(_ number: Int) -> JobKey { JobKey(identity: Identity(of: .int(number)), job: 0, attempt: 1) }

    static func intent(_ number: Int, bytes: Int = 300) -> SubmissionIntent {
        SubmissionIntent(
            key: key(number), account: flow, fingerprint: SubmissionFingerprint(operation: .t2i, prompt: "lantern \(number)"),
            request: Data(repeating: UInt8(truncatingIfNeeded: number), count: bytes), price: .known(Money(100, "VND")),
            at: time(Int64(number)))
    }

    static func booking(_ number: Int) -> Booking { Booking(run: "run-0", at: time(Int64(number))) }

    static func accepted(_ number: Int) -> CheckpointWrite {
        .stage(key(number), .accepted(AcceptedJob(remoteID: "gw-\(number)"), at: time(Int64(number))), booking(number))
    }

    static func ended(_ number: Int) -> CheckpointWrite {
        let job = AcceptedJob(remoteID: "gw-\(number)", context: ["status_url": "https://example.com/\(number)"])
        return .stage(key(number), .ended(job, .succeeded, cost: Money(100, "VND"), message: nil, at: time(Int64(number))), booking(number))
    }

    /// Writes as a run makes them, several transactions a job; the last jobs are left at every stage.
    static func fill(_ store: SQLiteCheckpointStore, jobs: Range<Int>) throws {
        let token = try store.openForWriting()
        try store.apply([.run(RunRecord(id: "run-\(jobs.lowerBound)", startedAt: time(0)))], token: token)
        for number in jobs {
            try store.apply([.intent(intent(number), booking(number))], token: token)
            if number % 4 > 0 { try store.apply([accepted(number)], token: token) }
            if number % 4 > 1 { try store.apply([ended(number)], token: token) }
            if number % 4 > 2 {
                let artifact = Artifact(
                    path: "\(number).png", sha256: "ab", bytes: number, mediaType: "image/png", width: 1, height: nil)
                let identity = key(number).identity
                try store.apply(
                    [
                        .artifact(identity, output: 0, ArtifactRecord(artifact: artifact, modifiedNanoseconds: 1, inode: 2)),
                        .instance(
                            InstanceRecord(
                                identity: identity, step: "s", name: "s[\(number)]", status: .succeeded, reason: nil, at: time(1))),
                    ], token: token)
            }
        }
    }
}

/// A state as something to compare.
struct ComparableState: Equatable {
    let runs: [RunRecord]
    let instances: [Identity: InstanceRecord]
    let jobs: [JobKey: JobRecord]
    let artifacts: [Identity: [Int: ArtifactRecord]]
    let ledger: [LedgerEntry]

    init(_ state: CheckpointState) {
        (runs, instances, jobs, artifacts, ledger) = (
            state.runs, state.instances, state.jobs, state.artifacts, state.ledger.entries
        )
    }
}

extension TemporaryFolder {
    /// What a crash at this moment would leave of `name`, in another folder: its files as they are, open or not, without the shared memory.
    func crashImage(of name: String) throws -> TemporaryFolder {
        let image = try TemporaryFolder()
        for suffix in ["", "-wal", "-mark"] where FileManager.default.fileExists(atPath: file(name + suffix)) {
            try FileManager.default.copyItem(atPath: file(name + suffix), toPath: image.file(name + suffix))
        }
        return image
    }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: file(name))) }

    func write(_ data: Data, to name: String) throws { try data.write(to: URL(filePath: file(name))) }
}

/// The error that `body` throws, nil where it throws none.
func checkpointError(_ body: () throws -> Void) -> CheckpointError? {
    do { try body() } catch let error as CheckpointError { return error } catch { return .contradiction("not a CheckpointError: \(error)") }
    return nil
}

extension CheckpointError {
    var isDamage: Bool { if case .damaged = self { true } else { false } }
    var isCannotWrite: Bool { if case .cannotWrite = self { true } else { false } }
}
