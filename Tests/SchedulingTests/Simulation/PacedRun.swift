import Foundation
import Pipeline
import Scheduling

/// Drives the real machine in virtual time over one account whose requests are counted in a rolling window, and whose jobs take as long as a
/// test says. Nothing fails; thousands of jobs take a moment.
struct PacedRun {
    private enum Completion {
        case event(MachineEvent)
        /// A counted request ended with it.
        case reply(MachineEvent)
    }

    let plan: Plan
    private let limit: RequestLimit?
    private let duration: (Int) -> Duration
    private let latency = Duration.milliseconds(1)
    private(set) var now = Timestamp(milliseconds: 1_800_000_000_000)
    let start: Timestamp
    private var timeline = VirtualTimeline<Completion>()
    private var machine: RunMachine
    /// When each job at the provider ends, by remote id.
    private var ends: [String: Timestamp] = [:]
    /// Ends of the last counted requests, the newest last, and how many are open.
    private var window: [Timestamp] = []
    private var first = 0
    private var open = 0
    private var running = 0
    private(set) var exitCode: ExitCode?
    private(set) var sent: [CallKind: Int] = [:]
    private(set) var sendTimes: [Timestamp] = []
    private(set) var mostRunning = 0
    /// When submissions left, and when slots were free again.
    private(set) var submissions: [Timestamp] = []
    private(set) var releases: [Timestamp] = []
    /// How long each job's end went unnoticed, in the order they were noticed.
    private(set) var delays: [(at: Timestamp, delay: Duration)] = []
    private(set) var work = Duration.zero
    /// Requests that asked about many jobs, and the jobs that they asked about.
    private(set) var askedTogether: [Int] = []
    /// Instances whose jobs such a reply does not tell of.
    var untold: Set<Int> = []
    /// Instances whose jobs fail.
    var failing: Set<Int> = []
    /// What every such request fails with.
    var failureTogether: CallFailure?

    init(_ plan: Plan, known: DurationModel? = nil, duration: @escaping (Int) -> Duration) {
        self.plan = plan
        self.duration = duration
        limit = plan.accounts[0].limits.requests.first
        start = now
        var options = MachineOptions(seed: 1)
        if let known {
            for instance in plan.instances { options.durations[instance.account, default: [:]][DurationClass(of: instance)] = known }
        }
        machine = RunMachine(plan: plan, restored: RestoredCampaign(), options: options, now: now)
    }

    var makespan: Duration { now - start }

    /// Jobs whose end was noticed between two times after the start.
    func noticed(from: Duration, to: Duration) -> Int { delays.count { $0.at >= start + from && $0.at < start + to } }

    /// Runs to the end, or to `end` after the start.
    mutating func run(until end: Duration? = nil) {
        if timeline.isEmpty { take(machine.start(now: now)) }
        while exitCode == nil {
            let wake = machine.nextWake
            if let next = timeline.next, wake.map({ next <= $0 }) ?? true, let (at, completion) = timeline.popFirst() {
                now = max(now, at)
                if case .reply(let event) = completion {
                    open -= 1
                    window.append(now)
                    take(machine.handle(event, now: now))
                } else if case .event(let event) = completion {
                    take(machine.handle(event, now: now))
                }
            } else if let wake {
                now = max(now, wake)
                take(machine.handle(.woken, now: now))
            } else {
                return
            }
            if let end, now >= start + end { return }
        }
    }

    private mutating func take(_ actions: [MachineAction]) {
        for action in actions { take(action) }
    }

    private mutating func answer(_ event: MachineEvent) { timeline.add(.event(event), at: now + latency) }

    private mutating func reply(_ event: MachineEvent, to call: CallKind) {
        let isCounted = limit?.calls.contains(call) ?? false
        timeline.add(isCounted ? .reply(event) : .event(event), at: now + latency)
    }

