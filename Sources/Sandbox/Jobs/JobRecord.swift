import Foundation

/// An accepted job: everything its life depends on, so that its status at any time follows from this record and the clock alone.
/// Times are seconds since 1970.
struct JobRecord: Sendable, Codable, Hashable {
    var id: String
    /// The label of the account that submitted it.
    var account: String
    var request: GenerationRequest
    /// SHA-256 of the operation and the exact body bytes.
    var fingerprint: String
    /// The `Idempotency-Key` header as it came.
    var idempotencyKey: String?
    var charge: Amount
    var acceptedAt: Double
    /// When a thread of the plan takes it up.
    var startsAt: Double
    /// When it is over.
    var endsAt: Double
    /// How many outputs it makes in the end.
    var outputs: Int
    /// Why it fails when it is over; nil if it doesn't.
    var failure: String?
    /// Whether its charge is given back when it fails, whatever the provider does elsewhere; nil as false.
    var isRefunded: Bool?
    /// Whether it fails by the content policy, where the provider tells that apart; nil as false.
    var isBlocked: Bool?

    func status(at now: Double) -> JobStatus {
        if now >= endsAt {
            return failure.map { JobStatus(phase: .failed, error: $0) } ?? JobStatus(phase: .completed, progress: 100)
        }
        guard now >= startsAt else { return JobStatus(phase: .queued, progress: 0) }
        let share = (now - startsAt) / max(endsAt - startsAt, .leastNonzeroMagnitude)
        return JobStatus(phase: .processing, progress: min(99, max(0, Int(share * 100))))
    }

    /// Decides what the output at `index` looks like: equal for equal requests under one seed. The idempotency key takes part so that
    /// a client which asks for the same thing twice on purpose gets two different pictures.
    func generator(seed: UInt64, output index: Int) -> SeededGenerator {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let canonical = (try? encoder.encode(request)).map { String(decoding: $0, as: UTF8.self) } ?? fingerprint
        return SeededGenerator(seed: seed, words: [canonical, idempotencyKey ?? "", String(index)])
    }
}

/// Where a job stands.
struct JobStatus: Sendable, Hashable {
    /// The names are those of the provider's document; `processing` is an assumption, it names none for a running job.
    enum Phase: String, Sendable, Codable {
        case queued, processing, completed, failed
    }

    var phase: Phase
    /// 0–100; nil for a failed job.
    var progress: Int?
    var error: String?
}

/// An exact amount, written as a decimal string.
struct Amount: Sendable, Codable, Hashable {
    var value: Decimal

    init(_ value: Decimal) { self.value = value }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "“\(text)” is no amount")
        }
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value.description)
    }
}

/// A stored upload.
struct UploadRecord: Sendable, Codable, Hashable {
    var account: String
    /// What the client refers to it by; made of the content's hash.
    var path: String
    var sha256: String
    var format: ImageFormat
    var size: PixelSize
    var bytes: Int
    /// Seconds since 1970.
    var uploadedAt: Double
}

/// A job that turned out to be impossible to render.
struct FailureRecord: Sendable, Codable, Hashable {
    var jobID: String
    var reason: String
    /// Seconds since 1970.
    var failedAt: Double
}
