import Checkpoint
import Foundation
import Pipeline
import Providers
import Runner
import Scheduling

/// Whole runs under virtual time: the protocol that runs live, over stores in memory, simulated providers and a simulated disk, all of which
/// fail wherever the seed says so. One seed always gives the same world, event by event.
final class World {
    /// What is under way.
    enum Item {
        case start(SimulatedCampaign)
        case signal(SimulatedProcess, RunSignal)
        /// The oldest write that a process gave to its checkpoint is done.
        case write(SimulatedProcess)
        /// The same for the account store.
        case question(SimulatedProcess)
        case place(SimulatedProcess, Placement)
        /// A request reaches the provider.
        case arrival(SimulatedProcess, Int)
        case reply(SimulatedProcess, Int, epoch: Int, ProviderReply)
        /// An interrupted submission has had its time to bring its reply home.
        case cut(SimulatedProcess, Int)
        case wake(SimulatedProcess, Int)

        var process: SimulatedProcess? {
            switch self {
            case .start: nil
            case .signal(let process, _), .write(let process), .question(let process), .place(let process, _), .arrival(let process, _),
                .reply(let process, _, _, _), .cut(let process, _), .wake(let process, _):
                process
            }
        }
    }

    /// More events than any world of this size has.
    private static let mostEvents = 40_000

    let mutation: Mutation?
    var random: SplitMix64
    /// Decides what a person does, apart from all else.
    var person: SplitMix64
    var faults: Faults
    /// Processes have wall clocks of their own.
    private let setsClocks: Bool
    var now = Timestamp(milliseconds: 1_800_000_000_000)
    var timeline = VirtualTimeline<Item>()
    var trace: Trace
    let providers: [AccountID: SimulatedProvider]
    private let living = Living()
    private(set) var accounts: MemoryAccountStore
    /// What the account store was told and asked, where a mutation lets it forget.
    var told: [(operation: AccountOperation, clockError: Duration)] = []
    var campaigns: [SimulatedCampaign] = []
    var books = Books()
    /// The first broken promise.
    var violation: Violation?
    private(set) var events = 0
    private(set) var crashes = 0
    private(set) var runs = 0

    init(seed: UInt64, mutation: Mutation? = nil, isTraced: Bool = false) {
        self.mutation = mutation
        random = SplitMix64(seed: seed)
        person = SplitMix64(seed: ~seed)
        trace = Trace(isKept: isTraced)
        let recipe = WorldRecipe(random: &random, hasRivals: mutation == .noRivals)
        faults = recipe.faults
        setsClocks = recipe.setsClocks
        var providers: [AccountID: SimulatedProvider] = [:]
        for account in recipe.accounts { providers[account.id] = SimulatedProvider(account, recipe.manners[account.id] ?? Manners()) }
        self.providers = providers
        accounts = MemoryAccountStore { [living] in living.isAlive($0) }
        for (number, plan) in recipe.plans.enumerated() {
            let campaign = SimulatedCampaign(
                number: number, plan: plan, planNumber: number, policy: recipe.policies[number], waitsForQuota: recipe.waits[number],
                variesOneIn: recipe.varies[number], disk: SimulatedDisk(isSyncing: mutation != .noFileSync))
            campaigns.append(campaign)
            timeline.add(.start(campaign), at: now + random.milliseconds(0...20_000))
        }
    }

    var isCalm: Bool { events >= faults.last }

    /// Runs until every campaign is at rest, or a promise is broken.
    func run() {
        while violation == nil, let (at, item) = timeline.popFirst() {
            now = max(now, at)
            events += 1
            if isCalm { faults = .none }
            trace.note(UInt64(now.milliseconds))
            handle(item)
            if events >= Self.mostEvents { return broken(.progress, "no end after \(events) events") }
        }
        if violation == nil { checkEnd() }
    }

    func broken(_ promise: Promise, _ what: String) {
        if violation == nil { violation = Violation(promise: promise, what: what) }
        trace.say("BROKEN: \(promise.rawValue): \(what)")
    }

    private func handle(_ item: Item) {
        guard let process = item.process else {
            if case .start(let campaign) = item { start(campaign) }
            return
        }
        guard process.isAlive else { return }
        if random.oneIn(faults.interrupt) { deliver(.interrupted, to: process) }
        guard random.oneIn(faults.crash) else { return perform(item, of: process) }
        if random.oneIn(2) { perform(item, of: process) }
        if process.isAlive { crash(process) }
    }

    private func perform(_ item: Item, of process: SimulatedProcess) {
        guard process.isAlive else { return }
        switch item {
        case .start: break
        case .signal(_, let signal): deliver(signal, to: process)
        case .write: write(process)
        case .question: answer(process)
        case .place(_, let placement): deliver(.placed(placement, process.campaign.disk.place(placement)), to: process)
        case .arrival(_, let id): arrive(id, of: process)
        case .reply(_, let id, let epoch, let reply): hear(id, epoch, reply, of: process)
        case .cut(_, let id): cut(id, of: process)
        case .wake(_, let number): if number == process.wake { deliver(.woken, to: process) }
        }
    }

    /// Feeds the protocol and begins what it wants done.
    func deliver(_ signal: RunSignal, to process: SimulatedProcess) {
        trace.say("\(now.milliseconds) \(process.holder.run) ← \(Trace.short(signal))")
        perform(process.core.handle(signal, now: now + process.clockError), of: process)
    }

    // MARK: the life of a process

