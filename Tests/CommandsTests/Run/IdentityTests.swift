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

    @Test(
        "Hashed are the parameters as written, after expressions, without a definition's defaults and without what only chooses a rendition already paid for"
    )
    func whatIsHashed() async throws {
        let workspace = try Workspace()
        func campaign(_ with: String, step: String = "", overlay: String = "") -> String {
            """
            flowbatch: 1
            name: test
            provider: flow
            \(overlay)
            vars: { animal: cat }
            steps:
              picture:
                uses: t2i
                with: { \(with) }
                \(step)
            """
        }
        func identity(_ text: String) async throws -> String {
            try workspace.write(text)
            return try #require(try await identities(workspace)["picture"])
        }
        let plain = try await identity(campaign("prompt: a cat"))
        // After expressions; in any order and notation; whatever is no parameter.
        #expect(try await identity(campaign(#"prompt: "a ${{ vars.animal }}""#)) == plain)
        #expect(try await identity(campaign(#"prompt: "a cat""#, step: "save: p/x.png")) == plain)
        #expect(try await identity(campaign("prompt: a cat", step: "timeout: 20m", overlay: "budget: 1000 VND")) == plain)
        let overlay = "providers: { flow: { plan: turbo, prices: { image: 5 VND }, limits: { threads: 2 }, poll: { min: 4s } } }"
        #expect(try await identity(campaign("prompt: a cat", overlay: overlay)) == plain)
        // As written: a default that is left out is not asked for, one that is written is.
        let square = try await identity(campaign(#"prompt: a cat, aspect_ratio: "1:1""#))
        #expect(square != plain)
        #expect(try await identity(campaign(#"aspect_ratio: "1:1", prompt: a cat"#)) == square)
        let one = try await identity(campaign("prompt: a cat, count: 1"))
        #expect(one != plain && one != square)

        // A resolution that only the download knows of; one that has a price is another thing.
        func reading(_ prices: String) -> String {
            """
            providers:
              flow:
                operations: { t2i: { params: { resolution: { values: { 1K: 1k, 2K: 2k, 4K: 4k } } } } }
                jobs: { job: { outputs: { image: [{ get: "jobs/{job}/image", query: { index: "{index}", resolution: "{resolution}" } }] } } }
            \(prices)
            """
        }
        func resolution(_ size: String, prices: String = "") -> String {
            campaign("prompt: a cat, resolution: \(size)", overlay: reading(prices))
        }
        #expect(try await identity(resolution("2K")) == plain)
        try workspace.write(resolution("2K"))
        #expect(try await run(workspace).count == 1)
        #expect(try await run(workspace).count == 1)
        #expect(try workspace.summary().totals.requests == 0)
        // Another rendition is fetched, once, and not paid for; so is the usual one.
        for text in [resolution("4K"), campaign("prompt: a cat", overlay: reading(""))] {
            try workspace.write(text)
            let plan = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600"], in: workspace)
            #expect(plan.output.contains("continues  picture") && plan.output.contains("nothing"), "\(plan.output)")
            #expect(try await run(workspace).count == 1)
            #expect(try workspace.summary().totals.requests == 1, "one download")
            #expect(try await run(workspace).count == 1)
            #expect(try workspace.summary().totals.requests == 0)
        }
        #expect(workspace.files().filter { $0.path.contains("picture") }.count == 1)
        let priced = "    prices: [{ when: { resolution: [2k, 4k] }, amount: 150 VND, per: image }]"
        #expect(try await identity(resolution("4K", prices: priced)) != plain)
    }

    @Test("Idempotency-Key = hash(identity, generation, attempt)")
    func keys() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        // The keys were computed with Python from the identities: "fb-" + hashlib.sha256(b'["IDENTITY",0,1]').hexdigest()[:40].
        // Should one of these change, whoever resumes a campaign pays for everything again.
        let first = try #require(try await identities(workspace)["picture[cat]"])
        #expect(first == "e91ec93fe3c228ba388483bf5ce14923e95ab531941ccafb2b16413cf2013a09")
        #expect(try await run(workspace) == ["fb-d22db723938a64849dfe307bac2e18e277b40b60"])
        let keys = try await run(workspace, ["--rerun", "picture[cat]"])
        let second = try #require(try await identities(workspace)["picture[cat]"])
        #expect(
            second == "3b7c6eabf57c6ade4b753687344593d39e119d450f0e5c859d89eea1b4b09d70", "the generation is part of what an instance is")
        #expect(keys.last == "fb-68eba0271494e255fb011461d1c654f45f6308cf")
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
