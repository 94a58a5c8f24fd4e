import Foundation
import Testing

@Suite struct RunsTests {
    private struct Runs: Decodable {
        struct Run: Decodable {
            struct Totals: Decodable {
                struct Cost: Decodable { let amount, unit: String }
                let done, cached, failed: Int
                let spent: [Cost]
            }

            struct Recorded: Decodable {
                let done: Int
                let spent: [Totals.Cost]
            }

            let run, state, status, started_at: String
            let campaign, finished_at: String?
            let exit_code: Int?
            let totals: Totals?
            let recorded: Recorded
        }

        let version: Int
        let runs: [Run]
    }

    private func runs(_ workspace: Workspace, _ arguments: [String] = [], folder: String = "") async throws -> [Runs.Run] {
        let result = try await Flowbatch.run(["runs", "--sandbox", "--json"] + arguments, in: workspace, folder: folder)
        #expect(result.exitCode == 0, "\(result.everything)")
        let report = try JSONDecoder().decode(Runs.self, from: Data(result.output.utf8))
        #expect(report.version == 1)
        return report.runs
    }

    @Test func theRunsOfACampaignNewestFirst() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat", "dog"]))
        #expect(try await runs(workspace).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: workspace.url(".flowbatch").path), "a look leaves no state")
        #expect(try await Flowbatch.runSandbox(workspace, ["--max-cost", "100 VND"]).exitCode == 3)
        let killed = try Flowbatch.start(
            ["run", "campaign.yaml", "--sandbox=1", "--render", "none", "--events", "-"], in: workspace)
        await killed.hasWritten("job.accepted")
        // It does not end meanwhile, however long the look takes.
        killed.send(SIGSTOP)
        let live = try await runs(workspace)
        #expect(live.map(\.status) == ["running", "budget"])
        killed.send(SIGKILL)
        _ = await killed.result()
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let all = try await runs(workspace)
        #expect(all.map(\.status) == ["succeeded", "killed", "budget"])
        #expect(all.map(\.exit_code) == [0, nil, 3])
        #expect(all.map { $0.totals?.spent.map(\.amount) } == [[], nil, ["100"]], "the killed run's job was paid by the killed run")
        #expect(all.map { $0.totals?.done } == [2, nil, 1] && all[0].totals?.cached == 1)
        #expect(all.allSatisfy { $0.campaign == "test" && $0.state == ".flowbatch/sandbox/state.sqlite" })
        #expect(Set(all.map(\.run)).count == 3 && all.map(\.started_at) == all.map(\.started_at).sorted(by: >))
        #expect(all.map { $0.recorded.spent.map(\.amount) } == [[], ["100"], ["100"]] && all[1].recorded.done == 0)
        let text = try await Flowbatch.run(["runs", "campaign.yaml", "--sandbox"], in: workspace)
        let row = try #require(text.output.split(separator: "\n").first { $0.contains("killed") })
        #expect(row.contains("≥ ") && row.hasSuffix("100 VND (estimated)"), "\(row)")
        for word in ["killed", "budget (exit code 3)", "succeeded", "100 VND"] { #expect(text.output.contains(word), "\(text.output)") }
    }

    @Test func campaignsOfOneFolderAreToldApartAndFoundFromAbove() async throws {
        let workspace = try Workspace()
        for name in ["one", "two"] {
            try workspace.write(Campaigns.pictures(["cat"]).replacing("name: test", with: "name: \(name)"), to: "ads/\(name).yaml")
            let result = try await Flowbatch.run(["run", "ads/\(name).yaml", "--sandbox=600", "--render", "none"], in: workspace)
            #expect(result.exitCode == 0, "\(result.everything)")
        }
        #expect(try await runs(workspace, ["ads/two.yaml"]).map(\.campaign) == ["two"])
        #expect(try await runs(workspace).map(\.campaign) == ["two", "one"], "without a campaign here, all below")
        #expect(try await runs(workspace, ["--state", "ads/.flowbatch/sandbox/state.sqlite"]).count == 2)
        // A campaign that has become wrong still shows what it did.
        try workspace.write("name: two\nsteps: [", to: "ads/two.yaml")
        #expect(try await runs(workspace, ["ads/two.yaml"]).count == 2)
        let gone = try await Flowbatch.run(["runs", "nowhere.yaml"], in: workspace)
        #expect(gone.exitCode == 66, "\(gone.everything)")
    }
}
