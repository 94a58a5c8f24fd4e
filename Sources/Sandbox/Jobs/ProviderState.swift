import Crypto
import Foundation

/// Everything the provider knows, as a value: it changes by journal entries alone, so replaying the journal gives the same value again.
struct ProviderState: Sendable {
    /// All jobs, oldest first.
    private(set) var jobs: [JobRecord] = []
    private var indexOfJob: [String: Int] = [:]
    private var uploads: [String: [String: UploadRecord]] = [:]
    private(set) var failures: [String: FailureRecord] = [:]
    private var accounts: [String: AccountState] = [:]

    /// What is kept of an account to decide quickly.
    private struct AccountState {
        /// When the jobs that aren't over yet end.
        var ends: [Double] = []
        var charged: Decimal = 0
        var refunded: Decimal = 0
        /// Images accepted, by acceptance time.
        var images: [(time: Double, count: Int)] = []
        var jobOfKey: [String: String] = [:]
        var concurrency = ObservedConcurrency()

        mutating func accept(_ job: JobRecord, threads: Int) {
            ends.removeAll { $0 <= job.acceptedAt }
            ends.append(job.endsAt)
            charged += job.charge.value
            if job.request.images > 0 { images.append((job.acceptedAt, job.request.images)) }
            if let key = job.idempotencyKey { jobOfKey[key] = job.id }
            concurrency.outstanding = max(concurrency.outstanding, ends.count)
            concurrency.running = max(concurrency.running, ends.count { $0 > job.startsAt })
            if ends.count > threads { concurrency.overThreads += 1 }
        }
    }

    /// The most jobs of one account that were seen together.
    struct ObservedConcurrency: Sendable, Hashable {
        /// Running or queued.
        var outstanding = 0
        /// Running.
        var running = 0
        /// Submissions accepted while all threads were taken.
        var overThreads = 0
    }

    /// What decides on a submission besides the state.
    struct Policy: Sendable {
        var seed: UInt64
        var speed: Double
        /// Those of the account that submits.
        var terms: SandboxTerms
        var refundsFailedJobs: Bool
        var honoursIdempotency: Bool
        /// Those of the provider that the account is at.
        var rules = ServiceRules.flow
    }

    /// A submission as it came.
    struct Submission: Sendable {
        var account: String
        var request: GenerationRequest
        /// SHA-256 of operation and body.
        var fingerprint: String
        var idempotencyKey: String?
        /// A fault of the job itself.
        var fault: Fault?
    }

    /// The decision on a submission.
    enum Decision: Sendable {
        /// A new job; it exists once its journal entry is applied.
        case accept(JobRecord)
        /// The job that the same idempotency key created before.
        case replay(JobRecord)
    }

    // MARK: Asking

    func job(_ id: String, of account: String) -> JobRecord? {
        guard let index = indexOfJob[id], jobs.indices.contains(index), jobs[index].account == account else { return nil }
        return jobs[index]
    }

    /// A job with its place in the order of acceptance, from 1.
    func numberedJob(_ id: String, of account: String) -> (number: Int, job: JobRecord)? {
        job(id, of: account).flatMap { job in indexOfJob[id].map { ($0 + 1, job) } }
    }

    /// A job of any account.
    func job(_ id: String) -> JobRecord? { indexOfJob[id].flatMap { jobs.indices.contains($0) ? jobs[$0] : nil } }

    func upload(_ path: String, of account: String) -> UploadRecord? { uploads[account]?[path] }

    /// The jobs of an account, newest first.
    func listing(of account: String) -> [JobRecord] { jobs.reversed().filter { $0.account == account } }

    /// The status at `now`, seconds since 1970.
    func status(of job: JobRecord, at now: Double) -> JobStatus {
        let status = job.status(at: now)
        if status.phase == .completed, let failure = failures[job.id] { return JobStatus(phase: .failed, error: failure.reason) }
        return status
    }

    /// Images that the account was granted in the day of `now`.
    func imagesToday(of account: String, at now: Double, speed: Double) -> Int {
        let today = QuotaDay.number(at: now, speed: speed)
        var count = 0
        for entry in accounts[account]?.images.reversed() ?? [] {
            guard QuotaDay.number(at: entry.time, speed: speed) == today else { break }
            count += entry.count
        }
        return count
    }

    /// What is left of `credits`; nil is endless.
    func balance(of account: String, at now: Double, policy: Policy) -> Decimal? {
        guard let credits = policy.terms.credits else { return nil }
        let charged = accounts[account]?.charged ?? 0
        return credits - charged + refunded(to: account, at: now, policy: policy)
    }

    private func refunded(to account: String, at now: Double, policy: Policy) -> Decimal {
        jobs.lazy
            .filter { $0.account == account && isRefunded($0, at: now, all: policy.refundsFailedJobs) }
            .reduce(0) { $0 + $1.charge.value }
    }

    /// Whether the charge of a job has been given back at `now`.
    ///
    /// - Parameter all: whether that is so for every failed job.
    func isRefunded(_ job: JobRecord, at now: Double, all: Bool) -> Bool {
        (all || job.isRefunded == true) && status(of: job, at: now).phase == .failed
    }

    /// The same of each account by itself.
    var observedByAccount: [String: ObservedConcurrency] { accounts.mapValues(\.concurrency) }

