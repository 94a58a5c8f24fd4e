import Checkpoint
import Foundation
import Pipeline
import Runner
import Scheduling
import Testing

@testable import Providers

/// What a step costs in things done does not depend on how many steps there are. Nothing here is held against a clock: what is counted is
/// what the protocol wants done.
@Suite struct GrowthTests {
    @Test func eachStepTakesTheSameHoweverManyThereAre() throws {
        let small = try CountedRun.of(chains: 25)
        let large = try CountedRun.of(chains: 100)
        #expect(small.calls[.submit] == 100)
        #expect(large.calls[.submit] == 400)
        #expect(large.calls[.fetch] == 400)
        // An output that goes on to the next step is uploaded once.
        #expect(large.calls[.upload] == 300)
        for (kind, count) in large.calls {
            #expect(
                count <= 4 * small.calls[kind, default: 0] + 8, "\(count) \(kind) for 400 steps, \(small.calls[kind, default: 0]) for 100")
        }
        #expect(large.writes <= 4 * small.writes + 8)
        #expect(large.questions <= 4 * small.questions + 16)
        #expect(large.wakes <= 4 * small.wakes + 16)
        #expect(large.signals <= 4 * small.signals + 32)
        #expect(large.groups <= 4 * small.groups + 16)
    }

    @Test func whatIsAskedAndWrittenAtOnceSharesATransaction() throws {
        let run = try CountedRun.of(chains: 100)
        // Stores that answer in rounds, each of which is a transaction of each store: a job needs a dozen of them from its lease to its result
        // on record, whatever runs beside it, and as many jobs as there are slots share them.
        #expect(Double(run.groups) / 400 <= 24.0 / Double(CountedRun.threads), "\(run.groups) transactions for 400 steps")
        #expect(run.groups * 4 <= run.writes + run.questions, "\(run.groups) for \(run.writes) writes and \(run.questions) questions")
    }

    @Test func waitingStepsShareOneTimer() throws {
        let run = try CountedRun.of(chains: 100)
        // A timer is set where the next moment changes, never one for each of the 400 steps that wait for another or for a slot.
        #expect(run.mostTimers == 1)
        #expect(run.mostCalls <= CountedRun.threads * 3)
    }

    @Test func everyStepIsOnRecordAtEveryStageAndNoMore() throws {
        let small = try CountedRun.of(chains: 25)
        let large = try CountedRun.of(chains: 100)
        // Intended, accepted, ended, its artifact, the instance, and what it asked for.
        #expect(small.records - 6 * 100 == large.records - 6 * 400, "the rest is the run's own")
        #expect(large.records - 6 * 400 <= 4)
    }
}

/// A run of chains of four steps over memory stores in virtual time, counted.
private struct CountedRun {
    static let threads = 8
    private static let account = AccountID(provider: "null", label: "default")
    private static let jobTakes = Duration.seconds(10)

    private(set) var calls: [CallKind: Int] = [:]
    private(set) var writes = 0
    private(set) var records = 0
    private(set) var questions = 0
    /// Rounds in which something was given to a store, of each store: what comes while the disk is busy goes into one transaction.
    private(set) var groups = 0
    private(set) var wakes = 0
    private(set) var signals = 0
    private(set) var mostTimers = 0
    private(set) var mostCalls = 0

    private var core: RunProtocol
    private let checkpoint = MemoryCheckpointStore()
    private let accounts = MemoryAccountStore { _ in true }
    private var now = Timestamp(milliseconds: 1_700_000_000_000)
    private var waiting: [RunSignal] = []
    private var timer: Timestamp?
    private var ends: [String: Timestamp] = [:]

    static func of(chains: Int) throws -> CountedRun {
        var run = CountedRun(plan(chains: chains))
        try run.finish()
        return run
    }

    private init(_ plan: Plan) {
        core = RunProtocol(
            RunStart(
                plan: plan, state: CheckpointState(), history: CampaignHistory(plan: plan, state: CheckpointState()) { _ in .gone },
                requests: [:], builders: [Self.account: SimulatedBuilder()],
                holder: LeaseHolder(run: "run", processID: 1, campaign: plan.campaign), options: MachineOptions(seed: 1)))
    }

