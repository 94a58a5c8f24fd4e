package import Definitions
package import Foundation
package import Pipeline

/// One account at one provider, spoken to as its definition says.
///
/// Every call is one request of its `CallKind`, answers with a classified failure instead of throwing, and never puts the key into a
/// message. Nothing is repeated here: when to try again is the scheduler's business.
package struct ProviderClient: Sendable {
    package let definition: ProviderDefinition
    package let account: AccountID
    let base: APIBase
    let credential: Credential
    let http: HTTPTransport
    let failures: FailureReader
    private let fileHosts: Set<Origin>
    /// Shared by all copies of the client.
    private let gate: CallGate?
    /// Told what replies say of the request limit.
    private var meter: (@Sendable (RateReading) -> Void)?

    /// - Parameters:
    ///   - baseURL: the provider's host (`FLOW_BASE_URL`); the API's own path may be written at its end or left out.
    ///   - fileHosts: where files may come from and go to beside the hosts of the definition, because the user says so; never with the key.
    ///   - http: shared by all clients of a run.
    ///   - now: the wall clock, for pauses that a reply gives as a date.
    /// - Throws: `BaseURLProblem` where the address is no address, or plain `http` to another machine.
    package init(
        definition: ProviderDefinition, account: AccountID, baseURL: URL, fileHosts: [URL] = [], key: Secret, http: HTTPTransport,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(Date()) }
    ) throws(BaseURLProblem) {
        base = try APIBase(baseURL, apiPath: definition.host.path, plainHTTPHosts: http.policy.plainHTTPHosts)
        self.definition = definition
        self.account = account
        self.http = http
        self.fileHosts = Set(fileHosts.compactMap { Origin($0) })
        gate = definition.connections.map { CallGate(most: $0) }
        credential = Credential(
            origin: base.origin, header: definition.authentication.header, prefix: definition.authentication.prefix, key: key)
        failures = FailureReader(definition: definition, excerpt: Excerpt(without: key), now: now)
    }

    /// The same account, with `meter` told what replies say of its request limit, before what else they say.
    package func metered(by meter: @escaping @Sendable (RateReading) -> Void) -> ProviderClient {
        var client = self
        client.meter = meter
        return client
    }

    /// Sends one request and reads its reply.
    func send(_ call: HTTPCall, as kind: CallKind, limit: Int? = nil) async -> Result<ParsedReply, CallFailure> {
        if let failure = refusedKey { return .failure(failure) }
        do throws(HTTPFault) {
            let reply = try await inTurn(call.target) { () async throws(HTTPFault) in
                try await http.exchange(call, credential: credential, limit: limit ?? http.policy.maxReplyBytes)
            }
            // What another host says of its limits says nothing of the account's.
            if let meter, call.target.origin == base.origin,
                let reading = RateHeaderReader(names: definition.rateHeaders).reading(reply.headers, now: failures.now())
            {
                meter(reading)
            }
            return .success(ParsedReply(reply, call: kind))
        } catch {
            return .failure(failures.failure(error, call: kind))
        }
    }

    /// Runs a call of the API when it is one of those that the definition allows at once; a call elsewhere at once.
    func inTurn<Outcome: Sendable>(
        _ target: HTTPCall.Target, _ work: () async throws(HTTPFault) -> Outcome
    ) async throws(HTTPFault) -> Outcome {
        guard let gate, target.origin == base.origin else { return try await work() }
        return try await gate.pass(work)
    }

    /// A request without a file, rendered.
    func call(_ template: RequestTemplate, scope: TemplateScope, timeout: Duration, path: String? = nil) throws(RenderProblem) -> HTTPCall {
        // A path that comes with a query of its own is whole.
        let query = path?.contains("?") == true ? "" : template.query.renderedQuery(scope)
        let target =
            if let path { HTTPCall.Target(origin: base.origin, pathAndQuery: path + query) } else {
                base.target(try template.path.renderedPath(scope), query: query)
            }
        var call = HTTPCall(method: template.method.wire, target: target, timeout: timeout)
        call.headers = [HeaderField("Accept", "application/json")].compactMap(\.self)
        for (name, value) in template.headers.sorted(by: { $0.key < $1.key }) {
            guard let text = value.rendered(scope)?.inlineText else { continue }
            guard let field = HeaderField(name, text) else { throw RenderProblem("the header \(name) cannot hold that value") }
            call.headers.append(field)
        }
        if case .json(let json) = template.body, let value = json.rendered(scope) {
            call.headers += [HeaderField("Content-Type", "application/json")].compactMap(\.self)
            call.body = .bytes(Data(value.canonicalJSON.utf8))
        }
        return call
    }

    /// Whether the user named `origin` as one of the provider's hosts of files. The key never goes there.
    func isFileHost(_ origin: Origin) -> Bool {
        origin != base.origin && fileHosts.contains(origin) && origin.isAllowed(plainHTTPHosts: http.policy.plainHTTPHosts)
    }

    /// A key that cannot be this provider's is not shown to it.
    var refusedKey: CallFailure? {
        guard let start = definition.authentication.keyStarts, !credential.key.expose().hasPrefix(start) else { return nil }
        return CallFailure(.auth, "the key in \(definition.keyEnvironment) was not sent: \(definition.title)'s keys start with \(start)")
    }

    func refusal(_ problem: RenderProblem) -> CallFailure { CallFailure(.invalid, failures.excerpt.text(problem.message, limit: 300)) }

    /// The protocol that a job follows, and the scope of requests about it.
    func life(of job: AcceptedJob, operation: Pipeline.Operation) -> Result<(life: JobProtocol, scope: TemplateScope), CallFailure> {
        let definition = self.definition.operations[operation]
        guard let name = job.context[JobContext.protocolName] ?? definition?.jobProtocol, let life = self.definition.jobProtocols[name]
        else {
            return .failure(CallFailure(.invalid, "\(self.definition.title) says nothing of the jobs of \(operation.rawValue)"))
        }
        return .success((life, JobContext.scope(of: job, manySegments: self.definition.manySegmentNames(definition))))
    }
}

extension RequestTemplate.Method {
    var wire: HTTPCall.Method {
        switch self {
        case .get: .get
        case .post: .post
        case .put: .put
        }
    }
}
