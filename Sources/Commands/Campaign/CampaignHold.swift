import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline

/// The lock on one campaign, held for as long as a command writes to its state.
struct CampaignHold {
    let lock: ProcessLock
    let holder: LockHolder

    /// - Parameters:
    ///   - waiting: waits for another run to end (`--wait-lock`) instead of failing.
    ///   - refusal: what is said where another run holds the campaign; it is given `: ` and that run, or nothing where its name is not known.
    /// - Throws: exit 7 where another run holds the campaign, naming it; 74 where the lock cannot be taken.
    static func take(
        _ places: CampaignPlaces, waiting: Bool, refusal: (String) -> String = Self.refusal
    ) async throws(CommandFailure) -> CampaignHold {
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
                let named = other.map { ": \($0)" } ?? ""
                guard waiting else { throw CommandFailure(.locked, refusal(named)) }
                if !isWaiting { Console.standard.error("Waiting for another run of this campaign to end\(named)") }
                isWaiting = true
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private static func refusal(_ named: String) -> String {
        "another run holds this campaign\(named); let it finish, or wait for it with --wait-lock; nothing was sent"
    }

    /// What leases of the campaign at `places` are told by.
    func leaseHolder(of campaign: String, _ places: CampaignPlaces) -> LeaseHolder {
        LeaseHolder(
            run: holder.run, processID: holder.processID, campaign: CampaignMark(name: campaign, state: places.state).description)
    }

    func release() { lock.release(removingFile: true) }
}
