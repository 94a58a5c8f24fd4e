import Foundation
import Sandbox
import Pipeline
import Testing
import YAML

/// The CI recipe: its shape, and its scripts run by bash with the built program on one machine after the other.
@Suite struct WorkflowTests {
    @Test func theStateHasOneWriterAndIsSavedWhateverHappens() throws {
        let workflow = try Workflow()
        #expect(workflow.root["concurrency"]?["cancel-in-progress"]?.value == .bool(false))
        #expect(workflow.root["concurrency"]?["group"]?.scalarText?.contains("${{") == false, "one group for every branch and event")
        #expect(workflow.root["permissions"]?.value == .map(["contents": .text("read"), "actions": .text("read")]))
        let restore = try #require(workflow["restore"])
        let save = try #require(workflow["save"])
        #expect(restore.uses == "actions/cache/restore@v4" && save.uses == "actions/cache/save@v4")
        #expect(restore.with["path"] == save.with["path"], "what is saved is what is restored")
        #expect(restore.with["key"] == save.with["key"])
        let prefix = try #require(restore.with["restore-keys"]?.trimmingCharacters(in: .whitespacesAndNewlines))
        #expect(save.with["key"]?.hasPrefix(prefix) == true)
        #expect(save.with["key"]?.contains("github.run_id") == true && save.with["key"]?.contains("github.run_attempt") == true)
        #expect(save.condition?.hasPrefix("always()") == true)
        #expect(workflow["keep"]?.with["include-hidden-files"] == "true", "state folders begin with a dot")
        #expect(workflow["keep"]?.with["path"] == save.with["path"])
    }

    @Test func keysReachOnlyTheRunAndNoExpressionReachesAScript() throws {
        let workflow = try Workflow()
        for step in workflow.steps {
            #expect(step.script?.contains("${{") != true, "\(step.id): an expression in a script is a way in for whoever writes its value")
            let holdsSecret = step.environment.values.contains { $0.contains("secrets.") }
            #expect(holdsSecret == (step.id == "run"), "\(step.id)")
            if let uses = step.uses { #expect(uses.contains(#/^actions\/[a-z\/-]+@v\d+$/#), "\(uses)") }
        }
        #expect(!workflow.environment.values.contains { $0.contains("secrets.") })
    }

    #if os(Linux)
    /// Stopped by a budget, then killed, then carried to its end, then run once more: each time on another machine, in another folder.
    @Test func aCampaignGoesOnOnTheNextMachineAndIsPaidOnce() async throws {
        let scene = try Scene()
        let budget = try await scene.machine("a", maxCost: "250 VND").run()
        #expect(budget.exitCode == "3", "\(budget.results["run"]?.everything ?? "")")
        #expect(budget.results["outcome"]?.exitCode == 1)
        #expect(budget.results["outcome"]?.output.contains("::error title=flowbatch ended with 3::Stopped by the budget") == true)
        #expect(budget.summary.contains("picture"), "the status stands in the summary")
        #expect(try await scene.workspace.ledger(speed: 900, in: "a").totals.charged == "200")

        var killing = scene.machine("b/deeper", maxCost: "100000 VND")
        killing.killedOnce = "job.accepted"
        let killed = try await killing.run()
        #expect(killed.exitCode == "137", "\(killed.results["run"]?.everything ?? "")")
        #expect(killed.results["outcome"]?.exitCode == 0 && killed.results["outcome"]?.output.contains("::warning") == true)

        let finished = try await scene.machine("c", maxCost: "100000 VND").run()
        #expect(finished.exitCode == "0", "\(finished.results["run"]?.everything ?? "")")
        #expect(finished.results["outcome"]?.output.contains("All is done.") == true)
        let ledger = try await scene.workspace.ledger(speed: 900, in: "c")
        let keys = ledger.entries.compactMap(\.idempotencyKey)
        #expect(keys.count == 6 && Set(keys).count == 6, "\(keys.count) charges, \(Set(keys).count) keys")
        #expect(ledger.totals.charged == "750", "3 pictures at 100, 3 upscales at 150")

        let again = try await scene.machine("d", maxCost: "100000 VND").run()
        #expect(again.exitCode == "0", "\(again.results["run"]?.everything ?? "")")
        let requests = try await scene.workspace.books(speed: 900, in: "c") { await $0.statistics().totalRequests }
        #expect(
            try await scene.workspace.books(speed: 900, in: "d") { await $0.statistics().totalRequests } == requests,
            "nothing is submitted, asked for or fetched")
        try expectEverythingKept(scene.workspace, "d/outputs/ci-sandbox", instances: 6)
    }

