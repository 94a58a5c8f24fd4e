import Foundation
import Testing

/// `flowbatch validate` over several campaigns, in every form.
@Suite struct ValidateTests {
    private static func workspace() throws -> Workspace {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]), to: "fine.yaml")
        try workspace.write(Campaigns.pictures(["cat"], overlay: "bugdet: 100 VND"), to: "campaigns/broken.yaml")
        try workspace.write(
            Campaigns.pictures(["cat"], extra: "  other:\n    uses: t2i\n    with: { prompt: x, ratio: \"16:9\" }"), to: "other.yaml")
        return workspace
    }

    private static let all = ["fine.yaml", "campaigns/broken.yaml", "other.yaml"]

    @Test func peopleSeeEveryProblemOfEveryCampaignInOnePass() async throws {
        let result = try await Flowbatch.run(["validate"] + Self.all, in: try Self.workspace())
        #expect(result.exitCode == 65 && result.errors.isEmpty, "\(result.everything)")
        #expect(result.output.contains("campaigns/broken.yaml:4:1: error[FB1101]: unknown key `bugdet`"), "\(result.output)")
        #expect(result.output.contains("bugdet: 100 VND\n   | ^~~~~~") || result.output.contains(" | ^~~~~~"), "\(result.output)")
        #expect(result.output.contains("help: did you mean `budget`?"))
        #expect(result.output.contains("other.yaml:12:24: error[FB1302]"), "\(result.output)")
        #expect(result.output.contains("2 errors"))
        #expect(result.output.hasSuffix("\n`flowbatch explain FB1101 FB1302` says more about them\n"))
    }

    @Test func programsReadThemAsJSON() async throws {
        let result = try await Flowbatch.run(["validate", "--format", "json"] + Self.all, in: try Self.workspace())
        #expect(result.exitCode == 65 && result.errors.isEmpty)
        struct Problem: Decodable {
            struct Position: Decodable { let line, column: Int }
            let code, severity, file, message: String
            let line, column: Int
            let end: Position
            let suggestion: String?
        }
        let problems = try JSONDecoder().decode([Problem].self, from: Data(result.output.utf8))
        #expect(problems.map(\.code) == ["FB1101", "FB1302"])
        #expect(problems.map(\.file) == ["campaigns/broken.yaml", "other.yaml"])
        #expect(problems.first.map { [$0.line, $0.column, $0.end.line, $0.end.column] } == [4, 1, 4, 7])
        #expect(problems.first?.suggestion == "did you mean `budget`?" && problems.first?.severity == "error")
    }

    @Test func gitHubAnnotatesTheLines() async throws {
        let result = try await Flowbatch.run(["validate", "--format", "github"] + Self.all, in: try Self.workspace())
        #expect(result.exitCode == 65 && result.errors.isEmpty)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(
            lines.first?.hasPrefix("::error file=campaigns/broken.yaml,line=4,endLine=4,col=1,endColumn=7,title=FB1101::unknown key")
                == true,
            "\(result.output)")
    }

    @Test func codeScanningGetsRulesThatExplainThemselves() async throws {
        struct Log: Decodable {
            struct Text: Decodable { let text: String }
            struct Help: Decodable { let text, markdown: String }
            struct Rule: Decodable {
                let id: String
                let shortDescription, fullDescription: Text
                let help: Help
            }
            struct Driver: Decodable { let name: String; let rules: [Rule] }
            struct Tool: Decodable { let driver: Driver }
            struct Artifact: Decodable { let uri: String }
            struct Region: Decodable { let startLine, startColumn: Int }
            struct Physical: Decodable { let artifactLocation: Artifact; let region: Region }
            struct Location: Decodable { let physicalLocation: Physical }
            struct Found: Decodable { let ruleId: String; let ruleIndex: Int; let level: String; let locations: [Location] }
            struct Run: Decodable { let tool: Tool; let results: [Found] }
            let version: String
            let runs: [Run]
        }
        let result = try await Flowbatch.run(["validate", "--format", "sarif"] + Self.all, in: try Self.workspace())
        #expect(result.exitCode == 65 && result.errors.isEmpty)
        let log = try JSONDecoder().decode(Log.self, from: Data(result.output.utf8))
        let run = try #require(log.runs.first)
        #expect(log.version == "2.1.0" && run.tool.driver.name == "flowbatch")
        #expect(run.tool.driver.rules.map(\.id) == ["FB1101", "FB1302"])
        let rule = try #require(run.tool.driver.rules.first)
        #expect(rule.shortDescription.text == "A key that does not exist" && rule.fullDescription.text.contains("misspelt"))
        #expect(rule.help.markdown.contains("```yaml") && rule.help.text.contains("Wrong:"))
        #expect(run.results.map(\.ruleId) == ["FB1101", "FB1302"] && run.results.map(\.ruleIndex) == [0, 1])
        let place = try #require(run.results.first?.locations.first?.physicalLocation)
        #expect(place.artifactLocation.uri == "campaigns/broken.yaml" && place.region.startLine == 4)
    }

    @Test(arguments: ["text", "json", "github", "sarif"])
    func whatIsRightEndsWithZero(format: String) async throws {
        let result = try await Flowbatch.run(["validate", "fine.yaml", "--format", format], in: try Self.workspace())
        #expect(result.exitCode == 0 && !result.output.contains("FB1"), "\(result.everything)")
        #expect(format != "text" || result.errors == "fine.yaml: no problems\n")
    }

    @Test func missingFilesAloneAreAMissingInput() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain().replacing("product.png", with: "nowhere.png"))
        let result = try await Flowbatch.run(["validate", "campaign.yaml"], in: workspace)
        #expect(result.exitCode == 66 && result.output.contains("FB1601"), "\(result.everything)")
        #expect(try await Flowbatch.run(["validate", "nowhere.yaml"], in: workspace).exitCode == 66)
    }

    @Test func bytesThatAreNoTextAreShownWithTheirPlace() async throws {
        let workspace = try Workspace()
        try Data("flowbatch: 1\nname: caf".utf8 + [0xE9, 0x0A]).write(to: workspace.url("campaign.yaml"))
        let result = try await Flowbatch.run(["validate", "campaign.yaml"], in: workspace)
        #expect(
            result.exitCode == 65 && result.errors.contains("campaign.yaml:2:10: error[FB1008]: byte 0xE9 is not UTF-8"),
            "\(result.everything)")
    }

    @Test func whatStopsARunSaysWhereItIsExplained() async throws {
        let workspace = try Self.workspace()
        for command in ["run", "plan"] {
            let result = try await Flowbatch.run([command, "campaigns/broken.yaml", "--sandbox"], in: workspace)
            #expect(result.exitCode == 65 && result.errors.matches(of: /`flowbatch explain FB1101`/).count == 1, "\(result.everything)")
        }
    }
}
