import Checkpoint
import Foundation
import Pipeline
import Runner
import Testing

/// Of an instance that the campaign no longer asks for, each paid job of which a file is missing is named, and no other.
@Suite struct LeftJobsTests {
    private let identity = Identity(of: .int(1))
    private let time = Timestamp(milliseconds: 1_800_000_000_000)
    private let nothing = Plan(campaign: "test", manifestPath: "c.yaml", instances: [], transfers: [], accounts: [], budgets: [])

    private func record(job: Int, attempt: Int, _ outcome: JobOutcome) -> JobRecord {
        let intent = SubmissionIntent(
            key: JobKey(identity: identity, job: job, attempt: attempt), account: AccountID(provider: "flow"), fingerprint: nil,
            request: Data(), price: .known(Money(100, "VND")), at: time)
        let accepted = AcceptedJob(remoteID: "gw-\(job)-\(attempt)")
        return JobRecord(intent: intent, stage: .ended(accepted, outcome, cost: nil, message: nil, at: time))
    }

    private func left(_ records: [JobRecord], files: [Int], outputs: [Int], status: InstanceStatus? = nil) -> [String?] {
        let artifacts = files.map { output in
            let artifact = Artifact(path: "\(output).png", sha256: "", bytes: 1, mediaType: "image/png", width: nil, height: nil)
            return (output, ArtifactRecord(artifact: artifact, modifiedNanoseconds: 0, inode: 0))
        }
        let instance = status.map { InstanceRecord(identity: identity, step: "s", name: "s", status: $0, reason: nil, at: time) }
        let state = CheckpointState(
            instances: instance.map { [identity: $0] } ?? [:],
            jobs: Dictionary(uniqueKeysWithValues: records.map { ($0.intent.key, $0) }),
            artifacts: [identity: Dictionary(uniqueKeysWithValues: artifacts)], ledger: Ledger(derivedFrom: records, runs: []))
        let request = RequestRecord(
            identity: identity, campaign: "test", step: "s", name: "s", description: "", outputs: outputs, at: time)
        return LeftJobs(plan: nothing, state: state, requests: [identity: request]).all.map(\.job)
    }

    /// The first job failed and was made anew; of the two files of each, those of the second job alone are here.
    @Test func aLaterAttemptWithoutItsFiles() {
        let records = [record(job: 0, attempt: 1, .failed), record(job: 0, attempt: 2, .succeeded), record(job: 1, attempt: 1, .succeeded)]
        #expect(left(records, files: [2, 3], outputs: [2, 2]) == ["gw-0-2"])
        #expect(left(records, files: [0, 1, 2], outputs: [2, 2]) == ["gw-1-1"])
        #expect(left(records, files: [], outputs: [2, 2]) == ["gw-0-2", "gw-1-1"])
        #expect(left(records, files: [0, 1, 2, 3], outputs: [2, 2]) == [])
    }

    /// Enough of them are here for the step to have succeeded; what was paid beside is told all the same.
    @Test func whatASucceededInstanceDidNotFetch() {
        let records = [record(job: 0, attempt: 1, .succeeded), record(job: 1, attempt: 1, .succeeded), record(job: 2, attempt: 1, .failed)]
        #expect(left(records, files: [1], outputs: [1, 1, 1], status: .partial) == ["gw-0-1"])
    }

    @Test func whatWasCleanedAwayIsNotTold() {
        #expect(left([record(job: 0, attempt: 1, .succeeded)], files: [], outputs: []) == [])
    }
}
