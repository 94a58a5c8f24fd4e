import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// The endpoints of gptimage2.plus's document.
struct GptImage2API: Sendable {
    let gate: Gate
    let files: FileHost

    /// The largest picture: 10 MB.
    static let largestUpload = 10 * 1024 * 1024

    private var provider: Provider { gate.provider }

    init(provider: Provider, keys: Set<String>, files: FileHost) {
        self.files = files
        gate = Gate(provider: provider, service: .gptimage2, keys: keys) { _, body in
            (try? GptImage2Request.generation(body))?.prompts ?? []
        }
    }

    func add(to router: Router<SandboxContext>) {
        let api = router.group("api/v1")
        gate.on(api, .post, "generate", .gptimage2Generate) { try await generate($0) }
        gate.on(api, .get, "generations/:id", .gptimage2Generation) { try await generation($0) }
        gate.on(api, .post, "upload", .gptimage2Upload) { try await upload($0) }
    }

    private func generate(_ exchange: Gate.Exchange) async throws -> Response {
        let body = try await exchange.json()
        let request = try GptImage2Request.generation(body)
        guard await provider.hasUploads(request.imagePaths, of: exchange.account) else {
            throw APIError.malformed("“inputImageKeys” names a key under which nothing was uploaded")
        }
        let (job, isReplay) = try await provider.submit(
            ProviderState.Submission(
                account: exchange.account, request: request, fingerprint: SHA256.hex(Data("generate\n".utf8) + body),
                idempotencyKey: exchange.request.headers[.idempotencyKey], fault: exchange.fault.flatMap { $0.changesJob ? $0 : nil }))
        // "The same key twice returns the existing generation row."
        if isReplay { return try await row(job.id, exchange) }
        struct Accepted: Encodable {
            var generationId: String
            var status = "queued"
        }
        return try Response(status: .accepted, json: Accepted(generationId: job.id))
    }

    private func generation(_ exchange: Gate.Exchange) async throws -> Response {
        try await row(exchange.context.parameters.get("id") ?? "", exchange)
    }

    private func row(_ id: String, _ exchange: Gate.Exchange) async throws -> Response {
        guard let (job, status) = await provider.job(id, of: exchange.account) else {
            throw APIError.notFound("there is no such generation")
        }
        return try Response(json: GptImage2Row(job, status, files))
    }

    private func upload(_ exchange: Gate.Exchange) async throws -> Response {
        let upload = try GptImage2Request.upload(try await exchange.json())
        let key = FileHost.key(of: exchange.account, named: "\(UUID().uuidString.lowercased()).\(upload.contentType.fileExtension)")
        struct Address: Encodable {
            var url: String
            var key: String
        }
        let url = files.uploadAddress(key: key, contentType: upload.contentType.rawValue, bytes: upload.bytes, now: provider.time)
        return try Response(json: Address(url: url, key: key))
    }
}

/// A generation as `/api/v1/generations/:id` shows it.
struct GptImage2Row: Encodable {
    struct Output: Encodable {
        var png: String
        var webp: String
        var width: Int
        var height: Int
    }

    var id: String
    var status: String
    var type: String
    var outputs: [Output]
    var error: String?
    var costCredits: Decimal
    var createdAt: String
    var completedAt: String?

    init(_ job: JobRecord, _ state: JobStatus, _ files: FileHost) {
        id = job.id
        type = SandboxService.gptimage2.word(for: job.request.operation)
        status =
            switch state.phase {
            case .queued: "queued"
            case .processing: "running"
            case .completed: "succeeded"
            case .failed: job.isBlocked == true ? "blocked" : "failed"
            }
        let size = job.request.pictureSize
        outputs =
            state.phase == .completed
            ? (0..<job.outputs).map { index in
                Output(
                    png: files.outputAddress(of: job, at: index, as: .usual), webp: files.outputAddress(of: job, at: index, as: .webp),
                    width: size.width, height: size.height)
            } : []
        error = state.error
        // What was deducted; that it is given back with a failed or blocked generation, the document says beside it.
        costCredits = job.charge.value
        createdAt = Timestamp.text(job.acceptedAt)
        completedAt = state.phase == .completed || state.phase == .failed ? Timestamp.text(job.endsAt) : nil
    }

    private enum CodingKeys: String, CodingKey {
        case id, status, type, outputs, error, costCredits, createdAt, completedAt
    }

    /// `error` and `completedAt` are null where there is none.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(status, forKey: .status)
        try container.encode(type, forKey: .type)
        try container.encode(outputs, forKey: .outputs)
        try container.encode(error, forKey: .error)
        try container.encode(costCredits, forKey: .costCredits)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(completedAt, forKey: .completedAt)
    }
}
