import Checkpoint
import Pipeline
import Runner
import Scheduling
import Synchronization

/// One campaign's folder: its state, its results, and who runs it.
final class SimulatedCampaign {
    let number: Int
    let plan: Plan
    /// The plan's number: a campaign keeps it wherever it is moved.
    let planNumber: Int
    let policy: UnknownPolicy
    let waitsForQuota: Bool
    /// Of runs, those that are asked for something else than the whole plan, one in so many; 0 is none.
    let variesOneIn: Int
    /// The campaign's name and the place of its state, as leases name it.
    let mark: String
    let disk: SimulatedDisk
    private(set) var memory = MemoryCheckpointStore.Memory()
    /// Every transaction that was applied.
    private(set) var log: [[CheckpointWrite]] = []
    var process: SimulatedProcess?
    /// Processes so far.
    var starts = 0
    /// Runs that began after the last fault.
    var calmRuns = 0
    var outcome: RunOutcome?
    var isAtRest = false
    /// Its folder is in another place by now.
    var isMoved = false

    init(
        number: Int, plan: Plan, planNumber: Int, policy: UnknownPolicy, waitsForQuota: Bool, variesOneIn: Int, disk: SimulatedDisk,
        log: [[CheckpointWrite]] = []
    ) {
        self.number = number
        self.plan = plan
        self.planNumber = planNumber
        self.policy = policy
        self.waitsForQuota = waitsForQuota
        self.variesOneIn = variesOneIn
        self.disk = disk
        mark = "\(plan.campaign) (/\(number)/state.sqlite)"
        replay(log)
    }

    /// Applies a transaction that a running process gave.
    func apply(_ writes: [CheckpointWrite], token: FencingToken) -> CheckpointError? {
        do throws(CheckpointError) {
            try MemoryCheckpointStore(memory).apply(writes, token: token)
            log.append(writes)
            return nil
        } catch {
            return error
        }
    }

    /// The state is gone, or is what it was after the first of its transactions.
    func replay(_ transactions: [[CheckpointWrite]]) {
        memory = MemoryCheckpointStore.Memory()
        log = []
        let store = MemoryCheckpointStore(memory)
        guard let token = try? store.openForWriting() else { return }
        for writes in transactions { _ = apply(writes, token: token) }
    }
}

/// One process that runs a campaign.
final class SimulatedProcess {
    /// A request without a reply.
    struct OpenCall {
        let call: ProviderCall
        let account: AccountID
        let isReplyLost: Bool
        /// What its reply says of the request limit.
        var reading: RateReading?
        var hasArrived = false
        /// Raised when the call is cancelled: what comes later is not heard.
        var epoch = 0
    }

    let campaign: SimulatedCampaign
    /// What this run takes for the campaign's plan.
    let plan: Plan
    let holder: LeaseHolder
    let token: FencingToken
    let isCalm: Bool
    var core: RunProtocol
    /// How far its wall clock is off.
    let clockError: Duration
    var isAlive = true
    /// Given to the checkpoint and not answered, in order.
    var writes: [(writes: [CheckpointWrite], then: AfterRecord?)] = []
    var firstWrite = 0
    var writesDoneAt = Timestamp.distantPast
    var isStoreBroken = false
    /// The same for the account store.
    var questions: [(operation: AccountOperation, then: AfterAnswer?)] = []
    var firstQuestion = 0
    var questionsDoneAt = Timestamp.distantPast
    var calls: [Int: OpenCall] = [:]
    var wake = 0
    /// Intents that a mutation keeps back.
    var heldBack: [JobKey: CheckpointWrite] = [:]

    init(
        _ campaign: SimulatedCampaign, plan: Plan, holder: LeaseHolder, token: FencingToken, isCalm: Bool, clockError: Duration,
        core: RunProtocol
    ) {
        self.campaign = campaign
        self.plan = plan
        self.holder = holder
        self.token = token
        self.isCalm = isCalm
        self.core = core
        self.clockError = clockError
    }
}

/// Which processes live, for the account store to ask.
final class Living: Sendable {
    private let runs = Mutex<Set<String>>([])

    func isAlive(_ holder: LeaseHolder) -> Bool { runs.withLock { $0.contains(holder.run) } }
    func begin(_ run: String) { _ = runs.withLock { $0.insert(run) } }
    func end(_ run: String) { _ = runs.withLock { $0.remove(run) } }
}