    private mutating func take(_ action: MachineAction) {
        switch action {
        case .report: break
        case .finish(let code): exitCode = code
        case .lease(let request): answer(.leased(request, lease(request)))
        case .recordIntent(let job, _), .recordEarlierIntent(let job, _, _): answer(.intentRecorded(job))
        case .markSending(let job, _, _): answer(.sendingMarked(job))
        case .submit(let job, _):
            let takes = duration(job.instance)
            submissions.append(now)
            work += takes
            let id = "\(job.instance)-\(job.job)"
            ends[id] = now + latency + takes
            reply(.submitted(job, .success(AcceptedJob(remoteID: id))), to: .submit)
        case .recordAccepted(let job, _, let accepted): answer(.acceptedRecorded(job, accepted))
        case .holdSlot(let job, _, _, _): answer(.slotHeld(job))
        case .recordClosed(let job, _, _, _): answer(.closedRecorded(job))
        case .recordOpen(let open, let fate): answer(.openRecorded(open, fate))
        case .settleOpen(let open, let fate, _): answer(.openSettled(open, fate))
        case .poll(let job, let accepted):
            let end = ends[accepted.remoteID] ?? now
            let isOver = end <= now + latency
            if isOver { delays.append((now, now - end)) }
            reply(.polled(job, .success(JobReport(state: isOver ? .ended(outcome(of: job)) : .running))), to: .poll)
        case .pollTogether(let account, let jobs):
            var reports: [JobReference: JobReport] = [:]
            askedTogether.append(jobs.count)
            if let failureTogether {
                return reply(.polledTogether(account, jobs.map(\.reference), .failure(failureTogether)), to: .poll)
            }
            for job in jobs where !untold.contains(job.reference.instance) {
                let end = ends[job.accepted.remoteID] ?? now
                let isOver = end <= now + latency
                let isFailed = failing.contains(job.reference.instance)
                if isOver, !isFailed { delays.append((now, now - end)) }
                reports[job.reference] = JobReport(state: isOver ? .ended(isFailed ? .failed : .succeeded) : .running)
            }
            reply(.polledTogether(account, jobs.map(\.reference), .success(reports)), to: .poll)
        case .recordEnd(let job, _, _, _, _, _): answer(.endRecorded(job))
        case .disownJob(let job, _, _, _): answer(.jobDisowned(job))
        case .releaseSlot(let job, _, _, _, _):
            running -= 1
            releases.append(now)
            answer(.slotReleased(job))
        case .fetch(let output, _, _): reply(.fetched(output, .success(Self.artifact)), to: .fetch)
        case .recordArtifact(let output): answer(.artifactRecorded(output, Self.artifact))
        case .lookUpTransfer(let transfer): answer(.transferLookedUp(transfer, found: false))
        case .transfer(let transfer): reply(.transferred(transfer, nil), to: .upload)
        case .list(let account): reply(.listed(account, .failure(CallFailure(.invalid, "it lists nothing"))), to: .account)
        case .recordInstance(let position, _, _): answer(.instanceRecorded(position))
        case .pause(let account, _): answer(.pauseRecorded(account))
        }
    }

    private func outcome(of job: JobReference) -> JobOutcome { failing.contains(job.instance) ? .failed : .succeeded }

    private static let artifact = Artifact(path: "x", sha256: "", bytes: 1, mediaType: "image/png", width: nil, height: nil)

    private mutating func lease(_ request: LeaseRequest) -> LeaseAnswer {
        if let threads = plan.accounts[0].limits.threads, request.slot != nil, running >= threads {
            return .denied(.threads, until: nil)
        }
        var left: Int?
        if let limit, limit.calls.contains(request.call) {
            while first < window.count, window[first] + limit.rate.window <= now { first += 1 }
            let used = window.count - first + open
            if used >= limit.rate.count {
                let free = first < window.count ? window[first] + limit.rate.window : now + limit.rate.window
                return .denied(.requests, until: free)
            }
            left = limit.rate.count - used - 1
            open += 1
            sendTimes.append(now)
        }
        sent[request.call, default: 0] += 1
        if request.slot != nil {
            running += 1
            mostRunning = max(mostRunning, running)
        }
        return .granted(requestsLeft: left)
    }
}

/// A log-normal duration of so long a mean and such a coefficient of variation.
struct LogNormal {
    let mean: Duration
    let variation: Double

    var spread: Double { Foundation.log(1 + variation * variation).squareRoot() }

    var median: Duration { .milliseconds(Int64(Double(mean.wholeMilliseconds) * exp(-spread * spread / 2))) }

    /// So many that their distribution is as exact as their number allows, in an order that a seed gives.
    func sample(_ count: Int, seed: UInt64) -> [Duration] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { index in
            let deviation = Self.quantile((Double(index) + 0.5) / Double(count))
            return .milliseconds(Int64(Double(median.wholeMilliseconds) * exp(spread * deviation)))
        }.shuffled(using: &random)
    }

    /// Of the standard normal distribution, by bisection.
    private static func quantile(_ probability: Double) -> Double {
        var low = -8.0
        var high = 8.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
        }
        return low
    }
}
