import Foundation
import Testing

/// CSV files, patterns of files and consent to the environment, through the built program.
@Suite struct FanOutFileTests {
    private static let rows = """
        flowbatch: 1
        name: test
        provider: flow
        env: [SEASON]
        steps:
          picture:
            uses: t2i
            for_each: { csv: data/products.csv }
            with: { prompt: "${{ each.name }} in ${{ env.SEASON }}" }
        """

    private static let files = """
        flowbatch: 1
        name: test
        provider: flow
        steps:
          hd:
            uses: upscale
            for_each: { glob: "p/**/*.png" }
            with: { image: "${{ each.item }}" }
        """

    private func workspace(_ campaign: String) throws -> Workspace {
        let workspace = try Workspace()
        try workspace.write(campaign)
        try workspace.write("\u{FEFF}sku;name\r\nA-1;Lụa Serum\r\n", to: "data/products.csv")
        return workspace
    }

    private func validate(_ workspace: Workspace, _ more: [String] = [], season: String? = nil) async throws -> Flowbatch.Result {
        try await Flowbatch.run(
            ["validate", "campaign.yaml"] + more, in: workspace, environment: season.map { ["SEASON": $0] } ?? [:])
    }

    @Test func aCSVFileIsReadWhereItLies() async throws {
        let workspace = try workspace(Self.rows)
        let plan = try await Flowbatch.run(
            ["plan", "campaign.yaml", "--json", "--env", "SEASON"], in: workspace, environment: ["SEASON": "summer"])
        #expect(plan.exitCode == 0, "\(plan.errors)")
        #expect(plan.output.contains("picture[A-1,Lụa Serum]"), "\(plan.output)")
    }

    @Test func missingAndUnreadableInputsExit66AndBrokenOnes65() async throws {
        let workspace = try workspace(Self.rows.replacing("env: [SEASON]\n", with: "").replacing(" in ${{ env.SEASON }}", with: ""))
        #expect(try await validate(workspace).exitCode == 0)
        try workspace.write("sku,name\nA-1\n", to: "data/products.csv")
        let ragged = try await validate(workspace)
        #expect(
            ragged.exitCode == 65 && ragged.everything.contains("FB1605") && ragged.everything.contains("line 2"), "\(ragged.everything)")
        try FileManager.default.removeItem(at: workspace.url("data/products.csv"))
        let missing = try await validate(workspace)
        #expect(missing.exitCode == 66 && missing.everything.contains("FB1601"), "\(missing.everything)")
        try FileManager.default.createDirectory(at: workspace.url("data/products.csv"), withIntermediateDirectories: true)
        let folder = try await validate(workspace)
        #expect(folder.exitCode == 66 && folder.everything.contains("FB1602"), "\(folder.everything)")
    }

    @Test func everyConsentIsAskedForByName() async throws {
        let workspace = try workspace(Self.rows)
        let without = try await validate(workspace, season: "summer")
        #expect(without.exitCode == 65 && without.everything.contains("--env SEASON"), "\(without.everything)")
        let unset = try await validate(workspace, ["--env", "SEASON"])
        #expect(unset.exitCode == 65 && unset.everything.contains("FB1224"), "\(unset.everything)")
        let other = try await validate(workspace, ["--env", "SEASON", "--env", "MARKET"], season: "summer")
        #expect(other.exitCode == 65 && other.everything.contains("FB1225"), "\(other.everything)")
        #expect(try await validate(workspace, ["--env", "SEASON"], season: "summer").exitCode == 0)
        for refused in ["FLOW_API_KEY", "my_token", "SEASON=summer", "2ND"] {
            let result = try await validate(workspace, ["--env", refused], season: "summer")
            #expect(result.exitCode == 64, "\(refused): \(result.everything)")
        }
    }

    @Test func patternsFindFilesButNoHiddenOnesNorLoops() async throws {
        let workspace = try workspace(Self.files)
        let none = try await validate(workspace)
        #expect(none.exitCode == 65 && none.everything.contains("FB1608"), "\(none.everything)")
        let picture = try Data(contentsOf: workspace.url("product.png"))
        for path in ["p/b.png", "p/a.png", "p/sub/c.png", "p/.hidden.png"] {
            let url = workspace.url(path)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try picture.write(to: url)
        }
        try FileManager.default.createSymbolicLink(at: workspace.url("p/sub/loop"), withDestinationURL: workspace.url("p"))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--json"], in: workspace)
        #expect(plan.exitCode == 0, "\(plan.errors)")
        for name in ["hd[a]", "hd[b]", "hd[sub/c]"] {
            #expect(plan.output.contains(name.replacing("/", with: "\\/")) || plan.output.contains(name), "\(plan.output)")
        }
        #expect(!plan.output.contains("hidden") && !plan.output.contains("loop"))
    }

    @Test func whatIsSetAndNotReadIsWarnedOf() async throws {
        let workspace = try workspace(Self.rows.replacing("env.SEASON }}", with: "env.SEASON | default('summer') }}"))
        for command in [["validate"], ["plan"], ["run", "--sandbox=600", "--render", "none"]] {
            let result = try await Flowbatch.run(command + ["campaign.yaml"], in: workspace, environment: ["SEASON": "a secret winter"])
            #expect(result.exitCode == 0, "\(result.everything)")
            #expect(result.everything.contains("FB1227") && result.everything.contains("--env SEASON"), "\(result.everything)")
            #expect(!result.everything.contains("a secret winter"))
        }
    }

    /// A campaign from elsewhere must not reach other files of the user by a link either.
    @Test(arguments: [
        ("for_each: { csv: notes.csv }", "each.name"), ("for_each: { csv: data/notes.csv }", "each.name"),
        ("for_each: { glob: 'data/*.csv' }", "each.item"), ("for_each: { glob: '*.csv' }", "each.item"),
        ("for_each: { glob: 'notes.csv' }", "each.item"), ("for_each: { glob: '{a,data}/notes.csv' }", "each.item"),
    ])
    func linksLeadNowhereElse(fanOut: String, value: String) async throws {
        let elsewhere = try Workspace()
        try elsewhere.write("name\nprivate words\n", to: "notes.csv")
        let workspace = try Workspace()
        try workspace.write(
            "flowbatch: 1\nname: test\nprovider: flow\nsteps:\n  a:\n    uses: t2i\n    \(fanOut)\n    with: { prompt: '${{ \(value) }}' }\n"
        )
        let (file, folder) = (workspace.url("notes.csv"), workspace.url("data"))
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: elsewhere.url("notes.csv"))
        try FileManager.default.createSymbolicLink(at: folder, withDestinationURL: elsewhere.root)
        let outside = try await validate(workspace)
        #expect(outside.exitCode == 65 && outside.everything.contains("FB1606"), "\(outside.everything)")
        #expect(!outside.everything.contains("private words"))
        // Links within the folder are as good as what they lead to.
        for link in [file, folder] { try FileManager.default.removeItem(at: link) }
        try workspace.write("name\nfine\n", to: "real/notes.csv")
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: workspace.url("real/notes.csv"))
        try FileManager.default.createSymbolicLink(at: folder, withDestinationURL: workspace.url("real"))
        let inside = try await validate(workspace)
        #expect(inside.exitCode == 0, "\(inside.everything)")
    }
}
