import Crypto
import Foundation

/// The provider behind the endpoints: decides by ``ProviderState``, keeps the journal, and has the outputs made.
actor Provider {
    private var state: ProviderState
    private let configuration: SandboxConfiguration
    private let directory: StateDirectory
    private let journal: Journal
    private let requestLog: RequestLog
    private let media: any MediaSource
    /// What goes wrong on purpose.
    nonisolated let faults: FaultDesk
    /// For how many seconds connections are to be refused, as faults come up.
    nonisolated let outages: AsyncStream<Double>
    private let outage: AsyncStream<Double>.Continuation
    private var ledgerWriter: Task<Void, Never>?
    private var isStopped = false
    private var meters: [String: RequestMeter] = [:]
    private var refusals = 0
    private var requestsAtOnce: [String: Int] = [:]
    private var keysAtFileHost = 0

    /// How long the ledger file may lag behind the books at the least, so that a burst of jobs doesn't write it for each.
    private static let ledgerDelay = Duration.milliseconds(200)
    /// It is written whole, so it lags the more the longer that takes: writing takes this part of the time at most.
    private static let ledgerShare = 20
    private var ledgerTook = Duration.zero

    /// Opens the state that earlier servers left, and takes up again what they had to render.
    ///
    /// - Throws: ``SandboxError``.
    static func open(_ configuration: SandboxConfiguration, in directory: StateDirectory) async throws(SandboxError) -> Provider {
        let (journal, entries) = try Journal.open(at: directory.journal)
        let requestLog = try RequestLog(at: directory.requestLog)
        let media: any MediaSource =
            switch configuration.render {
            case .none: PlaceholderMedia(seed: configuration.seed)
            case .full:
                RenderFarm(
                    renderer: Renderer(tools: try await RenderTools.find(for: directory), directory: directory, seed: configuration.seed),
                    concurrency: configuration.concurrentRenders)
            }
        let faults = try FaultDesk(
            configuration.faults, seed: configuration.faultSeed ?? configuration.seed, speed: configuration.speed, log: directory.faultLog)
        let provider = Provider(
            configuration: configuration, directory: directory, journal: journal, entries: entries, requestLog: requestLog, media: media,
            faults: faults)
        if let copy = configuration.ledgerFile { try await provider.ledger().place(at: copy) }
        await provider.resume()
        return provider
    }

    private init(
        configuration: SandboxConfiguration, directory: StateDirectory, journal: Journal, entries: [JournalEntry], requestLog: RequestLog,
        media: any MediaSource, faults: FaultDesk
    ) {
        var state = ProviderState()
        for entry in entries { state.apply(entry) }
        self.state = state
        self.configuration = configuration
        self.directory = directory
        self.journal = journal
        self.requestLog = requestLog
        self.media = media
        self.faults = faults
        (outages, outage) = AsyncStream.makeStream()
    }

    private func policy(of account: String) -> ProviderState.Policy {
        ProviderState.Policy(
            seed: configuration.seed, speed: configuration.speed, terms: configuration.terms(of: account),
            refundsFailedJobs: configuration.refundsFailedJobs, honoursIdempotency: configuration.honoursIdempotency,
            rules: AccountLabel.service(of: account).rules)
    }

    private func resume() async {
        if let farm = media as? RenderFarm { await farm.report(failures: { [weak self] in await self?.fail($0, because: $1) }) }
        for job in state.jobs { await prepare(job) }
        await ledger().write(to: ledgerFiles)
    }

    /// The provider's clock, in seconds since 1970.
    nonisolated var time: Double { configuration.now().timeIntervalSince1970 }

    private var now: Double { configuration.now().timeIntervalSince1970 }

    // MARK: Requests

    /// Notes a request of an account (nil: no valid key), and says what happens to its connection.
    nonisolated func arrived(_ request: FaultSubject, account: String?) -> FaultyConnection {
        let now = configuration.now()
        let time = now.timeIntervalSince1970
        let entry = RequestLog.Entry(time: time, account: account ?? "-", endpoint: request.endpoint)
        let (ordinal, first) = requestLog.record(entry)
        let rule = faults.rule(for: request, ordinal: ordinal, elapsed: time - first)
        return FaultyConnection(rule: rule, speed: configuration.speed, now: now) { [outage, faults] in
            faults.beginOutage()
            outage.yield($0)
        }
    }

    /// Counts a request against its account's allowance; nil where it has none.
    func meter(account: String) -> (standing: RequestMeter.Standing, allowance: SandboxAllowance)? {
        let told = configuration.terms(of: account).requests
        guard let allowance = told ?? AccountLabel.service(of: account).rules.allowance else { return nil }
        let time = now
        let standing = meters[account, default: RequestMeter(allowance, speed: configuration.speed)].take(at: time)
        if standing.isRefused { refusals += 1 }
        return (standing, allowance)
    }

    /// Notes how many requests of an account were being worked on together.
    func noteRequestsAtOnce(_ count: Int, account: String) { requestsAtOnce[account] = max(requestsAtOnce[account] ?? 0, count) }

    /// Notes that a key came where none belongs.
    func noteKeyAtFileHost() { keysAtFileHost += 1 }

    /// Stores an uploaded picture; it is on stable storage when this returns.
    ///
    /// - Throws: ``APIError``, ``SandboxError``.
    nonisolated func upload(_ bytes: Data, account: String) async throws -> UploadRecord {
        guard let header = ImageHeader(bytes) else { throw APIError.invalid("the file must be a jpg, png or webp image") }
        let hash = try directory.store(bytes, as: header.format)
        return try await register(
            UploadRecord(
                account: account, path: "uploads/\(hash.prefix(32)).\(header.format.fileExtension)", sha256: hash, format: header.format,
                size: header.size, bytes: bytes.count, uploadedAt: configuration.now().timeIntervalSince1970))
    }

    /// Stores a picture under the name that a presigned address has; it is on stable storage when this returns. What is no picture is taken,
    /// and not kept.
    ///
    /// - Throws: ``SandboxError``.
    nonisolated func store(_ bytes: Data, as path: String, account: String) async throws {
        guard let header = ImageHeader(bytes) else { return }
        let hash = try directory.store(bytes, as: header.format)
        _ = try await register(
            UploadRecord(
                account: account, path: path, sha256: hash, format: header.format, size: header.size, bytes: bytes.count,
                uploadedAt: configuration.now().timeIntervalSince1970))
    }

    /// Whether the account has stored all of these.
    func hasUploads(_ paths: [String], of account: String) -> Bool { paths.allSatisfy { state.upload($0, of: account) != nil } }

    private func register(_ record: UploadRecord) async throws -> UploadRecord {
        if let known = state.upload(record.path, of: record.account) {
            try await journal.flush(through: journal.end)
            return known
        }
        try await commit(.upload(record))
        return record
    }

    /// Accepts a submission, or finds the job that the same idempotency key created before; the job and its charge are on stable storage when
    /// this returns.
    ///
    /// - Throws: ``APIError``, ``SandboxError``.
    func submit(_ submission: ProviderState.Submission) async throws -> (job: JobRecord, isReplay: Bool) {
        switch try state.decide(submission, at: now, policy: policy(of: submission.account)) {
        case .replay(let job):
            try await journal.flush(through: journal.end)
            return (job, true)
        case .accept(let job):
            try await commit(.job(job, threads: configuration.terms(of: job.account).threads))
            await prepare(job)
            return (job, false)
        }
    }

    private func commit(_ entry: JournalEntry) async throws {
        let position = try journal.enqueue(entry)
        state.apply(entry)
        try await journal.flush(through: position)
        scheduleLedger()
    }

    // MARK: Jobs

    /// A job with its status now; nil if the account has none of this id.
    func job(_ id: String, of account: String) async -> (job: JobRecord, status: JobStatus)? {
        guard let job = state.job(id, of: account) else { return nil }
        return (job, await shownStatus(of: job))
    }

    /// A job with its place in the order of acceptance, from 1.
    func numberedJob(_ id: String, of account: String) -> (number: Int, job: JobRecord)? { state.numberedJob(id, of: account) }

    /// A job of any account with its place in the order of acceptance, from 1.
    func publicNumberedJob(_ id: String) -> (number: Int, job: JobRecord)? {
        state.job(id).flatMap { state.numberedJob(id, of: $0.account) }
    }

    /// A job of any account with its status now: whoever knows a public address may have what is there.
    func publicJob(_ id: String) async -> (job: JobRecord, status: JobStatus)? {
        guard let job = state.job(id) else { return nil }
        return (job, await shownStatus(of: job))
    }

    /// The account's jobs with their statuses, newest first.
    func jobs(of account: String) async -> [(job: JobRecord, status: JobStatus)] {
        var result: [(job: JobRecord, status: JobStatus)] = []
        for job in state.listing(of: account) { result.append((job, await shownStatus(of: job))) }
        return result
    }

    /// The status by the clock, except that a job whose outputs are still being rendered goes on.
    private func shownStatus(of job: JobRecord) async -> JobStatus {
        let status = state.status(of: job, at: now)
        guard status.phase == .completed, await !media.isReady(job) else { return status }
        return state.failures[job.id].map { JobStatus(phase: .failed, error: $0.reason) } ?? JobStatus(phase: .processing, progress: 99)
    }

    /// The output of a completed job; nil if it has none at `index`.
    func output(of job: JobRecord, at index: Int, as rendition: Rendition = .usual) async throws -> MediaOutput? {
        try await media.output(of: renderJob(job), at: index, as: rendition)
    }

    private func prepare(_ job: JobRecord) async {
        guard job.failure == nil, state.failures[job.id] == nil else { return }
        await media.prepare(renderJob(job))
    }

    private func renderJob(_ job: JobRecord) -> RenderJob {
        let uploads = job.request.imagePaths.reduce(into: [:]) { $0[$1] = state.upload($1, of: job.account) }
        return RenderJob(job: job, uploads: uploads)
    }

    private func fail(_ jobID: String, because reason: String) async {
        guard state.failures[jobID] == nil, !isStopped else { return }
        try? await commit(.failure(FailureRecord(jobID: jobID, reason: reason, failedAt: now)))
    }

    // MARK: Account and books

    /// Waits until a job is over, as a reply that holds its results does.
    func end(of job: JobRecord) async throws -> JobStatus {
        while true {
            let status = await shownStatus(of: job)
            if status.phase == .completed || status.phase == .failed { return status }
            try await Task.sleep(for: .seconds(min(max(job.endsAt - now, 0.02), 1)))
        }
    }

    /// What is left to spend (nil: endless), the images granted today, and the daily cap (nil: none).
    func usage(of account: String) -> (credits: Decimal?, usedToday: Int, dailyLimit: Int?) {
        (
            state.balance(of: account, at: now, policy: policy(of: account)),
            state.imagesToday(of: account, at: now, speed: configuration.speed), configuration.terms(of: account).dailyImages
        )
    }

    func ledger() -> SandboxLedger {
        SandboxLedger(state: state, refundsFailedJobs: configuration.refundsFailedJobs, now: now)
    }

    /// - Parameter window: seconds; nil is an hour divided by the speed.
    func statistics(window: Double?) -> SandboxStatistics {
        SandboxStatistics(
            state: state, requests: requestLog.entries, threads: { configuration.terms(of: $0).threads },
            usualThreads: configuration.threads, window: window ?? 3600 / configuration.speed,
            throttled: refusals, requestsAtOnce: requestsAtOnce, keysAtFileHost: keysAtFileHost, now: now)
    }

    private func scheduleLedger() {
        guard ledgerWriter == nil, !isStopped else { return }
        let files = ledgerFiles
        let delay = max(Self.ledgerDelay, ledgerTook * Self.ledgerShare)
        ledgerWriter = Task { [weak self] in
            try? await Task.sleep(for: delay)
            let began = ContinuousClock.now
            guard let ledger = await self?.ledgerToWrite() else { return }
            await ledger.write(to: files)
            await self?.ledgerWritten(in: began.duration(to: .now))
        }
    }

    private var ledgerFiles: [URL] { [directory.ledger] + (configuration.ledgerFile.map { [$0] } ?? []) }

    private func ledgerWritten(in duration: Duration) { ledgerTook = duration }

    private func ledgerToWrite() -> SandboxLedger {
        ledgerWriter = nil
        return ledger()
    }

    /// Ends renders and writes the ledger once more.
    func stop() async {
        isStopped = true
        let writer = ledgerWriter
        writer?.cancel()
        await writer?.value
        await media.stop()
        await ledger().write(to: ledgerFiles)
    }
}

/// The label that stands for an API key wherever something is written down.
enum AccountLabel {
    static func of(key: String) -> String {
        String(digest("flowbatch sandbox account \(key)").prefix(12))
    }

    /// The same key is another account at another provider, and its label says which.
    static func of(key: String, at service: SandboxService) -> String {
        service == .flow ? of(key: key) : "\(service.rawValue)-\(of(key: key))"
    }

    static func service(of label: String) -> SandboxService {
        SandboxService.allCases.first { $0 != .flow && label.hasPrefix($0.rawValue + "-") } ?? .flow
    }

    /// SHA-256 in lower-case hexadecimal.
    static func digest(_ text: String) -> String { SHA256.hex(Data(text.utf8)) }
}
