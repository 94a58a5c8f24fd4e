import Checkpoint
import Pipeline
import Scheduling

/// One run in virtual time: the machine that runs live, the rules that grant its leases live, and a provider whose jobs take as long as its
/// definition says.
struct VirtualRun {
    /// What came of it.
    struct Outcome {
        var finishedAt: Timestamp
        var exitCode: ExitCode
        var requests: [AccountID: [CallKind: Int]]
        /// Time that slots were held for, by account.
        var slotTime: [AccountID: Duration]
        /// The first time that a limit of a day held the run up.
        var stop: (at: Timestamp, limit: LimitName, until: Timestamp?)?
        var reasons: [String]
    }

    private struct Completion {
        let event: MachineEvent
        var ticket: SendTicket?
        var account: AccountID?
    }

    /// More events than any plan that is tried out makes.
    private static let mostEvents = 3_000_000
    fileprivate static let holder = LeaseHolder(run: "forecast", processID: 0, campaign: "forecast")

    private let request: ForecastRequest
    private let plan: Plan
    private let store: MemoryAccountStore
    private let duration: (JobReference) -> Duration
    private let accountIDs: [AccountID]
    private var limits: [AccountID: AccountLimits] = [:]
    private var now: Timestamp
    private var timeline = VirtualTimeline<Completion>()
    private var sends = SendBook()
    private var ends: [String: Timestamp] = [:]
    private var slots: [String: (account: AccountID, since: Timestamp)] = [:]
    private var submissions = 0
    private var exitCode: ExitCode?
    private var outcome: Outcome
    /// What the limits are used for, where somebody wants to know.
    private(set) var log: UsageLog?

    /// - Parameters:
    ///   - plan: that of the request, perhaps under other limits.
    ///   - isLogged: whether `log` is kept.
    ///   - duration: of a job.
    init(_ request: ForecastRequest, plan: Plan, isLogged: Bool = false, duration: @escaping (JobReference) -> Duration) {
        self.request = request
        self.plan = plan
        self.duration = duration
        accountIDs = plan.accounts.map(\.id)
        log = isLogged ? UsageLog() : nil
        now = request.now
        for account in plan.accounts { limits[account.id] = account.limits }
        // Requests that other runs have open end soon; their jobs end when jobs typically do.
        let longest = plan.instances.map(\.expectedDuration).max() ?? .zero
        let seeds = request.accounts.mapValues { $0.settling(from: request.now, within: longest) }
        store = MemoryAccountStore(MemoryAccountStore.Memory(seeds, holder: Self.holder)) { _ in true }
        outcome = Outcome(
            finishedAt: request.now, exitCode: .done, requests: [:], slotTime: [:], stop: nil, reasons: [])
    }

    /// Runs to the end; nil where it has none within reason.
    mutating func run() -> Outcome? {
        var options = MachineOptions(waitForQuota: true, maxCost: request.maxCost, only: request.only, seed: 1)
        options.durations = request.learned
        var restored = request.restored
        // What becomes of them is nothing that a forecast could know.
        restored.openElsewhere = restored.openElsewhere.map(\.leftAlone)
        var machine = RunMachine(plan: plan, restored: restored, options: options, now: now)
        take(machine.start(now: now))
        for _ in 0..<Self.mostEvents {
            if log != nil { for account in accountIDs { log?.note(machine.obstacle(of: account), account, at: now) } }
            if let exitCode {
                outcome.exitCode = exitCode
                outcome.finishedAt = now
                for slot in slots.values { outcome.slotTime[slot.account, default: .zero] += now - slot.since }
                return outcome
            }
            let wake = machine.nextWake
            guard let next = timeline.next, wake.map({ next <= $0 }) ?? true else {
                guard let wake else { return nil }
                now = max(now, wake)
                take(machine.handle(.woken, now: now))
                continue
            }
            guard let (at, completion) = timeline.popFirst() else { return nil }
            now = max(now, at)
            if let account = completion.account { sends.end(completion.ticket, account, at: now) }
            if case .leased(let wish, _) = completion.event, let ticket = completion.ticket { sends.granted(ticket, for: wish) }
            take(machine.handle(completion.event, now: now))
            if case .leased(let wish, _) = completion.event { sends.end(sends.claim(wish.account), wish.account, at: now) }
        }
        return nil
    }

    private mutating func take(_ actions: [MachineAction]) {
        for action in actions { take(action) }
    }

