import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The hosts of files that providers name in their replies: presigned uploads go to the one, public results come from the other. They stand
/// at a port of their own, so a client that sends its key along is found out.
final class FileHost: Sendable {
    private let provider: Provider
    private let secret: SymmetricKey
    private let speed: Double
    private let base = Mutex("")

    /// - Parameter seed: decides the secret that addresses are signed with.
    init(provider: Provider, seed: UInt64, speed: Double) {
        self.provider = provider
        self.speed = speed
        secret = SymmetricKey(data: SHA256.hash(data: Data("flowbatch sandbox presigned addresses \(seed)".utf8)))
    }

    /// Where it listens: scheme, host and port.
    func opened(at address: URL) { base.withLock { $0 = address.absoluteString } }

    private var address: String { base.withLock { $0 } }

    /// An address to put a file at.
    func uploadAddress(key: String, contentType: String, bytes: Int, now: Double) -> String {
        let lifetime = max(PresignedAddress.lifetime / speed, PresignedAddress.shortestLifetime)
        let presigned = PresignedAddress(key: key, contentType: contentType, bytes: bytes, expiresAt: now + lifetime)
        return "\(address)/r2/\(key)?\(presigned.query(signedWith: secret))"
    }

    /// The public address of a job's output.
    func outputAddress(of job: JobRecord, at index: Int, as rendition: Rendition) -> String {
        "\(address)/cdn/\(job.id)/\(index).\(rendition == .webp ? "webp" : "png")"
    }

    /// An upload's place.
    static func key(of account: String, named name: String) -> String { "inputs/\(account)/\(name)" }

    func router() -> Router<SandboxContext> {
        let router = Router(context: SandboxContext.self)
        router.middlewares.add(ErrorsAsJSON())
        on(router, .put, "r2/inputs/:account/:name", .presignedPut) { [self] in try await put($0, $1) }
        on(router, .get, "cdn/:id/:file", .publicFile) { [self] in try await get($0, $1) }
        return router
    }

    private func on(
        _ router: Router<SandboxContext>, _ method: HTTPRequest.Method, _ path: RouterPath, _ endpoint: Endpoint,
        answer: @escaping @Sendable (Request, SandboxContext) async throws -> Response
    ) {
        router.on(path, method: method) { request, context in
            var subject = FaultSubject(endpoint: endpoint)
            if let id = context.parameters.get("id"), let job = await self.provider.publicNumberedJob(id) {
                subject.job = (job.number, id)
                subject.prompts = job.job.request.prompts
            }
            let connection = self.provider.arrived(subject, account: nil)
            try await connection.before(context)
            if request.headers[.authorization] != nil || request.headers[.apiKey] != nil {
                await self.provider.noteKeyAtFileHost()
                return Self.refusal(.badRequest, "InvalidArgument", "Only one auth mechanism allowed")
            }
            return try await connection.after(try await answer(request, context), context)
        }
    }

    private func put(_ request: Request, _ context: SandboxContext) async throws -> Response {
        guard let account = context.parameters.get("account"), let name = context.parameters.get("name") else {
            throw APIError.notFound("there is no such place")
        }
        let key = Self.key(of: account, named: name)
        let body = try await request.wholeBody(upTo: GptImage2API.largestUpload)
        let query = request.uri.queryParameters
        do throws(PresignedAddress.Refusal) {
            try PresignedAddress.check(
                key: key, contentType: request.headers[.contentType] ?? "", bytes: body.count,
                expires: query.get("X-Amz-Expires") ?? "", signature: query.get("X-Amz-Signature") ?? "", secret: secret,
                now: provider.time)
        } catch {
            return switch error {
            case .expired: Self.refusal(.forbidden, "AccessDenied", "Request has expired")
            case .signatureDoesNotMatch:
                Self.refusal(.forbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match")
            }
        }
        try await provider.store(body, as: key, account: account)
        return Response(status: .ok)
    }

    private func get(_ request: Request, _ context: SandboxContext) async throws -> Response {
        let parts = (context.parameters.get("file") ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Int(parts[0]), let type = ["png", "webp"].first(where: { $0 == parts[1] }),
            let id = context.parameters.get("id"), let (job, status) = await provider.publicJob(id), status.phase == .completed,
            let output = try await provider.output(of: job, at: index, as: type == "webp" ? .webp : .usual)
        else { return Self.refusal(.notFound, "NoSuchKey", "The specified key does not exist") }
        let headers: HTTPFields = [.contentType: "image/\(type)", .cacheControl: "public, max-age=31536000, immutable"]
        return try await Response(output, headers: headers, context: context)
    }

    /// A refusal as S3 and R2 write them.
    private static func refusal(_ status: HTTPResponse.Status, _ code: String, _ message: String) -> Response {
        let text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>\(code)</Code><Message>\(message)</Message></Error>"
        return Response(
            status: status, headers: [.contentType: "application/xml"], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension Response {
    /// A finished output.
    init(_ output: MediaOutput, headers: HTTPFields, context: SandboxContext) async throws {
        switch output {
        case .bytes(let bytes): self.init(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .file(let file):
            self.init(status: .ok, headers: headers, body: try await FileIO().loadFile(path: file.path, context: context))
        }
    }
}
