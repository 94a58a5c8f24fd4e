import Foundation
import Pipeline
import Templates
import Testing

@testable import Commands

@Suite struct InitTests {
    @Test func withoutATemplateItNamesThemAndEndsWith64() async throws {
        let workspace = try Workspace()
        for arguments in [
            ["init"], ["init", "shop"], ["init", "--template", "ecomerce"], ["init", "--template", "ecommerce", "--var", "x"],
        ] {
            let result = try await Flowbatch.run(arguments, in: workspace)
            #expect(result.exitCode == 64, "\(arguments): \(result.everything)")
        }
        let none = try await Flowbatch.run(["init"], in: workspace)
        for name in CampaignTemplate.all.map(\.name) { #expect(none.errors.contains(name)) }
        let near = try await Flowbatch.run(["init", "--template", "ecomerce"], in: workspace)
        #expect(near.errors.contains("did you mean `ecommerce`?"))
        #expect(workspace.files().map(\.lastPathComponent) == ["product.png"], "nothing was written")
        let list = try await Flowbatch.run(["init", "--list"], in: workspace)
        #expect(list.exitCode == 0)
        for template in CampaignTemplate.all { #expect(list.output.contains(template.name) && list.output.contains(template.summary)) }
    }

    @Test func whatIsThereIsNeverOverwritten() async throws {
        let workspace = try Workspace()
        try workspace.write("mine", to: "ads/campaign.yaml")
        try workspace.write("*.log\n/outputs", to: "ads/.gitignore")
        let refused = try await Flowbatch.run(["init", "ads", "--template", "advertising"], in: workspace)
        #expect(refused.exitCode == 74, "\(refused.everything)")
        #expect(refused.errors.contains("ads/campaign.yaml is in the way"))
        #expect(!FileManager.default.fileExists(atPath: workspace.url("ads/assets").path), "nothing was written")
        #expect(try text(workspace, "ads/.gitignore") == "*.log\n/outputs")

        let forced = try await Flowbatch.run(["init", "ads", "--template", "advertising", "--force"], in: workspace)
        #expect(forced.exitCode == 0, "\(forced.everything)")
        #expect(try text(workspace, "ads/campaign.yaml").contains("name: ads "))
        #expect(try text(workspace, "ads/.gitignore") == "*.log\n/outputs\n# flowbatch's state and results\n.flowbatch/\ndownloads/\n")

        // Again, it finds everything in place and touches nothing, a picture put in its stead included.
        try workspace.write("my own picture", to: "ads/assets/product.png")
        let again = try await Flowbatch.run(["init", "ads", "--template", "advertising"], in: workspace)
        #expect(again.exitCode == 74 && again.errors.contains("ads/assets/product.png is in the way"), "\(again.everything)")
        #expect(!again.errors.contains("campaign.yaml"))
        #expect(try text(workspace, "ads/assets/product.png") == "my own picture")
    }

    @Test func theCommentNamesWhatItCostsNow() async throws {
        let workspace = try Workspace()
        func cost(_ folder: String, _ more: [String]) async throws -> String {
            let result = try await Flowbatch.run(["init", folder, "--template", "ecommerce"] + more, in: workspace)
            #expect(result.exitCode == 0, "\(result.everything)")
            let lines = try text(workspace, folder + "/campaign.yaml").split(separator: "\n").filter { $0.hasPrefix("# Cost") }
            #expect(lines.count == 1)
            return String(lines.first ?? "")
        }
        #expect(try await cost("whole", []) == "# Cost: 3,000 VND = 6 products x 2 pictures x 100, and 12 upscales x 150.")
        #expect(
            try await cost("style", ["--var", "style=tối"]) == "# Cost: 3,000 VND = 6 products x 2 pictures x 100, and 12 upscales x 150.")
        #expect(try await cost("two", ["--var", "products=[nón lá, áo dài]"]) == "# Cost: 1,000 VND.")
    }

    @Test func theSameAgainWritesNothing() async throws {
        let workspace = try Workspace()
        let arguments = ["init", "--template", "social"]
        let first = try await Flowbatch.run(arguments, in: workspace)
        #expect(first.output.contains("Wrote campaign.yaml, campaign.schema.json, .gitignore"), "\(first.everything)")
        #expect(!first.output.contains("cd "))
        let second = try await Flowbatch.run(arguments, in: workspace)
        #expect(second.exitCode == 0 && second.output.contains("Everything was there already"), "\(second.everything)")
    }

    @Test func editorsFindTheSchemaBesideTheCampaign() async throws {
        let workspace = try Workspace()
        #expect(try await Flowbatch.run(["init", "--template", "website"], in: workspace).exitCode == 0)
        #expect(try text(workspace, "campaign.yaml").hasPrefix("# yaml-language-server: $schema=./campaign.schema.json\n# A website"))
        let printed = try await Flowbatch.run(["schema"], in: workspace)
        #expect(try text(workspace, "campaign.schema.json") == printed.output)
    }

    @Test func aPersonAtATerminalIsAskedWhatToMake() async throws {
        let workspace = try Workspace()
        let terminal = try PseudoTerminal()
        let running = try Flowbatch.start(["init", "spring"], in: workspace, environment: ["TERM": "xterm"], terminal: terminal)
        running.type("clips\nReels-1\n", onceShown: "[1]:", at: terminal)
        let refused = await running.result()
        #expect(refused.exitCode == 64, "a name in capitals: \(refused.everything)")
        #expect(refused.errors.contains("What do you make?") && refused.errors.contains("[spring]"), "\(refused.everything)")

        let second = try PseudoTerminal()
        let again = try Flowbatch.start(["init", "spring"], in: workspace, environment: ["TERM": "xterm"], terminal: second)
        again.type("2\n\n", onceShown: "[1]:", at: second)
        let made = await again.result()
        #expect(made.exitCode == 0, "\(made.everything)")
        #expect(try text(workspace, "spring/campaign.yaml").contains("name: spring "))
        #expect(try text(workspace, "spring/campaign.yaml").contains("uses: t2v"))

        let automatic = try PseudoTerminal()
        let asked = try Flowbatch.start(["init", "autumn"], in: workspace, environment: ["TERM": "xterm", "CI": "1"], terminal: automatic)
        #expect(await asked.result().exitCode == 64, "nobody is asked in CI")
    }

    @Test func aFileInPlaceOfTheFolderIsNamed() async throws {
        let workspace = try Workspace()
        try workspace.write("x", to: "shop")
        let result = try await Flowbatch.run(["init", "shop", "--template", "social"], in: workspace)
        #expect(result.exitCode == 74 && result.errors.contains("shop"), "\(result.everything)")
    }

    @Test func nameAndVariablesAreWrittenIn() async throws {
        let workspace = try Workspace()
        let result = try await Flowbatch.run(
            [
                "init", "Bộ sưu tập hè", "--template", "ecommerce", "--var", #"products=["áo dài lụa", "nón lá: loại 1"]"#, "--var",
                "style=nền hồng",
            ], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(result.output.contains("cd 'Bộ sưu tập hè'"))
        #expect(result.output.contains("1,000 VND"), "2 products × (2 × 100 + 2 × 150): \(result.output)")
        let manifest = try text(workspace, "Bộ sưu tập hè/campaign.yaml")
        #expect(manifest.contains("name: bo-suu-tap-he "))
        #expect(manifest.contains(#"["áo dài lụa", "nón lá: loại 1"]"#))
        #expect(manifest.contains("style: \"nền hồng\""))
        let plan = try await Flowbatch.run(["plan", "Bộ sưu tập hè/campaign.yaml"], in: workspace)
        #expect(plan.exitCode == 0, "\(plan.everything)")

        for (flags, words) in [
            (["--name", "Summer Sale"], "summer-sale"), (["--var", "product=x"], "did you mean `products`?"),
            (["--provider", "flw"], "did you mean `flow`?"), (["--var", "products=x, y"], "is a list"),
        ] {
            let wrong = try await Flowbatch.run(["init", "other", "--template", "ecommerce"] + flags, in: workspace)
            #expect(wrong.exitCode == 64 && wrong.errors.contains(words), "\(flags): \(wrong.everything)")
            #expect(wrong.errors.lowercased().contains("nothing was written"))
        }
        #expect(!FileManager.default.fileExists(atPath: workspace.url("other").path))
    }

    private func text(_ workspace: Workspace, _ path: String) throws -> String {
        try String(contentsOf: workspace.url(path), encoding: .utf8)
    }
}

/// The questions at a terminal, answered by a list.
@Suite struct InitQuestionsTests {
    private final class Script {
        var answers: [String]
        var asked: [String] = []

        init(_ answers: [String]) { self.answers = answers }

        func ask(_ question: String) -> String? {
            asked.append(question)
            return answers.isEmpty ? nil : answers.removeFirst()
        }
    }

    private func answers(
        _ typed: [String], providers: [String] = ["flow"], asksName: Bool = true
    ) throws -> (InitQuestions.Answers, asked: Int) {
        let script = Script(typed)
        let questions = InitQuestions(ask: script.ask, providers: { _ in providers })
        let answers = try questions.answers(name: asksName ? { $0.name + "-1" } : nil, provider: nil)
        return (answers, script.asked.count)
    }

    @Test func nothingTypedMeansWhatIsOffered() throws {
        let (answers, asked) = try answers(["", ""])
        #expect(answers == InitQuestions.Answers(template: "ecommerce", name: "ecommerce-1", provider: nil))
        #expect(asked == 2, "one provider is no question")
    }

    @Test(arguments: ["4", "ads", " Advertising "])
    func aTemplateIsChosenByNumberAliasOrName(answer: String) throws {
        #expect(try answers([answer, "sale"]).0 == InitQuestions.Answers(template: "advertising", name: "sale", provider: nil))
    }

    @Test func aWrongAnswerIsAskedAgainButNotForEver() throws {
        #expect(try answers(["0", "poster", "2", ""]).0.template == "social")
        #expect(throws: CommandFailure.self) { try answers(["0", "poster", "9", "2"]) }
    }

    @Test func aProviderIsAskedForWhereThereIsAChoice() throws {
        let (answers, asked) = try answers(["3", "Other"], providers: ["flow", "other"], asksName: false)
        #expect(answers == InitQuestions.Answers(template: "website", name: nil, provider: "other"))
        #expect(asked == 2)
    }

    @Test func theEndOfTheInputWritesNothing() {
        #expect { try answers(["1"]) } throws: { ($0 as? CommandFailure)?.exitCode == .usage }
    }
}
