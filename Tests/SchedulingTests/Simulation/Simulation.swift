import Foundation
import Pipeline
import Scheduling

/// Drives the real machine under virtual time against a simulated provider and simulated stores, with a crash wherever a test wants one.
///
/// What is durable survives a crash; what is in flight is lost, reaches the provider without a reply, or was written without notice.
struct Simulation {
    struct Slot {
        var fingerprint: SubmissionFingerprint?
        var isSending = false
        var isRunning = false
        var images = 0
        var expiresAt = Timestamp.distantFuture
    }

    /// A completion on its way.
    struct Pending {
        /// Its effect on the durable world, and the event it ends with.
        let complete: (inout Simulation) -> MachineEvent?
        /// Whether the effect can happen although the process died.
        let survivesCrash: Bool
    }

    var plan: Plan
    var options: MachineOptions
    var provider = SimulatedProvider()
    var random: SplitMix64
    var now = Timestamp(milliseconds: 1_800_000_000_000)
    /// Latency of a request or a write.
    var latency: (inout SplitMix64) -> Duration = { .milliseconds(Int64.random(in: 1...400, using: &$0)) }
    /// Failures to answer with, by call and its number from 0.
    var failure: (CallKind, Int) -> CallFailure? = { _, _ in nil }
    /// When no connection can be made.
    var isUnreachable: (Timestamp) -> Bool = { _ in false }
    /// Happens with each listing, by its number from 0.
    var afterListing: (inout Simulation, Int) -> Void = { _, _ in }
    /// Whether the reply to a submission that reached the provider is lost.
    var losesReply: (Int) -> Bool = { _ in false }

    // The durable world.
    var restored: [JobReference: RestoredJob] = [:]
    /// Submissions of unknown fate that are no step of the plan.
    var openElsewhere: [OpenSubmission] = []
    /// What became of such ones.
    private(set) var openFates: [String: OpenFate] = [:]
    /// What the account's memory has of other campaigns' submissions.
    var foreign: [UnansweredSubmission] = []
    var saved: Set<OutputReference> = []
    var partial: Set<Int> = []
    var slots: [String: Slot] = [:]
    /// Requests granted: open ones count as sent now.
    var sends: [(id: Int, endedAt: Timestamp?)] = []
    var images: [Int64: Int] = [:]
    /// Money of the account by idempotency key, this campaign's and others'.
    var spent: [String: (money: Money, at: Timestamp)] = [:]
    var transferred: Set<Int> = []
    var explained: Set<String> = []
    /// By idempotency key, what the account's memory has of it, whoever sent it.
    var accepted: [String: (id: String, at: Timestamp)] = [:]
    var unanswered: [String: Timestamp] = [:]
    /// By sub-job, what the account's memory has of a later attempt than any that is wished for.
    var superseded: [String: LeaseAnswer] = [:]
    var pausedUntil: Timestamp?

    private(set) var pending = VirtualTimeline<Pending>()
    private(set) var events: [RunEvent.Kind] = []
    private(set) var exitCode: ExitCode?
    /// What the first request of the last run was for.
    private(set) var firstCall: CallKind?
    private(set) var steps = 0
    /// Every lease that was granted.
    private(set) var leases: [LeaseRequest] = []
    private var unclaimed: Int?
    private var unclaimedSlots: [String: Int] = [:]
    private var calls: [CallKind: Int] = [:]
    /// Requests for a job that left, arrived or not.
    var submissions: Int { calls[.submit] ?? 0 }
    /// The first broken invariant.
    private(set) var violation: String?

    init(_ plan: Plan, seed: UInt64, options: MachineOptions? = nil) {
        self.plan = plan
        self.options = options ?? MachineOptions(seed: seed)
        random = SplitMix64(seed: seed)
    }

