import Foundation
import Sandbox
import Testing

/// What the command line promises beside its flags, shown with the built program.
@Suite struct CommandLineSentenceTests {
    @Test("`plan` spends nothing, needs no network")
    func plansNeedNoNetwork() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let before = Set(workspace.files())
        for environment in [[:], ["FLOW_BASE_URL": "https://nobody.invalid", "FLOW_API_KEY": "sk-any"]] {
            let plan = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace, environment: environment)
            #expect(plan.exitCode == 0 && plan.output.contains("21,000 VND"), "\(plan.everything)")
        }
        #expect(Set(workspace.files()) == before, "a plan writes nothing")
    }

    @Test("Standard output carries results, standard error progress and messages")
    func resultsAndMessagesAreApart() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(!plan.output.isEmpty && plan.errors.isEmpty, "\(plan.errors)")
        let run = try await Flowbatch.runSandbox(workspace)
        #expect(run.output.isEmpty && run.errors.contains("All done"), "\(run.everything)")
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(!status.output.isEmpty && status.errors.isEmpty, "\(status.errors)")
        let wrong = try await Flowbatch.run(["status", "missing.yaml"], in: workspace)
        #expect(wrong.output.isEmpty && wrong.errors.contains("missing.yaml"))
    }

    @Test("two instances with one path are a plan-time error; no path leaves the folder")
    func pathsAreCheckedBefore() async throws {
        let workspace = try Workspace()
        for (save, word) in [
            ("same.png", "same.png"), ("../${{ each.item }}.png", ".."), ("/tmp/${{ each.item }}.png", "/tmp"),
            ("a/../../${{ each.item }}.png", ".."),
        ] {
            try workspace.write(Campaigns.pictures(["cat", "dog"]) + "\n    save: \(save)\n")
            let result = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace)
            #expect(result.exitCode == 65, "\(save): \(result.everything)")
            #expect(result.errors.contains("campaign.yaml:11:") && result.errors.contains(word), "\(save): \(result.errors)")
        }
    }

    @Test("`flowbatch COMMAND`, with `--help` everywhere")
    func helpIsEverywhere() async throws {
        let workspace = try Workspace()
        let parser = try await ParserDump.read(in: workspace)
        #expect(parser.commands.count > 5)
        for command in parser.commands {
            let help = try await Flowbatch.run(command.name.split(separator: " ").map(String.init) + ["--help"], in: workspace)
            #expect(help.exitCode == 0 && help.output.contains("USAGE: flowbatch \(command.name)"), "\(command.name): \(help.everything)")
            for flag in command.flags { #expect(help.output.contains(flag.name), "\(command.name) says nothing of \(flag.name)") }
        }
    }
}
