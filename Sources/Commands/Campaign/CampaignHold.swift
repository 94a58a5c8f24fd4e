import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Reporting

/// The locks on one campaign, held for as long as a command writes to its state.
struct CampaignHold {
    let holder: LockHolder
    private let lock: Lock

    private enum Lock {
        /// What belongs to the command that sends, or that speaks to an account for the campaign.
        case whole(CampaignLock.Hold)
        case state(ProcessLock)
    }

    /// What a command is to hold.
    enum Reach {
        /// The campaign's state alone: nothing is sent, and no account is told anything.
        case state
        /// The campaign of that name, in whatever folders copies of it are.
        case campaign(String)
    }

    /// - Parameters:
    ///   - waiting: waits for another run to end (`--wait-lock`) instead of failing.
    ///   - refusal: what is said where another run holds the campaign; it is given `: ` and that run, or nothing where its name is not known.
    /// - Throws: exit 7 where another run holds the campaign, naming it; 74 where a lock cannot be taken.
    static func take(
        _ reach: Reach, _ places: CampaignPlaces, waiting: Bool, refusal: (String) -> String = Self.refusal
    ) async throws(CommandFailure) -> CampaignHold {
        let holder = holder(places)
        var isWaiting = false
        while true {
            let other: LockHolder?
            do throws(CheckpointError) {
                switch try attempt(reach, places, holder) {
                case .acquired(let lock): return CampaignHold(holder: holder, lock: lock)
                case .heldBy(let found): other = found
                }
            } catch {
                throw CommandFailure(error)
            }
            let named = other.map { ": \($0.told)\(place(of: $0, from: places))" } ?? ""
            guard waiting else { throw CommandFailure(.locked, refusal(named)) }
            if !isWaiting { Console.standard.error("Waiting for another run of this campaign to end\(named)") }
            isWaiting = true
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Takes the campaign of that name where nobody holds it; else, and where a lock cannot be taken, nil without a word.
    static func takeIfFree(_ campaign: String, _ places: CampaignPlaces) -> CampaignHold? {
        let holder = holder(places)
        guard case .acquired(let lock)? = try? attempt(.campaign(campaign), places, holder) else { return nil }
        return CampaignHold(holder: holder, lock: lock)
    }

    private static func holder(_ places: CampaignPlaces) -> LockHolder {
        var random = SystemRandomNumberGenerator()
        let now = Timestamp(Date())
        return LockHolder(
            run: RunIdentifier.make(at: now, using: &random), processID: ProcessInfo.processInfo.processIdentifier, since: now,
            state: places.state.path)
    }

    private enum Attempt {
        case acquired(Lock)
        case heldBy(LockHolder?)
    }

    private static func attempt(_ reach: Reach, _ places: CampaignPlaces, _ holder: LockHolder) throws(CheckpointError) -> Attempt {
        switch reach {
        case .state:
            switch try CampaignLock.acquire(places.state.path, holder: holder) {
            case .acquired(let lock): .acquired(.state(lock))
            case .heldBy(let other): .heldBy(other)
            }
        case .campaign(let name):
            switch try CampaignLock.acquire(name, home: places.home.path, statePath: places.state.path, holder: holder) {
            case .acquired(let hold): .acquired(.whole(hold))
            case .heldBy(let other): .heldBy(other)
            }
        }
    }

    /// Where the other run is, where that is another place than here.
    private static func place(of other: LockHolder, from places: CampaignPlaces) -> String {
        guard let state = other.state, state != places.state.path else { return "" }
        return
            ", in another copy of it with the state \(state) (campaigns of one name share their submissions, so one runs at a time)"
    }

    private static func refusal(_ named: String) -> String {
        "another run holds this campaign\(named); let it finish, or wait for it with --wait-lock; nothing was sent"
    }

    /// What leases of the campaign at `places` are told by.
    func leaseHolder(of campaign: String, _ places: CampaignPlaces) -> LeaseHolder {
        LeaseHolder(
            run: holder.run, processID: holder.processID, campaign: CampaignMark(name: campaign, state: places.state).description)
    }

    func release() {
        switch lock {
        case .whole(let hold): hold.release()
        case .state(let lock): lock.release(removingFile: true)
        }
    }
}

extension LockHolder {
    /// For people: `run 01J…, process 4711, since 2026-05-01 14:02:11`.
    var told: String { "run \(run), process \(processID), since \(LocalTime(zone: .current).dateAndClock(since))" }
}