    /// Runs until the machine finishes, or `crashAfter` events were handled. Gives the machine as it then stands.
    @discardableResult
    mutating func run(crashAfter: Int? = nil, interruptAfter: Int? = nil, limit: Int = 200_000) -> RunMachine {
        exitCode = nil
        firstCall = nil
        for key in slots.keys where slots[key]?.isSending == false && slots[key]?.isRunning == false { slots[key] = nil }
        var machine = RunMachine(plan: plan, restored: restoredCampaign, options: options, now: now)
        take(machine.start(now: now))
        var handled = 0
        while exitCode == nil, handled < limit {
            if let crashAfter, handled >= crashAfter {
                crash()
                return machine
            }
            handled += 1
            if interruptAfter == handled { take(machine.handle(.interrupted, now: now)) }
            if exitCode != nil { break }
            guard let next = nextPending(or: machine.nextWake) else {
                violation = violation ?? "stuck: nothing pending, no wake, not finished at event \(handled)"
                return machine
            }
            switch next {
            case .wake(let at):
                now = max(now, at)
                take(machine.handle(.woken, now: now))
            case .completion(let at, let completion):
                now = max(now, at)
                if let event = completion.complete(&self) { take(machine.handle(event, now: now)) }
            }
            check()
        }
        if handled >= limit { violation = violation ?? "no end after \(limit) events" }
        steps += handled
        return machine
    }

    private enum Next {
        case wake(Timestamp)
        case completion(Timestamp, Pending)
    }

    private mutating func nextPending(or wake: Timestamp?) -> Next? {
        if let wake, pending.next.map({ wake < $0 }) ?? true { return .wake(wake) }
        return pending.popFirst().map { .completion($0.at, $0.item) }
    }

    private mutating func crash() {
        for completion in pending.removeAll() where completion.survivesCrash && Bool.random(using: &random) {
            _ = completion.complete(&self)
        }
        _ = pending.removeAll()
        for index in sends.indices where sends[index].endedAt == nil { sends[index].endedAt = now }
        unclaimed = nil
        unclaimedSlots = [:]
    }

    private var restoredCampaign: RestoredCampaign {
        var campaign = RestoredCampaign(openElsewhere: openElsewhere)
        for (job, left) in restored { campaign.instances[job.instance, default: RestoredInstance()].jobs[job.job] = left }
        for output in saved { campaign.instances[output.instance, default: RestoredInstance()].saved.insert(output.output) }
        for instance in partial {
            let made = saved.filter { $0.instance == instance }.map(\.output)
            campaign.instances[instance, default: RestoredInstance()].withheld = Set(plan.instances[instance].outputs.indices).subtracting(
                made)
        }
        return campaign
    }

    private mutating func after(
        _ delay: Duration, survivesCrash: Bool = false, _ complete: @escaping (inout Simulation) -> MachineEvent?
    ) {
        pending.add(Pending(complete: complete, survivesCrash: survivesCrash), at: now + delay)
    }

    /// Writes finish in the order they were given.
    private mutating func write(_ event: MachineEvent, _ effect: @escaping (inout Simulation) -> Void) {
        after(.milliseconds(1), survivesCrash: true) { world in
            effect(&world)
            return event
        }
    }

    /// A request leaves under the grant that was just given; its end is told with its completion.
    private mutating func send(slot key: String? = nil) -> Int? {
        provider.countRequest(at: now)
        defer { if key == nil { unclaimed = nil } }
        return key.map { unclaimedSlots.removeValue(forKey: $0) } ?? unclaimed
    }

    private mutating func ended(_ send: Int?) {
        if let send { sends[send].endedAt = now }
    }

    private func fault(_ call: CallKind, _ number: Int) -> CallFailure? {
        isUnreachable(now) ? CallFailure(.notSent, "connection refused") : failure(call, number)
    }

    private mutating func count(_ call: CallKind) -> Int {
        defer { calls[call, default: 0] += 1 }
        return calls[call, default: 0]
    }

    private mutating func take(_ actions: [MachineAction]) {
        for action in actions { take(action) }
    }

