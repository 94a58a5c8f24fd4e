import Foundation
import Pipeline
import Testing

@testable import Providers

@Suite struct PollTests {
    private func poll(_ reply: ScriptedReply, id: String = "gw-abc123") async throws -> (
        result: Result<JobReport, CallFailure>, seen: [SeenRequest]
    ) {
        try await ScriptedServer.with({ _ in reply }) { server in
            let result = try await FlowFixture.with(server.url()) { await $0.poll(AcceptedJob(remoteID: id), operation: .t2i) }
            return (result, server.seen)
        }
    }

    @Test(arguments: [
        ("queued", JobReport.State.queued), ("processing", .running), ("running", .running), ("in_progress", .running),
        ("some_new_status", .running), ("completed", .ended(.succeeded)), ("failed", .ended(.failed)),
    ])
    func states(status: String, state: JobReport.State) async throws {
        let (result, seen) = try await poll(.json(#"{"status":"\#(status)","progress":40}"#))
        #expect(try result.get() == JobReport(state: state, progress: 40))
        #expect(seen.map(\.method) == ["GET"] && seen.map(\.uri) == ["/public/api/v1/jobs/gw-abc123"])
        #expect(seen.first?.headers["x-api-key"] == FlowFixture.key.expose())
    }

    @Test func failedJobsSayWhy() async throws {
        let report = try await poll(.json(#"{"status":"failed","error":"content\nblocked"}"#)).result.get()
        #expect(report == JobReport(state: .ended(.failed), message: "content blocked"))
        #expect(try await poll(.json(#"{"status":"completed","progress":100,"error":null}"#)).result.get().message == nil)
    }

    @Test(arguments: ["\"x\"", "-1", "101", "null", "[]"])
    func oddProgressIsLeftOut(progress: String) async throws {
        #expect(try await poll(.json(#"{"status":"running","progress":\#(progress)}"#)).result.get() == JobReport(state: .running))
    }

    @Test(arguments: [
        (403, CallFailure.Kind.auth), (402, .credits), (429, .quota), (404, .notReady), (500, .server), (502, .server), (301, .badContent),
        (302, .badContent),
        (400, .invalid),
    ])
    func errorClasses(status: Int, kind: CallFailure.Kind) async throws {
        let failure = try await poll(.json(#"{"status":"completed"}"#, status: status)).result.failure()
        #expect(failure.kind == kind && failure.httpStatus == status)
    }

    @Test(arguments: ["", "<html>", "[]", "\"completed\"", "{\"status\":"])
    func unreadableRepliesAreNoEnd(body: String) async throws {
        #expect(try await poll(.json(body)).result.failure().kind == .badContent)
    }

    @Test(arguments: ["../../admin", "..", "", "a/b", "a\r\nb"])
    func hostileIdsAreNotAskedAbout(id: String) async throws {
        let (result, seen) = try await poll(.json(#"{"status":"completed"}"#), id: id)
        let failure = try result.failure()
        #expect(failure.kind == .invalid && failure.message.hasPrefix("unsafe path value"), "\(failure)")
        #expect(seen.isEmpty)
    }

    @Test func brokenConnectionsAreLost() async throws {
        try await BluntServer.with([.close]) { server in
            let failure = try await FlowFixture.with(server.url()) { await $0.poll(AcceptedJob(remoteID: "gw-1"), operation: .t2i) }
                .failure()
            #expect(failure.kind == .lost)
        }
    }

    @Test func aJobThatCameEndedIsNotAskedAbout() async throws {
        try await ScriptedServer.with({ _ in .json("{}") }) { server in
            let report = JobReport(state: .ended(.succeeded))
            let polled = try await FlowFixture.with(server.url()) {
                await $0.poll(AcceptedJob(remoteID: "x", report: report), operation: .t2i)
            }
            #expect(try polled.get() == report && server.seen.isEmpty)
        }
    }
}
