import Foundation
import Testing

@Suite struct GraphTests {
    @Test func theGraphOfStepsNeedsNoRun() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let mermaid = try await Flowbatch.run(["graph", "campaign.yaml"], in: workspace)
        #expect(mermaid.exitCode == 0 && mermaid.errors.isEmpty, "\(mermaid.everything)")
        #expect(
            mermaid.output == """
                %% test
                flowchart LR
                    n0["product<br/>upload · Flow AI"]
                    n1["scene<br/>r2i · 2 instances · Flow AI"]
                    n2["hd<br/>upscale · 4 instances · Flow AI"]
                    n3["clip<br/>i2v · 4 instances · Flow AI"]
                    n0 --> n1
                    n1 --> n2
                    n2 --> n3

                """)
        #expect(!FileManager.default.fileExists(atPath: workspace.url(".flowbatch").path))
        let dot = try await Flowbatch.run(["graph", "campaign.yaml", "--format", "dot", "--output", "graph.dot"], in: workspace)
        #expect(dot.exitCode == 0 && dot.output.isEmpty, "\(dot.everything)")
        let written = try String(contentsOf: workspace.url("graph.dot"), encoding: .utf8)
        #expect(written.hasPrefix("digraph \"test\" {\n") && written.contains("n1 [label=\"scene\\nr2i · 2 instances · Flow AI\"];"))
    }

    @Test func instancesTellHowTheyStandOnceThereWasARun() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain())
        let before = try await Flowbatch.run(["graph", "campaign.yaml", "--instances", "--sandbox=600"], in: workspace)
        #expect(before.output.contains("n1[\"scene[16:9]<br/>2 outputs\"]"), "\(before.everything)")
        try workspace.write(#"{"faults": [{"fault": "fail_job", "endpoint": "upscale-image", "requests": [1]}]}"#, to: "faults.json")
        #expect(try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"]).exitCode == 1)
        let after = try await Flowbatch.run(["graph", "campaign.yaml", "--instances", "--sandbox=600"], in: workspace)
        #expect(after.exitCode == 0, "\(after.everything)")
        #expect(after.output.contains("n1[\"scene[16:9]<br/>2 outputs · done\"]:::succeeded"), "\(after.output)")
        for (status, count) in [("succeeded", 9), ("failed", 1), ("skipped", 1)] {
            #expect(after.output.matches(of: try Regex("\\]:::\(status)\n")).count == count, "\(status): \(after.output)")
        }
        #expect(after.output.contains("subgraph s2[\"hd · upscale · 4 instances · Flow AI\"]"))
    }

    @Test func whatCannotBeDrawnOrWrittenIsSaid() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures((1...600).map { "c\($0)" }))
        let large = try await Flowbatch.run(["graph", "campaign.yaml", "--instances"], in: workspace)
        #expect(large.exitCode == 0, "600 pictures have no connection: \(large.errors)")
        try workspace.write(Campaigns.pictures((1...2100).map { "c\($0)" }))
        let larger = try await Flowbatch.run(["graph", "campaign.yaml", "--instances"], in: workspace)
        #expect(larger.exitCode == 64 && larger.errors.contains("leave --instances away"), "\(larger.errors)")
        let blocked = try await Flowbatch.run(["graph", "campaign.yaml", "--output", "nowhere/graph.mmd"], in: workspace)
        #expect(blocked.exitCode == 74 && blocked.errors.contains("nowhere/graph.mmd"), "\(blocked.errors)")
        let unknown = try await Flowbatch.run(["graph", "campaign.yaml", "--format", "png"], in: workspace)
        #expect(unknown.exitCode == 64 && unknown.errors.contains("mermaid"), "\(unknown.errors)")
        let missing = try await Flowbatch.run(["graph", "none.yaml"], in: workspace)
        #expect(missing.exitCode == 66)
    }
}
