import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Scheduling

/// A request for a person, outside of a run: it counts towards the account's limits like any other.
struct CountedCall {
    let places: CampaignPlaces
    let account: AccountPlan

    /// Does `work` under a lease.
    ///
    /// - Throws: exit 5 where the account may send nothing now, 74 where its state cannot be written.
    func perform<Answer: Sendable>(_ work: () async -> Answer) async throws(CommandFailure) -> Answer {
        let now = Timestamp(Date())
        var random = SystemRandomNumberGenerator()
        let id = RunIdentifier.make(at: now, using: &random)
        let process = ProcessInfo.processInfo.processIdentifier
        let liveness = RunLiveness(home: places.home.path)
        let store: SQLiteAccountStore
        let life: ProcessLock
        let reply: LeaseReply
        do throws(CheckpointError) {
            life = try liveness.hold(LockHolder(run: id, processID: process, since: now))
        } catch {
            throw CommandFailure(error)
        }
        defer { life.release(removingFile: true) }
        do throws(CheckpointError) {
            store = try SQLiteAccountStore(path: places.accounts.path) { liveness.isAlive($0.run) }
            reply = try store.lease(
                LeaseRequest(account: account.id, call: .account), limits: account.limits,
                holder: LeaseHolder(run: id, processID: process, campaign: places.state.path), finished: [:], now: now)
        } catch {
            throw CommandFailure(error)
        }
        guard let ticket = reply.ticket else {
            guard case .denied(_, let until) = reply.answer else { throw CommandFailure(.internalError, "a lease without a ticket") }
            let when = until.map { " before \($0)" } ?? " now"
            throw CommandFailure(.quota, "the account's limits let nothing be asked\(when); nothing was sent")
        }
        let answer = await work()
        do throws(CheckpointError) {
            try store.finish([ticket: Timestamp(Date())], account: account.id)
        } catch {
            throw CommandFailure(error)
        }
        return answer
    }
}
