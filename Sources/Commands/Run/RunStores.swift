import Checkpoint
import CheckpointSQLite
import Foundation
import Pipeline
import Runner

/// The two stores of a run, open for writing, and the lock that says the run is alive.
struct RunStores {
    let checkpoint: SQLiteCheckpointStore
    let token: FencingToken
    let accounts: ClockedAccountStore
    /// The time that goes with `accounts`.
    let clock: any RunClock
    let life: ProcessLock
    let liveness: RunLiveness
    let orders: TestOrders

    /// - Throws: exit 74 where a store cannot be used, with what to do.
    static func open(
        _ places: CampaignPlaces, _ holder: LockHolder, _ orders: TestOrders, _ environment: [String: String]
    ) throws(CommandFailure) -> RunStores {
        do throws(CheckpointError) {
            let liveness = RunLiveness(home: places.home.path)
            let life = try liveness.hold(holder)
            let checkpoint = try SQLiteCheckpointStore(path: places.state.path)
            let token = try checkpoint.openForWriting()
            let clock = TestTime.clock(environment)
            let accounts = try SQLiteAccountStore(path: places.accounts.path) { liveness.isAlive($0.run) }
                .following(TestTime.host(clock, environment))
            return RunStores(
                checkpoint: checkpoint, token: token, accounts: accounts, clock: clock, life: life, liveness: liveness, orders: orders)
        } catch {
            throw CommandFailure(.cannotWrite, error.message + "; nothing was sent")
        }
    }
}

extension RunStores {
    /// What the campaign's store knows now.
    ///
    /// - Throws: exit 74 where it cannot be read.
    func load() throws(CommandFailure) -> ReadStores {
        do throws(CheckpointError) {
            let state = try checkpoint.load()
            return ReadStores(state: orders.omission?.belief(in: state) ?? state, accounts: accounts, requests: try checkpoint.requests())
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Puts on record what a killed run put in place without a record of it, so that its files follow the manifest like all others.
    ///
    /// - Returns: what the campaign's store knows then.
    /// - Throws: exit 74 where it cannot be written.
    func adopt(_ claims: [(claim: PlacementClaim, record: ArtifactRecord)], _ known: ReadStores) throws(CommandFailure) -> ReadStores {
        let submitted = Set(known.state.jobs.keys.map(\.identity))
        let writes = claims.compactMap { claim, record -> CheckpointWrite? in
            guard let identity = claim.identity, submitted.contains(identity), known.state.artifacts[identity]?[claim.output] != record
            else { return nil }
            return .artifact(identity, output: claim.output, record)
        }
        if writes.isEmpty { return known }
        try orders.reach(.beforeClaimsAdopted)
        do throws(CheckpointError) {
            try checkpoint.apply(writes, token: token)
        } catch {
            throw CommandFailure(.cannotWrite, error.message + "; nothing was sent")
        }
        try orders.reach(.claimsAdopted)
        return try load()
    }
}

/// The two stores as a reader sees them: never blocks a run, never makes a file.
struct ReadStores {
    let state: CheckpointState
    let accounts: ClockedAccountStore?
    /// What recorded instances asked for.
    var requests: [Identity: RequestRecord] = [:]

    /// - Throws: exit 74 where a store is there and cannot be read.
    static func open(_ places: CampaignPlaces) throws(CommandFailure) -> ReadStores {
        do throws(CheckpointError) {
            let liveness = RunLiveness(home: places.home.path)
            let checkpoint = try SQLiteCheckpointStore(readingPath: places.state.path)
            let state = try checkpoint?.load() ?? CheckpointState()
            let accounts = try SQLiteAccountStore(readingPath: places.accounts.path) { liveness.isAlive($0.run) }?
                .following(MachineTime.read(SystemRunClock()))
            return ReadStores(state: state, accounts: accounts, requests: try checkpoint?.requests() ?? [:])
        } catch {
            throw CommandFailure(error)
        }
    }
}
