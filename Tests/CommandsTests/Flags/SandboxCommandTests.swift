import Foundation
import Sandbox
import Testing

/// `flowbatch sandbox`, driven over HTTP by nothing of flowbatch.
@Suite struct SandboxCommandTests {
    @Test func itListensOnThePortAndTakesTheKeyThatItIsTold() async throws {
        let workspace = try Workspace()
        let port = try FreePort.find()
        let server = try await SandboxProcess(workspace, ["--port", "\(port)", "--key", "sk-mine"])
        #expect(server.address == "http://127.0.0.1:\(port)")
        #expect(try await server.get("/public/api/v1/usage", key: "sandbox").status == 403)
        #expect(try await server.get("/public/api/v1/usage", key: "sk-mine").status == 200)
        let second = try await Flowbatch.run(["sandbox", "--port", "\(port)", "--state", "other"], in: workspace)
        #expect(second.exitCode == 78 && second.errors.contains("\(port)"), "\(second.everything)")
        await server.stop()
    }

    @Test func creditsRunOut() async throws {
        let workspace = try Workspace()
        let server = try await SandboxProcess(workspace, ["--port", "0", "--credits", "250"])
        #expect(try await server.picture("a").status == 200)
        #expect(try await server.picture("b").status == 200)
        #expect(try await server.picture("c").status == 402)
        await server.stop()
    }

    @Test func threadsAndImagesADayAreThePlansOwn() async throws {
        let workspace = try Workspace()
        let server = try await SandboxProcess(workspace, ["--port", "0", "--threads", "1", "--daily-images", "2", "--speed", "0.001"])
        for status in [200, 200, 429] { #expect(try await server.picture("a").status == status) }
        let jobs = try await server.get("/sandbox/statistics").body["jobs"] as? [String: Int]
        #expect(jobs == ["processing": 1, "queued": 1])
        await server.stop()
    }

    @Test func theLedgerIsKeptInAFile() async throws {
        let workspace = try Workspace()
        let server = try await SandboxProcess(workspace, ["--port", "0", "--ledger", "books/ledger.json"])
        #expect(try await server.picture("a").status == 200)
        let served = try await server.get("/sandbox/ledger").body
        #expect((served["entries"] as? [Any])?.count == 1)
        await server.stop()
        let kept = try JSONDecoder().decode(SandboxLedger.self, from: Data(contentsOf: workspace.url("books/ledger.json")))
        #expect(kept.entries.map(\.prompts) == [["a"]] && kept.totals.charged == "100")
        let nowhere = try await Flowbatch.run(
            ["sandbox", "--port", "0", "--render", "none", "--ledger", "product.png/ledger.json"], in: workspace)
        #expect(nowhere.exitCode == 74 && nowhere.errors.contains("product.png"), "\(nowhere.everything)")
    }

    @Test func faultsHappenAsTheFileSays() async throws {
        let workspace = try Workspace()
        try workspace.write(#"{"faults": [{"fault": "server_error", "endpoint": "text-to-image", "requests": [2]}]}"#, to: "faults.json")
        let server = try await SandboxProcess(workspace, ["--port", "0", "--faults", "faults.json"])
        var statuses: [Int] = []
        for prompt in ["a", "b", "c"] { statuses.append(try await server.picture(prompt).status) }
        #expect(statuses == [200, 500, 200])
        await server.stop()
        try workspace.write(#"{"faults": [{"fault": "explode"}]}"#, to: "faults.json")
        let refused = try await Flowbatch.run(["sandbox", "--port", "0", "--faults", "faults.json"], in: workspace)
        #expect(
            refused.exitCode == 65 && refused.errors.contains("faults.json:1:23: error[FB2105]: `fault` can't be `explode`"),
            "\(refused.everything)")
        let missing = try await Flowbatch.run(["sandbox", "--port", "0", "--faults", "nowhere.json"], in: workspace)
        #expect(missing.exitCode == 66, "\(missing.everything)")
    }

    @Test func seedDecidesTheIdsOfJobs() async throws {
        var ids: [String] = []
        for seed in ["7", "7", "8"] {
            let server = try await SandboxProcess(try Workspace(), ["--port", "0", "--seed", seed])
            ids.append(try #require(try await server.picture("a").body["job_id"] as? String))
            await server.stop()
        }
        #expect(ids[0] == ids[1] && ids[0] != ids[2], "\(ids)")
    }

    /// At full speed a picture of half a minute is there at once; at a thousandth of life's pace it isn't.
    @Test(arguments: [("100000", "completed"), ("0.001", "processing")])
    func speedIsHowManyTimesFasterThanLifeJobsRun(speed: String, status: String) async throws {
        let server = try await SandboxProcess(try Workspace(), ["--port", "0", "--speed", speed])
        let job = try #require(try await server.picture("a").body["job_id"] as? String)
        var seen = try await server.get("/public/api/v1/jobs/\(job)").body["status"] as? String
        // Asks until the half minute, 0.3 ms here, is over.
        while status == "completed", seen != status { seen = try await server.get("/public/api/v1/jobs/\(job)").body["status"] as? String }
        #expect(seen == status)
        await server.stop()
    }

    @Test func whatMakesNoSenseIsWrongUsage() async throws {
        let workspace = try Workspace()
        for flags in [["--speed", "0"], ["--port", "70000"], ["--credits", "-1"], ["--threads", "0"], ["--seed", "x"]] {
            let result = try await Flowbatch.run(["sandbox", "--render", "none"] + flags, in: workspace)
            #expect(result.exitCode == 64, "\(flags): \(result.everything)")
        }
    }
}

/// A port that nobody listens on just now.
enum FreePort {
    static func find() throws -> Int {
        #if canImport(Darwin)
        let socket = socket(AF_INET, SOCK_STREAM, 0)
        #else
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard isBound else { throw CocoaError(.fileReadUnknown) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
