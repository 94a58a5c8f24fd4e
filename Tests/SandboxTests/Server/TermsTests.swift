import Foundation
import Testing

@testable import Sandbox

/// Accounts are told apart by their keys, and each may have terms of its own.
@Suite struct TermsTests {
    @Test func eachAccountHasItsOwnThreadsCapPricesAndCredits() async throws {
        let folder = try TestFolder()
        try await withServer(
            in: folder,
            configure: {
                $0.apiKeys = ["a", "b"]
                $0.threads = 1
                $0.credits = 150
                $0.accounts = ["b": SandboxTerms(credits: 1000, threads: 2, dailyImages: 3, prices: .turbo)]
            }
        ) { (server, _) async throws in
            let a = Client(server, key: "a")
            let b = Client(server, key: "b")
            _ = try await a.submit("text-to-image", #"{"prompts": ["x"]}"#)
            #expect(try await a.post("text-to-image", #"{"prompts": ["x"]}"#).status == 402)
            for _ in 0..<3 { _ = try await b.submit("text-to-image", #"{"prompts": ["x"]}"#) }
            #expect(try await b.post("text-to-image", #"{"prompts": ["x"]}"#).status == 429)
            #expect(try await a.get("usage").json["credits_remaining"] as? Int == 50)
            #expect(try await a.get("usage").json["daily_limit"] is NSNull)
            #expect(try await b.get("usage").json["credits_remaining"] as? Int == 400)
            #expect(try await b.get("usage").json["daily_limit"] as? Int == 3)
            let ledger = await server.ledger()
            #expect(ledger.entries.map(\.amount) == ["100", "200", "200", "200"])
            #expect(ledger.entries.map(\.account) == ["a", "b", "b", "b"].map(SandboxLedger.account(ofKey:)))
            let seen = await server.statistics().accounts
            let own = try #require(seen[SandboxLedger.account(ofKey: "b")])
            #expect(own.threads == 2 && own.peakOutstandingJobs == 3 && own.peakRunningJobs == 2 && own.submissionsOverThreads == 1)
            #expect(seen[SandboxLedger.account(ofKey: "a")]?.peakOutstandingJobs == 1)
        }
    }

    /// What one account has is not another's.
    @Test func jobsUploadsAndListingsAreTheAccountsOwn() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        try await withServer(in: folder, clock: clock, configure: { $0.apiKeys = ["a", "b"] }) { (server, _) async throws in
            let a = Client(server, key: "a")
            let b = Client(server, key: "b")
            let job = try await a.submit("text-to-image", #"{"prompts": ["x"]}"#)
            clock.advance(by: 200)
            #expect(try await a.status(of: job) == "completed")
            #expect(try await b.get("jobs/\(job)").status == 404)
            #expect(try await b.get("jobs/\(job)/image").status == 404)
            #expect((try await b.get("my-jobs").json["jobs"] as? [Any])?.isEmpty == true)
            #expect((try await b.get("my-library").json["items"] as? [Any])?.isEmpty == true)
            #expect((try await a.get("my-library").json["items"] as? [Any])?.count == 1)
            let path = try await a.uploadedPicture()
            let foreign = try await b.post("upscale-image", #"{"image_path": "\#(path)", "resolution": "4k"}"#)
            #expect(foreign.status == 422 && foreign.error.contains(path))
        }
    }

    @Test func anAccountWithoutThreadsIsRefused() async throws {
        let folder = try TestFolder()
        await #expect(throws: SandboxError.self) {
            try await withServer(in: folder, configure: { $0.accounts = ["sandbox": SandboxTerms(threads: 0)] }) { _, _ in }
        }
    }
}
