import Foundation
import Testing

@testable import Sandbox

/// The provider's decisions, under a clock moved by hand.
@Suite struct ProviderStateTests {
    private static func policy(
        threads: Int = 3, credits: Decimal? = nil, dailyImages: Int? = nil, speed: Double = 1, refunds: Bool = false,
        idempotent: Bool = false
    ) -> ProviderState.Policy {
        ProviderState.Policy(
            seed: 7, speed: speed, terms: SandboxTerms(credits: credits, threads: threads, dailyImages: dailyImages),
            refundsFailedJobs: refunds, honoursIdempotency: idempotent)
    }

    private static func submission(
        _ operation: Sandbox.Operation = .textToImage, prompt: String = "a cat", images: Int = 1, account: String = "one",
        key: String? = nil,
        fault: Fault? = nil, uploads: [String] = []
    ) -> ProviderState.Submission {
        ProviderState.Submission(
            account: account,
            request: GenerationRequest(
                operation: operation,
                items: [GenerationRequest.Item(prompt: operation == .upscaleImage ? nil : prompt, imagePaths: uploads)],
                aspectRatio: .square, outputsPerItem: images, resolution: operation == .upscaleImage ? .fourK : nil),
            fingerprint: "\(operation.rawValue)/\(prompt)/\(images)", idempotencyKey: key, fault: fault)
    }

    /// Decides and applies; the job.
    @discardableResult
    private func accept(
        _ submission: ProviderState.Submission, into state: inout ProviderState, at now: Double, _ policy: ProviderState.Policy
    ) throws -> JobRecord {
        switch try state.decide(submission, at: now, policy: policy) {
        case .accept(let job):
            state.apply(.job(job, threads: policy.terms.threads))
            return job
        case .replay(let job): return job
        }
    }

    @Test func aJobIsQueuedOrRunningThenCompleted() throws {
        var state = ProviderState()
        let job = try accept(Self.submission(), into: &state, at: 1000, Self.policy())
        #expect(state.status(of: job, at: 1000) == JobStatus(phase: .processing, progress: 0))
        let middle = state.status(of: job, at: (job.startsAt + job.endsAt) / 2)
        #expect(middle.phase == .processing)
        #expect((45...55).contains(middle.progress ?? 0))
        #expect(state.status(of: job, at: job.endsAt.nextDown).phase == .processing)
        #expect(state.status(of: job, at: job.endsAt) == JobStatus(phase: .completed, progress: 100))
        #expect(state.status(of: job, at: job.endsAt + 1e9).phase == .completed)
    }

    @Test(arguments: [
        (Sandbox.Operation.textToImage, 24.0...36.0), (.referenceToImage, 24...36), (.upscaleImage, 48...72), (.imageToVideo, 60...120),
    ])
    func jobsTakeAsLongAsTheDocumentSays(_ operation: Sandbox.Operation, _ range: ClosedRange<Double>) throws {
        var generator = SeededGenerator(seed: 3, "durations")
        let request = Self.submission(operation).request
        for _ in 0..<200 {
            #expect(range.contains(JobDuration.seconds(of: request, drawnFrom: &generator)))
        }
    }

    @Test func speedDividesDurations() throws {
        var slow = ProviderState()
        var fast = ProviderState()
        let slowJob = try accept(Self.submission(), into: &slow, at: 0, Self.policy())
        let fastJob = try accept(Self.submission(), into: &fast, at: 0, Self.policy(speed: 60))
        #expect(abs(slowJob.endsAt / 60 - fastJob.endsAt) < 1e-9)
    }

