import Foundation
import Testing

@testable import Sandbox

@Suite struct AccountTests {
    @Test func listingsAreNewestFirst() async throws {
        let folder = try TestFolder()
        let clock = HandClock(Date(timeIntervalSince1970: 1_795_237_200.25))
        try await withServer(in: folder, clock: clock) { (server, client) async throws in
            let first = try await client.submit("text-to-image", #"{"prompts": ["one", "two"]}"#)
            clock.advance(by: 1)
            let path = try await client.uploadedPicture()
            let second = try await client.submit("upscale-image", #"{"image_path": "\#(path)", "resolution": "2k"}"#)
            let jobs = try #require(try await client.get("my-jobs").json["jobs"] as? [[String: Any]])
            #expect(jobs.map { $0["job_id"] as? String } == [second, first])
            #expect(jobs.map { $0["type"] as? String } == ["upscale-image", "text-to-image"])
            #expect(jobs[1]["prompt"] as? String == "one")
            #expect(jobs[1]["prompts"] as? [String] == ["one", "two"])
            #expect(jobs[1]["created_at"] as? String == "2026-11-21T05:00:00.250Z")
            #expect(jobs[0]["prompt"] == nil && jobs[0]["prompts"] == nil)
            #expect((try await client.get("my-library").json["items"] as? [Any])?.isEmpty == true)

            clock.advance(by: 100)
            let items = try #require(try await client.get("my-library").json["items"] as? [[String: Any]])
            #expect(items.map { $0["job_id"] as? String } == [second, first, first])
            for item in items {
                let url = try #require(item["url"] as? String)
                #expect(try await client.send("GET", url).status == 200)
            }
        }
    }

    @Test func creditsRunOut() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder, configure: { $0.credits = 250 }) { (server, client) async throws in
            _ = try await client.submit("text-to-image", #"{"prompts": ["a", "b"]}"#)
            let usage = try await client.get("usage")
            #expect(usage.json["credits_remaining"] as? Int == 50)
            #expect(usage.json["used_today"] as? Int == 2)
            #expect(usage.json["daily_limit"] is NSNull)
            let refused = try await client.post("text-to-image", #"{"prompts": ["a"]}"#)
            #expect(refused.status == 402)
            #expect(!refused.error.isEmpty)
            #expect(await server.ledger().total == 200)
        }
    }

    @Test func theDailyCapRefusesUntilTomorrow() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        try await withServer(in: folder, clock: clock, configure: { $0.dailyImages = 3 }) { (server, client) async throws in
            _ = try await client.submit("text-to-image", #"{"prompts": ["a"], "num_images": 3}"#)
            let refused = try await client.post("text-to-image", #"{"prompts": ["a"]}"#)
            #expect(refused.status == 429)
            #expect(try await client.get("usage").json["daily_limit"] as? Int == 3)
            clock.advance(by: 12 * 3600)
            _ = try await client.submit("text-to-image", #"{"prompts": ["a"]}"#)
            #expect(try await client.get("usage").json["used_today"] as? Int == 1)
        }
    }

    @Test func jobsBeyondTheThreadsWaitAndAreCounted() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        try await withServer(in: folder, clock: clock, configure: { $0.threads = 2 }) { (server, client) async throws in
            var ids: [String] = []
            for number in 0..<4 { ids.append(try await client.submit("text-to-image", #"{"prompts": ["\#(number)"]}"#)) }
            var statuses: [String] = []
            for id in ids { statuses.append(try await client.status(of: id)) }
            #expect(statuses == ["processing", "processing", "queued", "queued"])
            let statistics = try await client.send("GET", "/sandbox/statistics").json
            #expect(statistics["peak_outstanding_jobs"] as? Int == 4)
            #expect(statistics["peak_running_jobs"] as? Int == 2)
            #expect(statistics["submissions_over_threads"] as? Int == 2)
            clock.advance(by: 200)
            #expect(await server.statistics().jobs == ["completed": 4])
            _ = try await client.submit("text-to-image", #"{"prompts": ["late"]}"#)
            #expect(await server.statistics().submissionsOverThreads == 2)
        }
    }

    @Test func requestsToTheAPIAreCountedAndOthersAreNot() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        try await withServer(in: folder, clock: clock, configure: { $0.speed = 60 }) { (server, client) async throws in
            for _ in 0..<5 {
                _ = try await client.get("usage")
                clock.advance(by: 20)
            }
            _ = try await client.send("GET", "/sandbox/ledger")
            let statistics = await server.statistics()
            #expect(statistics.totalRequests == 5)
            #expect(statistics.requests == ["usage": 5])
            #expect(statistics.windowSeconds == 60)
            #expect(statistics.peakRequestsInWindow == 3)
            let wide = try await client.send("GET", "/sandbox/statistics?window=1000").json
            #expect(wide["peak_requests_in_window"] as? Int == 5)
            for window in ["0", "-1", "nan", "inf", "x"] {
                #expect(try await client.send("GET", "/sandbox/statistics?window=\(window)").status == 400)
            }
        }
    }

    @Test func theLedgerSaysWhatWasAskedAndPaid() async throws {
        let folder = try TestFolder()
        let copy = folder.url.appending(path: "copy.json")
        let served = try await withServer(
            in: folder,
            configure: {
                $0.ledgerFile = copy; $0.prices = .turbo
            }
        ) { (server, client) async throws in
            let id = try await client.submit("text-to-image", #"{"prompts": ["a"], "num_images": 2}"#, key: "key-1")
            let same = try await client.submit("text-to-image", #"{"prompts": ["a"], "num_images": 2}"#, key: "key-1")
            let ledger = try JSONDecoder().decode(SandboxLedger.self, from: try await client.send("GET", "/sandbox/ledger").body)
            #expect(ledger == (await server.ledger()))
            #expect(ledger.entries.map(\.jobID) == [id, same])
            #expect(ledger.entries[0].idempotencyKey == "key-1")
            #expect(ledger.entries[0].fingerprint == ledger.entries[1].fingerprint)
            #expect(ledger.entries[0].amount == "400")
            #expect(ledger.entries[0].images == 2)
            #expect(ledger.totals.balance == "800")
            return ledger
        }
        for file in [copy, folder.url.appending(path: "state/ledger.json")] {
            #expect(try JSONDecoder().decode(SandboxLedger.self, from: try Data(contentsOf: file)) == served)
        }
    }

    @Test func honouredKeysReplayTheFirstJob() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder, configure: { $0.honoursIdempotency = true }) { (server, client) async throws in
            let first = try await client.submit("text-to-image", #"{"prompts": ["a"]}"#, key: "key-1")
            #expect(try await client.submit("text-to-image", #"{"prompts": ["a"]}"#, key: "key-1") == first)
            #expect(try await client.post("text-to-image", #"{"prompts": ["b"]}"#, key: "key-1").status == 422)
            #expect(await server.ledger().totals.jobs == 1)
        }
    }
}
