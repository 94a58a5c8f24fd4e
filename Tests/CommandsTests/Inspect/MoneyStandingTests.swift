import Foundation
import Testing

/// What plan, status, runs and `run.json` say of money that is neither spent nor free.
@Suite struct MoneyStandingTests {
    private func json(_ workspace: Workspace, _ arguments: [String]) async throws -> [String: Any] {
        let result = try await Flowbatch.run(arguments + ["--json"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    private func totals(_ workspace: Workspace) throws -> [String: Any] {
        let data = try Data(contentsOf: workspace.url("outputs/test-sandbox/run.json"))
        let summary = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(summary["totals"] as? [String: Any])
    }

    private func amounts(_ value: Any?) -> [String] { (value as? [[String: Any]] ?? []).compactMap { $0["amount"] as? String } }

    private static let doubtful = "providers: { flow: { reconcile: { listing: { complete: false } } } }"
    private static let words = "200 VND reserved for 2 held jobs (may have been billed)"

    @Test func heldSubmissionsAreReservedEverywhere() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"], overlay: Self.doubtful))
        try workspace.write(
            #"{"faults": [{"fault": "close_after_accepting", "endpoint": "text-to-image", "requests": [1, 2]}, {"fault": "server_error", "endpoint": "my-jobs"}]}"#,
            to: "faults.json")
        let held = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"])
        #expect(held.exitCode == 2, "\(held.everything)")
        #expect(held.errors.contains("reserved  \(Self.words)"), "\(held.errors)")
        let written = try totals(workspace)
        #expect(amounts(written["reserved"]) == ["200"] && written["reserved_jobs"] as? Int == 2 && amounts(written["cost"]) == [])

        // Three more pictures would fit, were it not for what is held.
        let names = ["cat", "dog", "owl", "fox", "elk"]
        try workspace.write(Campaigns.pictures(names, overlay: "budget: 450 VND\n" + Self.doubtful))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(plan.output.contains("NOT enough for 0 VND spent before + \(Self.words) + 300 VND at most now"), "\(plan.output)")
        let check = try #require(
            (try await json(workspace, ["plan", "campaign.yaml", "--sandbox=600"])["budgets"] as? [[String: Any]])?.first)
        #expect(check["verdict"] as? String == "exceeded" && (check["reserved"] as? [String: Any])?["amount"] as? String == "200")

        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 3, "as the plan said")
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(status.output.contains("spent 200 VND (estimated) so far; \(Self.words)"), "\(status.output)")
        #expect(status.output.contains("for money: budget of 450 VND: 400 VND spent or reserved, 100 VND more needed"), "\(status.output)")
        let runs = try await Flowbatch.run(["runs", "--sandbox"], in: workspace)
        #expect(runs.output.contains(Self.words) && runs.output.contains("stopped by the budget (exit code 3)"), "\(runs.output)")
    }

    @Test func whatHasNoKnownPriceIsCounted() async throws {
        let workspace = try Workspace()
        let clip = """
              clip:
                uses: t2v
                with: { prompt: "a walk" }
            """
        try workspace.write(Campaigns.pictures(["cat"], extra: clip))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let words = "100 VND (estimated) and 1 job at an unknown price"
        #expect(result.errors.contains("spent     \(words) (in the sandbox"), "\(result.errors)")
        #expect(try totals(workspace)["unknown_prices"] as? Int == 1 && totals(workspace)["spent_unknown_prices"] as? Int == 1)
        for command in ["status", "runs"] {
            let text = try await Flowbatch.run([command, "campaign.yaml", "--sandbox=600"], in: workspace)
            #expect(text.output.contains(words), "\(command): \(text.output)")
        }
        let again = try await Flowbatch.runSandbox(workspace)
        #expect(again.errors.contains("spent     nothing; \(words) over all runs of the campaign"), "\(again.errors)")
    }
}
