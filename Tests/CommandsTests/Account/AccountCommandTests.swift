import Foundation
import Sandbox
import Testing

/// The commands about an account, driven against the sandbox and against a server as a real provider would be.
@Suite struct AccountCommandTests {
    private static let campaign = Campaigns.pictures(
        ["cat", "dog"],
        overlay: """
            providers:
              flow: { limits: { requests: 600/hour } }
              flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY, limits: { images: 10/day } }
            """,
        extra: """
              other:
                uses: t2v
                provider: flow-b
                with: { prompt: a river }
            """)

    private func ran() async throws -> Workspace {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return workspace
    }

    private func json(_ result: Flowbatch.Result) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result.everything)")
    }

    private func accounts(_ result: Flowbatch.Result) throws -> [[String: Any]] {
        try #require(try json(result)["accounts"] as? [[String: Any]])
    }

    @Test func usageShowsTheProvidersWordsBesideOurOwnCount() async throws {
        let workspace = try await ran()
        let result = try await Flowbatch.run(["usage", "--sandbox"], in: workspace)
        #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.everything)")
        for words in [
            "Flow AI (flow/sandbox)", "Flow AI (flow/sandbox-b)", " images used today", "0 of 10 images used today", "requests left",
            "0/10 images today", "jobs take", "t2i count=1: ", "t2v: ",
        ] {
            #expect(result.output.contains(words), "\(words): \(result.output)")
        }
        let one = try accounts(try await Flowbatch.run(["usage", "flow-b", "--sandbox", "--json"], in: workspace))
        #expect(one.map { $0["account"] as? String } == ["flow/sandbox-b"])
        #expect(one[0]["used_today"] as? String == "0" && one[0]["daily_limit"] as? String == "10" && one[0]["credits"] is NSNull)
        #expect((one[0]["reply"] as? [String: Any])?["daily_limit"] as? Int == 10)
        let learned = try #require(one[0]["durations"] as? [[String: Any]])
        #expect(!learned.isEmpty && learned.allSatisfy { ($0["least_ms"] as? Int ?? 0) > 0 && $0["kind"] as? String != nil })
        #expect((one[0]["counted"] as? [String: Any])?["threads"] as? Int == 3)
    }

    @Test func jobsSaysWhichAreOursAndOfWhichInstance() async throws {
        let workspace = try await ran()
        let result = try await Flowbatch.run(["jobs", "--sandbox", "--campaign", "campaign.yaml"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        for words in ["picture[cat]", "picture[dog]", "other", "completed", "a river", "t2v", "campaign  instance"] {
            #expect(result.output.contains(words), "\(words): \(result.output)")
        }
        let flow = try accounts(try await Flowbatch.run(["jobs", "flow", "--sandbox", "--json"], in: workspace))
        let entries = try #require(flow.first?["entries"] as? [[String: Any]])
        #expect(
            entries.map { $0["instance"] as? String } == ["picture[dog]", "picture[cat]"]
                || entries.map { $0["instance"] as? String } == ["picture[cat]", "picture[dog]"])
        #expect(
            entries.allSatisfy {
                $0["known"] as? Bool == true && $0["campaign"] as? String == "test" && $0["state"] as? String == "completed"
            })
        #expect(flow.first?["more"] as? Int == 0)
        let one = try accounts(try await Flowbatch.run(["jobs", "flow", "--sandbox", "--json", "--limit", "1"], in: workspace))
        #expect((one.first?["entries"] as? [Any])?.count == 1 && one.first?["more"] as? Int == 1)
        let short = try await Flowbatch.run(["jobs", "flow", "--sandbox", "--limit", "1"], in: workspace)
        #expect(short.output.contains("… and 1 more"), "\(short.output)")
    }

    @Test func libraryListsOutputsAndDownloadBringsThem() async throws {
        let workspace = try await ran()
        let library = try accounts(try await Flowbatch.run(["library", "flow", "--sandbox", "--json"], in: workspace))
        let entries = try #require(library.first?["entries"] as? [[String: Any]])
        #expect(
            entries.count == 2
                && entries.allSatisfy { $0["index"] as? Int == 0 && ($0["url"] as? String)?.contains("/image?index=0") == true })
        let ids = entries.compactMap { $0["job"] as? String }
        let result = try await Flowbatch.run(["download", "flow"] + ids + ["--sandbox", "--output", "got"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        for id in ids {
            let cat = try Data(contentsOf: workspace.url("got/\(id)-0.png"))
            let own = try ["cat", "dog"].map { try Data(contentsOf: workspace.url("outputs/test-sandbox/picture/\($0).png")) }
            #expect(own.contains(cat), "the same bytes as the run saved")
        }
        // Once more changes nothing; a file that is not ours is kept.
        #expect(try await Flowbatch.run(["download", "flow", ids[0], "--sandbox", "--output", "got"], in: workspace).exitCode == 0)
        try workspace.write("mine", to: "got/\(ids[0])-0.png")
        let kept = try await Flowbatch.run(["download", "flow", ids[0], "--sandbox", "--output", "got", "--json"], in: workspace)
        #expect(kept.exitCode == 74, "\(kept.everything)")
        #expect(try String(contentsOf: workspace.url("got/\(ids[0])-0.png"), encoding: .utf8) == "mine")
        #expect(!workspace.files().contains { $0.path.hasSuffix(".part") })
        #expect(try await workspace.ledger().entries.count == 3, "nothing was paid")
    }

    @Test func downloadTakesIndicesAndTellsWhatHasNoResult() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], count: 3))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let id = try #require(try workspace.summary().steps.first?.jobs.first)
        let two = try await Flowbatch.run(["download", "flow", id, "--sandbox", "--index", "2", "--index", "0"], in: workspace)
        #expect(two.exitCode == 0, "\(two.everything)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: workspace.url("downloads").path).sorted() == ["\(id)-0.png", "\(id)-2.png"])
        let all = try json(try await Flowbatch.run(["download", "flow", id, "--sandbox", "--json", "--output", "all"], in: workspace))
        let files = try #require((all["jobs"] as? [[String: Any]])?.first?["files"] as? [[String: Any]])
        #expect(files.map { $0["index"] as? Int } == [0, 1, 2])
        #expect((files[1]["artifact"] as? [String: Any])?["path"] as? String == "all/\(id)-1.png")
        let none = try await Flowbatch.run(["download", "flow", id, "gw-nothing", "--sandbox", "--index", "7"], in: workspace)
        #expect(none.exitCode == 1, "\(none.everything)")
        #expect(none.errors.contains("gw-nothing: Flow AI knows no such job of this account"), "\(none.errors)")
    }

    @Test func downloadTakesACampaignsInstances() async throws {
        let workspace = try await ran()
        let result = try await Flowbatch.run(
            ["download", "campaign.yaml", "picture", "--sandbox=600", "--output", "copies"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        for name in ["cat", "dog"] {
            let copy = try Data(contentsOf: workspace.url("copies/picture/\(name).png"))
            #expect(try copy == Data(contentsOf: workspace.url("outputs/test-sandbox/picture/\(name).png")))
        }
        #expect(!FileManager.default.fileExists(atPath: workspace.url("copies/other").path))
        let wrong = try await Flowbatch.run(["download", "campaign.yaml", "pictur", "--sandbox"], in: workspace)
        #expect(wrong.exitCode == 64 && wrong.errors.contains("picture"), "\(wrong.everything)")
    }

    @Test func downloadTakesWhatTheCampaignHasNow() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["'${{ vars.animal }}'"], overlay: "vars: { animal: cat }\nenv: [MARKET]"))
        let dog = ["--var", "animal=dog", "--state", "s.sqlite", "--env", "MARKET"]
        for more in [[], ["--rerun", "picture"], dog] {
            let run = try await Flowbatch.run(
                ["run", "campaign.yaml", "--sandbox=600", "--render", "none"] + more, in: workspace, environment: ["MARKET": "VN"])
            #expect(run.exitCode == 0, "\(run.everything)")
            guard more != dog else { continue }
            let job = try #require(try workspace.summary().steps.first?.jobs.first)
            let result = try await Flowbatch.run(
                ["download", "campaign.yaml", "picture", "--sandbox", "--json", "--output", "copies\(more.count)"], in: workspace)
            #expect(result.exitCode == 0, "\(result.everything)")
            let jobs = try #require(try json(result)["jobs"] as? [[String: Any]])
            #expect(jobs.map { $0["job"] as? String } == [job], "that of the last generation")
        }
        let other = try await Flowbatch.run(
            ["download", "campaign.yaml", "picture", "--sandbox", "--output", "copies"] + dog, in: workspace, environment: ["MARKET": "VN"])
        #expect(other.exitCode == 0, "\(other.everything)")
        #expect(FileManager.default.fileExists(atPath: workspace.url("copies/picture/dog.png").path))
        let none = try await Flowbatch.run(["download", "flow", "gw-1", "--sandbox", "--var", "animal=dog"], in: workspace)
        #expect(none.exitCode == 64 && none.errors.contains("goes with a campaign's manifest"), "\(none.everything)")
    }

    /// The operation of a settled job is known here: no listing has to be asked for it.
    @Test func whatAJobMakesIsRemembered() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let job = try #require(try workspace.summary().steps.first?.jobs.first)
        // The account's log of the last hour, looked at by requests that it counts too.
        func sent() async throws -> Int {
            let usage = try accounts(try await Flowbatch.run(["usage", "flow", "--sandbox=1", "--json"], in: workspace))
            let windows = try #require((usage.first?["counted"] as? [String: Any])?["requests"] as? [[String: Any]])
            return try #require(windows.first?["used"] as? Int)
        }
        let before = try await sent()
        let got = try await Flowbatch.run(["download", "flow", job, "--sandbox=1"], in: workspace)
        #expect(got.exitCode == 0, "\(got.everything)")
        // The poll, the picture, the answer that there is no second one, and the look itself.
        #expect(try await sent() - before == 4)
    }

    /// Flow documents no call that ends a job: that is said, with what there is instead.
    @Test func whatAProviderHasNoCallForIsSaid() async throws {
        let workspace = try Workspace()
        try workspace.write(Self.campaign)
        let result = try await Flowbatch.run(["cancel", "flow", "gw-1", "--sandbox"], in: workspace)
        #expect(result.exitCode == 64, "\(result.everything)")
        #expect(result.errors.contains("Flow AI has no such call") && result.errors.contains("flowbatch jobs flow"), "\(result.errors)")
        try workspace.write(
            Self.campaign.replacing("limits: { requests: 600/hour }", with: "account: null, limits: { requests: 600/hour }"))
        for arguments in [
            ["jobs", "flwo", "--sandbox"], ["usage", "flow", "--account", "c", "--sandbox", "--key-env", "X"], ["jobs", "--limit", "0"],
        ] {
            let wrong = try await Flowbatch.run(arguments, in: workspace)
            #expect(wrong.exitCode == 64, "\(arguments): \(wrong.everything)")
        }
        let nowhere = try Workspace()
        let none = try await Flowbatch.run(["usage", "--sandbox"], in: nowhere)
        #expect(none.exitCode == 64 && none.errors.contains("--campaign FILE"), "\(none.everything)")
        #expect(try await Flowbatch.run(["usage", "--sandbox", "--campaign", "nowhere.yaml"], in: nowhere).exitCode == 66)
    }

    // MARK: as a real provider

    private func server(_ workspace: Workspace, _ change: (inout SandboxConfiguration) -> Void = { _ in }) async throws -> SandboxServer {
        var configuration = SandboxConfiguration(
            speed: 600, stateDirectory: workspace.url("server"), apiKeys: ["key-a", "key-b"], render: .none)
        change(&configuration)
        return try await SandboxServer.start(configuration)
    }

    /// Each request is leased from the account's memory, so the limit holds over runs and commands together.
    @Test func everyRequestCountsAgainstTheAccountsLimit() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { limits: { requests: 5/hour } } }"))
        let server = try await server(workspace)
        let environment = ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": "key-a"]
        for count in 1...5 {
            let result = try await Flowbatch.run(["usage", "flow", "--campaign", "campaign.yaml"], in: workspace, environment: environment)
            #expect(result.exitCode == 0, "\(count): \(result.everything)")
        }
        let denied = try await Flowbatch.run(["jobs", "flow", "--campaign", "campaign.yaml"], in: workspace, environment: environment)
        #expect(denied.exitCode == 5, "\(denied.everything)")
        #expect(denied.errors.contains("5/hour") && denied.errors.contains("nothing was sent"), "\(denied.errors)")
        #expect(await server.statistics().totalRequests == 5)
        // Another account has its own.
        let other = try await Flowbatch.run(
            ["usage", "flow", "--account", "b", "--key-env", "SOME_KEY"], in: workspace,
            environment: environment.merging(["SOME_KEY": "key-b"]) { $1 })
        #expect(other.exitCode == 0 && other.output.contains("flow/b"), "\(other.everything)")
        await server.stop()
    }

    @Test func withWaitQuotaItWaitsForTheWindow() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { limits: { requests: 1/hour } } }"))
        // An hour of the sandbox at this speed is a tenth of a second.
        let arguments = ["usage", "flow", "--sandbox=36000", "--campaign", "campaign.yaml", "--wait-quota"]
        for _ in 0..<2 {
            let result = try await Flowbatch.run(arguments, in: workspace)
            #expect(result.exitCode == 0, "\(result.everything)")
        }
    }

    @Test func errorsComeInTheProvidersOwnWords() async throws {
        let workspace = try Workspace()
        let server = try await server(workspace)
        let address = server.baseURL.absoluteString
        let wrong = try await Flowbatch.run(
            ["usage", "flow"], in: workspace, environment: ["FLOW_BASE_URL": address, "FLOW_API_KEY": "sk-wrong"])
        #expect(wrong.exitCode == 77, "\(wrong.everything)")
        #expect(
            wrong.errors.contains("API key sai") && wrong.errors.contains("HTTP 403") && !wrong.errors.contains("sk-wrong"),
            "\(wrong.errors)")
        await server.stop()
        let down = try await Flowbatch.run(
            ["jobs", "flow"], in: workspace, environment: ["FLOW_BASE_URL": address, "FLOW_API_KEY": "key-a"])
        #expect(down.exitCode == 69, "\(down.everything)")
        let keyless = try await Flowbatch.run(["library"], in: workspace, environment: ["FLOW_BASE_URL": address])
        #expect(keyless.exitCode == 78 && keyless.errors.contains("FLOW_API_KEY"), "\(keyless.everything)")
        let label = try await Flowbatch.run(
            ["usage", "flow", "--account", "b"], in: workspace, environment: ["FLOW_BASE_URL": address, "FLOW_API_KEY": "key-a"])
        #expect(label.exitCode == 64 && label.errors.contains("--key-env"), "\(label.everything)")
    }

    /// A job of somebody else's is listed and can be fetched; it is not called ours.
    @Test func jobsOfOthersAreListedAndFetchedToo() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let server = try await server(workspace)
        let environment = ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": "key-a"]
        #expect(try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: environment).exitCode == 0)
        let elsewhere = try Workspace()
        let listed = try accounts(try await Flowbatch.run(["jobs", "flow", "--json"], in: elsewhere, environment: environment))
        let entry = try #require((listed.first?["entries"] as? [[String: Any]])?.first)
        #expect(entry["known"] as? Bool == false && entry["campaign"] == nil && entry["prompt"] as? String == "a cat")
        let id = try #require(entry["job"] as? String)
        let fetched = try await Flowbatch.run(["download", "flow", id], in: elsewhere, environment: environment)
        #expect(
            fetched.exitCode == 0 && FileManager.default.fileExists(atPath: elsewhere.url("downloads/\(id)-0.png").path),
            "\(fetched.everything)")
        // Where the campaign ran, its name and instance are known without naming it.
        let own = try await Flowbatch.run(["jobs", "flow"], in: workspace, environment: environment)
        #expect(own.output.contains("picture[cat]") && own.output.contains("test"), "\(own.everything)")
        await server.stop()
    }

    /// Beside a live sandbox run the commands ask that run's own server.
    @Test func besideALiveSandboxRunItsServerIsAsked() async throws {
        let workspace = try Workspace()
        // A job that never ends, so that the run lasts for as long as it is looked at.
        try workspace.write(Campaigns.pictures(["'[stuck] cat'"]))
        let run = try Flowbatch.start(["run", "campaign.yaml", "--sandbox=60", "--render", "none", "--events", "-"], in: workspace)
        await run.hasWritten("job.accepted")
        let jobs = try await Flowbatch.run(["jobs", "flow", "--sandbox"], in: workspace)
        #expect(jobs.exitCode == 0 && jobs.output.contains("a [stuck] cat"), "\(jobs.everything)")
        run.send(SIGINT)
        #expect(await run.result().exitCode == 6)
    }
}
