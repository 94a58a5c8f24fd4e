import Foundation
import Testing

/// `plan` tells what matters to this plan, and no more.
@Suite struct PlanWordTests {
    private func plan(_ workspace: Workspace, _ more: [String] = []) async throws -> String {
        let result = try await Flowbatch.run(["plan", "campaign.yaml"] + more, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return result.output
    }

    @Test func instancesThatChangedAlikeAreOneLine() async throws {
        let workspace = try Workspace()
        let names = (1...6).map { "cat\($0)" }
        try workspace.write(Campaigns.pictures(names))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(Campaigns.pictures(names).replacing("\"a ${{", with: "\"one ${{"))
        let text = try await plan(workspace, ["--sandbox=600"])
        #expect(
            text.contains(
                "runs  6 of picture  prompt changed in picture[cat1], picture[cat2], picture[cat3] and 3 more; the first: prompt changed: "),
            "\(text)")
        #expect(!text.contains("picture[cat4]"), "\(text)")
        let json = try await plan(workspace, ["--sandbox=600", "--json"])
        #expect(json.contains("picture[cat4]") && json.contains("\"changes\""), "\(json)")
    }

    @Test func onlyAssumptionsThatMatterAreTold() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let text = try await plan(workspace)
        #expect(!text.contains("price of upscale") && !text.contains("thread_is") && !text.contains("images_from"), "\(text)")
        #expect(text.contains("do not matter here: `flowbatch providers flow`"), "\(text)")
        try workspace.write(Campaigns.chain())
        #expect(try await plan(workspace).contains("assumed   price of upscale"), "it upscales")
    }

    @Test func aPlansOwnFeeIsSaidWhereItIsRecommended() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((1...60).map { "cat\($0)" }, overlay: "budget: 100000 VND"))
        let text = try await plan(workspace, ["--compare-plans"])
        let best = try #require(text.split(separator: "\n").first { $0.contains("Best within the budget") })
        #expect(best.contains("a plan's own fee aside: ") && (!best.contains("turbo") || best.contains("from 5,000,000 ₫")), "\(best)")
    }
}
