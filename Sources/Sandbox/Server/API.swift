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

/// The endpoints of the provider's document, and below `/sandbox` what tests and people look at.
struct API: Sendable {
    let provider: Provider
    let keys: Set<String>

    /// The largest JSON body in bytes.
    static let largestBody = 2 * 1024 * 1024
    /// The largest picture of the provider's document: 20 MB.
    static let largestUpload = 20 * 1024 * 1024
    /// Room for the multipart form around the picture.
    static let formOverhead = 64 * 1024

    func router() -> Router<SandboxContext> {
        let router = Router(context: SandboxContext.self)
        router.middlewares.add(ErrorsAsJSON())
        let api = router.group(RouterPath(Endpoint.base))
        on(api, .post, "upload-image", .uploadImage) { try await upload($0) }
        for operation in Operation.allCases {
            on(api, .post, RouterPath(operation.rawValue), operation.endpoint) { try await submit($0, operation) }
        }
        on(api, .get, "jobs/:id", .job) { try await job($0) }
        on(api, .get, "jobs/:id/image", .jobImage) { try await download($0, video: false) }
        on(api, .get, "jobs/:id/video", .jobVideo) { try await download($0, video: true) }
        on(api, .get, "my-library", .myLibrary) { try await library($0) }
        on(api, .get, "my-jobs", .myJobs) { try await jobs($0) }
        on(api, .get, "usage", .usage) { try await usage($0) }
        router.get("sandbox/ledger") { _, _ in
            Response(json: try await provider.ledger().encoded())
        }
        router.get("sandbox/statistics") { request, _ in
            var window: Double?
            if let text = request.uri.queryParameters.get("window") {
                guard let seconds = Double(text), seconds.isFinite, seconds > 0 else {
                    throw APIError.malformed("“window” must be a number of seconds above 0")
                }
                window = seconds
            }
            return try Response(json: await provider.statistics(window: window))
        }
        return router
    }

    /// A request of a known account.
    struct Exchange {
        var request: Request
        var context: SandboxContext
        var account: String
        var fault: Fault?
    }

    /// What a fault rule may look at of a request, its body included where a rule asks for prompts.
    private func subject(
        _ endpoint: Endpoint, _ request: inout Request, _ context: SandboxContext, _ account: String?
    ) async -> FaultSubject {
        var subject = FaultSubject(endpoint: endpoint)
        guard let account else { return subject }
        if let id = context.parameters.get("id") {
            guard let (number, job) = await provider.numberedJob(id, of: account) else { return subject }
            subject.job = (number, job.id)
            subject.prompts = job.request.prompts
        } else if provider.faults.readsPrompts, let operation = Operation.allCases.first(where: { $0.endpoint == endpoint }),
            let body = try? await request.collectBody(upTo: Self.largestBody)
        {
            subject.prompts = (try? GenerationRequest(operation, body: Data(body.readableBytesView)))?.prompts ?? []
        }
        return subject
    }

    private func on(
        _ group: RouterGroup<SandboxContext>, _ method: HTTPRequest.Method, _ path: RouterPath, _ endpoint: Endpoint,
        answer: @escaping @Sendable (Exchange) async throws -> Response
    ) {
        group.on(path, method: method) { request, context in
            let key = request.headers[.apiKey].flatMap { keys.contains($0) ? $0 : nil }
            let account = key.map(AccountLabel.of)
            var request = request
            let subject = await subject(endpoint, &request, context, account)
            let connection = provider.arrived(subject, account: account)
            try await connection.before(context)
            guard let account else { throw APIError.wrongKey }
            let metered = await provider.meter(account: account)
            if let metered, metered.standing.isRefused { throw metered.standing.refusal(at: provider.time) }
            let exchange = Exchange(request: request, context: context, account: account, fault: connection.rule?.fault)
            var response = try await connection.after(try await answer(exchange), context)
            if let metered, metered.allowance.isTold { response.headers.append(contentsOf: metered.standing.headers(metered.allowance)) }
            return response
        }
    }

