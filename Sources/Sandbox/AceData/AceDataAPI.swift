import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// The endpoints of Ace Data Cloud's document.
struct AceDataAPI: Sendable {
    let gate: Gate
    let files: FileHost

    private var provider: Provider { gate.provider }

    init(provider: Provider, keys: Set<String>, files: FileHost) {
        self.files = files
        gate = Gate(provider: provider, service: .acedata, keys: keys) { _, body in
            (try? AceDataRequest.images(body))?.request.prompts ?? []
        }
    }

    func add(to router: Router<SandboxContext>) {
        let api = router.group("flux")
        gate.on(api, .post, "images", .aceDataImages) { try await images($0) }
        gate.on(api, .post, "tasks", .aceDataTasks) { try await tasks($0) }
    }

    private func images(_ exchange: Gate.Exchange) async throws -> Response {
        let body = try await exchange.json()
        let images = try AceDataRequest.images(body)
        let (job, _) = try await provider.submit(
            ProviderState.Submission(
                account: exchange.account, request: images.request, fingerprint: SHA256.hex(Data("images\n".utf8) + body),
                idempotencyKey: exchange.request.headers[.idempotencyKey], fault: exchange.fault.flatMap { $0.changesJob ? $0 : nil }))
        struct Accepted: Encodable { var task_id: String }
        guard images.waits else { return try Response(json: Accepted(task_id: job.id)) }
        let reply = AceDataReply(job, try await provider.end(of: job), files)
        return try Response(status: reply.success ? .ok : .internalServerError, json: reply)
    }

    private func tasks(_ exchange: Gate.Exchange) async throws -> Response {
        let (ids, isBatch) = try AceDataRequest.tasks(try await exchange.json())
        var found: [AceDataTask] = []
        for id in ids {
            guard let (job, status) = await provider.job(id, of: exchange.account) else { continue }
            found.append(AceDataTask(job, status, files))
        }
        guard !isBatch else {
            struct Batch: Encodable {
                var count: Int
                var items: [AceDataTask]
            }
            return try Response(json: Batch(count: found.count, items: found))
        }
        guard let task = found.first else { throw APIError.notFound("there is no such task") }
        return try Response(json: task)
    }
}

/// What a task came to: the reply of a submission that waits, and the `response` of a task.
struct AceDataReply: Encodable {
    struct Picture: Encodable {
        var prompt: String
        var image_url: String
        var timings: Int
    }

    struct Reason: Encodable {
        var code = "api_error"
        var message: String
    }

    var success: Bool
    var task_id: String
    var trace_id: String
    var data: [Picture]?
    var error: Reason?

    init(_ job: JobRecord, _ status: JobStatus, _ files: FileHost) {
        success = status.phase == .completed
        task_id = job.id
        trace_id = String(job.fingerprint.prefix(32))
        if success {
            data = (0..<job.outputs).map { index in
                Picture(
                    prompt: job.request.item(ofOutput: index)?.prompt ?? "",
                    image_url: files.outputAddress(of: job, at: index, as: .usual), timings: Int(job.endsAt))
            }
        }
        error = status.error.map { Reason(message: $0) }
    }
}

/// A task as `/flux/tasks` shows it; `response` and `finished_at` once it is over.
struct AceDataTask: Encodable {
    struct Asked: Encodable {
        var action: String
        var prompt: String
        var count: Int
    }

    var id: String
    var created_at: Double
    var finished_at: Double?
    var request: Asked
    var response: AceDataReply?

    init(_ job: JobRecord, _ status: JobStatus, _ files: FileHost) {
        id = job.id
        created_at = job.acceptedAt
        request = Asked(
            action: SandboxService.acedata.word(for: job.request.operation), prompt: job.request.prompts.first ?? "",
            count: job.request.outputs)
        guard status.phase == .completed || status.phase == .failed else { return }
        finished_at = job.endsAt
        response = AceDataReply(job, status, files)
    }
}
