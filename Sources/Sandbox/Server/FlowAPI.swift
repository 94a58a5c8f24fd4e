import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What a handler needs besides the request: the connection, so that faults can cut it.
struct SandboxContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// The endpoints of Flow AI's document.
struct FlowAPI: Sendable {
    let gate: Gate

    private var provider: Provider { gate.provider }

    init(provider: Provider, keys: Set<String>) {
        gate = Gate(provider: provider, service: .flow, keys: keys) { endpoint, body in
            guard let operation = Operation.allCases.first(where: { $0.endpoint == endpoint }) else { return [] }
            return (try? GenerationRequest(operation, body: body))?.prompts ?? []
        }
    }

    /// The largest picture of the provider's document: 20 MB.
    static let largestUpload = 20 * 1024 * 1024
    /// Room for the multipart form around the picture.
    static let formOverhead = 64 * 1024

    func add(to router: Router<SandboxContext>) {
        let api = router.group(RouterPath(Endpoint.base))
        gate.on(api, .post, "upload-image", .uploadImage) { try await upload($0) }
        for operation in Operation.allCases {
            gate.on(api, .post, RouterPath(operation.rawValue), operation.endpoint) { try await submit($0, operation) }
        }
        gate.on(api, .get, "jobs/:id", .job) { try await job($0) }
        gate.on(api, .get, "jobs/:id/image", .jobImage) { try await download($0, video: false) }
        gate.on(api, .get, "jobs/:id/video", .jobVideo) { try await download($0, video: true) }
        gate.on(api, .get, "my-library", .myLibrary) { try await library($0) }
        gate.on(api, .get, "my-jobs", .myJobs) { try await jobs($0) }
        gate.on(api, .get, "usage", .usage) { try await usage($0) }
    }

    // MARK: Creating

    private func upload(_ exchange: Gate.Exchange) async throws -> Response {
        let contentType = exchange.request.headers[.contentType] ?? ""
        let body = try await exchange.request.wholeBody(upTo: Self.largestUpload + Self.formOverhead)
        let form = try MultipartForm(contentType: contentType, body: body)
        guard let file = form.parts.first(where: { $0.name == "file" }) else { throw APIError.invalid("the form has no field “file”") }
        guard form.parts.count == 1 else { throw APIError.invalid("the form has a field besides “file”") }
        guard file.content.count <= Self.largestUpload else { throw APIError.invalid("the image is larger than 20 MB") }
        struct Reply: Encodable { var path: String }
        return try Response(json: Reply(path: try await provider.upload(file.content, account: exchange.account).path))
    }

    private func submit(_ exchange: Gate.Exchange, _ operation: Operation) async throws -> Response {
        let body = try await exchange.json()
        let (job, _) = try await provider.submit(
            ProviderState.Submission(
                account: exchange.account, request: try GenerationRequest(operation, body: body),
                fingerprint: SHA256.hex(Data("\(operation.rawValue)\n".utf8) + body),
                idempotencyKey: exchange.request.headers[.idempotencyKey],
                fault: exchange.fault.flatMap { $0.changesJob ? $0 : nil }))
        return try Response(json: JobReply(jobID: job.id, status: .queued))
    }

    // MARK: Following

    private func job(_ exchange: Gate.Exchange) async throws -> Response {
        let (job, status) = try await find(exchange)
        return try Response(json: JobReply(jobID: job.id, status: status.phase, progress: status.progress, error: status.error))
    }

    private func find(_ exchange: Gate.Exchange) async throws -> (job: JobRecord, status: JobStatus) {
        guard let id = exchange.context.parameters.get("id"), let found = await provider.job(id, of: exchange.account) else {
            throw APIError.notFound("there is no such job")
        }
        return found
    }

