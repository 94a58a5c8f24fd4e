import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline

/// The lock on one campaign, held for as long as a command writes to its state.
struct CampaignHold {
    let lock: ProcessLock
    let holder: LockHolder

    /// - Parameter waiting: waits for another run to end (`--wait-lock`) instead of failing.
    /// - Throws: exit 7 where another run holds the campaign, naming it; 74 where the lock cannot be taken.
    static func take(_ places: CampaignPlaces, waiting: Bool) async throws(CommandFailure) -> CampaignHold {
        var random = SystemRandomNumberGenerator()
        let now = Timestamp(Date())
        let holder = LockHolder(
            run: RunIdentifier.make(at: now, using: &random), processID: ProcessInfo.processInfo.processIdentifier, since: now)
        var isWaiting = false
        while true {
            let attempt: LockAttempt
            do throws(CheckpointError) {
                attempt = try CampaignLock.acquire(places.state.path, holder: holder)
            } catch {
                throw CommandFailure(error)
            }
            switch attempt {
            case .acquired(let lock): return CampaignHold(lock: lock, holder: holder)
            case .heldBy(let other):
                guard waiting else {
                    throw CommandFailure(
                        .locked,
                        "another run holds this campaign\(other.map { ": \($0)" } ?? ""); let it finish, or wait for it with --wait-lock; nothing was sent"
                    )
                }
                if !isWaiting { Console.standard.error("Waiting for another run of this campaign to end\(other.map { ": \($0)" } ?? "")") }
                isWaiting = true
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    func release() { lock.release(removingFile: true) }
}
