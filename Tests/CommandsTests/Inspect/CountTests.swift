import Foundation
import Testing

/// Counts that have to agree wherever they are told.
@Suite struct CountTests {
    /// A picture made from an uploaded one.
    private func campaign(_ prompt: String = "on a shelf") -> String {
        """
        flowbatch: 1
        name: test
        provider: flow
        steps:
          product: { uses: upload, with: { file: product.png } }
          scene:
            uses: r2i
            with: { prompt: \(prompt), references: ["${{ steps.product.file }}"] }
        """
    }

    @Test func anUploadThatIsStillThereWasDoneBefore() async throws {
        let workspace = try Workspace()
        try workspace.write(campaign())
        let first = try await Flowbatch.runSandbox(workspace)
        #expect(first.errors.contains("All done: 2 done of 2 instances"), "\(first.errors)")
        let again = try await Flowbatch.runSandbox(workspace)
        #expect(again.errors.contains("All done: 2 done (all of it before) of 2 instances"), "\(again.errors)")
        #expect(!again.errors.contains("done       product"), "\(again.errors)")
        let summary = try workspace.summary()
        #expect(summary.totals.done == 2 && summary.totals.cached == 2)
    }

    @Test func whatIsUploadedIsNotCountedAgain() async throws {
        let workspace = try Workspace()
        try workspace.write(campaign())
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(campaign("on a beach"))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--json"], in: workspace)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any])
        #expect(report["transfers"] as? Int == 0)
        let least = try #require((report["accounts"] as? [[String: Any]])?.first?["requests_at_least"] as? Int)
        let forecast = try #require(((report["forecast"] as? [String: Any])?["accounts"] as? [[String: Any]])?.first)
        let foretold = (forecast["requests"] as? [String: Int] ?? [:]).values.reduce(0, +)
        #expect(least <= foretold, "\(least) at least, \(foretold) foretold")
        let text = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(!text.output.contains("to upload"), "\(text.output)")
    }

    @Test func filesThatOnlyMoveAreTold() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(Campaigns.pictures(["cat", "dog"]) + "\n    save: moved/${{ each.item }}.png\n")
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0 && result.errors.contains("2 files only moved"), "\(result.everything)")
        #expect(result.errors.contains("moved     2 files to where the campaign now wants them"), "\(result.errors)")
    }

    @Test func withEverythingDoneNothingIsForetoldOrCompared() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--compare-plans"], in: workspace)
        #expect(!plan.output.contains("Forecast") && !plan.output.contains("Done first"), "\(plan.output)")
        #expect(plan.output.contains("Nothing is left to compare"), "\(plan.output)")
    }

    @Test func whatIsLeftUndoneHasNoBoundOfItsOwn() async throws {
        let workspace = try Workspace()
        let clip = """
              clip:
                uses: t2v
                with: { prompt: "a walk" }
            """
        try workspace.write(Campaigns.pictures(["cat"], overlay: "budget: 100000 VND", extra: clip))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace)
        #expect(!plan.output.contains("no run can take less"), "\(plan.output)")
        #expect(plan.output.contains("with something left undone; all of it would take"), "\(plan.output)")
    }
}