    private func start(_ left: SimulatedCampaign) {
        guard left.process == nil, !left.isAtRest else { return }
        let campaign = loseOrMoveState(of: left)
        runs += 1
        campaign.starts += 1
        let holder = LeaseHolder(run: "run\(runs)", processID: Int32(runs), campaign: campaign.mark)
        living.begin(holder.run)
        let store = MemoryCheckpointStore(campaign.memory)
        guard let token = try? store.openForWriting(), var state = try? store.load(), let requests = try? store.requests() else { return }
        checkFiles(of: campaign, state)
        if mutation == .noReconciliation {
            for (key, record) in state.jobs where record.stage.isOpen { state.jobs[key]?.stage = .refused(message: "it passes for unsent") }
        }
        let variant = !isCalm && random.oneIn(campaign.variesOneIn) ? PlanVariant(of: campaign.plan, &random) : PlanVariant(campaign.plan)
        var history = CampaignHistory(plan: variant.plan, state: state, others: requests.others(than: campaign.plan.campaign)) {
            campaign.disk.standing(of: $0)
        }
        if mutation == .noRivals { history.restored.openElsewhere = [] }
        let options = MachineOptions(
            onUnknown: campaign.policy, waitForQuota: campaign.waitsForQuota, only: variant.only, seed: random.next())
        let builders = Dictionary(uniqueKeysWithValues: providers.keys.map { ($0, SimulatedBuilder() as any SubmissionBuilder) })
        let process = SimulatedProcess(
            campaign, plan: variant.plan, holder: holder, token: token, isCalm: isCalm,
            clockError: setsClocks && random.oneIn(2) ? .seconds(random.within(-200_000...200_000)) : .zero,
            core: RunProtocol(
                RunStart(
                    plan: variant.plan, state: state, history: history, requests: requests, builders: builders, holder: holder,
                    options: options)))
        campaign.process = process
        trace.say(
            "\(now.milliseconds) \(holder.run) begins campaign \(campaign.number) with \(variant.plan.instances.map(\.identity.short)), only "
                + "\(variant.only.map { "\($0.sorted())" } ?? "all")\(isCalm ? ", nothing goes wrong any more" : "")")
        perform(process.core.begin(now: now + process.clockError), of: process)
    }

    private func crash(_ process: SimulatedProcess) {
        crashes += 1
        guard random.oneIn(faults.power) else { return kill(process) }
        trace.say("\(now.milliseconds) the power goes")
        for campaign in campaigns {
            if let process = campaign.process { kill(process) }
            campaign.disk.losePower(&random)
            if mutation == .noStoreSync { campaign.replay(campaign.log.dropLast(random.below(4))) }
        }
        if mutation == .noStoreSync { forgetLatestOfAccounts() }
    }

    private func forgetLatestOfAccounts() {
        let kept = told.dropLast(random.below(6))
        told = []
        accounts = MemoryAccountStore { [living] in living.isAlive($0) }
        for (operation, clockError) in kept { _ = ask(operation, clockError) }
    }

    /// What is under way is done or not done, each store's in its order.
    private func kill(_ process: SimulatedProcess) {
        trace.say("\(now.milliseconds) \(process.holder.run) is killed")
        let writes = process.writes[process.firstWrite...]
        for write in writes.prefix(random.below(writes.count + 1)) where !process.isStoreBroken { _ = apply(write.writes, of: process) }
        let questions = process.questions[process.firstQuestion...]
        for question in questions.prefix(random.below(questions.count + 1)) { _ = ask(question.operation, process.clockError) }
        for (id, call) in process.calls.sorted(by: { $0.key < $1.key }) where !call.hasArrived && random.oneIn(2) {
            process.calls[id]?.hasArrived = true
            _ = serve(call, of: process)
        }
        stop(process)
        checkLedger(of: process.campaign)
        timeline.add(.start(process.campaign), at: now + random.milliseconds(random.oneIn(5) ? 1...400_000 : 1...20_000))
    }

    private func stop(_ process: SimulatedProcess) {
        process.isAlive = false
        process.campaign.process = nil
        living.end(process.holder.run)
    }

    /// The run is over; the next one begins after a while, until nothing is left to do.
    func end(_ process: SimulatedProcess, _ result: Result<RunOutcome, any Error>) {
        let campaign = process.campaign
        for question in process.questions[process.firstQuestion...] { _ = ask(question.operation, process.clockError) }
        stop(process)
        campaign.disk.tidyUp()
        trace.say("\(now.milliseconds) \(process.holder.run) ends: \(Trace.short(result.map(\.exitCode)))")
        let code = try? result.get().exitCode
        campaign.outcome = try? result.get()
        checkLedger(of: campaign)
        checkReport(of: campaign)
        if process.isCalm { campaign.calmRuns += 1 }
        if code == .held { nameByHand(campaign) }
        let pause: Duration
        switch code {
        case .done where process.isCalm:
            campaign.isAtRest = true
            return
        case .someFailed where process.isCalm, .held where process.isCalm, .budget where process.isCalm:
            let isOpen = campaign.outcome?.summary.steps.contains { $0.status == .timedOut } ?? false
            if campaign.calmRuns >= 2, !isOpen {
                campaign.isAtRest = true
                return
            }
            pause = .seconds(60)
        case .quota: pause = .seconds(3600)
        case .done, .someFailed, .held, .budget:
            // Where nothing else is under way, what could fail has had its time.
            if random.oneIn(2), !campaigns.contains(where: { $0.process != nil }) { faults.last = events }
            pause = random.milliseconds(1...60_000)
        default:
            if process.isCalm { return broken(.progress, "a run without faults ended with \(code.map { "\($0)" } ?? "\(result)")") }
            pause = random.milliseconds(1...60_000)
        }
        if campaign.calmRuns > 12 {
            return broken(.progress, "campaign \(campaign.number) does not come to rest: \(code.map { "\($0)" } ?? "?")")
        }
        timeline.add(.start(campaign), at: now + pause)
    }
}
