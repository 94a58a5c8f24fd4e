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
        func expect(_ body: String, _ credits: Decimal?, _ usedToday: Decimal?, _ dailyLimit: Decimal?) async throws {
            let reply = try Value(json: Data(body.utf8))
            let expected = AccountUsageReport(credits: credits, usedToday: usedToday, dailyLimit: dailyLimit, reply: reply)
            #expect(try await usage(body).get() == expected)
        }
        try await expect(#"{"credits_remaining":1234.5,"used_today":7,"daily_limit":"3000"}"#, Decimal(string: "1234.5"), 7, 3000)
        try await expect(#"{"balance":10}"#, 10, nil, nil)
        try await expect("{}", nil, nil, nil)
        #expect(try await usage("[]").failure().kind == .badContent)
    }

    @Test func whatPeopleReadHoldsNoKeyAndNoControlCharacter() async throws {
        let body = #"{"balance":1,"note":"key \#(FlowFixture.key.expose())\u001b[2J"}"#
        try await ScriptedServer.with({ _ in .json(body) }) { server in
            let usage = try await FlowFixture.with(server.url()) { try await $0.usage().get() }
            #expect(usage.reply.map?["note"] == .text("key <REDACTED> [2J"))
        }
    }

    @Test func aListingForPeopleLeavesOutWhatCannotBeRead() async throws {
        let body =
            #"{"jobs":[{"job_id":"gw-1","type":"text-to-image","status":"completed","prompts":["a cat…"],"created_at":"2026-05-01T12:00:00Z"},"#
            + #"{"id":"a/b","type":7},5]}"#
        try await ScriptedServer.with({ _ in .json(body) }) { server in
            let page = try await FlowFixture.with(server.url()) { try await $0.listing("jobs").get() }
            #expect(page.next == nil)
            #expect(page.entries.map(\.id) == ["gw-1", nil, nil])
            #expect(page.entries[0].operation == .t2i && page.entries[0].state == "completed")
            #expect(page.entries[0].prompt == "a cat…" && page.entries[0].createdAt == FlowFixture.now)
            #expect(page.entries[1].type == "7" && page.entries[1].operation == nil)
        }
    }

    @Test func theLibraryNamesOutputsByJobAndIndex() async throws {
        let body = #"{"items":[{"job_id":"gw-1","type":"image-to-video","index":2,"url":"/public/x","prompt":"p"}]}"#
        try await ScriptedServer.with({ _ in .json(body) }) { server in
            let page = try await FlowFixture.with(server.url()) { try await $0.listing("library").get() }
            #expect(server.seen.map(\.uri) == ["/public/api/v1/my-library"])
            let entry = try #require(page.entries.first)
            #expect(entry.id == "gw-1" && entry.index == 2 && entry.url == "/public/x" && entry.operation == .i2v && entry.prompt == "p")
        }
    }
}
