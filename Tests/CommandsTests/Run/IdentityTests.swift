import Foundation
import Pipeline
import Sandbox
import Testing

/// What makes an instance the same instance, shown by what is paid for.
@Suite struct IdentityTests {
    private struct Plan: Decodable {
        struct Instance: Decodable {
            let instance, identity, standing: String
        }

        let instances: [Instance]
    }

    private func identities(_ workspace: Workspace) async throws -> [String: String] {
        let result = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--json"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        let plan = try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8))
        return Dictionary(plan.instances.map { ($0.instance, $0.identity) }, uniquingKeysWith: { first, _ in first })
    }

    private func run(_ workspace: Workspace, _ more: [String] = []) async throws -> [String] {
        let result = try await Flowbatch.runSandbox(workspace, more)
        #expect(result.exitCode == 0, "\(result.everything)")
        return try await workspace.ledger().entries.compactMap(\.idempotencyKey)
    }

    @Test("`account` is a label (`providers.X.account`, default `default`), never derived from key or host: rotating a key re-pays nothing")
    func rotatedKey() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        // Two hosts, each with a key of its own: the second would charge for anything that it is asked for.
        var charges: [Int] = []
        for (host, key) in [("first", "sk-first-4711"), ("second", "sk-second-0815")] {
            let server = try await SandboxServer.start(
                SandboxConfiguration(speed: 600, stateDirectory: workspace.url(host), apiKeys: [key], render: .none))
            let result = try await Flowbatch.run(
                ["run", "campaign.yaml"], in: workspace, environment: ["FLOW_BASE_URL": server.baseURL.absoluteString, "FLOW_API_KEY": key])
            charges.append(await server.ledger().entries.count)
            await server.stop()
            #expect(result.exitCode == 0, "\(result.everything)")
        }
        #expect(charges == [1, 0])
        // The label is what counts.
        let plan = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace)
        #expect(plan.output.contains("1 done") && plan.output.contains("flow/default"), "\(plan.output)")
        try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { account: second } }"))
        let other = try await Flowbatch.run(["plan", "campaign.yaml"], in: workspace)
        #expect(other.output.contains("1 to run") && other.output.contains("flow/second"), "\(other.output)")
    }

    @Test("Idempotency-Key = hash(identity, generation, attempt)")
    func keys() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let first = try #require(try await identities(workspace)["picture[cat]"])
        #expect(try await run(workspace) == [Identity(hex: first).idempotencyKey(job: 0, attempt: 1)])
        let keys = try await run(workspace, ["--rerun", "picture[cat]"])
        let second = try #require(try await identities(workspace)["picture[cat]"])
        #expect(first != second, "the generation is part of what an instance is")
        #expect(keys.last == Identity(hex: second).idempotencyKey(job: 0, attempt: 1))
        // With all memory lost the same keys go out again.
        for folder in [".flowbatch", "outputs"] { try FileManager.default.removeItem(at: workspace.url(folder)) }
        #expect(try await run(workspace) == [keys[0]])
    }

    @Test("the attempt rises only after a recorded terminal outcome that was not billed, or an explicit resubmit")
    func attempts() async throws {
        // Ended, and known not to be billed.
        let refunding = try Workspace()
        try refunding.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { jobs: { job: { refunded: [failed] } } } }"))
        try refunding.write(#"{"faults": [{"fault": "fail_job", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        let identity = Identity(hex: try #require(try await identities(refunding)["picture[cat]"]))
        #expect(try await run(refunding, ["--faults", "faults.json"]) == [1, 2].map { identity.idempotencyKey(job: 0, attempt: $0) })
        // A lost reply raises nothing: the job is found.
        let lost = try Workspace()
        try lost.write(Campaigns.pictures(["cat"]))
        try lost.write(
            #"{"faults": [{"fault": "close_after_accepting", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        let other = Identity(hex: try #require(try await identities(lost)["picture[cat]"]))
        #expect(try await run(lost, ["--faults", "faults.json"]) == [other.idempotencyKey(job: 0, attempt: 1)])
        // Nobody can know; only the user's word sends it again.
        let held = try Workspace()
        try held.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { reconcile: { listing: { complete: false } } } }"))
        try held.write(
            #"{"faults": [{"fault": "close_before_accepting", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        #expect(try await Flowbatch.runSandbox(held, ["--faults", "faults.json"]).exitCode == 2)
        #expect(try await Flowbatch.runSandbox(held).exitCode == 2)
        let third = Identity(hex: try #require(try await identities(held)["picture[cat]"]))
        #expect(try await run(held, ["--on-unknown", "resubmit"]) == [third.idempotencyKey(job: 0, attempt: 2)])
    }

    @Test("Ordinals number equal instances in plan order and are interchangeable: inserting or reordering pays nothing")
    func ordinals() async throws {
        func campaign(_ names: String, _ steps: String = "") -> String {
            """
            flowbatch: 1
            name: test
            provider: flow
            steps:
              picture:
                uses: t2i
                for_each: [\(names)]
                with: { prompt: "${{ each.item }}" }
            \(steps)
            """
        }
        let workspace = try Workspace()
        try workspace.write(campaign("cat, cat, dog, cat"))
        #expect(Set(try await run(workspace)).count == 4, "three of the same are three")
        for names in ["dog, cat, cat, cat", "cat, dog, cat, cat", "cat, cat, dog, cat"] {
            try workspace.write(campaign(names))
            #expect(try await run(workspace).count == 4, "\(names)")
            #expect(try workspace.summary().totals.cached == 4)
        }
        // One more of the same costs one, wherever it is put; one less costs nothing, and comes back for nothing.
        try workspace.write(campaign("cat, cat, cat, dog, cat"))
        #expect(try await run(workspace).count == 5)
        try workspace.write(campaign("cat, dog"))
        #expect(try await run(workspace).count == 5)
        try workspace.write(campaign("dog, cat, cat, cat, cat"))
        #expect(try await run(workspace).count == 5)
        #expect(try workspace.summary().totals.requests == 0)
    }
}
