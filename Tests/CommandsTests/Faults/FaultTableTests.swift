import Foundation
import Sandbox
import Testing

@testable import Commands

/// Every row of the page about faults, through the built program.
@Suite struct FaultTableTests {
    @Test func everyFaultHasARowAndEveryRowCanBeRead() throws {
        let table = try FaultTable()
        #expect(table.unreadable == [])
        var faults: Set<Fault> = []
        for row in table.rows {
            let plan = try FaultPlanReader.plan("faults: [\(row.rule)]", file: "Faults.md")
            faults.formUnion(plan.rules.map(\.fault))
        }
        #expect(Set(Fault.allCases).subtracting(faults).map(\.rawValue) == [], "without a row")
    }

    @Test(arguments: FaultTable.written)
    func theRunDoesWhatThePageSays(row: FaultTable.Row) async throws {
        let workspace = try Workspace()
        // Only what never ends is waited for.
        let defaults = row.rule.contains("stuck_job") ? "defaults: { timeout: 4s }" : ""
        try workspace.write(Campaigns.pictures(["cat", "dog"], overlay: defaults, count: 2))
        try workspace.write("faults:\n  - \(row.rule)\n", to: "faults.yaml")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.yaml"])
        #expect(result.exitCode == row.exitCode, "\(result.everything)")
        let happened = try String(contentsOf: workspace.url(".flowbatch/sandbox/server/faults.log"), encoding: .utf8)
        #expect(happened.contains("happened "), "the fault never happened")
        let ledger = try await workspace.ledger()
        #expect(ledger.total == row.spent, "\(result.everything)")
        #expect(pictures(workspace) == row.files, "\(result.everything)")
        expectNothingTwice(ledger)
        if [4, 5, 69].contains(row.exitCode) {
            #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
            let after = try await workspace.ledger()
            #expect(after.total == 400)
            #expect(pictures(workspace) == 4)
            expectNothingTwice(after)
        }
    }

    private func pictures(_ workspace: Workspace) -> Int {
        workspace.files().count { $0.path.contains("/outputs/test-sandbox/") && $0.pathExtension == "png" && !$0.path.contains("/.") }
    }

    private func expectNothingTwice(_ ledger: SandboxLedger) {
        let charged = ledger.entries.filter { $0.kind == .charge }.map(\.prompts)
        #expect(Set(charged).count == charged.count, "charged twice: \(charged)")
    }

    /// A reply is lost; the same key brings the same job, and no second charge.
    @Test func aKeyThatIsHonouredSettlesALostReply() async throws {
        let workspace = try Workspace()
        try workspace.write(
            Campaigns.pictures(
                ["cat", "dog"], overlay: "providers: { flow: { idempotency: { honoured: true, lasts: 1d }, reconcile: null } }"))
        try workspace.write(
            "idempotency: honoured\nfaults: [{ fault: close_after_accepting, endpoint: text-to-image, requests: [1, 2, 3] }]\n",
            to: "faults.yaml")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.yaml"])
        #expect(result.exitCode == 0, "\(result.everything)")
        let statistics = try await workspace.books { await $0.statistics() }
        #expect(statistics.requests["text-to-image"] == 5 && statistics.requests["my-jobs"] == nil, "\(statistics.requests)")
        #expect(try await workspace.ledger().entries.count == 2)
    }
}
