import Foundation
import Sandbox
import Testing

/// Campaigns at gptimage2.plus, run by the built program against the sandbox's gptimage2.plus: what both write down has to agree.
@Suite struct GptImage2RunTests {
    private static let example = CommandLinePage.repository.appending(path: "examples/gptimage2")

    /// Pictures alone, with what else is said of the provider.
    private func pictures(_ names: [String], quality: String = "low", more: String = "") -> String {
        """
        flowbatch: 1
        name: test
        provider: gptimage2
        steps:
          picture:
            uses: t2i
            for_each: [\(names.joined(separator: ", "))]
            with: { prompt: "a ${{ each.item }}", quality: \(quality)\(more) }
        """
    }

    private func runWithFaults(_ workspace: Workspace, _ rules: String) async throws -> Flowbatch.Result {
        try workspace.write("faults:\n\(rules.split(separator: "\n").map { "  - \($0)\n" }.joined())", to: "faults.yaml")
        return try await Flowbatch.runSandbox(workspace, ["--faults", "faults.yaml"])
    }

    /// Credits: what the provider kept, and what the campaign says that it cost.
    private func expectSameBooks(
        _ workspace: Workspace, credits: Decimal, outputs: String = "outputs/test-sandbox", _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let ledger = try await workspace.ledger()
        let totals = try #require(ledger.providers["gptimage2"], sourceLocation: location)
        #expect(Decimal(string: totals.balance) == credits, "the provider's books", sourceLocation: location)
        let cost = try workspace.summary(outputs).totals.cost
        #expect(
            cost.map { "\($0.amount) \($0.unit)" } == (credits == 0 ? [] : ["\(credits) credits"])
                || (credits == 0 && cost.map(\.amount) == ["0"]),
            "the campaign's books: \(cost)", sourceLocation: location)
        let keys = ledger.entries.filter { $0.kind == .charge }.map(\.idempotencyKey)
        #expect(Set(keys).count == keys.count, "two charges under one key", sourceLocation: location)
    }

    private func expectManners(_ workspace: Workspace, _ location: SourceLocation = #_sourceLocation) async throws {
        let statistics = try await workspace.books { await $0.statistics() }
        #expect(statistics.keysAtFileHost == 0, "a key left the API's host", sourceLocation: location)
        #expect(statistics.submissionsOverThreads == 0 && statistics.throttledRequests == 0, sourceLocation: location)
        #expect(statistics.peakOutstandingJobs <= 5, sourceLocation: location)
    }

    @Test func theExampleRunsAndItsBooksAgree() async throws {
        let workspace = try Workspace()
        for path in ["campaign.yaml", "assets/product.png"] {
            let target = workspace.url(path)
            try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: Self.example.appending(path: path), to: target)
        }
        let plan = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace)
        #expect(plan.exitCode == 0 && plan.output.contains("24 credits"), "\(plan.everything)")
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let output = "outputs/product-gptimage2-sandbox"
        let summary = try workspace.summary(output)
        let pictures = summary.steps.filter { $0.step != "product" }.flatMap(\.artifacts)
        #expect(pictures.filter { $0.media_type == "image/png" }.count == 4)
        #expect(
            pictures.filter { $0.media_type == "image/webp" && $0.path.hasPrefix("evening/") }.map(\.height) == [2048, 2048, 2048, 2048])
        try await expectSameBooks(workspace, credits: 24, outputs: output)
        try await expectManners(workspace)
        let ledger = try await workspace.ledger()
        #expect(ledger.entries.count == 8 && ledger.entries.allSatisfy { $0.type == "edit" && $0.unit == "credits" })
        // Again: nothing to do, nothing to pay.
        let again = try await Flowbatch.runSandbox(workspace)
        #expect(again.exitCode == 0, "\(again.everything)")
        #expect(try workspace.summary(output).totals.cached == 9)
        #expect(try await workspace.ledger().entries.count == 8)
        // Each job is asked what it cost: there is no listing to compare with.
        let audit = try await Flowbatch.run(["audit", "campaign.yaml", "--sandbox=600"], in: workspace)
        #expect(audit.exitCode == 0 && audit.output.contains("24 credits"), "\(audit.everything)")
        // The other file of what is paid for.
        let text = try String(contentsOf: workspace.url("campaign.yaml"), encoding: .utf8)
        try workspace.write(
            text.replacingOccurrences(of: "format: webp", with: "format: png").replacingOccurrences(of: ".webp", with: ".png"))
        let other = try await Flowbatch.runSandbox(workspace)
        #expect(other.exitCode == 0, "\(other.everything)")
        #expect(try await workspace.ledger().entries.count == 8, "a rendition of what is paid for is paid for again")
        let evening = try workspace.summary(output).steps.filter { $0.step == "evening" }.flatMap(\.artifacts)
        #expect(evening.map(\.media_type) == Array(repeating: "image/png", count: 4), "\(other.everything)")
    }

    /// What the provider says of a submission that it does not simply accept, and what becomes of two pictures for 1 credit each.
    @Test(arguments: [
        // The reply is lost: the same key brings the row.
        ("{ fault: close_after_accepting, endpoint: gptimage2-generate, requests: 1 }", Int32(0), 2, 2, 2),
        ("{ fault: error_after_accepting, endpoint: gptimage2-generate, requests: [1, 2] }", 0, 2, 2, 2),
        ("{ fault: truncate_body, endpoint: gptimage2-generate, requests: 1 }", 0, 2, 2, 2),
        // Nothing arrived: the same key again.
        ("{ fault: close_before_accepting, endpoint: gptimage2-generate, requests: 1 }", 0, 2, 2, 2),
        ("{ fault: server_error, endpoint: gptimage2-generate, requests: 1 }", 0, 2, 2, 2),
        ("{ fault: key_in_flight, endpoint: gptimage2-generate, requests: 1 }", 0, 2, 2, 2),
        ("{ fault: throttle, endpoint: gptimage2-generate, requests: 1 }", 0, 2, 2, 2),
        ("{ fault: throttle_until_epoch, endpoint: gptimage2-generate, requests: 1 }", 0, 2, 2, 2),
        // Refused for good: no other key is made up.
        ("{ fault: key_reused, endpoint: gptimage2-generate, requests: 1 }", 1, 1, 1, 1),
        ("{ fault: refuse_prompt, endpoint: gptimage2-generate, requests: 1 }", 1, 1, 1, 1),
        // Given back: a failed one is tried again by itself, a blocked one is not.
        ("{ fault: fail_job, endpoint: gptimage2-generate, requests: 1 }", 0, 3, 2, 2),
        ("{ fault: block_job, endpoint: gptimage2-generate, requests: 1 }", 1, 2, 1, 1),
        // What is paid for is brought home.
        ("{ fault: server_error, endpoint: gptimage2-generation, every: 2, times: 3 }", 0, 2, 2, 2),
        ("{ fault: html_body, endpoint: public-file, requests: 1 }", 0, 2, 2, 2),
        ("{ fault: truncate_body, endpoint: public-file, requests: 1 }", 0, 2, 2, 2),
    ])
    func faults(_ rule: String, _ exit: Int32, _ charges: Int, _ credits: Int, _ files: Int) async throws {
        let workspace = try Workspace()
        try workspace.write(pictures(["cat", "dog"]))
        let result = try await runWithFaults(workspace, rule)
        #expect(result.exitCode == exit, "\(result.everything)")
        #expect(try await workspace.ledger().entries.count { $0.kind == .charge } == charges, "\(result.everything)")
        try await expectSameBooks(workspace, credits: Decimal(credits))
        #expect(try workspace.summary().steps.flatMap(\.artifacts).count == files)
        let statistics = try await workspace.books { await $0.statistics() }
        #expect(statistics.keysAtFileHost == 0)
    }

    @Test func outOfCreditsStopsAndIsResumed() async throws {
        let workspace = try Workspace()
        try workspace.write(pictures(["cat", "dog"]))
        let empty = try await runWithFaults(workspace, "{ fault: out_of_credits, endpoint: gptimage2-generate, requests: 2 }")
        #expect(empty.exitCode == 4, "\(empty.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        try await expectSameBooks(workspace, credits: 2)
    }

    /// The uploads of a step go to an address of another host; where that is refused, another address is asked for.
    @Test(arguments: ["server_error", "close_before_accepting", "truncate_body"])
    func uploadsAreTriedAgain(fault: String) async throws {
        let workspace = try Workspace()
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: gptimage2
            steps:
              picture:
                uses: edit
                with: { prompt: p, image: product.png, quality: low, count: 2 }
            """)
        let result = try await runWithFaults(workspace, "{ fault: \(fault), endpoint: presigned-put, requests: 1 }")
        #expect(result.exitCode == 0, "\(result.everything)")
        try await expectSameBooks(workspace, credits: 2)
        try await expectManners(workspace)
    }

    /// Killed at any moment, the next run neither pays again nor loses anything.
    @Test(arguments: ["step.submitted", "job.accepted", "job.ended", "artifact.saved"])
    func killedRunsAreResumed(moment: String) async throws {
        let workspace = try Workspace()
        try workspace.write(pictures(["a", "b", "c", "d", "e", "f", "g", "h"]))
        let running = try Flowbatch.start(
            ["run", "campaign.yaml", "--sandbox=600", "--render", "none", "--events", "-", "--progress", "none"], in: workspace)
        running.send(SIGKILL, onceWritten: "\"\(moment)\"", times: 3)
        _ = await running.result()
        let result = try await Flowbatch.runSandbox(workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try await workspace.ledger().entries.count == 8)
        try await expectSameBooks(workspace, credits: 8)
        try await expectManners(workspace)
    }

    /// Against `flowbatch sandbox` as a user would try it: a real run, with the host of files named.
    @Test func aServerOfItsOwn() async throws {
        let workspace = try Workspace()
        try workspace.write(pictures(["cat"]))
        let server = try await SandboxProcess(workspace, ["--port", "0", "--speed", "600", "--state", "served"])
        await server.running.hasWritten("files: http://")
        await server.running.hasWritten("\n")
        let files = try #require(server.running.written.firstMatch(of: #/files: (http:\S+)/#)?.1)
        let environment = [
            "GPTIMAGE2_BASE_URL": server.address, "GPTIMAGE2_API_KEY": "gimg_sandbox", "GPTIMAGE2_FILE_HOSTS": String(files),
            "FLOWBATCH_SPEED": "600",
        ]
        let result = try await Flowbatch.run(["run", "campaign.yaml", "--yes"], in: workspace, environment: environment)
        server.running.send(SIGTERM)
        _ = await server.running.result()
        #expect(result.exitCode == 0, "\(result.everything)")
        #expect(try workspace.summary("outputs/test").totals.cost.map(\.amount) == ["1"])
    }

    /// Without a key, or with another provider's, nothing is sent.
    @Test func keysOfOthersAreNotSent() async throws {
        let workspace = try Workspace()
        try workspace.write(pictures(["cat"]))
        let none = try await Flowbatch.run(["run", "campaign.yaml", "--yes"], in: workspace)
        #expect(none.exitCode == 78 && none.errors.contains("GPTIMAGE2_API_KEY"), "\(none.everything)")
        let wrong = try await Flowbatch.run(
            ["run", "campaign.yaml", "--yes"], in: workspace,
            environment: ["GPTIMAGE2_API_KEY": "sk-of-somebody-else", "GPTIMAGE2_BASE_URL": "http://127.0.0.1:9"])
        #expect(wrong.exitCode == 77 && wrong.errors.contains("gimg_"), "\(wrong.everything)")
        let host = try await Flowbatch.run(
            ["run", "campaign.yaml", "--yes"], in: workspace, environment: ["GPTIMAGE2_API_KEY": "gimg_x", "GPTIMAGE2_FILE_HOSTS": "files"])
        #expect(host.exitCode == 78 && host.errors.contains("GPTIMAGE2_FILE_HOSTS"), "\(host.everything)")
    }
}
