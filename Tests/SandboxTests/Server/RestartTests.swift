import Foundation
import Testing

@testable import Sandbox

@Suite struct RestartTests {
    @Test func jobsUploadsAndBooksOutliveTheServer() async throws {
        let folder = try TestFolder()
        let clock = HandClock()
        let (job, path, ledger, statistics) = try await withServer(in: folder, clock: clock) { (server, client) async throws in
            let path = try await client.uploadedPicture()
            let job = try await client.submit("text-to-image", #"{"prompts": ["a"]}"#, key: "k")
            _ = try await client.submit("upscale-image", #"{"image_path": "\#(path)", "resolution": "2k"}"#)
            return (job, path, await server.ledger(), await server.statistics())
        }
        // The server is down while the job goes on.
        clock.advance(by: 40)
        try await withServer(in: folder, clock: clock) { (server, client) async throws in
            #expect(await server.ledger() == ledger)
            let after = await server.statistics()
            #expect(after.requests == statistics.requests)
            #expect(after.peakOutstandingJobs == 2)
            #expect(after.peakRequestsInWindow == 3)
            #expect(try await client.status(of: job) == "completed")
            #expect(try await client.get("jobs/\(job)/image").status == 200)
            _ = try await client.submit("upscale-image", #"{"image_path": "\#(path)", "resolution": "4k"}"#)
            #expect(await server.ledger().totals.jobs == 3)
        }
    }

    /// The files of a killed server are those at any moment, with the last line perhaps cut off: every reply it gave still holds.
    @Test func aCopyOfALiveStateIsAGoodState() async throws {
        let folder = try TestFolder()
        let copy = try TestFolder()
        let clock = HandClock()
        try await withServer(in: folder, clock: clock) { (server, client) async throws in
            var jobs: [String] = []
            for number in 0..<5 { jobs.append(try await client.submit("text-to-image", #"{"prompts": ["\#(number)"]}"#)) }
            try FileManager.default.copyItem(at: folder.url.appending(path: "state"), to: copy.url.appending(path: "state"))
            let journal = try FileHandle(forWritingTo: copy.url.appending(path: "state/journal.jsonl"))
            try journal.seekToEnd()
            try journal.write(contentsOf: Data(#"{"job": {"id": "gw-torn", "acc"#.utf8))
            try journal.close()
            try await withServer(in: copy, clock: clock) { (_, survivor) async throws in
                for job in jobs { #expect(try await survivor.get("jobs/\(job)").status == 200) }
                _ = try await survivor.submit("text-to-image", #"{"prompts": ["after"]}"#)
            }
        }
        try await withServer(in: copy, clock: clock) { (server, _) async throws in
            #expect(await server.ledger().totals.jobs == 6)
        }
    }

    @Test func twoServersDoNotShareAState() async throws {
        let folder = try TestFolder()
        try await withServer(in: folder) { (server, client) async throws in
            let error = await #expect(throws: SandboxError.self) { try await withServer(in: folder) { (_, _) async throws in } }
            #expect(error?.description.contains(server.baseURL.absoluteString) == true)
            #expect(try await client.get("usage").status == 200)
        }
    }

    @Test func aTakenPortIsNamed() async throws {
        let folder = try TestFolder()
        let other = try TestFolder()
        try await withServer(in: folder) { (server, _) async throws in
            let error = await #expect(throws: SandboxError.self) {
                try await withServer(in: other, configure: { $0.port = server.port }) { (_, _) async throws in }
            }
            #expect(error?.description.contains("127.0.0.1:\(server.port)") == true, "\(String(describing: error))")
        }
        // The failed start let go of its folder.
        try await withServer(in: other) { (_, _) async throws in }
    }

    @Test func servingEndsWithItsTask() async throws {
        let folder = try TestFolder()
        let server = try await SandboxServer.start(
            SandboxConfiguration(stateDirectory: folder.url.appending(path: "state"), render: .none))
        #expect(try await Client(server).get("usage").status == 200)
        let serving = Task { await server.runUntilCancelled() }
        serving.cancel()
        await serving.value
        await #expect(throws: (any Error).self) { try await Client(server).get("usage") }
    }
}
