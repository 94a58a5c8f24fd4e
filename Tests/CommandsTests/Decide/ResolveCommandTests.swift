import Foundation
import Sandbox
import Testing

/// Submissions of unknown fate, settled by a person, with the built program.
@Suite struct ResolveCommandTests {
    /// No listing can be believed, so what has no reply is held.
    private static let doubtful = "providers: { flow: { reconcile: { listing: { complete: false } } } }"

    private func resolve(_ workspace: Workspace, _ more: [String]) async throws -> Flowbatch.Result {
        try await Flowbatch.run(["resolve", "campaign.yaml", "--sandbox=600"] + more, in: workspace)
    }

    /// A campaign of which the first submission is held; `fault` says whether the provider took it.
    private func held(fault: String = "close_before_accepting") async throws -> Workspace {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], overlay: Self.doubtful))
        let listing = fault == "close_after_accepting" ? #", {"fault": "server_error", "endpoint": "my-jobs"}"# : ""
        try workspace.write(
            #"{"faults": [{"fault": "\#(fault)", "endpoint": "text-to-image", "requests": [1]}\#(listing)]}"#, to: "faults.json")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"])
        #expect(result.exitCode == 2, "\(result.everything)")
        #expect(result.errors.contains("flowbatch resolve campaign.yaml --sandbox=600 STEP --job ID"), "\(result.errors)")
        return workspace
    }

    @Test func whatIsHeldIsListedWithAllThatHelpsToFindIt() async throws {
        let workspace = try await held()
        let list = try await resolve(workspace, [])
        #expect(list.exitCode == 0, "\(list.everything)")
        for word in ["picture[", "a cat", "t2i (text-to-image)", "fb-", "100 VND", "listing", "--not-submitted"] {
            #expect(list.output.contains(word), "\(word): \(list.output)")
        }
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(try await resolve(workspace, ["--json"]).output.utf8)) as? [String: Any])
        let submissions = try #require(json["submissions"] as? [[String: Any]])
        #expect(submissions.count == 1 && submissions[0]["held"] as? Bool == true && submissions[0]["uses"] as? String == "t2i")
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(status.output.contains("flowbatch resolve campaign.yaml --sandbox=600 'picture[cat]' --job ID"), "\(status.output)")
        #expect(status.output.contains("next run") && status.output.contains("looks into the listing"), "\(status.output)")
    }

    /// What the listing shows that nothing else accounts for is a candidate, with its time and address, and ready to be settled.
    @Test func aJobOfTheListingThatMayBeItIsShown() async throws {
        let workspace = try await held(fault: "close_after_accepting")
        let id = try #require(try await workspace.ledger().entries.first?.jobID)
        let shown = try await resolve(workspace, ["picture[cat]"])
        #expect(shown.exitCode == 0, "\(shown.everything)")
        for word in ["shows one job that may be it", "/public/api/v1/jobs/\(id)", "--job \(id)", "at stake", "t2i (text-to-image)"] {
            #expect(shown.output.contains(word), "\(word): \(shown.output)")
        }
        #expect(!shown.output.contains(/\d{4}-\d\d-\d\dT/), "a time as programs write it: \(shown.output)")
        let offline = try await resolve(workspace, ["--offline"])
        #expect(offline.output.contains("not asked, as --offline says") && !offline.output.contains(id), "\(offline.output)")
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(try await resolve(workspace, ["--json"]).output.utf8)) as? [String: Any])
        let submission = try #require((json["submissions"] as? [[String: Any]])?.first)
        let candidate = try #require((submission["candidates"] as? [[String: Any]])?.first)
        #expect(candidate["job"] as? String == id)
        #expect((candidate["created_at"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT.*Z/) != nil, "\(candidate)")
        #expect((submission["sent_at"] as? String)?.wholeMatch(of: /\d{4}-\d\d-\d\dT.*Z/) != nil, "\(submission)")
        let fate = try #require(submission["fate"] as? [String: Any])
        #expect(fate["next_run"] as? String == "asks_listing", "\(fate)")
    }

    // MARK: a wrong id

    @Test func aJobThatTheProviderDoesNotKnowIsNotRecorded() async throws {
        let workspace = try await held(fault: "close_after_accepting")
        let refused = try await resolve(workspace, ["picture[cat]", "--job", "gw-nobody"])
        #expect(refused.exitCode == 64, "\(refused.everything)")
        #expect(
            refused.errors.contains("Flow AI knows no job gw-nobody") && refused.errors.contains("nothing was changed"), "\(refused.errors)"
        )
        #expect(try await resolve(workspace, ["--offline"]).output.contains("]: held\n"))
    }

    /// Taken at its word, a wrong id is found out by the next run, which holds the submission again; the right id goes on from there.
    @Test func aWrongIDIsHeldAgainAndCanBeCorrected() async throws {
        let workspace = try await held(fault: "close_after_accepting")
        let id = try #require(try await workspace.ledger().entries.first?.jobID)
        let wrong = try await resolve(workspace, ["picture[cat]", "--job", "gw-nobody", "--offline"])
        #expect(wrong.exitCode == 0 && wrong.output.contains("without asking the provider"), "\(wrong.everything)")
        #expect(try await resolve(workspace, ["picture[cat]", "--not-submitted"]).exitCode == 64, "it is named")
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(plan.output.contains("asks the provider about gw-nobody"), "\(plan.output)")
        let run = try await Flowbatch.runSandbox(workspace)
        #expect(run.exitCode == 2, "\(run.everything)")
        #expect(
            try workspace.summary().steps.first?.reason?.contains(
                "gw-nobody, which `flowbatch resolve` was told, is unknown to the provider") == true)
        let right = try await resolve(workspace, ["picture[cat]", "--job", id])
        #expect(right.exitCode == 0, "\(right.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try workspace.summary().steps.first?.jobs == [id])
        #expect(try await workspace.ledger().entries.count == 1)
    }

    @Test func aWrongIDIsCorrectedBeforeTheNextRun() async throws {
        let workspace = try await held(fault: "close_after_accepting")
        let id = try #require(try await workspace.ledger().entries.first?.jobID)
        #expect(try await resolve(workspace, ["picture[cat]", "--job", "gw-nobody", "--offline"]).exitCode == 0)
        let shown = try await resolve(workspace, [])
        #expect(shown.output.contains("you named its job") && shown.output.contains("--job \(id)"), "\(shown.output)")
        let right = try await resolve(workspace, ["picture[cat]", "--job", id])
        #expect(right.exitCode == 0 && right.output.contains("instead of gw-nobody"), "\(right.everything)")
        let again = try await resolve(workspace, ["picture[cat]", "--job", id])
        #expect(again.exitCode == 0 && again.output.contains("already"), "\(again.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 1)
        let late = try await resolve(workspace, ["picture[cat]", "--job", "gw-nobody", "--offline"])
        #expect(late.exitCode == 64, "it has ended: \(late.everything)")
    }

    @Test func thatItWasNeverSubmittedIsHeldAgainstTheListing() async throws {
        let workspace = try await held(fault: "close_after_accepting")
        let id = try #require(try await workspace.ledger().entries.first?.jobID)
        let doubted = try await resolve(workspace, ["picture[cat]", "--not-submitted"])
        #expect(doubted.exitCode == 64, "\(doubted.everything)")
        #expect(doubted.errors.contains(id) && doubted.errors.contains("--yes"), "\(doubted.errors)")
        #expect(try await resolve(workspace, ["--offline"]).output.contains("]: held\n"), "nothing was changed")
        let sure = try await resolve(workspace, ["picture[cat]", "--not-submitted", "--yes"])
        #expect(sure.exitCode == 0 && sure.errors.contains("warning"), "\(sure.everything)")
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--json"], in: workspace)
        #expect(plan.output.contains("was told that it was never submitted"), "\(plan.output)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await workspace.ledger().entries.count == 2, "as it was told")
    }

    @Test func withoutAKeyNothingIsRecordedUnlessItIsAskedFor() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], overlay: Self.doubtful))
        let (first, id) = try await Provider.serving(workspace) {
            $0.faults = [
                FaultRule(.closeAfterAccepting, at: .textToImage, requests: [1]),
                FaultRule(.serverError, at: .myJobs, requests: [1, 2, 3, 4, 5, 6]),
            ]
        } _: { provider in
            var environment = provider.environment
            environment["FLOWBATCH_SPEED"] = "600"
            let result = try await Flowbatch.run(["run", "campaign.yaml", "--yes"], in: workspace, environment: environment)
            return (result, try #require(await provider.server.ledger().entries.first?.jobID))
        }
        #expect(first.exitCode == 2, "\(first.everything)")
        func resolve(_ more: [String], _ environment: [String: String] = [:]) async throws -> Flowbatch.Result {
            try await Flowbatch.run(["resolve", "campaign.yaml"] + more, in: workspace, environment: environment)
        }
        let list = try await resolve([])
        #expect(list.exitCode == 0 && list.output.contains("the listing of Flow AI could not be asked"), "\(list.everything)")
        let away = ["FLOW_BASE_URL": "http://127.0.0.1:9", "FLOW_API_KEY": Provider.key]
        for more in [["--job", id], ["--not-submitted"]] {
            let keyless = try await resolve(["picture"] + more)
            #expect(keyless.exitCode == 78 && keyless.errors.contains("--offline takes your word for it"), "\(keyless.everything)")
            let unreachable = try await resolve(["picture"] + more, away)
            #expect(unreachable.exitCode == 69 && unreachable.errors.contains("nothing was changed"), "\(unreachable.everything)")
        }
        #expect(try await resolve(["picture", "--not-submitted", "--offline"]).exitCode == 0)
    }

    // MARK: settled

    @Test func whatWasAcceptedIsFetchedUnderItsID() async throws {
        let workspace = try await held(fault: "close_after_accepting")
        let id = try #require(try await workspace.ledger().entries.first?.jobID)
        let result = try await resolve(workspace, ["picture[cat]", "--job", id])
        #expect(result.exitCode == 0, "\(result.everything)")
        let again = try await resolve(workspace, ["picture[cat]", "--job", id])
        #expect(again.exitCode == 0 && again.output.contains("already"), "the same word twice changes nothing: \(again.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let summary = try workspace.summary()
        #expect(summary.steps.first?.jobs == [id])
        #expect(try await workspace.ledger().entries.count == 1)
        #expect(summary.totals.cost.map(\.amount) == ["100"])
    }

    @Test func whatWasMadeIsPlacedAndItsPriceCounts() async throws {
        let workspace = try await held()
        try workspace.write("no picture", to: "wrong.png")
        let wrong = try await resolve(workspace, ["picture[cat]", "--result", "wrong.png"])
        #expect(wrong.exitCode == 64 && wrong.errors.contains("nothing was recorded"), "\(wrong.everything)")
        let missing = try await resolve(workspace, ["picture[cat]", "--result", "nowhere.png"])
        #expect(missing.exitCode == 66, "\(missing.everything)")
        let twice = try await resolve(workspace, ["picture[cat]", "--result", "product.png", "--result", "product.png"])
        #expect(twice.exitCode == 64, "\(twice.everything)")
        let result = try await resolve(workspace, ["picture[cat]", "--result", "product.png"])
        #expect(result.exitCode == 0, "\(result.everything)")
        let file = workspace.url("outputs/test-sandbox/picture/cat.png")
        #expect(try Data(contentsOf: file) == Data(contentsOf: workspace.url("product.png")))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let summary = try workspace.summary()
        #expect(summary.totals.requests == 0 && summary.totals.cached == 1)
        #expect(summary.totals.cost.map(\.amount) == ["100"])
        #expect(summary.steps.first?.jobs == [])
        // There is no job to fetch it from.
        try FileManager.default.removeItem(at: file)
        let lost = try await Flowbatch.runSandbox(workspace)
        #expect(lost.exitCode == 1 && lost.errors.contains("flowbatch resolve"), "\(lost.everything)")
        #expect(try await workspace.ledger().entries.isEmpty)
    }

    @Test func aResultMayComeFromAnAddress() async throws {
        let workspace = try await held()
        let server = try await SandboxServer.start(SandboxConfiguration(stateDirectory: workspace.url("other"), render: .none))
        let refused = try await resolve(
            workspace, ["picture[cat]", "--result", server.baseURL.absoluteString + "/sandbox/ledger?key=s3cret"])
        await server.stop()
        #expect(refused.exitCode == 64, "\(refused.everything)")
        #expect(!refused.everything.contains("s3cret"))
        let gone = try await resolve(workspace, ["picture[cat]", "--result", server.baseURL.absoluteString + "/x.png"])
        #expect(gone.exitCode == 69, "\(gone.everything)")
    }

    @Test func aPictureAtAnAddressIsPlaced() async throws {
        let workspace = try await held()
        let picture = try Data(contentsOf: workspace.url("product.png"))
        let server = try FileServer(picture, type: "image/png")
        defer { server.stop() }
        let placed = try await resolve(workspace, ["picture[cat]", "--result", server.address + "/given.png?signature=s3cret"])
        #expect(placed.exitCode == 0, "\(placed.everything)")
        #expect(!placed.everything.contains("s3cret"))
        #expect(try Data(contentsOf: workspace.url("outputs/test-sandbox/picture/cat.png")) == picture)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try workspace.summary().totals.requests == 0)
    }

    @Test func withWaitLockItWaitsForARunToEnd() async throws {
        let workspace = try await held()
        try await expectToWait(
            for: ".flowbatch/sandbox/state.sqlite", ["resolve", "campaign.yaml", "--sandbox=600", "picture", "--not-submitted"],
            in: workspace)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
    }

    @Test("the attempt rises only after a recorded terminal outcome that was not billed, or an explicit resubmit")
    func theAttemptRisesOnlyOnPurpose() async throws {
        let lost = try await held()
        let before = try await resolve(lost, ["--json"]).output
        #expect(try await Flowbatch.runSandbox(lost).exitCode == 2)
        #expect(try lost.summary().steps.first?.attempts == 1)
        #expect(try await resolve(lost, ["--json"]).output == before, "the very same submission")
        #expect(try await resolve(lost, ["picture", "--not-submitted"]).exitCode == 0)
        #expect(try await Flowbatch.runSandbox(lost).exitCode == 0)
        #expect(try lost.summary().steps.first?.attempts == 2)
        #expect(try lost.summary().totals.cost.map(\.amount) == ["100"])
        #expect(try await lost.ledger().entries.count == 1)

        let paid = try await held(fault: "close_after_accepting")
        #expect(try await resolve(paid, ["picture", "--resubmit"]).exitCode == 0)
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--json"], in: paid)
        #expect(plan.output.contains(#""runs" : 1"#), "\(plan.output)")
        #expect(try await Flowbatch.runSandbox(paid).exitCode == 0)
        #expect(try paid.summary().steps.first?.attempts == 2)
        let ledger = try await paid.ledger()
        #expect(ledger.entries.count == 2 && Set(ledger.entries.compactMap(\.idempotencyKey)).count == 2)
        #expect(try paid.summary().totals.cost.map(\.amount) == [ledger.totals.charged], "the first attempt counts as spent")
    }

    @Test func ofSeveralSubJobsOneIsNamed() async throws {
        let workspace = try Workspace()
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            \(Self.doubtful)
            steps:
              mix:
                uses: r2i
                with: { prompt: mix, references: [product.png], count: 2 }
            """)
        try workspace.write(
            #"{"faults": [{"fault": "close_before_accepting", "endpoint": "reference-to-image", "requests": [1, 2]}]}"#, to: "faults.json")
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 2)
        let ambiguous = try await resolve(workspace, ["mix", "--result", "product.png"])
        #expect(ambiguous.exitCode == 64 && ambiguous.errors.contains("--sub-job"), "\(ambiguous.everything)")
        #expect(try await resolve(workspace, ["mix", "--sub-job", "2", "--result", "product.png"]).exitCode == 0)
        #expect(try await resolve(workspace, ["mix", "--sub-job", "2", "--not-submitted"]).exitCode == 64)
        #expect(try await resolve(workspace, ["mix", "--not-submitted"]).exitCode == 0)
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try workspace.summary().steps.first?.artifacts.count == 2)
        #expect(try await workspace.ledger().entries.count == 1)
    }

    @Test func theAccountAgreesAfterwards() async throws {
        let workspace = try await held()
        func gauge() async throws -> String {
            let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
            return try #require(status.output.split(separator: "\n").first { $0.contains("slots") }.map(String.init))
        }
        #expect(try await gauge().contains("1/3 slots"))
        #expect(try await resolve(workspace, ["picture[cat]", "--not-submitted"]).exitCode == 0)
        #expect(try await gauge().contains("0/3 slots"))
    }

    @Test func wrongUsageEndsWith64() async throws {
        let workspace = try await held()
        for arguments in [
            ["picture[cat]", "--resubmit", "--yes"], ["picture[cat]", "--resubmit", "--not-submitted"], ["--not-submitted"],
            ["nothing", "--resubmit"],
            ["picture[cat]", "--job", "a/b"], ["picture[cat]", "--sub-job", "0", "--resubmit"],
        ] {
            let result = try await resolve(workspace, arguments)
            #expect(result.exitCode == 64, "\(arguments): \(result.everything)")
        }
        let list = try await resolve(workspace, [])
        #expect(list.output.contains("a cat"), "nothing was changed: \(list.output)")
    }
}