    // MARK: Creating

    private func upload(_ exchange: Exchange) async throws -> Response {
        let contentType = exchange.request.headers[.contentType] ?? ""
        let body = try await exchange.request.wholeBody(upTo: Self.largestUpload + Self.formOverhead)
        let form = try MultipartForm(contentType: contentType, body: body)
        guard let file = form.parts.first(where: { $0.name == "file" }) else { throw APIError.invalid("the form has no field “file”") }
        guard form.parts.count == 1 else { throw APIError.invalid("the form has a field besides “file”") }
        guard file.content.count <= Self.largestUpload else { throw APIError.invalid("the image is larger than 20 MB") }
        struct Reply: Encodable { var path: String }
        return try Response(json: Reply(path: try await provider.upload(file.content, account: exchange.account).path))
    }

    private func submit(_ exchange: Exchange, _ operation: Operation) async throws -> Response {
        let contentType = HeaderValue(exchange.request.headers[.contentType] ?? "").value.lowercased()
        guard contentType == "application/json" else { throw APIError.malformed("the content type must be application/json") }
        let body = try await exchange.request.wholeBody(upTo: Self.largestBody)
        let job = try await provider.submit(
            ProviderState.Submission(
                account: exchange.account, request: try GenerationRequest(operation, body: body),
                fingerprint: SHA256.hex(Data("\(operation.rawValue)\n".utf8) + body),
                idempotencyKey: exchange.request.headers[.idempotencyKey],
                fault: exchange.fault.flatMap { $0.changesJob ? $0 : nil }))
        return try Response(json: JobReply(jobID: job.id, status: .queued))
    }

    // MARK: Following

    private func job(_ exchange: Exchange) async throws -> Response {
        let (job, status) = try await find(exchange)
        return try Response(json: JobReply(jobID: job.id, status: status.phase, progress: status.progress, error: status.error))
    }

    private func find(_ exchange: Exchange) async throws -> (job: JobRecord, status: JobStatus) {
        guard let id = exchange.context.parameters.get("id"), let found = await provider.job(id, of: exchange.account) else {
            throw APIError.notFound("there is no such job")
        }
        return found
    }

    private func download(_ exchange: Exchange, video: Bool) async throws -> Response {
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
        let headers: HTTPFields = [.contentType: video ? "video/mp4" : "image/png"]
        switch output {
        case .bytes(let bytes):
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .file(let file):
            return Response(status: .ok, headers: headers, body: try await FileIO().loadFile(path: file.path, context: exchange.context))
        }
    }

    // MARK: Account

    private func jobs(_ exchange: Exchange) async throws -> Response {
        let jobs = await provider.jobs(of: exchange.account).map { JobListing.Job($0.job, $0.status) }
        return try Response(json: JobListing(jobs: jobs))
    }

    private func library(_ exchange: Exchange) async throws -> Response {
        let items = await provider.jobs(of: exchange.account)
            .filter { $0.status.phase == .completed }
            .flatMap { found in (0..<found.job.outputs).map { Library.Item(found.job, output: $0) } }
        return try Response(json: Library(items: items))
    }

    private func usage(_ exchange: Exchange) async throws -> Response {
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

/// Turns everything thrown into `{"error": message}` with its status.
struct ErrorsAsJSON: RouterMiddleware {
    private struct Reply: Encodable { var error: String }

    func handle(
        _ request: Request, context: SandboxContext, next: @concurrent (Request, SandboxContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as APIError {
            return try Response(status: HTTPResponse.Status(integerLiteral: error.status), json: Reply(error: error.message))
        } catch let error as HTTPError {
            var response = try Response(status: error.status, json: Reply(error: error.body ?? error.status.reasonPhrase))
            response.headers.append(contentsOf: error.headers)
            return response
        } catch let error as SandboxError {
            return try Response(status: .internalServerError, json: Reply(error: error.description))
        }
    }
}