    /// One arm an action: splitting the match would only hide that it is whole.
    private mutating func take(_ action: MachineAction) {
        switch action {
        case .report(let kind): note(kind)
        case .finish(let code): exitCode = code
        case .lease(let wish): lease(wish)
        case .recordIntent(let job, _), .recordEarlierIntent(let job, _, _): write(.intentRecorded(job))
        case .markSending(let job, let attempt, let expiresAt):
            attempting { try store.markSending(key(job, attempt), account: account(job.instance), by: Self.holder, expiresAt: expiresAt) }
            write(.sendingMarked(job))
        case .submit(let job, let attempt): submit(job, key(job, attempt))
        case .recordAccepted(let job, _, let accepted): write(.acceptedRecorded(job, accepted))
        case .holdSlot(let job, let attempt, let remoteID, let expiresAt): hold(job, key(job, attempt), remoteID, expiresAt)
        case .disownJob(let job, _, _, _): write(.jobDisowned(job))
        case .recordClosed(let job, _, _, _): write(.closedRecorded(job))
        case .poll(let job, let accepted): poll(job, accepted)
        case .pollTogether(let account, let jobs): pollTogether(jobs, account)
        case .recordOpen(let open, let fate): write(.openRecorded(open, fate))
        case .settleOpen(let open, let fate, _): write(.openSettled(open, fate))
        case .recordEnd(let job, _, _, _, _, _): write(.endRecorded(job))
        case .releaseSlot(let job, let attempt, let returnImages, let charged, _):
            release(job, key(job, attempt), returnImages: returnImages, charged: charged)
        case .fetch(let output, _, _): call(.fetched(output, .success(Self.artifact)), account(output.instance), request.pace.download)
        case .recordArtifact(let output): write(.artifactRecorded(output, Self.artifact))
        case .lookUpTransfer(let transfer): write(.transferLookedUp(transfer, found: request.uploaded.contains(transfer)))
        case .transfer(let transfer): call(.transferred(transfer, nil), plan.transfers[transfer].account, request.pace.call)
        case .list(let account): list(account)
        case .recordInstance(let position, _, _): write(.instanceRecorded(position))
        case .pause(let account, _): write(.pauseRecorded(account))
        }
    }

    private static let artifact = Artifact(path: "", sha256: "", bytes: 0, mediaType: "", width: nil, height: nil)

    private func account(_ position: Int) -> AccountID { plan.instances[position].account }

    private func key(_ job: JobReference, _ attempt: Int) -> String {
        plan.instances[job.instance].identity.idempotencyKey(job: job.job, attempt: attempt)
    }

    private mutating func write(_ event: MachineEvent) { timeline.add(Completion(event: event), at: now + request.pace.write) }

    /// A request that was granted leaves and is answered after `delay`.
    private mutating func call(_ event: MachineEvent, _ account: AccountID, _ delay: Duration) {
        timeline.add(Completion(event: event, ticket: sends.claim(account), account: account), at: now + delay)
    }

    /// The store in memory refuses nothing but a slot that it does not have, and then nothing is to be marked.
    private func attempting(_ work: () throws -> Void) { try? work() }

    private mutating func note(_ kind: RunEvent.Kind) {
        switch kind {
        case .limitWaited(_, let limit, let until) where (limit == .dailyImages || limit == .spend) && outcome.stop == nil:
            outcome.stop = (now, limit, until)
        case .runStopping(_, let reason, _, _): outcome.reasons.append(reason)
        default: break
        }
    }

    private mutating func lease(_ wish: LeaseRequest) {
        guard let limits = limits[wish.account],
            let reply = try? store.lease(
                wish, limits: limits, holder: Self.holder, finished: sends.takeFinished(wish.account), now: now)
        else {
            return timeline.add(Completion(event: .storeFailed("no limits for \(wish.account)")), at: now)
        }
        if reply.ticket != nil {
            outcome.requests[wish.account, default: [:]][wish.call, default: 0] += 1
            if let slot = wish.slot, slots[slot.key] == nil {
                slots[slot.key] = (wish.account, now)
                log?.slots(+1, wish.account, at: now)
            }
            if log != nil { log?.sent(wish, at: now) }
        }
        timeline.add(Completion(event: .leased(wish, reply.answer), ticket: reply.ticket), at: now)
    }

