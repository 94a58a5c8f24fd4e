import Foundation
import Pipeline
import Testing

@testable import Providers

/// One reply that tells of many jobs.
@Suite struct PollTogetherTests {
    private func ask(_ ids: [String], _ reply: ScriptedReply) async throws -> (
        result: Result<[String: JobReport], CallFailure>, seen: [SeenRequest]
    ) {
        try await ScriptedServer.with({ _ in reply }) { server in
            let result = try await FlowFixture.with(server.url()) {
                await $0.pollTogether(ids.map { (AcceptedJob(remoteID: $0), .t2i) })
            }
            return (result, server.seen)
        }
    }

    @Test func everyJobThatIsAskedAboutIsToldOfByItsState() async throws {
        let (result, seen) = try await ask(
            ["gw-1", "gw-2", "gw-3", "gw-4"],
            .json(
                #"""
                {"jobs": [
                    {"job_id": "gw-9", "status": "completed"}, {"job_id": "gw-1", "status": "completed"},
                    {"job_id": "gw-2", "status": "processing"}, {"job_id": "gw-3", "status": "failed"}]}
                """#))
        #expect(
            try result.get() == [
                "gw-1": JobReport(state: .ended(.succeeded)), "gw-2": JobReport(state: .running), "gw-3": JobReport(state: .ended(.failed)),
            ])
        #expect(seen.map(\.uri) == ["/public/api/v1/my-jobs"])
    }

    @Test(arguments: [
        #"{"jobs": []}"#, #"{"jobs": [{"job_id": "gw-1"}]}"#, #"{"jobs": [{"job_id": "gw-1", "status": "who knows"}]}"#,
        #"{"jobs": [{"status": "completed"}]}"#, #"{"jobs": [{"job_id": "../gw-1", "status": "completed"}]}"#,
        #"{"jobs": [{"job_id": "gw-1", "status": "running"}, {"job_id": "gw-1", "status": "completed"}]}"#,
    ])
    func whatIsNotToldClearlyIsNotTold(body: String) async throws {
        #expect(try await ask(["gw-1"], .json(body)).result.get().isEmpty)
    }

    @Test(arguments: [("<html>", 200, CallFailure.Kind.badContent), ("{}", 200, .badContent), ("{}", 500, .server), ("{}", 403, .auth)])
    func aReplyThatIsNoListIsAFailure(body: String, status: Int, kind: CallFailure.Kind) async throws {
        #expect(try await ask(["gw-1"], .json(body, status: status)).result.failure().kind == kind)
    }
}