    /// Whatever arrives when: never more than the plan's threads run, jobs start in the order they came, and none starts while it needn't wait.
    @Test(arguments: 0..<20)
    func threadsAreNeverExceededAndNeverIdle(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed, "arrivals")
        let threads = 1 + generator.index(below: 6)
        var state = ProviderState()
        var now = 0.0
        var jobs: [JobRecord] = []
        for number in 0..<60 {
            now += generator.number(in: 0...30)
            jobs.append(try accept(Self.submission(prompt: "\(number)"), into: &state, at: now, Self.policy(threads: threads)))
        }
        for job in jobs {
            let running = jobs.count { $0.startsAt <= job.startsAt && job.startsAt < $0.endsAt }
            #expect(running <= threads, "seed \(seed)")
            if job.startsAt > job.acceptedAt {
                let before = jobs.count { $0.startsAt < job.startsAt && job.startsAt.nextDown < $0.endsAt }
                #expect(before == threads, "a job waited while a thread was free; seed \(seed)")
            }
        }
        #expect(zip(jobs, jobs.dropFirst()).allSatisfy { $0.startsAt <= $1.startsAt })
        #expect(state.observedConcurrency.running <= threads)
        let outstanding = jobs.map { job in jobs.count { $0.acceptedAt <= job.acceptedAt && job.acceptedAt < $0.endsAt } }
        #expect(state.observedConcurrency.outstanding == outstanding.max())
        #expect(state.observedConcurrency.overThreads == outstanding.count { $0 > threads })
    }

    @Test func accountsDoNotShareThreadsJobsOrUploads() throws {
        var state = ProviderState()
        for _ in 0..<3 { try accept(Self.submission(account: "one"), into: &state, at: 0, Self.policy()) }
        let other = try accept(Self.submission(account: "two"), into: &state, at: 0, Self.policy())
        #expect(other.startsAt == 0)
        #expect(state.job(other.id, of: "one") == nil)
        #expect(state.listing(of: "two").map(\.id) == [other.id])
        #expect(state.observedConcurrency.outstanding == 3)
        state.apply(
            .upload(
                UploadRecord(
                    account: "one", path: "uploads/x.png", sha256: "x", format: .png, size: PixelSize(width: 1, height: 1), bytes: 1,
                    uploadedAt: 0)))
        try accept(Self.submission(.upscaleImage, account: "one", uploads: ["uploads/x.png"]), into: &state, at: 0, Self.policy())
        #expect(throws: APIError.self) {
            try accept(Self.submission(.upscaleImage, account: "two", uploads: ["uploads/x.png"]), into: &state, at: 0, Self.policy())
        }
    }

    @Test func chargesFollowThePriceListAndEndTheCredits() throws {
        var state = ProviderState()
        let policy = Self.policy(credits: 5650)
        state.apply(
            .upload(
                UploadRecord(
                    account: "one", path: "p", sha256: "x", format: .png, size: PixelSize(width: 1, height: 1), bytes: 1, uploadedAt: 0)))
        let images = try accept(Self.submission(images: 4), into: &state, at: 0, policy)
        #expect(images.charge.value == 400)
        let upscale = try accept(Self.submission(.upscaleImage, uploads: ["p"]), into: &state, at: 0, policy)
        #expect(upscale.charge.value == 150)
        let clip = try accept(Self.submission(.imageToVideo, uploads: ["p"]), into: &state, at: 0, policy)
        #expect(clip.charge.value == 5000)
        try accept(Self.submission(), into: &state, at: 0, policy)
        #expect(state.balance(of: "one", at: 0, policy: policy) == 0)
        let refusal = try #require(throws: APIError.self) { try accept(Self.submission(), into: &state, at: 0, policy) }
        #expect(refusal == .noCredits)
        #expect(state.jobs.count == 4)
        try accept(Self.submission(account: "two"), into: &state, at: 0, policy)
    }

    @Test func theDailyCapCountsPicturesOfTheDayInVietnam() throws {
        var state = ProviderState()
        let policy = Self.policy(dailyImages: 5)
        // 23:59:50 in Asia/Ho_Chi_Minh.
        let evening = 20_000 * 86400.0 - 7 * 3600 - 10
        try accept(Self.submission(images: 4), into: &state, at: evening, policy)
        let refusal = try #require(throws: APIError.self) { try accept(Self.submission(images: 2), into: &state, at: evening + 5, policy) }
        #expect(refusal == .overDailyLimit)
        try accept(Self.submission(images: 1), into: &state, at: evening + 6, policy)
        #expect(state.imagesToday(of: "one", at: evening + 9, speed: 1) == 5)
        try accept(Self.submission(.textToVideo), into: &state, at: evening + 7, policy)
        #expect(state.imagesToday(of: "one", at: evening + 10, speed: 1) == 0)
        try accept(Self.submission(images: 4), into: &state, at: evening + 10, policy)
    }

    @Test func fasterSandboxesHaveShorterDays() {
        let midnight = 20_000 * 86400.0 - 7 * 3600
        #expect(QuotaDay.number(at: midnight, speed: 1) == QuotaDay.number(at: midnight - 0.001, speed: 1) + 1)
        #expect(QuotaDay.number(at: midnight + 86399, speed: 1) == QuotaDay.number(at: midnight, speed: 1))
        #expect(QuotaDay.number(at: midnight, speed: 60) == QuotaDay.number(at: midnight - 0.001, speed: 60) + 1)
        #expect(QuotaDay.number(at: midnight + 1441, speed: 60) == QuotaDay.number(at: midnight, speed: 60) + 1)
    }

    @Test func promptsAndFaultsChangeAJob() throws {
        var state = ProviderState()
        let failing = try accept(Self.submission(prompt: "a [fail] cat"), into: &state, at: 0, Self.policy())
        #expect(state.status(of: failing, at: failing.endsAt).phase == .failed)
        #expect(state.status(of: failing, at: failing.endsAt.nextDown).phase == .processing)
        #expect(try accept(Self.submission(prompt: "[partial]", images: 4), into: &state, at: 0, Self.policy()).outputs == 3)
        #expect(try accept(Self.submission(prompt: "[partial]", images: 1), into: &state, at: 0, Self.policy()).outputs == 1)
        #expect(try accept(Self.submission(fault: .failJob), into: &state, at: 0, Self.policy()).failure != nil)
        #expect(try accept(Self.submission(images: 2, fault: .partialOutputs), into: &state, at: 0, Self.policy()).outputs == 1)
        let slow = try accept(Self.submission(prompt: "[slow]"), into: &state, at: 1e6, Self.policy())
        #expect((240...360).contains(slow.endsAt - slow.startsAt))
        let stuck = try accept(Self.submission(fault: .stuckJob), into: &state, at: 1e6, Self.policy(speed: 3600))
        #expect(state.status(of: stuck, at: 1e9).phase == .processing)
    }

    @Test func failedJobsAreRefundedOnlyWhereToldSo() throws {
        for refunds in [false, true] {
            var state = ProviderState()
            let policy = Self.policy(credits: 1000, refunds: refunds)
            let job = try accept(Self.submission(prompt: "[fail]", images: 3), into: &state, at: 0, policy)
            #expect(state.balance(of: "one", at: 1, policy: policy) == 700)
            #expect(state.balance(of: "one", at: job.endsAt, policy: policy) == (refunds ? 1000 : 700))
            let ledger = SandboxLedger(state: state, refundsFailedJobs: refunds, now: job.endsAt)
            #expect(ledger.entries.map(\.kind) == (refunds ? [.charge, .refund] : [.charge]))
            #expect(ledger.total == (refunds ? 0 : 300))
            #expect(ledger.totals.charged == "300")
        }
    }

    @Test func idempotencyKeysAreOnlyHonouredWhereToldSo() throws {
        var ignoring = ProviderState()
        let first = try accept(Self.submission(key: "k"), into: &ignoring, at: 0, Self.policy())
        let second = try accept(Self.submission(key: "k"), into: &ignoring, at: 0, Self.policy())
        #expect(first.id != second.id)
        #expect(ignoring.jobs.map(\.idempotencyKey) == ["k", "k"])

        var honouring = ProviderState()
        let policy = Self.policy(idempotent: true)
        let original = try accept(Self.submission(key: "k"), into: &honouring, at: 0, policy)
        #expect(try accept(Self.submission(key: "k"), into: &honouring, at: 9, policy) == original)
        #expect(honouring.jobs.count == 1)
        #expect(throws: APIError.self) { try accept(Self.submission(prompt: "another", key: "k"), into: &honouring, at: 9, policy) }
    }

    @Test func replayingTheJournalGivesTheSameState() throws {
        var state = ProviderState()
        var entries: [JournalEntry] = []
        var now = 0.0
        for number in 0..<30 {
            now += 7
            guard case .accept(let job) = try state.decide(Self.submission(prompt: "\(number)"), at: now, policy: Self.policy()) else {
                continue
            }
            let entry = JournalEntry.job(job, threads: 3)
            state.apply(entry)
            entries.append(try JSONDecoder().decode(JournalEntry.self, from: JSONEncoder().encode(entry)))
        }
        entries.append(.failure(FailureRecord(jobID: state.jobs[4].id, reason: "no", failedAt: 99)))
        state.apply(entries[30])
        var copy = ProviderState()
        for entry in entries { copy.apply(entry) }
        #expect(copy.jobs == state.jobs)
        #expect(copy.observedConcurrency == state.observedConcurrency)
        for time in stride(from: 0.0, to: 600, by: 11) {
            #expect(copy.jobs.map { copy.status(of: $0, at: time) } == state.jobs.map { state.status(of: $0, at: time) })
        }
        #expect(copy.status(of: state.jobs[4], at: 1e9) == JobStatus(phase: .failed, error: "no"))
        let next = try state.decide(Self.submission(prompt: "next"), at: now, policy: Self.policy())
        let sameNext = try copy.decide(Self.submission(prompt: "next"), at: now, policy: Self.policy())
        guard case .accept(let job) = next, case .accept(let sameJob) = sameNext else { return #expect(Bool(false)) }
        #expect(job == sameJob)
    }

    @Test func equalRequestsLookEqualUnlessTheirKeysDiffer() throws {
        var state = ProviderState()
        func picture(_ key: String?, seed: UInt64 = 7, index: Int = 0) throws -> UInt64 {
            var generator = try accept(Self.submission(images: 2, key: key), into: &state, at: 0, Self.policy()).generator(
                seed: seed, output: index)
            return generator.next()
        }
        #expect(try picture(nil) == picture(nil))
        #expect(try picture("a") == picture("a"))
        #expect(try picture("a") != picture("b"))
        #expect(try picture("a") != picture("a", index: 1))
        #expect(try picture("a") != picture("a", seed: 8))
    }
}