    private mutating func submit(_ job: JobReference, _ key: String) {
        submissions += 1
        let id = "virtual-\(submissions)"
        ends[id] = now + request.pace.call + duration(job)
        let reply = MachineEvent.submitted(job, .success(AcceptedJob(remoteID: id)))
        timeline.add(
            Completion(event: reply, ticket: sends.claim(slot: key), account: account(job.instance)), at: now + request.pace.call)
    }

    private mutating func hold(_ job: JobReference, _ key: String, _ remoteID: String?, _ expiresAt: Timestamp) {
        let instance = plan.instances[job.instance]
        let counts = limits[instance.account]?.imagesFrom.contains(instance.operation) == true
        attempting {
            try store.markRunning(
                key, account: instance.account, remoteID: remoteID, images: counts ? instance.jobs[job.job].outputs.count : 0,
                price: instance.jobs[job.job].price.money, holder: Self.holder, now: now, expiresAt: expiresAt)
        }
        if slots[key] == nil {
            slots[key] = (instance.account, now)
            log?.slots(+1, instance.account, at: now)
        }
        sends.end(sends.claim(slot: key), instance.account, at: now)
        write(.slotHeld(job))
    }

    private mutating func release(_ job: JobReference, _ key: String, returnImages: Bool, charged: Money?) {
        let account = account(job.instance)
        sends.end(sends.claim(slot: key), account, at: now)
        attempting {
            try store.release(key, account: account, by: Self.holder, returnImages: returnImages, charged: charged, took: nil)
        }
        if let slot = slots.removeValue(forKey: key) {
            outcome.slotTime[slot.account, default: .zero] += now - slot.since
            log?.slots(-1, slot.account, at: now)
        }
        write(.slotReleased(job))
    }

    private mutating func poll(_ job: JobReference, _ accepted: AcceptedJob) {
        call(.polled(job, .success(report(job, accepted))), account(job.instance), request.pace.call)
    }

    private mutating func pollTogether(_ jobs: [AskedJob], _ account: AccountID) {
        let reports = jobs.map { ($0.reference, report($0.reference, $0.accepted)) }
        let told = Dictionary(reports, uniquingKeysWith: { first, _ in first })
        call(.polledTogether(account, jobs.map(\.reference), .success(told)), account, request.pace.call)
    }

    private mutating func report(_ job: JobReference, _ accepted: AcceptedJob) -> JobReport {
        let end = ends[accepted.remoteID] ?? earlierEnd(of: job)
        ends[accepted.remoteID] = end
        return JobReport(state: end <= now + request.pace.call ? .ended(.succeeded) : .running)
    }

    /// Of a job that an earlier run left at the provider. What should have ended ends any moment.
    private func earlierEnd(of job: JobReference) -> Timestamp {
        guard let left = request.restored.instances[job.instance]?.jobs[job.job] else { return now }
        guard case .accepted(_, let at) = left.stage else { return left.intendedAt + duration(job) }
        return at + duration(job)
    }

    /// Every submission whose reply was lost arrived: the listing shows it.
    private mutating func list(_ account: AccountID) {
        var jobs: [ListedJob] = []
        for (position, left) in request.restored.instances where plan.instances[position].account == account {
            for (job, restored) in left.jobs where restored.stage == .unknown {
                let fingerprint = plan.instances[position].fingerprint
                jobs.append(
                    ListedJob(
                        id: "found-\(position)-\(job)", operation: fingerprint.operation, prompt: fingerprint.prompt,
                        createdAt: restored.intendedAt))
            }
        }
        let listing = JobListing(jobs: jobs.sorted { $0.id < $1.id }, explained: [], requestedAt: now)
        call(.listed(account, .success(listing)), account, request.pace.call)
    }
}

extension AccountSnapshot {
    /// The account as it will be when nobody but this run does anything more.
    fileprivate func settling(from now: Timestamp, within longest: Duration) -> AccountSnapshot {
        var settled = self
        settled.sends = sends.map { Send(call: $0.call, endedAt: $0.endedAt ?? now) }
        settled.slots = slots.map { slot in
            let end = max(slot.since + longest, now)
            return SlotRecord(
                key: slot.key, holder: VirtualRun.holder, stage: .running, fingerprint: slot.fingerprint, remoteID: slot.remoteID,
                images: slot.images, since: slot.since, expiresAt: min(slot.expiresAt ?? end, end))
        }
        return settled
    }
}
