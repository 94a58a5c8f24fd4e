import Foundation
import Sandbox
import Testing

/// Every cell of the page about unknown outcomes, through the built program: one campaign of one picture each, at one provider whose books
/// tell what was paid.
@Suite struct OutcomeTableTests {
    @Test func everyCellIsThereOnce() throws {
        let table = try OutcomeTable()
        #expect(table.problems == [])
        #expect(OutcomeTable.Cell.all.filter { table.cells[$0] == nil }.map(\.description) == [])
    }

    @Test(arguments: OutcomeTable.Means.allCases)
    func aSubmissionOfUnknownFateComesToWhatThePageSays(means: OutcomeTable.Means) async throws {
        let table = try OutcomeTable()
        let cells = OutcomeTable.Cell.all.filter { $0.means == means }
        let workspace = try Workspace()
        let outcomes = try await Provider.serving(workspace) { configuration in
            configuration.honoursIdempotency = means.hasKey
            configuration.apiKeys = Set(cells.indices.map(Self.key))
            configuration.faults = cells.enumerated().map { number, cell in
                var rule = FaultRule(cell.trouble.fault, at: .textToImage, requests: [1])
                rule.prompt = Self.prompt(number)
                return rule
            }
        } _: { provider in
            var outcomes: [(cell: OutcomeTable.Cell, outcome: OutcomeTable.Outcome, told: String)] = []
            for (number, cell) in cells.enumerated() {
                let (outcome, told) = try await Self.outcome(of: cell, number, workspace, provider)
                outcomes.append((cell, outcome, told))
            }
            return outcomes
        }
        for (cell, outcome, told) in outcomes {
            let written = try #require(table.cells[cell], "\(cell) is not in the table")
            #expect(outcome == written, "\(cell): \(outcome), where the page says \(written)\n\(told)")
        }
    }

    /// Each is an account of its own.
    private static func key(_ number: Int) -> String { "sk-cell-\(number)" }
    private static func prompt(_ number: Int) -> String { "picture \(number) of the table" }

    private static func outcome(
        of cell: OutcomeTable.Cell, _ number: Int, _ workspace: Workspace, _ provider: Provider
    ) async throws -> (OutcomeTable.Outcome, told: String) {
        let folder = "cell-\(number)"
        try workspace.write(manifest(cell, number), to: "\(folder)/campaign.yaml")
        let environment = [
            "FLOW_BASE_URL": provider.address, "FLOW_API_KEY": key(number), "FLOWBATCH_SPEED": "600",
            "FLOWBATCH_HOME": workspace.url("\(folder)/home").path,
        ]
        let run = try await Flowbatch.run(
            ["run", "campaign.yaml", "--yes", "--progress", "none", "--on-unknown", cell.policy.rawValue], in: workspace, folder: folder,
            environment: environment)
        let status = try await Flowbatch.run(
            ["status", "campaign.yaml", "--json"], in: workspace, folder: folder, environment: environment)
        let report = try JSONDecoder().decode(Standing.self, from: Data(status.output.utf8))
        let ledger = await provider.server.ledger()
        let open = report.instances.first
        let outcome = OutcomeTable.Outcome(
            exitCode: run.exitCode, charges: ledger.entries.count { $0.kind == .charge && $0.prompts.contains(prompt(number)) },
            results: pictures(workspace.url("\(folder)/outputs/test")), status: open?.status ?? "done",
            nextRun: open?.unknown?.first?.nextRun ?? "")
        return (outcome, run.everything + status.everything)
    }

    private static func manifest(_ cell: OutcomeTable.Cell, _ number: Int) -> String {
        let key = cell.means.hasKey ? "idempotency: { honoured: true, lasts: \(cell.trouble == .keyExpired ? "1s" : "1d") }" : nil
        let listing = cell.means.hasListing ? nil : "reconcile: null"
        let settings = [key, listing].compactMap(\.self)
        return """
            flowbatch: 1
            name: test
            provider: flow
            \(settings.isEmpty ? "" : "providers: { flow: { \(settings.joined(separator: ", ")) } }")
            steps:
              picture:
                uses: t2i
                with: { prompt: "\(prompt(number))" }
            """
    }

    private static func pictures(_ folder: URL) -> Int {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
        return names.count { $0.hasSuffix(".png") && !$0.hasPrefix(".") }
    }

    /// What of `status --json` is looked at.
    private struct Standing: Decodable {
        struct Instance: Decodable {
            struct Unknown: Decodable {
                let nextRun: String

                private enum CodingKeys: String, CodingKey {
                    case nextRun = "next_run"
                }
            }

            let status: String
            let unknown: [Unknown]?
        }

        let instances: [Instance]
    }
}
