import Checkpoint
import Foundation
import Pipeline
import Providers
import Scheduling

/// One run: performs the machine's actions against real stores, providers and files, and reports back. It decides nothing itself.
package actor CampaignRun {
    /// What reaches the loop.
    enum Signal: Sendable {
        case event(MachineEvent)
        /// The account answered.
        case leased(LeaseRequest, LeaseReply)
        /// An event that ends a request under way.
        case call(Int, AccountID, SendTicket?, MachineEvent)
    }

    /// How long a submission that was sent may still bring its reply home after an interruption.
    private static let replyGrace = Duration.seconds(5)

    let request: RunRequest
    let writer: StoreWriter
    let desk: AccountDesk
    private let signals: AsyncStream<Signal>
    let post: AsyncStream<Signal>.Continuation

    var calls = CallRegister()
    var sends = SendBook()
    var records: [JobKey: JobRecord] = [:]
    var prepared: [JobKey: PreparedSubmission] = [:]
    var submittedNow: Set<JobKey> = []
    var artifacts: [OutputReference: ArtifactRecord] = [:]
    /// Names of downloads whose results are not on record yet.
    var parts: [OutputReference: URL] = [:]
    /// Of results that a killed run put in place without recording them.
    var unrecordedInodes: Set<UInt64> = []
    /// References of what is at the providers, by transfer.
    var uploads: [Int: String] = [:]
    /// Transfers that this run uploaded itself.
    var uploadedNow: Set<Int> = []
    var remoteIDs: Set<String> = []
    /// What instances asked for, as it was on record when the run began.
    var recordedRequests: [Identity: RequestRecord] = [:]
    /// Finished instances of which the manifest now wants another rendition.
    var otherRenditions: Set<Identity> = []
    /// Instances of which it is on record what they ask for.
    var described: Set<Identity> = []
    /// Ends with `/`.
    let manifestFolder: String
    var requests = 0
    private var sequence = 0
    private var timer: (at: Timestamp, task: Task<Void, Never>)?
    /// Transfers by what they bring where.
    let transferIndex: [PlannedTransfer: Int]

    package init(_ request: RunRequest) {
        self.request = request
        writer = StoreWriter(store: request.checkpoint, token: request.token)
        desk = AccountDesk(store: request.accounts)
        (signals, post) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .unbounded)
        manifestFolder = URL(fileURLWithPath: request.plan.manifestPath).standardizedFileURL.deletingLastPathComponent().path + "/"
        transferIndex = Dictionary(request.plan.transfers.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The user asked to stop: nothing new is sent, what was sent is recorded, and the run ends within seconds.
    package nonisolated func interrupt() { post.yield(.event(.interrupted)) }

    /// Runs to the end.
    ///
    /// - Throws: `CheckpointError` where the run's beginning cannot be written; nothing was sent then.
    package func run() async throws -> RunOutcome {
        let startedAt = request.clock.now()
        var history = request.history
        recall()
        unrecordedInodes = try request.output.prepare()
        defer { request.output.tidyUp() }
        try await record(.run(RunRecord(id: request.holder.run, campaign: request.plan.campaign, startedAt: startedAt)))
        if try await adoptKnownJobs() {
            history = history.with(records, plan: request.plan, state: request.state)
            remember(history)
        }
        describeRecorded()
        do {
            try await followManifest(history)
            try refuseForeignFiles()
            try await freeSettledSlots()
        } catch {
            let end = RunRecord(
                id: request.holder.run, campaign: request.plan.campaign, startedAt: startedAt, finishedAt: request.clock.now(),
                exitCode: .cannotWrite)
            try? await record(.run(end))
            throw error
        }
        var machine = RunMachine(
            plan: request.plan, restored: withRenditions(history.restored), options: request.options, now: request.clock.now())
        var exitCode = await perform(machine.start(now: request.clock.now()))
        schedule(machine.nextWake)
        if exitCode == nil {
            for await signal in signals {
                let event: MachineEvent
                switch signal {
                case .event(let plain): event = plain
                case .leased(let wish, let reply):
                    if let ticket = reply.ticket { sends.granted(ticket, for: wish) }
                    event = .leased(wish, reply.answer)
                case .call(let id, let account, let ticket, let result):
                    calls.remove(id)
                    sends.end(ticket, account, at: request.clock.now())
                    event = withKnownJobs(result)
                }
                if let problem = event.failpoint.flatMap(request.failpoints.reach) {
                    endCalls()
                    _ = await perform(machine.handle(.internalError(problem), now: request.clock.now()))
                }
                switch event {
                case .interrupted, .internalError: endCalls()
                default: break
                }
                exitCode = await perform(machine.handle(event, now: request.clock.now()))
                if case .leased(let wish, _) = event { sends.end(sends.claim(wish.account), wish.account, at: request.clock.now()) }
                if exitCode != nil { break }
                schedule(machine.nextWake)
            }
        }
        timer?.task.cancel()
        return await close(machine, exitCode: exitCode ?? .internalError, startedAt: startedAt)
    }

    /// A listing that took its time: what was accepted meanwhile explains its jobs too.
    private func withKnownJobs(_ event: MachineEvent) -> MachineEvent {
        guard case .listed(let account, .success(let listing)) = event else { return event }
        return .listed(
            account,
            .success(JobListing(jobs: listing.jobs, explained: listing.explained.union(remoteIDs), requestedAt: listing.requestedAt)))
    }

    /// What earlier runs left, as it was loaded for this one. Submissions of other campaigns, which share the state file of their folder, are
    /// theirs.
    private func recall() {
        let others = request.requests.others(than: request.plan.campaign)
        recordedRequests = request.requests
        otherRenditions = recordedRequests.otherRenditions(than: request.plan, folder: manifestFolder)
        records = request.state.jobs.filter { !others.contains($0.key.identity) }
        remember(request.history)
    }

    private func remember(_ history: CampaignHistory) {
        remoteIDs = history.remoteIDs
        artifacts = history.artifacts
    }

    func record(_ write: CheckpointWrite) async throws { try await record([write]) }

    /// Makes `writes` durable, together.
    func record(_ writes: [CheckpointWrite]) async throws {
        let failure = await withCheckedContinuation { continuation in
            writer.write(writes) { continuation.resume(returning: $0) }
        }
        if let failure { throw failure }
    }

    /// Gives every action out; the exit code where the last of them ends the run.
    private func perform(_ actions: [MachineAction]) async -> ExitCode? {
        for action in actions {
            switch action {
            case .report(let kind): report(kind)
            case .finish(let code): return code
            default: perform(action)
            }
        }
        return nil
    }

    private func report(_ kind: RunEvent.Kind) {
        sequence += 1
        request.sink(RunEvent(sequence: sequence, time: request.clock.now(), run: request.holder.run, kind: kind))
    }

    /// One timer for everything that waits.
    private func schedule(_ wake: Timestamp?) {
        if let timer, let wake, timer.at == wake { return }
        timer?.task.cancel()
        timer = wake.map { at in
            (
                at,
                Task { [post, clock = request.clock] in
                    guard (try? await clock.sleep(until: at)) != nil else { return }
                    post.yield(.event(.woken))
                }
            )
        }
    }

    private func endCalls() {
        calls.cancel(.free)
        Task { [weak self] in
            try? await Task.sleep(for: Self.replyGrace)
            await self?.endPaidCalls()
        }
    }

    private func endPaidCalls() { calls.cancel(.paid) }

    private func close(_ machine: RunMachine, exitCode: ExitCode, startedAt: Timestamp) async -> RunOutcome {
        var code = exitCode
        tellFinishedSends()
        var byInstance: [Identity: [JobRecord]] = [:]
        for record in records.values { byInstance[record.intent.key.identity, default: []].append(record) }
        var planned: [Int: [JobRecord]] = [:]
        for (position, instance) in request.plan.instances.enumerated() {
            planned[position] = byInstance[instance.identity]?.sorted {
                ($0.intent.key.job, $0.intent.key.attempt) < ($1.intent.key.job, $1.intent.key.attempt)
            }
        }
        let builder = SummaryBuilder(
            plan: request.plan, run: request.holder.run, startedAt: startedAt, requests: requests, jobs: planned,
            all: Array(records.values),
            artifacts: artifacts, submittedNow: submittedNow)
        var summary = builder.summary(machine: machine, exitCode: code, finishedAt: request.clock.now())
        let end = RunRecord(
            id: request.holder.run, campaign: request.plan.campaign, startedAt: startedAt, finishedAt: request.clock.now(), exitCode: code,
            totals: summary.totals)
        do {
            try await record(.run(end))
        } catch {
            if code != .cannotWrite {
                code = .cannotWrite
                report(.runStopping(account: nil, reason: "the end of the run could not be recorded: \(error)", exitCode: code))
                summary = builder.summary(machine: machine, exitCode: code, finishedAt: request.clock.now())
            }
        }
        for choice in builder.openChoices(machine: machine, only: request.options.only) { report(choice) }
        report(.runFinished(exitCode: code, totals: summary.totals))
        return RunOutcome(exitCode: code, summary: summary)
    }
}
