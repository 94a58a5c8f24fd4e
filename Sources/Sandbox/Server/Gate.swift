import Foundation
import HTTPTypes
import Hummingbird
import Synchronization

/// The way in to the endpoints of one provider: the key, what goes wrong on purpose, the account's allowance.
struct Gate: Sendable {
    let provider: Provider
    let service: SandboxService
    /// The keys that are taken.
    let keys: Set<String>
    /// The prompts of a submission's body, for rules that look at them.
    let prompts: @Sendable (Endpoint, Data) -> [String]
    private let crowd = Crowd()

    init(
        provider: Provider, service: SandboxService, keys: Set<String>, prompts: @escaping @Sendable (Endpoint, Data) -> [String]
    ) {
        self.provider = provider
        self.service = service
        self.keys = keys
        self.prompts = prompts
    }

    /// The largest JSON body in bytes.
    static let largestBody = 2 * 1024 * 1024

    /// A request of a known account.
    struct Exchange {
        var request: Request
        var context: SandboxContext
        var account: String
        var fault: Fault?

        /// The body of a request that has to be JSON.
        func json() async throws -> Data {
            let contentType = HeaderValue(request.headers[.contentType] ?? "").value.lowercased()
            guard contentType == "application/json" else { throw APIError.malformed("the content type must be application/json") }
            return try await request.wholeBody(upTo: Gate.largestBody)
        }
    }

    func on(
        _ group: RouterGroup<SandboxContext>, _ method: HTTPRequest.Method, _ path: RouterPath, _ endpoint: Endpoint,
        answer: @escaping @Sendable (Exchange) async throws -> Response
    ) {
        group.on(path, method: method) { request, context in
            do {
                return try await reply(to: request, context, endpoint, answer)
            } catch {
                guard let refusal = try service.rules.refusals.response(to: error) else { throw error }
                return refusal
            }
        }
    }

    private func reply(
        to request: Request, _ context: SandboxContext, _ endpoint: Endpoint, _ answer: (Exchange) async throws -> Response
    ) async throws -> Response {
        let account = key(of: request).flatMap { keys.contains($0) ? AccountLabel.of(key: $0, at: service) : nil }
        var request = request
        let subject = await subject(endpoint, &request, context, account)
        let connection = provider.arrived(subject, account: account)
        try await connection.before(context)
        guard let account else { throw service.rules.wrongKey }
        let atOnce = crowd.enter(account)
        defer { crowd.leave(account) }
        await provider.noteRequestsAtOnce(atOnce, account: account)
        let metered = await provider.meter(account: account)
        let exchange = Exchange(request: request, context: context, account: account, fault: connection.rule?.fault)
        var response: Response
        do {
            if let metered, metered.standing.isRefused { throw metered.standing.refusal(at: provider.time) }
            if let most = service.rules.requestsAtOnce, atOnce > most {
                throw APIError(status: 429, message: "more than \(most) requests at once", retryAfter: 1)
            }
            response = try await connection.after(try await answer(exchange), context)
        } catch {
            guard service.rules.tellsAllowanceAlways, let told = try service.rules.refusals.response(to: error) else { throw error }
            response = told
        }
        if let metered, metered.allowance.isTold { response.headers.append(contentsOf: metered.standing.headers(metered.allowance)) }
        return response
    }

    private func key(of request: Request) -> String? {
        switch service {
        case .flow: request.headers[.apiKey]
        case .gptimage2, .acedata: request.headers[.authorization].flatMap(Self.bearer)
        }
    }

    private static func bearer(_ header: String) -> String? {
        let words = header.split(separator: " ")
        return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
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
        } else if provider.faults.readsPrompts, endpoint.isSubmission, let body = try? await request.collectBody(upTo: Self.largestBody) {
            subject.prompts = prompts(endpoint, Data(body.readableBytesView))
        }
        return subject
    }
}

/// The requests of each account that are being worked on.
final class Crowd: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// How many there are with this one.
    func enter(_ account: String) -> Int {
        counts.withLock { counts in
            counts[account, default: 0] += 1
            return counts[account] ?? 1
        }
    }

    func leave(_ account: String) { counts.withLock { $0[account, default: 1] -= 1 } }
}
