import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Testing

/// Holds a campaign as a run does, and expects that `arguments` ends with 7, and with `--wait-lock` waits for the end of that run.
func expectToWait(for state: String, _ arguments: [String], in workspace: Workspace, sourceLocation: SourceLocation = #_sourceLocation)
    async throws
{
    for (flags, code) in [([], 7), (["--wait-lock"], 0)] as [([String], Int32)] {
        let holder = LockHolder(run: "01TEST", processID: 4711, since: Timestamp(Date()))
        guard case .acquired(let lock) = try CampaignLock.acquire(workspace.url(state).path, holder: holder) else {
            Issue.record("the lock is taken", sourceLocation: sourceLocation)
            return
        }
        let running = try Flowbatch.start(arguments + flags, in: workspace)
        running.react(onceShown: "Waiting for another run") { lock.release(removingFile: true) }
        let result = await running.result()
        lock.release(removingFile: true)
        #expect(result.exitCode == code, "\(result.everything)", sourceLocation: sourceLocation)
        #expect(result.errors.contains("01TEST"), "\(result.errors)", sourceLocation: sourceLocation)
        #expect(
            !result.errors.contains(/\d{4}-\d\d-\d\dT/), "a time as programs write it: \(result.errors)", sourceLocation: sourceLocation)
    }
}
