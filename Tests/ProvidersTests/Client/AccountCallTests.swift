import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct AccountCallTests {
    private func list(_ body: String, status: Int = 200) async throws -> Result<[ListedJob], CallFailure> {
        try await ScriptedServer.with({ _ in .json(body, status: status) }) { server in
            let result = try await FlowFixture.with(server.url()) { await $0.listJobs() }
            #expect(server.seen.map(\.uri) == ["/public/api/v1/my-jobs"])
            return result
        }
    }

    @Test func jobsAreListedInAnyOfTheirShapes() async throws {
        let jobs =
            #"[{"job_id":"gw-1","type":"text-to-image","status":"queued","prompts":["a  cat"],"created_at":"2026-05-01T12:00:00Z"},"#
            + #"{"id":"gw-2","type":"I2V","prompt":"b","created_at":1777636800},{"id":3},"#
            + #"{"id":"gw-4","type":"poem","prompt":5,"created_at":"noon"}]"#
        let expected = [
            ListedJob(id: "gw-1", operation: .t2i, prompt: "a cat", createdAt: FlowFixture.now),
            ListedJob(id: "gw-2", operation: .i2v, prompt: "b", createdAt: FlowFixture.now),
            ListedJob(id: "3", operation: nil, prompt: nil, createdAt: nil),
            ListedJob(id: "gw-4", operation: nil, prompt: nil, createdAt: nil),
        ]
        for body in [#"{"jobs":\#(jobs)}"#, #"{"data":\#(jobs)}"#, jobs] { #expect(try await list(body).get() == expected) }
        #expect(try await list(#"{"jobs":[]}"#).get() == [])
    }

    /// A listing that cannot be read must not pass for one in which a job is missing.
    @Test(arguments: [
        "{}", "", "<html>", #"{"jobs":{}}"#, #"{"jobs":null}"#, #"{"jobs":[{"type":"t2i"}]}"#, #"{"jobs":[{"id":"gw-1"},5]}"#,
        #"{"jobs":[{"id":"a/b"}]}"#,
    ])
    func whatCannotBeReadIsNotEmpty(body: String) async throws {
        #expect(try await list(body).failure().kind == .badContent)
    }

    @Test func errorsAreClassified() async throws {
        #expect(try await list("{}", status: 403).failure().kind == .auth)
        #expect(try await list("{}", status: 500).failure().kind == .server)
        #expect(try await list("{}", status: 404).failure().kind == .invalid)
    }

    @Test func usageIsReadAsFarAsItGoes() async throws {
        func usage(_ body: String) async throws -> Result<AccountUsageReport, CallFailure> {
            try await ScriptedServer.with({ _ in .json(body) }) { server in
                let result = try await FlowFixture.with(server.url()) { await $0.usage() }
                #expect(server.seen.map(\.uri) == ["/public/api/v1/usage"])
                return result
            }
        }
        #expect(
            try await usage(#"{"credits_remaining":1234.5,"used_today":7,"daily_limit":"3000"}"#).get()
                == AccountUsageReport(credits: Decimal(string: "1234.5"), usedToday: 7, dailyLimit: 3000))
        #expect(try await usage(#"{"balance":10}"#).get() == AccountUsageReport(credits: 10, usedToday: nil, dailyLimit: nil))
        #expect(try await usage("{}").get() == AccountUsageReport(credits: nil, usedToday: nil, dailyLimit: nil))
        #expect(try await usage("[]").failure().kind == .badContent)
    }
}
