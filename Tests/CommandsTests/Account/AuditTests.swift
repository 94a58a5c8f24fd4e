import Foundation
import Sandbox
import Testing

/// `flowbatch audit` against the sandbox's own books.
@Suite struct AuditTests {
    private func audit(_ workspace: Workspace, _ more: [String] = []) async throws -> Flowbatch.Result {
        try await Flowbatch.run(["audit", "campaign.yaml", "--sandbox=600"] + more, in: workspace)
    }

    @Test func booksThatAgreeEndWithZero() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let nothing = try await audit(workspace)
        #expect(nothing.exitCode == 0 && nothing.output.contains("nothing on record to compare"), "\(nothing.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let result = try await audit(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(result.output.contains("12 jobs on record, 21,000 VND (estimated); 12 jobs in the account's listing"), "\(result.output)")
        #expect(try await workspace.ledger().entries.count == 12, "an audit submits nothing")
    }

    @Test func jobsThatTheAccountDoesNotListAreNamed() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let ids = try workspace.summary().steps.flatMap(\.jobs)
        try FileManager.default.removeItem(at: workspace.url(".flowbatch/sandbox/server"))
        let result = try await audit(workspace)
        #expect(result.exitCode == 1, "\(result.everything)")
        for id in ids { #expect(result.output.contains("job \(id) of picture["), "\(result.output)") }
        #expect(result.output.contains("2 differences"))
    }

    @Test func jobsThatNoRecordExplainsAreNamed() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["stranger"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let id = try #require(try workspace.summary().steps.first?.jobs.first)
        for file in workspace.files() where file.path.contains(".sqlite") { try FileManager.default.removeItem(at: file) }
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let result = try await audit(workspace, ["--json"])
        #expect(result.exitCode == 1, "\(result.everything)")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let account = try #require((report["accounts"] as? [[String: Any]])?.first)
        let differences = try #require(account["differences"] as? [[String: Any]])
        #expect(differences.count == 1)
        #expect(differences[0]["kind"] as? String == "unexplained" && differences[0]["job"] as? String == id)
    }

    @Test func whereNothingWasSentNobodyIsAsked() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try await Provider.serving(workspace) { provider in
            // Something has to be on record, or there is nothing to ask about.
            _ = try await Flowbatch.run(["run", "campaign.yaml", "--max-cost", "0 VND"], in: workspace, environment: provider.environment)
        }
        let empty = try await Flowbatch.run(["audit", "campaign.yaml"], in: workspace)
        #expect(empty.exitCode == 0, "nothing was submitted, so no account is asked: \(empty.everything)")
    }

    // MARK: what the account has otherwise

    private func differences(_ workspace: Workspace, _ provider: Provider, _ more: [String] = []) async throws -> [[String: Any]] {
        let result = try await Flowbatch.run(
            ["audit", "campaign.yaml", "--json"] + more, in: workspace, environment: provider.environment)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any], "\(result.everything)")
        let account = try #require((report["accounts"] as? [[String: Any]])?.first)
        let found = try #require(account["differences"] as? [[String: Any]])
        #expect(result.exitCode == (found.isEmpty ? 0 : 1), "\(result.everything)")
        // This provider's days last minutes: what it counts of today is another day's.
        return found.filter { $0["kind"] as? String != "total" }
    }

    private func run(_ workspace: Workspace, _ provider: Provider, _ names: [String], exits code: Int32 = 0) async throws {
        try workspace.write(Campaigns.pictures(names))
        let environment = provider.environment.merging(["FLOWBATCH_SPEED": "600"]) { $1 }
        let result = try await Flowbatch.run(["run", "campaign.yaml", "--yes"], in: workspace, environment: environment)
        #expect(result.exitCode == code, "\(result.everything)")
    }

    /// Flow AI does not say what a job cost, but what is left: two audits say together what was spent between them.
    @Test func aJobThatWasChargedOtherwise() async throws {
        let workspace = try Workspace()
        try await Provider.serving(
            workspace,
            {
                $0.credits = 100_000
                $0.prices = SandboxPrices(image: 150)
            }
        ) { provider in
            try await run(workspace, provider, ["cat"])
            #expect(try await differences(workspace, provider).isEmpty, "the first audit has nothing to compare the balance with")
            #expect(try await differences(workspace, provider).isEmpty, "nothing was spent since")
            try await run(workspace, provider, ["cat", "dog"])
            let found = try await differences(workspace, provider)
            #expect(found.count == 1)
            #expect(found.first?["kind"] as? String == "spent" && found.first?["instance"] as? String == "picture[dog]")
            #expect(found.first?["ours"] as? String == "100 VND" && found.first?["theirs"] as? String == "150 VND")
            #expect(found.first?["step"] as? String == "picture" && (found.first?["job"] as? String)?.hasPrefix("gw-") == true)
            #expect((found.first?["message"] as? String)?.contains("correct `prices`") == true)
        }
    }

    @Test func aRefundShowsInTheBalance() async throws {
        let workspace = try Workspace()
        let faults = [FaultRule(.refundJob, at: .textToImage, requests: [2])]
        try await Provider.serving(
            workspace,
            {
                $0.credits = 100_000
                $0.faults = faults
            }
        ) { provider in
            try await run(workspace, provider, ["cat"])
            #expect(try await differences(workspace, provider).isEmpty)
            // Flow AI documents no refunds: the run counts the failed job as spent, and the account gave the money back.
            try await run(workspace, provider, ["cat", "dog"], exits: 1)
            let found = try await differences(workspace, provider)
            #expect(found.map { $0["kind"] as? String } == ["spent"])
            #expect(found.first?["ours"] as? String == "100 VND" && found.first?["theirs"] as? String == "0 VND")
        }
    }

    @Test func aJobOfAnotherToolIsNamed() async throws {
        let workspace = try Workspace()
        try await Provider.serving(workspace, { $0.credits = 100_000 }) { provider in
            try await run(workspace, provider, ["cat"])
            #expect(try await differences(workspace, provider).isEmpty)
            let other = try Workspace()
            try await run(other, provider, ["stranger"])
            let found = try await differences(workspace, provider)
            #expect(found.map { $0["kind"] as? String } == ["unexplained"], "what it cost is not told apart from ours: \(found)")
            #expect((found.first?["message"] as? String)?.contains("“a stranger”") == true, "\(found)")
        }
    }

    // MARK: whose jobs

    @Test func jobsOfOtherCampaignsAreTheirs() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        try workspace.write(Campaigns.pictures(["bee"]).replacing("name: test", with: "name: other"), to: "other.yaml")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let nothing = try await Flowbatch.run(["audit", "other.yaml", "--sandbox"], in: workspace)
        #expect(nothing.exitCode == 0 && nothing.output.contains("nothing on record to compare"), "\(nothing.everything)")
        #expect(try await Flowbatch.run(["run", "other.yaml", "--sandbox=600", "--render", "none"], in: workspace).exitCode == 0)
        let result = try await audit(workspace)
        #expect(result.exitCode == 0 && result.output.contains("2 jobs on record, 200 VND"), "\(result.everything)")
        #expect(result.output.contains("not compared: 1 job of other campaigns in this folder (other)"), "\(result.output)")
        #expect(result.output.contains("not compared: what each job cost: Flow AI does not say it"), "\(result.output)")
    }

    @Test func whatIsHeldIsSettledByResolve() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write(
            #"{"faults": [{"fault": "close_after_accepting", "endpoint": "text-to-image", "requests": [1]}, {"fault": "server_error", "endpoint": "my-jobs"}]}"#,
            to: "faults.json")
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 2)
        let id = try #require(try await workspace.ledger().entries.first?.jobID)
        let result = try await audit(workspace)
        #expect(result.exitCode == 1, "\(result.everything)")
        #expect(
            result.output.contains("it is held: `flowbatch resolve campaign.yaml --sandbox=600 'picture[cat]' --job \(id)` settles it"),
            "\(result.output)")
    }

    // MARK: the sandbox

    @Test func aLiveSandboxIsVisited() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write(#"{"faults": [{"fault": "stuck_job"}]}"#, to: "faults.json")
        let running = try Flowbatch.start(
            ["run", "campaign.yaml", "--sandbox=60", "--render", "none", "--events", "-", "--faults", "faults.json"], in: workspace)
        await running.hasWritten("job.accepted")
        let result = try await Flowbatch.run(["audit", "campaign.yaml", "--sandbox"], in: workspace)
        #expect(result.exitCode == 0 && result.output.contains("what the run under way does"), "\(result.everything)")
        running.send(SIGINT)
        #expect(await running.result().exitCode == 6)
    }

    @Test func theLimitsAreThoseOfTheLastRun() async throws {
        let workspace = try Workspace()
        // 3 requests an hour are 3 in 36 ms at this speed, and 3 a minute at the usual one.
        try workspace.write(Campaigns.pictures(["cat", "dog", "owl"], overlay: "providers: { flow: { limits: { requests: 3/hour } } }"))
        #expect(try await Flowbatch.runSandbox(workspace, speed: 100_000).exitCode == 0)
        let result = try await Flowbatch.run(["audit", "campaign.yaml", "--sandbox", "--wait-quota"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let slower = try await Flowbatch.run(["audit", "campaign.yaml", "--sandbox=60"], in: workspace)
        #expect(slower.exitCode == 5 && slower.errors.contains("--wait-quota waits for it"), "\(slower.everything)")
    }

    // MARK: accounts that do not answer

    /// Leaves an accepted job on record; nobody waits for its end.
    private func submit(_ workspace: Workspace, _ provider: Provider) async throws {
        let running = try Flowbatch.start(
            ["run", "campaign.yaml", "--events", "-"], in: workspace, environment: provider.environment)
        running.send(SIGINT, onceWritten: "job.accepted")
        let result = await running.result()
        #expect(result.exitCode == 6, "\(result.everything)")
    }

    @Test func whyAnAccountWasNotAskedIsSaidByTheExitCode() async throws {
        let workspace = try Workspace()
        func audit(_ environment: [String: String]) async throws -> Flowbatch.Result {
            let result = try await Flowbatch.run(["audit", "campaign.yaml"], in: workspace, environment: environment)
            #expect(!result.output.contains("difference"), "\(result.everything)")
            return result
        }
        try workspace.write(Campaigns.pictures(["cat"]))
        let environment = try await Provider.serving(workspace) { provider in
            try await submit(workspace, provider)
            let refused = try await audit(provider.environment.merging(["FLOW_API_KEY": "sk-wrong"]) { $1 })
            #expect(refused.exitCode == 77, "\(refused.everything)")
            // The account's own log counts what the run and the audits sent.
            let asked = await provider.requests
            try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { limits: { requests: 1/hour } } }"))
            let full = try await audit(provider.environment)
            #expect(full.exitCode == 5 && full.errors.contains("are used up"), "\(full.everything)")
            #expect(await provider.requests == asked, "nothing was sent")
            try workspace.write(Campaigns.pictures(["cat"]))
            return provider.environment
        }
        let keyless = try await audit(environment.filter { $0.key != "FLOW_API_KEY" })
        #expect(keyless.exitCode == 78, "\(keyless.everything)")
        let gone = try await audit(environment)
        #expect(gone.exitCode == 69 && gone.errors.contains("nothing was compared"), "\(gone.everything)")
    }

    @Test func aPauseThatTheProviderAsksForIsKept() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try await Provider.serving(workspace) { provider in
            try await submit(workspace, provider)
        }
        var throttle = FaultRule(.throttle, at: .myJobs)
        // An hour of the clock that this machine goes by.
        throttle.lasts = 3600 * 600
        try await Provider.serving(workspace, { [throttle] in $0.faults = [throttle] }) { provider in
            let first = try await Flowbatch.run(["audit", "campaign.yaml"], in: workspace, environment: provider.environment)
            #expect(first.exitCode == 5, "\(first.everything)")
            let asked = await provider.requests
            let second = try await Flowbatch.run(["audit", "campaign.yaml"], in: workspace, environment: provider.environment)
            #expect(second.exitCode == 5 && second.errors.contains("asked for a pause"), "\(second.everything)")
            #expect(await provider.requests == asked, "the account is left alone meanwhile")
        }
    }
}
