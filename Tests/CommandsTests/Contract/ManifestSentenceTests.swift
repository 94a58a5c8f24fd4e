import Foundation
import Sandbox
import Testing

/// What the manifest promises, shown with the built program.
@Suite struct ManifestSentenceTests {
    private func refusal(of campaign: String, in workspace: Workspace? = nil) async throws -> String {
        let workspace = try workspace ?? Workspace()
        try workspace.write(campaign)
        let result = try await Flowbatch.run(["validate", "campaign.yaml"], in: workspace)
        #expect(result.exitCode == 65, "\(result.everything)")
        return result.output
    }

    @Test("the long names (`text-to-image`, `reference-to-image`, …) are aliases")
    func longNamesAreAliases() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(
            Campaigns.chain().replacing("uses: r2i", with: "uses: reference-to-image").replacing("uses: i2v", with: "uses: image-to-video"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try workspace.summary().totals.requests == 0, "the long name was taken for other work")
    }

    @Test(
        "A campaign that uses a parameter its definition lacks is refused before anything is sent, with the line and a suggestion")
    func unknownParametersAreRefused() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]).replacing("count:", with: "cuont:"))
        try await Provider.serving(workspace) { provider in
            let result = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: provider.environment)
            #expect(result.exitCode == 65, "\(result.everything)")
            for part in ["campaign.yaml:9:", "`cuont`", "did you mean `count`?"] {
                #expect(result.errors.contains(part), "\(part): \(result.errors)")
            }
            #expect(await provider.requests == 0)
        }
    }

    @Test("Counts are known before the run: the whole graph is built, checked and priced at plan time")
    func theWholeGraphIsPricedBefore() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        for part in ["11 instances", "21,000 VND"] { #expect(plan.output.contains(part), "\(part): \(plan.output)") }
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let totals = try workspace.summary().totals
        #expect(totals.steps == 11 && totals.cost.map(\.amount) == ["21000"])
    }

    @Test("duplicate keys, unknown keys, alias bombs, over-deep nesting and over-large files are errors with a place")
    func hostileFilesAreErrorsWithAPlace() async throws {
        let good = Campaigns.pictures(["cat"])
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 {
            bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        for (campaign, place, word) in [
            (good + "\nname: again\n", "campaign.yaml:11:1", "FB1002"), (good + "\nnmae: x\n", "campaign.yaml:11:1", "did you mean"),
            (bomb + good, "campaign.yaml:5:45", "alias"),
            (good + "\nvars: " + String(repeating: "[", count: 9000), "campaign.yaml:11:70", "levels"),
            (good + "\n#" + String(repeating: "x", count: 5 << 20), "campaign.yaml:1:1", "bytes"),
        ] {
            let text = try await refusal(of: campaign)
            #expect(text.contains(place) && text.contains(word), "\(word): \(text.prefix(2000))")
        }
    }

    @Test("Even with the state lost the same key goes out")
    func keysComeFromWhatIsAskedForAlone() async throws {
        var keys: [[String]] = []
        for _ in 0..<2 {
            let workspace = try Workspace()
            try workspace.write(Campaigns.chain())
            #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
            keys.append(try await workspace.ledger().entries.compactMap(\.idempotencyKey).sorted())
        }
        #expect(keys[0] == keys[1] && keys[0].count == 12)
    }

    @Test("Renaming a step, reordering keys, or a comment re-runs nothing")
    func whatAnInstanceIsCalledDoesNotMatter() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let renamed = Campaigns.chain().replacing("hd:", with: "large:").replacing("steps.hd.", with: "steps.large.")
            .replacing("flowbatch: 1", with: "# a comment\nflowbatch: 1")
            .replacing("image: \"${{ each.item }}\", resolution: 4K", with: "resolution: 4K, image: \"${{ each.item }}\"")
        #expect(renamed != Campaigns.chain())
        try workspace.write(renamed)
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try workspace.summary().totals.requests == 0)
        #expect(try await workspace.ledger().entries.count == 12)
    }

    @Test("A changed prompt re-runs that instance and what hangs on it")
    func aChangedPromptReRunsItsChainAlone() async throws {
        let workspace = try Workspace()
        func campaign(_ names: [String]) -> String {
            Campaigns.pictures(names)
                + """

                  large:
                    uses: upscale
                    for_each: ${{ steps.picture.images }}
                    with: { image: "${{ each.item }}", resolution: 2K }
                """
        }
        try workspace.write(campaign(["cat", "dog", "owl"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try workspace.write(campaign(["cat", "lynx", "owl"]))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try workspace.summary().steps.filter { !$0.cached }.map(\.instance).sorted() == ["large[lynx]", "picture[lynx]"])
        #expect(try await workspace.ledger().entries.count == 6 + 2)
    }

    @Test("above the provider's maximum likewise")
    func countsAboveTheMaximumBecomeSubJobs() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"], count: 10))
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let entries = try await workspace.ledger().entries
        #expect(entries.map(\.images).sorted() == [2, 4, 4] && Set(entries.compactMap(\.idempotencyKey)).count == 3)
        #expect(try workspace.summary().steps.map { [$0.jobs.count, $0.artifacts.count] } == [[3, 10]])
    }
}
