import Checkpoint
import Foundation
package import Pipeline
import Providers
import Scheduling

/// One run's whole protocol as a value: what is asked of the two stores, the provider and the output folder, in which order, and what is made
/// of the answers. It knows no clock, no disk and no network; the same protocol runs live and in the simulation that fails at any point.
///
/// Feed it with `begin` once, then one `handle` for every signal. An effect that is answered is answered once. After `end` it gives no
/// further effect.
package struct RunProtocol: Sendable {
    enum Phase {
        /// What earlier runs left is taken up; nothing is sent yet.
        case beginning
        /// It could not begin, and that is being recorded.
        case failing(any Error)
        case running
        case ending(ExitCode)
        case over
    }

    /// A request without an answer.
    struct CallUnderWay {
        let call: ProviderCall
        let account: AccountID
        let ticket: SendTicket?
        let at: Timestamp
        /// Contents that an earlier run uploaded and that a submission takes.
        var doubtful: [String] = []
    }

    let start: RunStart
    var plan: Plan { start.plan }
    let accountPlans: [AccountID: AccountPlan]
    /// Transfers by what they bring where.
    let transferIndex: [PlannedTransfer: Int]
    /// Ends with `/`.
    let manifestFolder: String

    var phase = Phase.beginning
    var history: CampaignHistory
    /// Set once what earlier runs left is taken up.
    var machine: RunMachine?
    var now = Timestamp(milliseconds: 0)
    var startedAt = Timestamp(milliseconds: 0)
    var effects: [RunEffect] = []
    /// For the machine, after what is being done: nothing outside has to happen for them.
    private var events: [MachineEvent] = []

    /// Questions that have to be answered before the machine starts.
    var openQuestions = 0
    /// Sub-jobs that have not succeeded on record, by their names, and the submissions that are asked for by their own keys.
    var inQuestion: [String: JobReference] = [:]
    var keysInQuestion: [String: JobKey] = [:]
    var adopted: [JobKey: JobRecord] = [:]
    /// The last attempt of a sub-job whose request left without a reply, and which is not on record.
    var remembered: [JobReference: RestoredJob] = [:]

    /// What the accounts remember of how long jobs take.
    var durations: [AccountID: [DurationClass: DurationModel]] = [:]

    /// Requests left, as the account's log last said.
    var requestsLeft: [AccountID: Int] = [:]

    var sends = SendBook()
    var calls: [Int: CallUnderWay] = [:]
    var records: [JobKey: JobRecord] = [:]
    /// Keys of `records` whose submissions may be looked for, by their text.
    var recordsByText: [String: JobKey] = [:]
    /// Generations that are not on record yet.
    var raised: [Identity: GenerationRecord]
    /// As the store has it once all writes given to it are done.
    var ledger = Ledger()
    var prepared: [JobKey: PreparedSubmission] = [:]
    var submittedNow: Set<JobKey> = []
    var artifacts: [OutputReference: ArtifactRecord] = [:]
    /// Names of downloads whose results are not on record yet.
    var parts: [OutputReference: String] = [:]
    /// Of results that a killed run put in place without recording them.
    var unrecordedInodes: Set<UInt64> = []
    /// References of what is at the providers, by transfer.
    var uploads: [Int: String] = [:]
    /// Transfers that this run uploaded itself.
    var uploadedNow: Set<Int> = []
    var remoteIDs: Set<String> = []
    /// Finished instances of which the manifest now wants another rendition.
    var otherRenditions: Set<Identity> = []
    /// Instances of which it is on record what they ask for.
    var described: Set<Identity> = []
    /// Sent so far; also the last one's number.
    var requests = 0
    var summary: RunSummary?
    private var sequence = 0
    private var wake: Timestamp?

    package init(_ start: RunStart) {
        self.start = start
        history = start.history
        raised = start.raised
        manifestFolder = URL(fileURLWithPath: start.plan.manifestPath).standardizedFileURL.deletingLastPathComponent().path + "/"
        transferIndex = Dictionary(start.plan.transfers.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        accountPlans = Dictionary(start.plan.accounts.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Begins the run.
    package mutating func begin(now: Timestamp) -> [RunEffect] {
        self.now = now
        startedAt = now
        recall()
        effects.append(.prepareOutput)
        return takeEffects()
    }

    /// Takes one signal at `now` and gives what is to be done.
    package mutating func handle(_ signal: RunSignal, now: Timestamp) -> [RunEffect] {
        self.now = now
        switch phase {
        case .beginning: takeUp(signal)
        case .failing(let error):
            if case .recorded(.failedBeginning, _) = signal { end(.failure(error)) }
        case .running: take(signal)
        case .ending(let code):
            if case .recorded(.end, let failure) = signal { close(code, failure) }
        case .over: break
        }
        feedPosted()
        if case .running = phase { askForWake() }
        return takeEffects()
    }

    private mutating func takeEffects() -> [RunEffect] {
        defer { effects = [] }
        return effects
    }

    // MARK: the machine

    /// What earlier runs left is in order: the machine takes over.
    mutating func startMachine() {
        let restored = withRemembered(withRenditions(history.restored))
        var options = start.options
        options.durations = durations
        var machine = RunMachine(plan: plan, restored: restored, options: options, now: now)
        let actions = machine.start(now: now)
        self.machine = machine
        phase = .running
        perform(actions)
    }

    private mutating func take(_ signal: RunSignal) {
        switch signal {
        case .recorded(let after, let failure): recorded(after, failure)
        case .answered(let after, let answer): answered(after, answer)
        case .called(let id, let reply): called(id, reply)
        case .metered(let id, let reading): metered(id, reading)
        case .placed(let placement, let result): placed(placement, result)
        case .woken:
            wake = nil
            feed(.woken)
        case .interrupted: feed(.interrupted)
        case .broken(let problem): feed(.internalError(problem))
        case .prepared, .arranged: break
        }
    }

    /// Hands `event` to the machine after what is being done.
    mutating func post(_ event: MachineEvent) { events.append(event) }

    /// Those that this brings about, too.
    private mutating func feedPosted() {
        var next = 0
        while case .running = phase, next < events.count {
            feed(events[next])
            next += 1
        }
        events.removeFirst(next)
    }

    /// Hands `event` to the machine and begins what it wants done.
    mutating func feed(_ event: MachineEvent) {
        switch event {
        case .interrupted, .internalError: effects.append(.endCalls)
        default: break
        }
        perform(machine?.handle(event, now: now) ?? [])
        if case .leased(let wish, _) = event { sends.end(sends.claim(wish.account), wish.account, at: now) }
    }

    private mutating func perform(_ actions: [MachineAction]) {
        for action in actions {
            switch action {
            case .report(let kind): tell(kind)
            case .finish(let code): finish(code)
            default: perform(action)
            }
        }
    }

    mutating func tell(_ kind: RunEvent.Kind) {
        sequence += 1
        effects.append(.tell(RunEvent(sequence: sequence, time: now, run: start.holder.run, kind: kind)))
    }

    /// One timer for everything that waits.
    private mutating func askForWake() {
        let next = machine?.nextWake
        guard next != wake else { return }
        wake = next
        effects.append(.wake(at: next))
    }

    mutating func end(_ result: Result<RunOutcome, any Error>) {
        phase = .over
        effects.append(.end(result))
    }

    // MARK: what all of it looks up

    func account(_ job: JobReference) -> AccountID { plan.instances[job.instance].account }

    func key(_ job: JobReference, _ attempt: Int) -> JobKey {
        JobKey(identity: plan.instances[job.instance].identity, job: job.job, attempt: attempt)
    }

    func builder(_ job: JobReference) -> (any SubmissionBuilder)? { start.builders[account(job)] }
}