    /// The same with a real provider's state: what the campaign did, and what the account has used. The provider stays where it is.
    @Test func aJobThatWasAcceptedBeforeAKillIsFetchedByTheNextMachine() async throws {
        let scene = try Scene()
        let server = try await SandboxServer.start(
            SandboxConfiguration(speed: 900, stateDirectory: scene.workspace.url("server"), apiKeys: ["ci-key"], render: .none))
        let refused = try await scene.machine("refused", server: server).run()
        #expect(refused.results["check"]?.exitCode == 1, "\(refused.results["check"]?.everything ?? "")")
        #expect(refused.results["check"]?.output.contains("::error title=No state::") == true)
        #expect(refused.results["run"] == nil && scene.caches.saved.isEmpty)

        var killing = scene.machine("a/deeper", server: server, isFirst: true)
        killing.killedOnce = "job.accepted"
        let killed = try await killing.run()
        #expect(killed.exitCode == "137", "\(killed.results["run"]?.everything ?? "")")
        let finished = try await scene.machine("b", server: server).run()
        #expect(finished.exitCode == "0", "\(finished.results["run"]?.everything ?? "")")
        #expect(await server.ledger().entries.count == 1)

        let requests = await server.statistics().totalRequests
        let again = try await scene.machine("c", server: server).run()
        #expect(again.exitCode == "0", "\(again.results["run"]?.everything ?? "")")
        #expect(await server.statistics().totalRequests == requests, "nothing is submitted, asked for or fetched")
        try expectEverythingKept(scene.workspace, "c/outputs/ci", instances: 1)
        await server.stop()
    }

    private func expectEverythingKept(_ workspace: Workspace, _ folder: String, instances: Int) throws {
        let summary = try workspace.summary(folder)
        #expect(summary.totals.requests == 0 && summary.totals.cached == instances)
        let artifacts = summary.steps.flatMap(\.artifacts)
        #expect(artifacts.count == instances)
        for artifact in artifacts {
            #expect(FileManager.default.fileExists(atPath: workspace.url("\(folder)/\(artifact.path)").path))
        }
        #expect(!workspace.files().contains { $0.lastPathComponent.hasSuffix(".edited") }, "no file was taken for altered")
    }

    /// What the last step makes of each exit code, without a run.
    @Test(arguments: [
        ("0", 0, "notice"), ("1", 1, "error"), ("2", 1, "error"), ("3", 1, "error"), ("4", 1, "error"), ("5", 0, "notice"),
        ("6", 0, "notice"), ("69", 0, "warning"), ("7", 7, "error"), ("65", 65, "error"), ("70", 70, "error"), ("74", 74, "error"),
        ("77", 77, "error"), ("137", 0, "warning"),
    ])
    func everyExitCodeIsTreated(code: String, exitCode: Int32, kind: String) async throws {
        let workspace = try Workspace()
        let script = try #require(try Workflow()["outcome"]?.script)
        try script.write(to: workspace.url("outcome.sh"), atomically: true, encoding: .utf8)
        let result = try await Flowbatch.start(
            ["--noprofile", "--norc", "-eo", "pipefail", "outcome.sh"], in: workspace,
            environment: [
                "EXIT_CODE": code, "GITHUB_STEP_SUMMARY": workspace.url("summary").path, "CAMPAIGN": "campaign.yaml", "FLAGS": "",
            ],
            program: URL(fileURLWithPath: "/bin/bash")
        ).result()
        #expect(result.exitCode == exitCode, "\(result.everything)")
        #expect(result.output.contains("::\(kind) title=flowbatch ended with \(code)::"), "\(result.everything)")
    }
    #endif

    /// A row of machines that run the workflow, against the embedded provider or a server.
    private struct Scene {
        let workspace: Workspace
        let caches = WorkflowMachine.Caches()
        let workflow: Workflow

        init() throws {
            workspace = try Workspace()
            workflow = try Workflow()
        }

        /// A machine with the campaign checked out in `folder` and nothing else.
        func machine(
            _ folder: String, maxCost: String = "100000 VND", server: SandboxServer? = nil, isFirst: Bool = false
        ) -> WorkflowMachine {
            let isSandbox = server == nil
            let campaign = """
                flowbatch: 1
                name: ci
                provider: flow
                providers: { flow: { limits: { threads: 1 } } }
                budget: 100000 VND
                steps:
                  picture:
                    uses: t2i
                    for_each: \(isSandbox ? "[cat, dog, owl]" : "[cat]")
                    with: { prompt: "a ${{ each.item }}" }
                """
            let upscale = """

                  large:
                    uses: upscale
                    for_each: ${{ steps.picture.images }}
                    with: { image: "${{ each.item }}", resolution: 4K }
                """
            do {
                try workspace.write(campaign + (isSandbox ? upscale : ""), to: folder + "/campaign.yaml")
            } catch {
                Issue.record("\(error)")
            }
            return WorkflowMachine(
                workflow: workflow, workspace: workspace, caches: caches, folder: folder,
                expressions: [
                    "github.run_id": folder.replacing("/", with: "-"), "github.run_attempt": "1",
                    "inputs.first_run || inputs.sandbox": "\(isFirst || isSandbox)",
                    "vars.FLOW_BASE_URL": server?.baseURL.absoluteString ?? "", "secrets.FLOW_API_KEY": isSandbox ? "" : "ci-key",
                    "inputs.max_cost || '200000 VND'": maxCost,
                    "inputs.sandbox && '--sandbox --render none' || ''":
                        "--events - " + (isSandbox ? "--sandbox=900 --render none" : ""),
                    "inputs.sandbox && '--sandbox' || ''": isSandbox ? "--sandbox=900" : "", "steps.run.outputs.exit_code": "",
                ])
        }
    }
}
