import Checkpoint
import Foundation
import Pipeline
import Providers
import Scheduling

/// One run: performs the effects of its protocol against real stores, providers, files and time, and reports back. It decides nothing itself.
package actor CampaignRun {
    /// How long a submission that was sent may still bring its reply home after an interruption.
    private static let replyGrace = Duration.seconds(5)

    let request: RunRequest
    let writer: StoreWriter
    let desk: AccountDesk
    private let syncing = FolderSync()
    private let signals: AsyncStream<RunSignal>
    let post: AsyncStream<RunSignal>.Continuation
    private var core: RunProtocol
    var calls = CallRegister()
    private var timer: Task<Void, Never>?
    private var isPrepared = false
    private var heldBack = HeldBackIntents()

    package init(_ request: RunRequest) {
        self.request = request
        core = RunProtocol(request.start)
        writer = StoreWriter(store: request.checkpoint, token: request.token)
        desk = AccountDesk(store: request.accounts)
        (signals, post) = AsyncStream.makeStream(of: RunSignal.self, bufferingPolicy: .unbounded)
    }

    /// The user asked to stop: nothing new is sent, what was sent is recorded, and the run ends within seconds.
    package nonisolated func interrupt() { post.yield(.interrupted) }

    /// Runs to the end.
    ///
    /// - Throws: `CheckpointError` where the run's beginning cannot be written, `CallFailure` where the output folder cannot be used; nothing
    ///   was sent then.
    package func run() async throws -> RunOutcome {
        defer {
            timer?.cancel()
            if isPrepared { request.output.tidyUp() }
        }
        if let end = perform(core.begin(now: request.clock.now())) { return try end.get() }
        for await signal in signals {
            if case .called(let id, _) = signal { calls.remove(id) }
            if let problem = signal.failpoint.flatMap(request.failpoints.reach) {
                _ = perform(core.handle(.broken(problem), now: request.clock.now()))
            }
            if let end = perform(core.handle(signal, now: request.clock.now())) { return try end.get() }
        }
        throw CancellationError()
    }

    /// Begins every effect; the run's end where the last of them says so.
    private func perform(_ effects: [RunEffect]) -> Result<RunOutcome, any Error>? {
        for effect in effects {
            effect.failpoint.map(reach)
            switch effect {
            case .prepareOutput: prepareOutput()
            case .checkpoint(let writes, let then):
                let kept = request.omission == .intent ? heldBack.without(writes) : writes
                writer.write(kept) { [post] failure in
                    if let then { post.yield(.recorded(then, failure)) }
                }
            case .account(let operation, let then): ask(operation, then)
            case .call(let id, let call, let account): begin(id, call, account)
            case .place(let placement): place(placement)
            case .removePart(let name): request.output.discard(part: name)
            case .arrange(let arrangement): arrange(arrangement)
            case .wake(let time): wake(at: time)
            case .endCalls: endCalls()
            case .tell(let event): request.sink(event)
            case .end(let result): return result
            }
        }
        return nil
    }

    /// What a test ordered for `point` happens.
    private nonisolated func reach(_ point: Failpoint) {
        if let problem = request.failpoints.reach(point) { post.yield(.broken(problem)) }
    }

    private func ask(_ operation: AccountOperation, _ then: AfterAnswer?) {
        if let omission = request.omission, omission.leavesOut(operation) {
            if let then { post.yield(.answered(then, .success(.done))) }
            return
        }
        desk.perform { [isAlive = request.isAlive] store throws(CheckpointError) in
            try operation.perform(at: store, isAlive: isAlive)
        } completion: { [post] result in
            if let then { post.yield(.answered(then, result)) }
        }
    }

    /// One timer for everything that waits.
    private func wake(at time: Timestamp?) {
        timer?.cancel()
        timer = time.map { time in
            Task { [post, clock = request.clock] in
                guard (try? await clock.sleep(until: time)) != nil else { return }
                post.yield(.woken)
            }
        }
    }

    // MARK: files

    private func prepareOutput() {
        do throws(CallFailure) {
            let inodes = try request.output.prepare()
            isPrepared = true
            post.yield(.prepared(.success(inodes)))
        } catch {
            post.yield(.prepared(.failure(error)))
        }
    }

    private func arrange(_ arrangement: FileArrangement) {
        Task { [post] in
            let result = await arranged(arrangement)
            post.yield(.arranged(result))
        }
    }

    private func arranged(_ arrangement: FileArrangement) async -> Result<[OutputReference: ArtifactRecord], any Error> {
        var follower = ManifestFollower(
            arrangement, plan: request.plan, only: request.options.only, folder: request.output
        ) { [writer] write in try await writer.record(write) }
        do {
            try await follower.follow()
            try follower.refuseForeignFiles()
            return .success(follower.artifacts)
        } catch {
            return .failure(error)
        }
    }

    private func place(_ placement: Placement) {
        let identity = request.plan.instances[placement.output.instance].identity
        Task { [post, syncing, folder = request.output] in
            let result = await folder.place(placement, of: identity, syncing: syncing, reached: reach)
            post.yield(.placed(placement, result))
        }
    }

    // MARK: interruption

    private func endCalls() {
        calls.cancel(.free)
        Task { [weak self] in
            try? await Task.sleep(for: Self.replyGrace)
            await self?.endPaidCalls()
        }
    }

    private func endPaidCalls() { calls.cancel(.paid) }
}

extension OutputFolder {
    /// Puts a download in its place, off the caller's actor.
    @concurrent fileprivate func place(
        _ placement: Placement, of identity: Identity, syncing: FolderSync, reached: @Sendable (Failpoint) -> Void
    ) async -> Result<ArtifactRecord, CallFailure> {
        claim(placement.part, as: PlacementClaim(identity, output: placement.output.output, artifact: placement.artifact))
        reached(.placementClaimed)
        do throws(CallFailure) {
            let stamp = try await place(
                part(placement.part), sha256: placement.file.sha256, at: placement.path, replacing: placement.own,
                unrecorded: placement.unrecorded, syncing: syncing, named: { reached(.resultNamed) })
            return .success(
                ArtifactRecord(artifact: placement.artifact, modifiedNanoseconds: stamp.modified, inode: stamp.inode))
        } catch {
            return .failure(error)
        }
    }
}