    /// The most jobs seen together in any one account, and the submissions over the plan's threads in all.
    var observedConcurrency: ObservedConcurrency {
        accounts.values.reduce(into: ObservedConcurrency()) { total, account in
            total.outstanding = max(total.outstanding, account.concurrency.outstanding)
            total.running = max(total.running, account.concurrency.running)
            total.overThreads += account.concurrency.overThreads
        }
    }

    // MARK: Deciding

    /// Whether and how a submission at `now` (seconds since 1970) becomes a job.
    ///
    /// - Throws: ``APIError``: 422 for an upload that doesn't exist or a key used for another request, 429 over the daily cap,
    ///   402 without enough credits.
    func decide(_ submission: Submission, at now: Double, policy: Policy) throws(APIError) -> Decision {
        let request = submission.request
        let account = accounts[submission.account] ?? AccountState()
        if let key = submission.idempotencyKey, let id = account.jobOfKey[key], let earlier = job(id, of: submission.account),
            remembers(earlier, at: now, policy)
        {
            guard earlier.fingerprint == submission.fingerprint else {
                throw .invalid("this Idempotency-Key was used for another request")
            }
            return .replay(earlier)
        }
        for path in request.imagePaths where upload(path, of: submission.account) == nil {
            throw .invalid("there is no uploaded image “\(path)”")
        }
        if let cap = policy.terms.dailyImages, request.images > 0,
            imagesToday(of: submission.account, at: now, speed: policy.speed) + request.images > cap
        {
            throw .overDailyLimit
        }
        let ends = account.ends.filter { $0 > now }.sorted(by: >)
        let threads = policy.terms.threads
        if policy.rules.refusesJobsTooMany, ends.count >= threads {
            throw APIError(status: 429, message: "more than \(threads) generations at once", retryAfter: (ends.last ?? now) - now)
        }
        let charge = price(of: request, policy.terms.prices)
        if let balance = balance(of: submission.account, at: now, policy: policy), charge > balance { throw .noCredits }

        let ordinal = String(jobs.count)
        var generator = SeededGenerator(seed: policy.seed, "job", ordinal, submission.fingerprint)
        var seconds = JobDuration.seconds(of: request, drawnFrom: &generator)
        let markers = Set(
            ["[fail]", "[partial]", "[slow]", "[stuck]"].filter { marker in request.prompts.contains { $0.contains(marker) } })
        if submission.fault == .slowJob || markers.contains("[slow]") { seconds *= JobDuration.slowFactor }
        if submission.fault == .stuckJob || markers.contains("[stuck]") { seconds = JobDuration.forever * policy.speed }
        let isPartial = submission.fault == .partialOutputs || markers.contains("[partial]")
        let failure = submission.fault?.jobFailure ?? (markers.contains("[fail]") ? Fault.failJob.jobFailure : nil)

        // A thread is free once fewer than `threads` of the jobs before are still to end: jobs start in the order they came.
        let startsAt = ends.count < threads ? now : ends[threads - 1]
        let isRefunded = submission.fault == .refundJob || (failure != nil && policy.rules.refundsFailures)
        return .accept(
            JobRecord(
                id: newJobID(policy.rules.jobPrefix, drawnFrom: &generator), account: submission.account, request: request,
                fingerprint: submission.fingerprint,
                idempotencyKey: submission.idempotencyKey, charge: Amount(charge), acceptedAt: now, startsAt: startsAt,
                endsAt: startsAt + seconds / policy.speed, outputs: isPartial ? max(1, request.outputs - 1) : request.outputs,
                failure: failure, isRefunded: isRefunded ? true : nil, isBlocked: submission.fault == .blockJob ? true : nil))
    }

    private func price(of request: GenerationRequest, _ prices: SandboxPrices) -> Decimal {
        if let quality = request.quality, let each = prices.byQuality[quality] { return each * Decimal(request.outputs) }
        let each =
            switch request.operation {
            case .textToImage, .referenceToImage: prices.image
            case .upscaleImage: prices.upscale
            case .textToVideo, .imageToVideo, .multiReferenceToVideo: prices.video
            }
        return each * Decimal(request.outputs)
    }

    /// Whether the key of an earlier job is still answered with it.
    private func remembers(_ earlier: JobRecord, at now: Double, _ policy: Policy) -> Bool {
        if policy.honoursIdempotency { return true }
        guard let seconds = policy.rules.keysLast else { return false }
        return now < earlier.acceptedAt + seconds / policy.speed
    }

    private func newJobID(_ prefix: String, drawnFrom generator: inout SeededGenerator) -> String {
        while true {
            let digits = String(generator.next() >> 16, radix: 16)
            let id = prefix + String(repeating: "0", count: 12 - digits.count) + digits
            if indexOfJob[id] == nil { return id }
        }
    }

    // MARK: Changing

    /// Makes what a journal entry says part of the state.
    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .upload(let record): uploads[record.account, default: [:]][record.path] = record
        case .failure(let record): failures[record.jobID] = record
        case .job(let job, let threads): apply(job, threads: threads)
        }
    }

    private mutating func apply(_ job: JobRecord, threads: Int) {
        guard indexOfJob[job.id] == nil else { return }
        indexOfJob[job.id] = jobs.count
        jobs.append(job)
        // In its place: a copy of what is kept of the account would be made for every job.
        accounts[job.account, default: AccountState()].accept(job, threads: threads)
    }
}
