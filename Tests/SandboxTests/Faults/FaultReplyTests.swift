import Foundation
import Testing

@testable import Sandbox

/// What the newer faults look like from outside, to a client that shares nothing with the product's.
@Suite struct FaultReplyTests {
    private static let body = #"{"prompts": ["a"]}"#

    private func first(_ fault: Fault, lasts: Double? = nil, speed: Double = 1) async throws -> (reply: Reply, jobs: Int) {
        let folder = try TestFolder()
        var rule = FaultRule(fault, at: .textToImage, requests: [1])
        rule.lasts = lasts
        return try await withServer(
            in: folder,
            configure: {
                $0.faults = [rule]
                $0.speed = speed
            }
        ) { (server, client) async throws in
            let reply = try await client.post("text-to-image", Self.body)
            #expect(try await client.post("text-to-image", Self.body).status == 200, "only the first request is hit")
            return (reply, await server.ledger().totals.jobs)
        }
    }

    @Test(arguments: [
        (Fault.outOfCredits, 402), (.dailyCap, 429), (.keyInFlight, 409), (.keyReused, 422), (.refusePrompt, 422), (.resultExpired, 410),
        (.resultNotReady, 404),
    ])
    func refusalsHaveNoEffect(_ fault: Fault, _ status: Int) async throws {
        let (reply, jobs) = try await first(fault)
        #expect(reply.status == status && !reply.error.isEmpty)
        #expect(jobs == 1)
    }

    /// Seconds, a date and an epoch, two minutes of the provider's time ahead. The clock stands at 12:00:00 in a round second.
    @Test func throttlesSayWhenToComeBackInThreeForms() async throws {
        #expect(try await first(.throttle, lasts: 120, speed: 10).reply.headers["retry-after"] == "12")
        let date = try await first(.throttleUntilDate, lasts: 120, speed: 10).reply.headers["retry-after"]
        #expect(date == "Sat, 21 Nov 2026 05:00:12 GMT")
        let epoch = try await first(.throttleUntilEpoch, lasts: 120, speed: 10).reply
        #expect(epoch.headers["x-ratelimit-reset"] == "1795237212" && epoch.headers["x-ratelimit-remaining"] == "0")
    }

    @Test func aRefundedJobGivesItsChargeBackWhenItHasFailed() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        let faults = [FaultRule(.refundJob, at: .textToImage, requests: [1]), FaultRule(.blockJob, at: .textToImage, requests: [2])]
        try await withServer(
            in: folder, clock: clock,
            configure: {
                $0.faults = faults
                $0.credits = 200
            }
        ) { (server, client) async throws in
            let refunded = try await client.submit("text-to-image", Self.body)
            let blocked = try await client.submit("text-to-image", Self.body)
            #expect(await server.ledger().total == 200)
            #expect(try await client.post("text-to-image", Self.body).status == 402)
            clock.advance(by: 60)
            #expect(try await client.status(of: refunded) == "failed")
            #expect(try await client.get("jobs/\(blocked)").error.contains("content policy"))
            #expect(await server.ledger().entries.map(\.kind) == [.charge, .refund, .charge])
            #expect(await server.ledger().total == 100)
            _ = try await client.submit("text-to-image", Self.body)
        }
    }

    /// The door is shut, then it is the same port that opens again, with the same books.
    @Test func connectionsAreRefusedForAWhile() async throws {
        let folder = try TestFolder()
        var rule = FaultRule(.refuseConnections, at: .usage, requests: [1])
        rule.lasts = 60
        try await withServer(
            in: folder,
            configure: {
                $0.faults = [rule]
                $0.speed = 200
            }
        ) { (server, client) async throws in
            _ = try await client.submit("text-to-image", Self.body)
            let port = server.port
            let request = Data("GET /public/api/v1/usage HTTP/1.1\r\nHost: localhost\r\nX-API-Key: sandbox\r\n\r\n".utf8)
            #expect(try await RawConnection.exchange(port: port, request, reading: true).isEmpty)
            var refused = 0
            while true {
                // Refused or cut while the door is shut.
                let answer = (try? await RawConnection.exchange(port: port, request, reading: false)) == nil
                if answer { refused += 1 }
                if let reply = try? await client.get("usage"), reply.status == 200 { break }
            }
            #expect(refused > 0)
            #expect(await server.ledger().totals.jobs == 1)
        }
    }

    @Test func aPromptChoosesItsRequests() async throws {
        let folder = try TestFolder()
        var rule = FaultRule(.refusePrompt)
        rule.prompt = "cat"
        try await withServer(in: folder, configure: { $0.faults = [rule] }) { (_, client) async throws in
            #expect(try await client.post("text-to-image", #"{"prompts": ["a dog"]}"#).status == 200)
            #expect(try await client.post("text-to-image", #"{"prompts": ["a cat"]}"#).status == 422)
            #expect(try await client.post("text-to-image", #"{"prompts": ["a dog"]}"#).status == 200)
            #expect(try await client.get("usage").status == 200)
        }
    }
}
