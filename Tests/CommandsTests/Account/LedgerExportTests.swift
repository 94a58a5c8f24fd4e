import Foundation
import Sandbox
import Testing

/// `flowbatch audit --ledger`: what an accountant takes away, held against the sandbox's own books.
@Suite struct LedgerExportTests {
    private typealias Line = [String: Any]

    private func ledger(_ workspace: Workspace) async throws -> [Line] {
        let result = try await Flowbatch.run(["audit", "campaign.yaml", "--sandbox", "--ledger", "jsonl"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return try result.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? Line)
        }
    }

    private func sum(_ lines: [Line], _ kind: String) throws -> Decimal {
        try lines.filter { $0["kind"] as? String == kind }.reduce(0) { sum, line in
            let amount = try #require(line["amount"] as? String)
            return try sum + #require(Decimal(string: amount))
        }
    }

    @Test func everyAmountIsALine() async throws {
        let workspace = try Workspace()
        // A failed job of this campaign is not billed: the provider gives back what it charged.
        try workspace.write(
            Campaigns.pictures(["cat", "dog"], overlay: "providers: { flow: { jobs: { job: { refunded: [failed] } } } }"))
        try workspace.write(#"{"faults": [{"fault": "refund_job", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 0)

        let lines = try await ledger(workspace)
        let books = try await workspace.ledger()
        #expect(lines.count == 3 + 3 + 1, "three attempts were reserved and charged, one came back")
        #expect(try sum(lines, "charged") == Decimal(string: books.totals.charged))
        #expect(try sum(lines, "refunded") == Decimal(string: books.totals.refunded))
        #expect(try sum(lines, "reserved") == 300)
        // Line for line as the provider has it.
        func bill(_ kind: String) -> Set<String> {
            Set(lines.filter { $0["kind"] as? String == kind }.map { "\($0["job"] ?? "") \($0["amount"] ?? "") \($0["unit"] ?? "")" })
        }
        for (kind, theirs) in [("charged", SandboxLedger.Entry.Kind.charge), ("refunded", .refund)] {
            #expect(bill(kind) == Set(books.entries.filter { $0.kind == theirs }.map { "\($0.jobID) \($0.amount) \($0.unit)" }))
        }
        let refund = try #require(lines.first { $0["kind"] as? String == "refunded" })
        #expect(refund["step"] as? String == "picture" && refund["attempt"] as? Int == 1 && refund["sub_job"] as? Int == 1)
        #expect(refund["account"] as? String == "flow/sandbox" && refund["estimated"] as? Bool == true)
        #expect(refund["run"] as? String == (try workspace.summary().run))
        #expect(try workspace.summary().totals.cost.map(\.amount) == ["200"])
    }

    @Test func aSpreadsheetGetsTheSame() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures([#"'a, "cat"'"#, "=dog"]))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let result = try await Flowbatch.run(["audit", "campaign.yaml", "--sandbox", "--ledger", "csv"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let rows = result.output.components(separatedBy: "\r\n")
        #expect(
            rows.first == "at,kind,amount,unit,estimated,step,instance,sub_job,attempt,account,job,run,identity,idempotency_key")
        #expect(rows.count == 1 + 4 + 1 && rows.last == "", "\(result.output)")
        #expect(rows[1].contains(",reserved,100,VND,true,picture,"), "\(rows[1])")
        #expect(result.output.contains(#","picture[a, ""cat""]","#), "\(result.output)")
    }

    @Test func nothingIsAskedAndNothingElseIsNeeded() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let empty = try await Flowbatch.run(["audit", "campaign.yaml", "--ledger", "jsonl"], in: workspace)
        #expect(empty.exitCode == 0 && empty.output.isEmpty, "no key is set, and none is needed: \(empty.everything)")
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        // What was paid stays known where the campaign is wrong by now.
        try workspace.write("flowbatch: 1\nname: test\nsteps: {}\n")
        #expect(try await ledger(workspace).count == 2)
        let both = try await Flowbatch.run(["audit", "campaign.yaml", "--ledger", "csv", "--json"], in: workspace)
        #expect(both.exitCode == 64, "\(both.everything)")
    }

    @Test func whatIsHeldStaysReservedUntilItIsSettled() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write(
            #"{"faults": [{"fault": "close_after_accepting", "endpoint": "text-to-image", "requests": [1]}, {"fault": "server_error", "endpoint": "my-jobs"}]}"#,
            to: "faults.json")
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 2)
        #expect(try await ledger(workspace).map { $0["kind"] as? String } == ["reserved"])
        let settled = try await Flowbatch.run(
            ["resolve", "campaign.yaml", "picture[cat]", "--sandbox=600", "--not-submitted", "--yes"], in: workspace)
        #expect(settled.exitCode == 0, "\(settled.everything)")
        let lines = try await ledger(workspace)
        #expect(lines.map { $0["kind"] as? String } == ["reserved", "released"])
        #expect(lines.last?["run"] as? String != (try workspace.summary().run), "the command that said so, not the run")
    }
}