    // One arm an action: splitting the match would only hide that it is whole.
    private mutating func take(_ action: MachineAction) {
        let account = PlanBuilder.account
        switch action {
        case .report(let kind): events.append(kind)
        case .finish(let code): exitCode = code
        case .lease(let request):
            let answer = lease(request)
            if firstCall == nil, case .granted = answer { firstCall = request.call }
            after(.milliseconds(1)) { _ in .leased(request, answer) }
        case .recordIntent(let job, let attempt):
            let intendedAt = now
            write(.intentRecorded(job)) { $0.restored[job] = RestoredJob(attempt: attempt, intendedAt: intendedAt, stage: .unknown) }
        case .recordEarlierIntent(let job, let attempt, let sentAt):
            write(.intentRecorded(job)) { $0.restored[job] = RestoredJob(attempt: attempt, intendedAt: sentAt, stage: .unknown) }
        case .markSending(let job, let attempt, let expiresAt):
            let key = key(job, attempt)
            write(.sendingMarked(job)) {
                $0.slots[key]?.isSending = true
                $0.slots[key]?.expiresAt = expiresAt
            }
        case .submit(let job, let attempt): submit(job, key(job, attempt))
        case .recordAccepted(let job, let attempt, let accepted):
            let at = now
            write(.acceptedRecorded(job, accepted)) {
                $0.restored[job] = RestoredJob(attempt: attempt, intendedAt: at, stage: .accepted(accepted, at: at))
                $0.explained.insert(accepted.remoteID)
            }
        case .holdSlot(let job, let attempt, let id, let expiresAt):
            let key = key(job, attempt)
            write(.slotHeld(job)) {
                $0.slots[key, default: Slot()].isRunning = true
                $0.slots[key]?.isSending = false
                $0.slots[key]?.expiresAt = expiresAt
                if let id {
                    $0.explained.insert(id)
                    $0.accepted[key] = (id, $0.accepted[key]?.at ?? $0.now)
                    $0.unanswered[key] = nil
                }
            }
        case .disownJob(let job, let attempt, let id, let sentAt):
            let key = key(job, attempt)
            write(.jobDisowned(job)) {
                guard $0.accepted[key]?.id == id else { return }
                $0.accepted[key] = nil
                $0.explained.remove(id)
                $0.unanswered[key] = sentAt
            }
        case .recordClosed(let job, let attempt, _, let closure):
            let at = restored[job]?.intendedAt ?? now
            write(.closedRecorded(job)) {
                let stage: RestoredJob.Stage =
                    switch closure {
                    case .refused: .closed
                    case .held: .unknown
                    case .abandoned: .abandoned
                    }
                $0.restored[job] = RestoredJob(attempt: attempt, intendedAt: at, stage: stage)
            }
        case .recordOpen(let open, let fate):
            write(.openRecorded(open, fate)) { world in
                world.openElsewhere.removeAll { $0.key == open.key }
                switch fate {
                case .accepted(let remoteID): world.explained.insert(remoteID)
                case .notSubmitted: break
                case .held: world.openElsewhere.append(open.leftAlone)
                }
                world.openFates[open.key] = fate
            }
        case .settleOpen(let open, let fate, let expiresAt):
            write(.openSettled(open, fate)) { world in
                switch fate {
                case .notSubmitted: world.slots[open.key] = nil
                case .accepted, .held:
                    world.slots[open.key, default: Slot()].isRunning = true
                    world.slots[open.key]?.isSending = false
                    world.slots[open.key]?.expiresAt = expiresAt
                }
            }
        case .poll(let job, let accepted): poll(job, accepted)
        case .pollTogether(let account, let jobs): pollTogether(jobs, account)
        case .recordEnd(let job, let attempt, let accepted, let outcome, _, let message):
            let at = now
            write(.endRecorded(job)) {
                $0.restored[job] = RestoredJob(attempt: attempt, intendedAt: at, stage: .ended(accepted, outcome, message: message))
            }
        case .releaseSlot(let job, let attempt, let back, let charged, _):
            let key = key(job, attempt)
            write(.slotReleased(job)) { world in
                world.ended(world.unclaimedSlots.removeValue(forKey: key))
                world.unanswered[key] = nil
                if back, let slot = world.slots[key] { world.images[world.day, default: 0] -= slot.images }
                if let charged { world.spent[key]?.money = charged } else if back { world.spent[key] = nil }
                world.slots[key] = nil
            }
        case .fetch(let output, let accepted, let index): fetch(output, accepted, index)
        case .recordArtifact(let output):
            let artifact = Artifact(path: "x", sha256: "", bytes: 1, mediaType: "image/png", width: nil, height: nil)
            write(.artifactRecorded(output, artifact)) { $0.saved.insert(output) }
        case .recordInstance(let position, let status, _):
            write(.instanceRecorded(position)) { if status == .partial { $0.partial.insert(position) } }
        case .lookUpTransfer(let transfer):
            after(.milliseconds(1)) { .transferLookedUp(transfer, found: $0.transferred.contains(transfer)) }
        case .transfer(let transfer):
            let failure = fault(.upload, count(.upload))
            let sent = send()
            after(latency(&random)) { world in
                world.ended(sent)
                if failure == nil { world.transferred.insert(transfer) }
                return .transferred(transfer, failure)
            }
        case .list:
            let number = count(.account)
            let failure = fault(.account, number)
            let requestedAt = now
            let sent = send()
            after(latency(&random)) { world in
                world.ended(sent)
                let listing = JobListing(
                    jobs: world.provider.listing(), explained: world.explained, unanswered: world.foreign, requestedAt: requestedAt)
                let happen = world.afterListing
                happen(&world, number)
                return .listed(account, failure.map { .failure($0) } ?? .success(listing))
            }
        case .pause(let id, let until):
            pausedUntil = until
            after(.milliseconds(1)) { _ in .pauseRecorded(id) }
        }
    }

