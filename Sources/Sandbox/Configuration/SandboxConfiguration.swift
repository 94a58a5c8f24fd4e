package import Foundation

/// How a sandbox provider behaves: its address, its pace, the plan it enforces, and where it keeps what must outlive the process.
package struct SandboxConfiguration: Sendable {
    /// What a finished job's pictures and clips are.
    package enum RenderMode: String, Sendable, CaseIterable {
        /// Real pictures and clips, rendered with ffmpeg.
        case full
        /// Small, structurally valid files; ffmpeg isn't needed.
        case none
    }

    /// The interface to listen on.
    package var host: String
    /// The TCP port; 0 picks any free one.
    package var port: Int
    /// How many times faster than life: job durations, the day of the daily cap and the hour of the request statistic are divided by it.
    package var speed: Double
    /// Decides job ids, durations and what every picture looks like.
    package var seed: UInt64
    /// The folder of the journal, uploads, renders and `ledger.json`; created if missing, used by one server at a time.
    package var stateDirectory: URL
    /// A further copy of the billing ledger as JSON, or nil.
    package var ledgerFile: URL?
    /// The accepted keys. Each is an account of its own at each provider; where keys start with something (`gimg_`), with that in front. No key
    /// is ever written to disk.
    package var apiKeys: Set<String>
    /// The balance each account starts with, in its provider's unit; nil is endless. A job that costs more than what is left is refused with 402.
    package var credits: Decimal?
    /// How many jobs of an account run at once ("luồng"). Further ones are accepted and wait in a queue.
    package var threads: Int
    /// The daily cap on images (calendar day of Asia/Ho_Chi_Minh); nil is none. Past it, submissions are refused with 429.
    package var dailyImages: Int?
    /// Requests that an account may send; nil is no limit. Past it, requests are refused with 429. Flow AI documents none.
    package var requests: SandboxAllowance?
    /// What each output costs.
    package var prices: SandboxPrices
    /// Other terms than the above for some of the accounts, by key.
    package var accounts: [String: SandboxTerms] = [:]
    /// Whether the charge of a failed job is given back. Flow AI documents neither; the default is the harder case for a client: no.
    package var refundsFailedJobs: Bool
    /// Whether a repeated `Idempotency-Key` answers with the first job. Flow AI documents no such key, so the default is no; it is recorded anyway.
    package var honoursIdempotency: Bool
    /// What a finished job's pictures and clips are.
    package var render: RenderMode
    /// How many ffmpeg processes run at once.
    package var concurrentRenders: Int
    /// Faults to produce, in order of precedence.
    package var faults: [FaultRule]
    /// Decides which requests a fault's probability picks; nil is ``seed``.
    package var faultSeed: UInt64?
    /// The wall clock.
    package var now: @Sendable () -> Date

    /// A configuration with Flow AI's prices and a plan of three threads.
    package init(
        host: String = "127.0.0.1", port: Int = 0, speed: Double = 1, seed: UInt64 = 1, stateDirectory: URL, ledgerFile: URL? = nil,
        apiKeys: Set<String> = ["sandbox"], credits: Decimal? = nil, threads: Int = 3, dailyImages: Int? = nil,
        prices: SandboxPrices = .standard, refundsFailedJobs: Bool = false, honoursIdempotency: Bool = false, render: RenderMode = .full,
        concurrentRenders: Int = 2, faults: [FaultRule] = [], now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.host = host
        self.port = port
        self.speed = speed
        self.seed = seed
        self.stateDirectory = stateDirectory
        self.ledgerFile = ledgerFile
        self.apiKeys = apiKeys
        self.credits = credits
        self.threads = threads
        self.dailyImages = dailyImages
        self.prices = prices
        self.refundsFailedJobs = refundsFailedJobs
        self.honoursIdempotency = honoursIdempotency
        self.render = render
        self.concurrentRenders = concurrentRenders
        self.faults = faults
        self.now = now
    }

    /// Takes over what a fault plan says; what it leaves open stays.
    package mutating func follow(_ plan: FaultPlan) {
        faults = plan.rules
        faultSeed = plan.seed
        honoursIdempotency = honoursIdempotency || plan.honoursIdempotency
        refundsFailedJobs = refundsFailedJobs || plan.refundsFailedJobs
    }

    private static let speeds = 0.001...1_000_000

    /// - Throws: ``SandboxError/invalidConfiguration(_:)`` naming the first setting that makes no sense.
    func validate() throws(SandboxError) {
        guard Self.speeds.contains(speed) else {
            throw .invalidConfiguration("the speed must be within 0.001…1,000,000, not \(speed)")
        }
        guard threads > 0 else { throw .invalidConfiguration("the number of threads must be at least 1, not \(threads)") }
        guard (0...65535).contains(port) else { throw .invalidConfiguration("the port must be within 0…65535, not \(port)") }
        guard concurrentRenders > 0 else {
            throw .invalidConfiguration("the number of concurrent renders must be at least 1, not \(concurrentRenders)")
        }
        if let terms = accounts.values.first(where: { $0.threads <= 0 }) {
            throw .invalidConfiguration("the number of threads of an account must be at least 1, not \(terms.threads)")
        }
        guard !apiKeys.isEmpty, !apiKeys.contains("") else {
            throw .invalidConfiguration("there must be at least one API key, and none may be empty")
        }
    }
}