    private func download(_ exchange: Gate.Exchange, video: Bool) async throws -> Response {
        let (job, status) = try await find(exchange)
        guard job.request.operation.makesVideo == video else {
            throw APIError.notFound("this job makes \(video ? "images" : "videos"), not \(video ? "videos" : "images")")
        }
        guard status.phase == .completed else {
            throw status.error.map(APIError.notFound) ?? .notReady
        }
        var index = 0
        if let text = exchange.request.uri.queryParameters.get("index") {
            guard let number = Int(text), number >= 0 else { throw APIError.malformed("“index” must be a whole number from 0") }
            index = number
        }
        guard let output = try await provider.output(of: job, at: index) else {
            throw APIError.notFound("the job has no output \(index)")
        }
        return try await Response(
            output, headers: [.contentType: video ? "video/mp4" : "image/png"], context: exchange.context)
    }

    // MARK: Account

    private func jobs(_ exchange: Gate.Exchange) async throws -> Response {
        let jobs = await provider.jobs(of: exchange.account).map { JobListing.Job($0.job, $0.status) }
        return try Response(json: JobListing(jobs: jobs))
    }

    private func library(_ exchange: Gate.Exchange) async throws -> Response {
        let items = await provider.jobs(of: exchange.account)
            .filter { $0.status.phase == .completed }
            .flatMap { found in (0..<found.job.outputs).map { Library.Item(found.job, output: $0) } }
        return try Response(json: Library(items: items))
    }

    private func usage(_ exchange: Gate.Exchange) async throws -> Response {
        let usage = await provider.usage(of: exchange.account)
        return try Response(
            json: UsageReply(creditsRemaining: usage.credits, usedToday: usage.usedToday, dailyLimit: usage.dailyLimit))
    }
}

extension RequestMeter.Standing {
    /// The reply to a request too many.
    func refusal(at now: Double) -> HTTPError {
        let pause = max(1, Int(min((resetsAt - now).rounded(.up), 1e9)))
        return HTTPError(.tooManyRequests, headers: [.retryAfter: "\(pause)"], message: "too many requests")
    }

    func headers(_ allowance: SandboxAllowance) -> HTTPFields {
        [
            .rateLimitLimit: "\(allowance.count)", .rateLimitRemaining: "\(remaining)",
            .rateLimitReset: "\(Int(min(resetsAt.rounded(.up), 1e12)))",
        ]
    }
}

extension HTTPField.Name {
    static let rateLimitLimit = HTTPField.Name("X-RateLimit-Limit") ?? .retryAfter
    /// The provider's authentication header.
    static let apiKey = HTTPField.Name("X-API-Key") ?? .authorization
    /// Not part of the provider's document; clients send it all the same.
    static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .ifMatch
    /// Seconds since 1970.
    static let rateLimitReset = HTTPField.Name("X-RateLimit-Reset") ?? .retryAfter
    static let rateLimitRemaining = HTTPField.Name("X-RateLimit-Remaining") ?? .retryAfter
}

extension Request {
    /// The body, complete.
    ///
    /// - Throws: ``APIError``: 413 for one that is too large, 400 for one that ends early.
    func wholeBody(upTo limit: Int) async throws -> Data {
        let announced = headers[.contentLength].flatMap(Int.init)
        let tooLarge = APIError(status: 413, message: "the body is larger than \(limit) bytes")
        if let announced, announced > limit { throw tooLarge }
        var content = Data()
        for try await buffer in body {
            guard content.count + buffer.readableBytes <= limit else { throw tooLarge }
            buffer.withUnsafeReadableBytes { content.append(contentsOf: $0) }
        }
        if let announced, announced != content.count { throw APIError.malformed("the body ended early") }
        return content
    }
}

extension Response {
    /// A reply of ready JSON.
    init(status: HTTPResponse.Status = .ok, json document: Data) {
        self.init(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
    }

    /// A reply of `value` as JSON.
    init(status: HTTPResponse.Status = .ok, json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.init(status: status, json: try encoder.encode(value))
    }
}
