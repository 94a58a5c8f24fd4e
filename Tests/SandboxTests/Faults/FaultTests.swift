import Foundation
import Testing

@testable import Sandbox

@Suite struct FaultTests {
    private static let body = #"{"prompts": ["a"]}"#

    private func submission(_ body: String = body) -> Data {
        Data(
            """
            POST /public/api/v1/text-to-image HTTP/1.1\r\nHost: localhost\r\nX-API-Key: sandbox\r\nContent-Type: application/json\r
            Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
            """.utf8)
    }

    /// One faulty submission, then a good one: what the client saw first, and how many jobs were charged in the end.
    private func outcome(of fault: Fault) async throws -> (answer: String, jobs: Int) {
        let folder = try TestFolder()
        return try await withServer(in: folder, configure: { $0.faults = [FaultRule(fault, at: .textToImage, requests: [1])] }) {
            (server, client) async throws in
            let answer = try await RawConnection.exchange(port: server.port, submission(), reading: true)
            _ = try await client.submit("text-to-image", Self.body)
            return (String(decoding: answer, as: UTF8.self), await server.ledger().totals.jobs)
        }
    }

    @Test func connectionsCloseBeforeAndAfterAccepting() async throws {
        let before = try await outcome(of: .closeBeforeAccepting)
        #expect(before.answer.isEmpty)
        #expect(before.jobs == 1)
        let after = try await outcome(of: .closeAfterAccepting)
        #expect(after.answer.isEmpty)
        #expect(after.jobs == 2)
    }

    @Test func serversFailBeforeAndAfterAccepting() async throws {
        let before = try await outcome(of: .serverError)
        #expect(before.answer.hasPrefix("HTTP/1.1 500"))
        #expect(before.jobs == 1)
        let after = try await outcome(of: .errorAfterAccepting)
        #expect(after.answer.hasPrefix("HTTP/1.1 500"))
        #expect(after.jobs == 2)
    }

    @Test(arguments: [(Fault.unavailable, "503"), (.throttle, "429")])
    func overloadSaysWhenToComeBack(_ fault: Fault, _ status: String) async throws {
        let result = try await outcome(of: fault)
        #expect(result.answer.hasPrefix("HTTP/1.1 \(status)"))
        #expect(result.answer.lowercased().contains("retry-after: 1\r\n"))
        #expect(result.jobs == 1)
    }

    /// No reply ever comes, the job is there, and the server still stops at once.
    @Test func aHangingReplyDoesNotKeepTheServer() async throws {
        let folder = try TestFolder()
        let faults = [FaultRule(.hangAfterAccepting, at: .textToImage)]
        let hanging: Task<Data, any Error> = try await withServer(in: folder, configure: { $0.faults = faults }) {
            (server, client) async throws in
            let port = server.port
            let request = submission()
            let hanging = Task { try await RawConnection.exchange(port: port, request, reading: true) }
            while await server.ledger().totals.jobs == 0 { await Task.yield() }
            #expect(try await client.get("usage").status == 200)
            return hanging
        }
        #expect(try await hanging.value.isEmpty)
    }

    @Test func downloadsAreCutReplacedAndSlow() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        let faults = [
            FaultRule(.truncateBody, at: .jobImage, requests: [2]), FaultRule(.htmlBody, at: .jobImage, requests: [3]),
            FaultRule(.slowBody, at: .jobImage, requests: [4]),
        ]
        try await withServer(in: folder, clock: clock, configure: { $0.faults = faults }) { (server, client) async throws in
            let id = try await client.submit("text-to-image", Self.body)
            clock.advance(by: 60)
            let whole = try await client.get("jobs/\(id)/image").body
            let request = "GET /public/api/v1/jobs/\(id)/image HTTP/1.1\r\nHost: localhost\r\nX-API-Key: sandbox\r\n\r\n"
            let answer = try await RawConnection.exchange(port: server.port, Data(request.utf8), reading: true)
            let blank = try #require(answer.range(of: Data("\r\n\r\n".utf8)))
            #expect(String(decoding: answer[..<blank.lowerBound], as: UTF8.self).contains("Content-Length: \(whole.count)"))
            #expect(Data(answer[blank.upperBound...]) == whole.prefix(whole.count / 2))
            let page = try await client.get("jobs/\(id)/image")
            #expect(page.status == 200)
            #expect(page.headers["content-type"] == "text/html")
            #expect(try await client.get("jobs/\(id)/image").body == whole)
        }
    }

    @Test func jobsFailWithAReason() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        try await withServer(
            in: folder, clock: clock, configure: { $0.faults = [FaultRule(.partialOutputs, at: .textToImage, requests: [2])] }
        ) {
            (server, client) async throws in
            let failing = try await client.submit("text-to-image", #"{"prompts": ["a cat [fail]"]}"#)
            let partial = try await client.submit("text-to-image", #"{"prompts": ["a"], "num_images": 3}"#)
            clock.advance(by: 60)
            let failed = try await client.get("jobs/\(failing)")
            #expect(failed.json["status"] as? String == "failed")
            #expect(!failed.error.isEmpty)
            #expect(try await client.get("jobs/\(failing)/image").status == 404)
            #expect(try await client.get("jobs/\(partial)/image?index=1").status == 200)
            #expect(try await client.get("jobs/\(partial)/image?index=2").status == 404)
            #expect(await server.statistics().jobs == ["failed": 1, "completed": 1])
        }
    }

    /// The count of requests that faults go by goes on over a restart.
    @Test func faultsAreNotRepeatedAfterARestart() async throws {
        let folder = try TestFolder()
        let faults = [FaultRule(.serverError, at: .usage, requests: [1])]
        try await withServer(in: folder, configure: { $0.faults = faults }) { (_, client) async throws in
            #expect(try await client.get("usage").status == 500)
        }
        try await withServer(in: folder, configure: { $0.faults = faults }) { (_, client) async throws in
            #expect(try await client.get("usage").status == 200)
        }
    }
}
