import Crypto
import Definitions
import Foundation
import Pipeline
import Testing

@testable import Providers

/// Flow AI's definition, and clients for servers that stand in for it.
enum FlowFixture {
    static let key = Secret("fk-0123456789-secret")
    /// 1 May 2026, 12:00 UTC.
    static let now = Timestamp(milliseconds: 1_777_636_800_000)

    static func definition() throws -> ProviderDefinition {
        try #require(try ProviderDefinition.builtIn("flow"))
    }

    static func policy(timeout: Duration = .seconds(60)) -> HTTPPolicy {
        HTTPPolicy(
            connectTimeout: .seconds(60), idleTimeout: .seconds(60), submitTimeout: timeout, callTimeout: timeout, uploadTimeout: timeout,
            downloadTimeout: timeout, maxReplyBytes: 1 << 20, maxImageBytes: 1 << 20, maxVideoBytes: 1 << 20)
    }

    /// A client of a server at `url`, its transport closed when `body` returns.
    static func with<Outcome>(
        _ url: String, policy: HTTPPolicy = policy(), definition: ProviderDefinition? = nil, key: Secret = key,
        _ body: (ProviderClient) async throws -> Outcome
    ) async throws -> Outcome {
        let http = HTTPTransport(policy: policy)
        let client = try ProviderClient(
            definition: try definition ?? FlowFixture.definition(), account: AccountID(provider: "flow"),
            baseURL: try #require(URL(string: url)), key: key, http: http, now: { now })
        let outcome: Outcome
        do {
            outcome = try await body(client)
        } catch {
            await http.shutdown()
            throw error
        }
        await http.shutdown()
        return outcome
    }

    /// A source whose upload gave its own path as the reference.
    static func picture(_ reference: String) -> Argument {
        .media(.file(LocalFile(path: reference, sha256: SHA256.hex(of: reference.utf8), bytes: 3, mediaType: "image/png")))
    }

    static func reference(_ source: MediaSource) -> Value? {
        if case .file(let file) = source { .text(file.path) } else { nil }
    }

    static func submission(_ client: ProviderClient, _ operation: Pipeline.Operation = .t2i, prompt: String = "a cat") throws
        -> PreparedSubmission
    {
        try client.prepare(
            operation, arguments: ["prompt": .value(.text(prompt))], job: PlannedJob(outputs: 0..<1, price: .unknown), media: reference,
            idempotencyKey: "fb-0001")
    }
}

extension Result where Failure == CallFailure {
    /// The failure, or an issue where there is none.
    func failure(_ location: SourceLocation = #_sourceLocation) throws -> CallFailure {
        switch self {
        case .failure(let failure):
            #expect(!failure.message.contains(FlowFixture.key.expose()), "the key is in a message", sourceLocation: location)
            return failure
        case .success(let value):
            Issue.record("it went well: \(value)", sourceLocation: location)
            throw CancellationError()
        }
    }
}