    private mutating func finish() throws {
        let token = try checkpoint.openForWriting()
        var end = try perform(core.begin(now: now), token)
        while end == nil {
            let batch = waiting
            waiting = []
            if batch.isEmpty {
                now = max(now, try #require(timer, "nothing is under way, and nothing is waited for"))
                timer = nil
                signals += 1
                end = try perform(core.handle(.woken, now: now), token)
            }
            mostCalls = max(mostCalls, batch.count { if case .called = $0 { true } else { false } })
            let before = (writes, questions)
            for signal in batch where end == nil {
                signals += 1
                end = try perform(core.handle(signal, now: now), token)
            }
            groups += (writes > before.0 ? 1 : 0) + (questions > before.1 ? 1 : 0)
        }
        #expect(try end?.get().exitCode == .done)
    }

    private mutating func perform(_ effects: [RunEffect], _ token: FencingToken) throws -> Result<RunOutcome, any Error>? {
        var timers = 0
        for effect in effects {
            switch effect {
            case .prepareOutput: waiting.append(.prepared(.success([])))
            case .checkpoint(let group, let then):
                writes += 1
                records += group.count
                try checkpoint.apply(group, token: token)
                if let then { waiting.append(.recorded(then, nil)) }
            case .account(let operation, let then):
                questions += 1
                let answer = try operation.perform(at: accounts) { _ in true }
                if let then { waiting.append(.answered(then, .success(answer))) }
            case .call(let id, let call, _): waiting.append(.called(id, reply(to: call)))
            case .place(let placement):
                waiting.append(
                    .placed(placement, .success(ArtifactRecord(artifact: placement.artifact, modifiedNanoseconds: 0, inode: 0))))
            case .arrange(let arrangement): waiting.append(.arranged(.success(arrangement.artifacts)))
            case .wake(let time):
                timers += 1
                wakes += 1
                timer = time
            case .removePart, .endCalls, .tell: break
            case .end(let result): return result
            }
        }
        mostTimers = max(mostTimers, timers)
        return nil
    }

    private mutating func reply(to call: ProviderCall) -> ProviderReply {
        switch call {
        case .submit(_, let submission):
            calls[.submit, default: 0] += 1
            ends[submission.key] = now + Self.jobTakes
            return .submitted(.success(AcceptedJob(remoteID: submission.key)))
        case .poll(_, let job, _):
            calls[.poll, default: 0] += 1
            let isOver = ends[job.remoteID].map { $0 <= now } ?? true
            return .polled(.success(JobReport(state: isOver ? .ended(.succeeded) : .running)))
        case .fetch(let output, _, _):
            calls[.fetch, default: 0] += 1
            return .fetched(
                .success(FetchedFile(sha256: "\(output.instance)-\(output.output)", bytes: 1, mediaType: .png, width: 1, height: 1)))
        case .upload(let transfer, _):
            calls[.upload, default: 0] += 1
            return .uploaded(.success("upload-\(transfer)"))
        case .list, .pollTogether: return .listed(.success([]))
        }
    }

    private static func plan(chains: Int) -> Plan {
        let steps: [Pipeline.Operation] = [.t2i, .r2i, .r2i, .upscale]
        var instances: [StepInstance] = []
        var transfers: [PlannedTransfer] = []
        for (step, operation) in steps.enumerated() {
            for chain in 0..<chains {
                let before = step == 0 ? nil : (step - 1) * chains + chain
                let source = before.map { MediaSource.output(OutputReference(instance: $0, output: 0)) }
                if let source { transfers.append(PlannedTransfer(source: source, account: account)) }
                var arguments: [String: Argument] = ["prompt": .value(.text("\(step) \(chain)"))]
                if let source { arguments["references"] = .list([.media(source)]) }
                instances.append(
                    StepInstance(
                        step: "step\(step)", name: "step\(step)[\(chain)]", place: nil, operation: operation, account: account,
                        arguments: Arguments(arguments), identity: Identity(of: .list([.int(step), .int(chain)])),
                        jobs: [PlannedJob(outputs: 0..<1, price: .known(Money(1, "VND")))],
                        outputs: [PlannedOutput(kind: .image, path: "\(step)/\(chain).png")], dependencies: before.map { [$0] } ?? [],
                        needs: [], transfers: source == nil ? [] : [transfers.count - 1], retry: .standard, timeout: .seconds(900),
                        onFailure: .skipDependents, expectedDuration: jobTakes))
            }
        }
        let limits = AccountLimits(threads: threads, requests: [], dailyImages: nil, dayZone: "UTC", imagesFrom: [])
        return Plan(
            campaign: "chains", manifestPath: "/campaign.yaml", instances: instances, transfers: transfers,
            accounts: [
                AccountPlan(
                    id: account, title: "Null", limits: limits, poll: PollPlan(minInterval: .seconds(3), maxInterval: .seconds(8)),
                    recovery: .none, refunded: [], assumptions: [])
            ], budgets: [])
    }
}
