package import Foundation

/// The provider's books: a charge for every accepted job, and a refund for every failed one where the sandbox refunds.
package struct SandboxLedger: Sendable, Codable, Hashable {
    /// A line of the books.
    package struct Entry: Sendable, Codable, Hashable {
        package enum Kind: String, Sendable, Codable { case charge, refund }

        package var kind: Kind
        /// The provider: `flow`, `gptimage2`.
        package var provider: SandboxService
        package var jobID: String
        /// The endpoint that took the job, e.g. `text-to-image`; the provider's own word where it has one endpoint for several.
        package var type: String
        /// A label of the API key; not the key.
        package var account: String
        /// A decimal string.
        package var amount: String
        /// The provider's: `VND`, `credits`.
        package var unit: String
        /// Pictures paid for.
        package var images: Int
        /// Clips paid for.
        package var videos: Int
        package var prompts: [String]
        /// The uploads it was made from.
        package var imagePaths: [String]
        /// The `Idempotency-Key` header as it came.
        package var idempotencyKey: String?
        /// SHA-256 of the operation and the exact body bytes.
        package var fingerprint: String
        /// When it was booked, RFC 3339.
        package var time: String

        private enum CodingKeys: String, CodingKey {
            case kind, provider, type, account, amount, unit, images, videos, prompts, fingerprint, time
            case jobID = "job_id"
            case imagePaths = "image_paths"
            case idempotencyKey = "idempotency_key"
        }
    }

    /// Sums over the entries.
    package struct Totals: Sendable, Codable, Hashable {
        /// Decimal strings.
        package var charged: String
        package var refunded: String
        /// Charged less refunded.
        package var balance: String
        package var unit: String
        /// Accepted jobs.
        package var jobs: Int
    }

    package var version: Int
    /// Charges in the order of acceptance, each followed by its refund.
    package var entries: [Entry]
    /// Those of Flow AI.
    package var totals: Totals
    /// Those of every provider that has jobs, by its name.
    package var providers: [String: Totals]

    /// The label under which an API key is written down.
    package static func account(ofKey key: String) -> String { AccountLabel.of(key: key) }

    /// The same at another provider.
    package static func account(ofKey key: String, at service: SandboxService) -> String { AccountLabel.of(key: key, at: service) }

    /// Charged less refunded, in VND.
    package var total: Decimal { Decimal(string: totals.balance, locale: Locale(identifier: "en_US_POSIX")) ?? 0 }

    init(state: ProviderState, refundsFailedJobs: Bool, now: Double) {
        var sums: [SandboxService: Sum] = [:]
        entries = []
        for job in state.jobs {
            let service = AccountLabel.service(of: job.account)
            entries.append(Entry(.charge, job, time: job.acceptedAt))
            sums[service, default: Sum()].jobs += 1
            sums[service, default: Sum()].charged += job.charge.value
            guard state.isRefunded(job, at: now, all: refundsFailedJobs) else { continue }
            entries.append(Entry(.refund, job, time: job.endsAt))
            sums[service, default: Sum()].refunded += job.charge.value
        }
        version = 1
        totals = Totals(sums[.flow] ?? Sum(), at: .flow)
        providers = sums.reduce(into: [:]) { $0[$1.key.rawValue] = Totals($1.value, at: $1.key) }
    }

    fileprivate struct Sum {
        var charged: Decimal = 0
        var refunded: Decimal = 0
        var jobs = 0
    }

    /// The ledger as a JSON document that people can read.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    /// Puts the document where the user wants a copy, so that whoever asks for one learns at the start where it cannot be.
    ///
    /// - Throws: ``SandboxError/stateUnavailable(path:reason:)``.
    func place(at file: URL) throws(SandboxError) {
        do {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try encoded().write(to: file, options: .atomic)
        } catch {
            throw .stateUnavailable(path: file.path, reason: error.localizedDescription)
        }
    }

    /// Puts the document at each of `files`. They are copies for reading; the journal is the truth, so a failure here is no failure of a
    /// request.
    @concurrent
    func write(to files: [URL]) async {
        guard let document = try? encoded() else { return }
        for file in files { try? document.write(to: file, options: .atomic) }
    }
}

extension SandboxLedger.Totals {
    fileprivate init(_ sum: SandboxLedger.Sum, at service: SandboxService) {
        self.init(
            charged: sum.charged.description, refunded: sum.refunded.description, balance: (sum.charged - sum.refunded).description,
            unit: service.unit, jobs: sum.jobs)
    }
}

extension SandboxLedger.Entry {
    fileprivate init(_ kind: Kind, _ job: JobRecord, time: Double) {
        let isVideo = job.request.operation.makesVideo
        let service = AccountLabel.service(of: job.account)
        self.init(
            kind: kind, provider: service, jobID: job.id, type: service.word(for: job.request.operation), account: job.account,
            amount: job.charge.value.description, unit: service.unit, images: isVideo ? 0 : job.request.outputs,
            videos: isVideo ? job.request.outputs : 0,
            prompts: job.request.prompts, imagePaths: job.request.imagePaths, idempotencyKey: job.idempotencyKey,
            fingerprint: job.fingerprint, time: Timestamp.text(time))
    }
}

/// Points in time as the API writes them.
enum Timestamp {
    /// RFC 3339 in UTC with milliseconds.
    static func text(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
