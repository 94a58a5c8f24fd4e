import Foundation
import Testing

/// The flags that say which campaign is meant, where nothing runs.
@Suite struct InspectFlagTests {
    private let counted = Campaigns.pictures(["cat", "dog"], overlay: "vars: { many: 1 }").replacing(
        "count: 1", with: "count: '${{ vars.many }}'")

    private func flowbatch(_ arguments: [String], in workspace: Workspace) async throws -> String {
        let result = try await Flowbatch.run(arguments, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return result.output
    }

    @Test func planTakesVarAndOnly() async throws {
        let workspace = try Workspace()
        try workspace.write(counted)
        for (flags, cost) in [
            ([], "200 VND"), (["--var", "many=4"], "800 VND"), (["--only", "picture[dog]", "--var", "many=4"], "400 VND"),
        ] {
            let plan = try await flowbatch(["plan", "campaign.yaml"] + flags, in: workspace)
            #expect(plan.contains(cost), "\(flags): \(plan)")
        }
    }

    @Test func planAndStatusLookWhereTheRunWrote() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let places = ["--state", "kept/state.sqlite", "--output", "made"]
        #expect(try await Flowbatch.runSandbox(workspace, places).exitCode == 0)
        let sandbox = ["campaign.yaml", "--sandbox=600"]
        #expect(try await flowbatch(["plan"] + sandbox + places, in: workspace).contains("1 done"))
        #expect(try await !flowbatch(["plan"] + sandbox, in: workspace).contains("1 done"))
        #expect(try await flowbatch(["status"] + sandbox + places, in: workspace).contains("100 VND"))
        #expect(try await !flowbatch(["status"] + sandbox, in: workspace).contains("100 VND"))
    }

    @Test func validateTakesVar() async throws {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures(["cat"], overlay: "vars: { shape: '16:9' }").replacing("count: 1", with: "aspect_ratio: '${{ vars.shape }}'")
        )
        #expect(try await Flowbatch.run(["validate", "campaign.yaml"], in: workspace).exitCode == 0)
        let wrong = try await Flowbatch.run(["validate", "campaign.yaml", "--var", "shape=5:4"], in: workspace)
        #expect(wrong.exitCode == 65 && wrong.output.contains("5:4"), "\(wrong.everything)")
    }
}
