import Foundation
import Pipeline
import Scheduling

/// Drives the real machine over two accounts where everything succeeds at once, except what a test makes go wrong.
struct ScriptedRun {
    /// What goes wrong, and the exit code that says so.
    enum Trouble: Int32, CaseIterable {
        case unwritable = 74
        case internalError = 70
        case interrupted = 6
        case keyRefused = 77
        case credits = 4
        case unreachable = 69
        case budget = 3
        case quota = 5
        case held = 2
        case failed = 1
        case none = 0

        /// Whether it is one account's alone.
        var stopsAnAccount: Bool {
            switch self {
            case .keyRefused, .credits, .unreachable, .budget, .quota: true
            default: false
            }
        }
    }

    static let first = AccountID(provider: "first", label: "default")
    static let second = AccountID(provider: "second", label: "default")

    /// Instances of either account.
    static let each = 3
    let plan: Plan
    private(set) var exitCode: ExitCode?
    private let troubles: [AccountID: Trouble]
    /// What happens to the whole run, once both accounts have sent something.
    private var strikes: [Trouble]
    private var events: [MachineEvent] = []
    private var submissions: [AccountID: Int] = [:]
    private var now = Timestamp(milliseconds: 1_800_000_000_000)

    /// Troubles of the whole run may stand at either account.
    init(_ first: Trouble, _ second: Trouble) {
        troubles = [Self.first: first, Self.second: second]
        let whole: Set<Trouble> = [.unwritable, .internalError, .interrupted]
        // What breaks the stores comes last: nothing is told any more after it.
        strikes = [first, second].filter(whole.contains).sorted { $0.rawValue < $1.rawValue }
        plan = Self.plan(troubles)
    }

    private static func plan(_ troubles: [AccountID: Trouble]) -> Plan {
        var instances: [StepInstance] = []
        for (account, trouble) in troubles.sorted(by: { $0.key < $1.key }) {
            for number in 0..<each {
                let price: Price = trouble == .budget && number > 0 ? .known(Money(1_000_000, "VND")) : .known(Money(100, "VND"))
                instances.append(
                    StepInstance(
                        step: account.provider, name: "\(account.provider)[\(number)]", place: nil, operation: Pipeline.Operation.t2i,
                        account: account,
                        arguments: ["prompt": .value(.text("\(account) \(number)"))], identity: Identity(of: .text("\(account) \(number)")),
                        jobs: [PlannedJob(outputs: 0..<1, price: price)],
                        outputs: [PlannedOutput(kind: .image, path: "\(account.provider)-\(number).png")], dependencies: [], needs: [],
                        transfers: [], retry: .standard, timeout: .seconds(900), onFailure: .skipDependents,
                        expectedDuration: .seconds(1)))
            }
        }
        let limits = AccountLimits(threads: 1, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        return Plan(
            campaign: "test", manifestPath: "campaign.yaml", instances: instances, transfers: [],
            accounts: troubles.keys.sorted().map { account in
                AccountPlan(
                    id: account, title: account.provider, limits: limits,
                    poll: PollPlan(minInterval: .seconds(1), maxInterval: .seconds(2)), recovery: .none, refunded: [], assumptions: [])
            },
            budgets: troubles.filter { $0.value == .budget }.keys.sorted().map {
                Budget(Budget.Scope(name: $0.provider, account: $0), limit: Money(1000, "VND"))
            })
    }

    /// Runs to the end and gives the machine as it then stands.
    mutating func run() -> RunMachine {
        var machine = RunMachine(plan: plan, restored: RestoredCampaign(), options: MachineOptions(seed: 1), now: now)
        take(machine.start(now: now))
        for _ in 0..<10_000 where exitCode == nil {
            if submissions.count == 2, let strike = strikes.first {
                strikes.removeFirst()
                take(machine.handle(event(of: strike), now: now))
            } else if !events.isEmpty {
                take(machine.handle(events.removeFirst(), now: now))
            } else if let wake = machine.nextWake {
                now = max(now, wake)
                take(machine.handle(.woken, now: now))
            } else {
                break
            }
        }
        return machine
    }

    private mutating func event(of strike: Trouble) -> MachineEvent {
        switch strike {
        case .interrupted: return .interrupted
        case .internalError: return .internalError("a test says so")
        default:
            // Some write or other fails: the one that would have been told next.
            if !events.isEmpty { events.removeFirst() }
            return .storeFailed("disk full")
        }
    }

    private mutating func take(_ actions: [MachineAction]) {
        for action in actions {
            if let event = answer(action) { events.append(event) }
        }
    }

    private mutating func answer(_ action: MachineAction) -> MachineEvent? {
        switch action {
        case .report: return nil
        case .finish(let code):
            exitCode = code
            return nil
        case .lease(let request): return .leased(request, .granted(requestsLeft: nil))
        case .recordIntent(let job, _), .recordEarlierIntent(let job, _, _): return .intentRecorded(job)
        case .markSending(let job, _, _): return .sendingMarked(job)
        case .submit(let job, _): return .submitted(job, submitted(job))
        case .recordAccepted(let job, _, let accepted): return .acceptedRecorded(job, accepted)
        case .holdSlot(let job, _, _, _): return .slotHeld(job)
        case .disownJob(let job, _, _, _): return .jobDisowned(job)
        case .recordClosed(let job, _, _, _): return .closedRecorded(job)
        case .poll(let job, _):
            let isFailed = troubles[plan.instances[job.instance].account] == .failed
            return .polled(job, .success(JobReport(state: .ended(isFailed ? .failed : .succeeded))))
        case .pollTogether(let account, let jobs):
            return .polledTogether(account, jobs.map(\.reference), .failure(CallFailure(.invalid, "nothing tells of many jobs")))
        case .recordOpen(let open, let fate): return .openRecorded(open, fate)
        case .settleOpen(let open, let fate, _): return .openSettled(open, fate)
        case .recordEnd(let job, _, _, _, _, _): return .endRecorded(job)
        case .releaseSlot(let job, _, _, _, _): return .slotReleased(job)
        case .fetch(let output, _, _): return .fetched(output, .success(Self.artifact))
        case .recordArtifact(let output): return .artifactRecorded(output, Self.artifact)
        case .lookUpTransfer(let transfer): return .transferLookedUp(transfer, found: true)
        case .transfer(let transfer): return .transferred(transfer, nil)
        case .list(let account): return .listed(account, .failure(CallFailure(.invalid, "it lists nothing")))
        case .recordInstance(let position, _, _): return .instanceRecorded(position)
        case .pause(let account, _): return .pauseRecorded(account)
        }
    }

    private static let artifact = Artifact(path: "x", sha256: "", bytes: 1, mediaType: "image/png", width: nil, height: nil)

    /// The first submission of an account that gets into trouble is accepted: what ran before is brought home.
    private mutating func submitted(_ job: JobReference) -> Result<AcceptedJob, CallFailure> {
        let account = plan.instances[job.instance].account
        submissions[account, default: 0] += 1
        let accepted = AcceptedJob(remoteID: "gw-\(account.provider)-\(job.instance)")
        guard submissions[account, default: 0] > 1 else { return .success(accepted) }
        return switch troubles[account] {
        case .keyRefused: .failure(CallFailure(.auth, "the key is unknown"))
        case .credits: .failure(CallFailure(.credits, "no credits"))
        case .quota: .failure(CallFailure(.quota, "the day is over"))
        case .unreachable: .failure(CallFailure(.notSent, "connection refused"))
        case .held: .failure(CallFailure(.lost, "no reply"))
        default: .success(accepted)
        }
    }
}
