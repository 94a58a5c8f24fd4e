import Foundation
import Sandbox
import Testing

/// What the environment says: keys, hosts, the account state. The provider here has no credits, so a key that is taken ends with 4.
@Suite struct EnvironmentTests {
    @Test func aKeyComesFromItsVariableOrFromAFile() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write("  \(Provider.key)\n", to: "key.txt")
        try workspace.write("\n", to: "empty.txt")
        try await Provider.serving(workspace, { $0.credits = 0 }) { provider in
            let host = ["FLOW_BASE_URL": provider.address]
            for (variables, code) in [
                (["FLOW_API_KEY": Provider.key], Int32(4)), (["FLOW_API_KEY": "sk-another"], 77), (["FLOW_API_KEY_FILE": "key.txt"], 4),
                (["FLOW_API_KEY_FILE": "nowhere.txt"], 78), (["FLOW_API_KEY_FILE": "empty.txt"], 78), ([:], 78),
                // The variable itself comes first.
                (["FLOW_API_KEY": "sk-another", "FLOW_API_KEY_FILE": "key.txt"], 77),
            ] {
                let result = try await Flowbatch.run(
                    ["run", "campaign.yaml"], in: workspace, environment: host.merging(variables) { $1 })
                #expect(result.exitCode == code, "\(variables.keys.sorted()): \(result.everything)")
                #expect(!result.everything.contains(Provider.key))
            }
        }
    }

    @Test func aBaseURLSaysWhereTheProviderIs() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let key = ["FLOW_API_KEY": Provider.key]
        try await Provider.serving(workspace, { $0.credits = 0 }) { provider in
            let reached = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: provider.environment)
            #expect(reached.exitCode == 4, "\(reached.everything)")
            #expect(await provider.requests == 1)
            for address in ["", "nowhere", "ftp://example.com", "https://user@example.com", "https://example.com/?q"] {
                let wrong = try await Flowbatch.run(
                    ["run", "campaign.yaml"], in: workspace, environment: key.merging(["FLOW_BASE_URL": address]) { $1 })
                #expect(wrong.exitCode == 78 && wrong.errors.contains("FLOW_BASE_URL"), "\(address): \(wrong.everything)")
            }
        }
    }

    @Test func flowbatchHomeHoldsWhatEveryCampaignOfTheUserShares() async throws {
        let workspace = try Workspace()
        let capped = "providers: { flow: { limits: { images: 1/day } } }"
        for name in ["one", "two"] {
            try workspace.write(
                Campaigns.pictures(["cat"], overlay: capped).replacing("name: test", with: "name: \(name)"), to: "\(name)/campaign.yaml")
        }
        try await Provider.serving(workspace) { provider in
            // The first campaign takes the day's picture; its job runs on.
            let first = try Flowbatch.start(
                ["run", "one/campaign.yaml", "--events", "-"], in: workspace, environment: provider.environment)
            first.send(SIGTERM, onceWritten: "job.accepted")
            #expect(await first.result().exitCode == 6)
            #expect(FileManager.default.fileExists(atPath: workspace.url("home/accounts.sqlite").path))
            let second = try await Flowbatch.run(["run", "two/campaign.yaml"], in: workspace, environment: provider.environment)
            #expect(second.exitCode == 5, "\(second.everything)")
            #expect(await provider.server.ledger().entries.count == 1)
        }
    }

    @Test func withoutFlowbatchHomeTheXDGStateFolderIsUsed() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try await Provider.serving(workspace, { $0.credits = 0 }) { provider in
            for (variables, home) in [
                (["XDG_STATE_HOME": workspace.url("xdg").path], "xdg/flowbatch"),
                (["XDG_STATE_HOME": "relative"], ".local/state/flowbatch"),
            ] {
                let environment = provider.environment.merging(["FLOWBATCH_HOME": ""]) { $1 }.merging(variables) { $1 }
                let result = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: environment)
                #expect(result.exitCode == 4, "\(result.everything)")
                #expect(FileManager.default.fileExists(atPath: workspace.url(home + "/accounts.sqlite").path), "\(home)")
            }
        }
    }

    /// A flag and a variable both say which key. `--progress` and `CI` are the other such pair.
    @Test("Precedence: flag, environment, manifest, definition")
    func flagBeatsEnvironment() async throws {
        let workspace = try Workspace()
        try await Provider.serving(workspace) { provider in
            for (usual, other, flags, code) in [
                ("sk-another", Provider.key, ["--key-env", "OTHER_KEY"], Int32(0)), (Provider.key, "sk-another", [], 0),
                (Provider.key, "sk-another", ["--key-env", "OTHER_KEY"], 77), ("sk-another", Provider.key, [], 77),
            ] {
                let environment = ["FLOW_BASE_URL": provider.address, "FLOW_API_KEY": usual, "OTHER_KEY": other]
                let result = try await Flowbatch.run(["usage", "flow"] + flags, in: workspace, environment: environment)
                #expect(result.exitCode == code, "\(flags): \(result.everything)")
            }
        }
    }

    /// The environment says which host, which key and where the account's state is. A manifest that says a host too is refused (see Trust), so
    /// what is left is the key's variable: the manifest names it, the environment decides what is in it, a file that the environment names
    /// comes after the variable.
    @Test("Precedence: flag, environment, manifest, definition")
    func environmentBeatsManifestBeatsDefinition() async throws {
        let workspace = try Workspace()
        try workspace.write("sk-another\n", to: "other.key")
        func campaign(_ overlay: String) -> String { Campaigns.pictures(["cat"], overlay: "providers: { flow: { \(overlay) } }") }
        try await Provider.serving(workspace, { $0.credits = 0 }) { provider in
            let host = ["FLOW_BASE_URL": provider.address]
            // The definition says FLOW_API_KEY; the manifest another variable; what the environment has of that decides.
            for (overlay, keys, code) in [
                ("plan: prepaid", ["FLOW_API_KEY": Provider.key, "FLOW_B_API_KEY": "sk-another"], Int32(4)),
                ("key_env: FLOW_B_API_KEY", ["FLOW_API_KEY": "sk-another", "FLOW_B_API_KEY": Provider.key], 4),
                ("key_env: FLOW_B_API_KEY", ["FLOW_API_KEY": Provider.key, "FLOW_B_API_KEY": "sk-another"], 77),
                ("key_env: FLOW_B_API_KEY", ["FLOW_API_KEY": Provider.key], 78),
                ("key_env: FLOW_B_API_KEY", ["FLOW_B_API_KEY": Provider.key, "FLOW_B_API_KEY_FILE": "other.key"], 4),
                ("host: { base: \"https://manifest.example\" }", ["FLOW_API_KEY": Provider.key], 65),
            ] {
                try workspace.write(campaign(overlay))
                let result = try await Flowbatch.run(
                    ["run", "campaign.yaml"], in: workspace, environment: host.merging(keys) { $1 })
                #expect(result.exitCode == code, "\(overlay) \(keys.keys.sorted()): \(result.everything)")
            }
        }
    }

    @Test("Precedence: flag, environment, manifest, definition")
    func flagBeatsManifestBeatsDefinition() async throws {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures(
                ["cat"], overlay: "vars: { mood: calm }\nproviders: { flow: { limits: { threads: 2 }, prices: { image: 70 VND } } }"
            )
            .replacing("a ${{ each.item }}", with: "${{ vars.mood }} ${{ each.item }}"))
        let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--json"], in: workspace)
        #expect(plan.output.contains(#""amount" : "70""#), "the definition says 100: \(plan.output)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await Flowbatch.runSandbox(workspace, ["--var", "mood=wild"]).exitCode == 0)
        let status = try await Flowbatch.run(["status", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(status.output.contains("0/2 slots"), "the definition says 3: \(status.output)")
        let ledger = try await workspace.ledger()
        #expect(ledger.entries.map(\.prompts) == [["calm cat"], ["wild cat"]])
        #expect(ledger.totals.charged == "140")
    }

    @Test(arguments: ["a\nb", "two words", "khóa"])
    func aKeyThatNoHeaderTakesIsToldBeforeAnythingIsSent(key: String) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let environment = ["FLOW_API_KEY": key, "FLOW_BASE_URL": "http://127.0.0.1:9"]
        let result = try await Flowbatch.run(["run", "campaign.yaml", "--yes"], in: workspace, environment: environment)
        #expect(result.exitCode == 78 && result.errors.contains("FLOW_API_KEY"), "\(result.everything)")
        #expect(!result.everything.contains(key), "a key is never shown")
    }

    #if os(Linux)
    @Test func resultsThatTheDiskDoesNotTakeEndWith74() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        for command in [["plan", "campaign.yaml"], ["schema"], ["providers"]] {
            let line = ["-c", #"exec "$0" "$@" > /dev/full"#, try Flowbatch.executable().path] + command
            let result = try await Flowbatch.start(line, in: workspace, program: URL(fileURLWithPath: "/bin/sh")).result()
            #expect(result.exitCode == 74 && result.errors.contains("No space left on device"), "\(command): \(result.everything)")
        }
    }
    #endif
}