extension SandboxConfiguration {
    /// What holds for accounts that have no terms of their own. Threads, daily cap, prices and allowance of the configuration are Flow AI's.
    private func usualTerms(at service: SandboxService) -> SandboxTerms {
        guard service != .flow else {
            return SandboxTerms(credits: credits, threads: threads, dailyImages: dailyImages, prices: prices, requests: requests)
        }
        return SandboxTerms(service: service, credits: credits, threads: service.threads, prices: service.prices)
    }

    /// The terms of the account with this label.
    func terms(of account: String) -> SandboxTerms {
        let service = AccountLabel.service(of: account)
        let own = accounts.first { $0.value.service == service && AccountLabel.of(key: $0.key, at: service) == account }
        return own?.value ?? usualTerms(at: service)
    }

    /// The keys that a provider takes: those with terms there, and of the others each with what the provider's keys start with.
    func keys(at service: SandboxService) -> Set<String> {
        let own = accounts.filter { $0.value.service == service }.keys
        let usual = apiKeys.filter { accounts[$0] == nil }
        return Set(own).union(usual.map { $0.hasPrefix(service.keyPrefix) ? $0 : service.keyPrefix + $0 })
    }
}

/// The plan that one account of the provider has.
package struct SandboxTerms: Sendable, Hashable {
    /// The provider that the account is at.
    package var service: SandboxService
    /// The balance it starts with, in the provider's unit; nil is endless.
    package var credits: Decimal?
    /// Jobs at once.
    package var threads: Int
    /// The daily cap on images; nil is none.
    package var dailyImages: Int?
    package var prices: SandboxPrices
    /// Nil is what the provider's document says.
    package var requests: SandboxAllowance?

    package init(
        service: SandboxService = .flow, credits: Decimal? = nil, threads: Int = 3, dailyImages: Int? = nil,
        prices: SandboxPrices = .standard,
        requests: SandboxAllowance? = nil
    ) {
        self.service = service
        self.credits = credits
        self.threads = threads
        self.dailyImages = dailyImages
        self.prices = prices
        self.requests = requests
    }
}

/// What an accepted output costs, in the provider's unit.
package struct SandboxPrices: Sendable, Hashable {
    /// A generated picture (1K).
    package var image: Decimal
    /// A picture enlarged to 2K or 4K.
    package var upscale: Decimal
    /// A clip. Flow AI quotes it on request only.
    package var video: Decimal
    /// A picture of a quality, where the provider has several; instead of the others.
    package var byQuality: [String: Decimal]

    package init(image: Decimal = 100, upscale: Decimal = 150, video: Decimal = 5000, byQuality: [String: Decimal] = [:]) {
        self.image = image
        self.upscale = upscale
        self.video = video
        self.byQuality = byQuality
    }

    /// The price list of the provider's document: 100 ₫ an image, 150 ₫ an upscale.
    package static let standard = SandboxPrices()
    /// The turbo plan: 200 ₫ an image, upscales alike.
    package static let turbo = SandboxPrices(image: 200, upscale: 200)
}