    private func key(_ job: JobReference, _ attempt: Int) -> String {
        plan.instances[job.instance].identity.idempotencyKey(job: job.job, attempt: attempt)
    }

    private mutating func submit(_ job: JobReference, _ key: String) {
        let number = count(.submit)
        let instance = plan.instances[job.instance]
        let outputs = instance.jobs[job.job].outputs.count
        let counted = plan.accounts[0].limits.imagesFrom.contains(instance.operation) ? outputs : 0
        let sent = send(slot: key)
        if let failure = fault(.submit, number) {
            after(latency(&random)) { world in
                world.ended(sent)
                return .submitted(job, .failure(failure))
            }
            return
        }
        let isLost = losesReply(number)
        let reply = latency(&random)
        after(latency(&random), survivesCrash: true) { world in
            let id = world.provider.accept(
                key: key, instance.fingerprint, images: counted, outputs: outputs, at: world.now, random: &world.random)
            world.after(reply) { world in
                world.ended(sent)
                return .submitted(job, isLost ? .failure(CallFailure(.lost, "no reply")) : .success(AcceptedJob(remoteID: id)))
            }
            return nil
        }
    }

    /// Lets the provider have a job that somebody sent before.
    @discardableResult
    mutating func accept(_ key: String, _ prompt: String, at time: Timestamp) -> String {
        provider.accept(
            key: key, SubmissionFingerprint(operation: .t2i, prompt: prompt), images: 1, outputs: 1, at: time, random: &random)
    }

    private mutating func poll(_ job: JobReference, _ accepted: AcceptedJob) {
        let failure = fault(.poll, count(.poll))
        let sent = send()
        after(latency(&random)) { world in
            world.ended(sent)
            if let failure { return .polled(job, .failure(failure)) }
            guard let remote = world.provider.job(accepted.remoteID) else {
                return .polled(job, .failure(CallFailure(.notReady, "404", httpStatus: 404)))
            }
            let state: JobReport.State = remote.endsAt <= world.now ? .ended(remote.outcome) : .running
            return .polled(job, .success(JobReport(state: state)))
        }
    }

    private mutating func pollTogether(_ jobs: [AskedJob], _ account: AccountID) {
        let failure = fault(.poll, count(.poll))
        let sent = send()
        after(latency(&random)) { world in
            world.ended(sent)
            let asked = jobs.map(\.reference)
            if let failure { return .polledTogether(account, asked, .failure(failure)) }
            var reports: [JobReference: JobReport] = [:]
            for job in jobs {
                guard let remote = world.provider.job(job.accepted.remoteID) else { continue }
                reports[job.reference] = JobReport(state: remote.endsAt <= world.now ? .ended(remote.outcome) : .running)
            }
            return .polledTogether(account, asked, .success(reports))
        }
    }

    private mutating func fetch(_ output: OutputReference, _ accepted: AcceptedJob, _ index: Int) {
        let failure = fault(.fetch, count(.fetch))
        let sent = send()
        after(latency(&random)) { world in
            world.ended(sent)
            if let failure { return .fetched(output, .failure(failure)) }
            guard let remote = world.provider.job(accepted.remoteID), index < remote.outputs else {
                return .fetched(output, .failure(CallFailure(.notReady, "404")))
            }
            return .fetched(output, .success(Artifact(path: "x", sha256: "", bytes: 1, mediaType: "image/png", width: nil, height: nil)))
        }
    }

    var day: Int64 { now.milliseconds / 86_400_000 }

    private mutating func lease(_ request: LeaseRequest) -> LeaseAnswer {
        let limits = plan.accounts[0].limits
        if let wish = request.slot {
            if let job = accepted[wish.key] { return .known(remoteID: job.id, acceptedAt: job.at) }
            if !wish.isResend, let since = unanswered[wish.key] { return .unanswered(since: since) }
            if let attempt = wish.attempt, let answer = superseded[attempt.job], attempt.number < answer.attempt ?? 0 { return answer }
        }
        for (key, slot) in slots where slot.expiresAt <= now { slots[key] = slot.isRunning || slot.isSending ? nil : slot }
        let windows = limits.requests.map { limit in
            let recent = sends.map { $0.endedAt ?? now }.filter { now - $0 < limit.rate.window }.sorted()
            let over = recent.count - limit.rate.count
            return AccountUsage.Window(sent: recent.count, freeAt: over < 0 ? nil : recent[over] + limit.rate.window)
        }
        let others = request.slot.map { wish in slots.filter { $0.key != wish.key } } ?? slots
        let usage = AccountUsage(
            windows: windows, slotsInUse: others.count, imagesToday: images[day] ?? 0,
            nextDay: Timestamp(milliseconds: (day + 1) * 86_400_000),
            fingerprintBusy: request.slot?.fingerprint.map { wish in others.values.contains { $0.fingerprint == wish && !$0.isRunning } }
                ?? false,
            pausedUntil: pausedUntil, spending: limits.spend.map { spending($0, wish: request.slot) })
        let answer = usage.answer(request, limits: limits, now: now)
        if case .granted = answer {
            leases.append(request)
            let id = sends.count
            sends.append((id, nil))
            if let slot = request.slot { unclaimedSlots[slot.key] = id } else { unclaimed = id }
            if let slot = request.slot {
                slots[slot.key] = Slot(fingerprint: slot.fingerprint, images: slot.images)
                images[day, default: 0] += slot.images
                if let price = slot.price { spent[slot.key] = (price, now) }
            }
        }
        return answer
    }

    private func spending(_ limit: SpendLimit, wish: LeaseRequest.Slot?) -> AccountUsage.Spending {
        let (first, end): (Timestamp, Timestamp) =
            switch limit.period {
            case .day: (Timestamp(milliseconds: day * 86_400_000), Timestamp(milliseconds: (day + 1) * 86_400_000))
            case .rolling(let window): (now - window + .milliseconds(1), now + window)
            }
        let counted = spent.filter { $0.key != wish?.key && $0.value.at >= first && $0.value.money.unit == limit.amount.unit }
        return AccountUsage.Spending(spent: counted.values.reduce(0) { $0 + $1.money.amount }, freeAt: end)
    }

    private mutating func check() {
        guard violation == nil else { return }
        let limits = plan.accounts[0].limits
        if let threads = limits.threads, provider.jobs.count(where: { $0.endsAt > now }) > threads {
            violation = "more than \(threads) jobs at the provider at \(now)"
        }
        for limit in limits.requests {
            let recent = provider.requests.count { now - $0 < limit.rate.window }
            if recent > limit.rate.count { violation = "\(recent) requests in a window of \(limit.rate)" }
        }
        if let cap = limits.dailyImages, (provider.imagesByDay.values.max() ?? 0) > cap { violation = "over the daily cap of \(cap)" }
        if let doubled = provider.charges.first(where: { $0.value > 1 }) { violation = "key \(doubled.key) charged \(doubled.value) times" }
    }
}

extension LeaseAnswer {
    /// The later attempt that it tells of.
    fileprivate var attempt: Int? {
        switch self {
        case .known(_, _, let attempt), .unanswered(_, let attempt): attempt
        case .granted, .denied: nil
        }
    }
}
