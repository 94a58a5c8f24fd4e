import Definitions
import Foundation
import Pipeline
import Sandbox
import Testing

@testable import Commands

/// Whom a key is given to, and what a campaign may change of a provider.
@Suite struct TrustSentenceTests {
    @Test(
        "A key is released only to the definition's own host, to `<NAME>_BASE_URL` from the environment, or to a host the user trusted once"
    )
    func keysGoToTheHostOfTheEnvironmentAlone() async throws {
        let workspace = try Workspace()
        try await Provider.serving(workspace, { $0.credits = 0 }) { own in
            try await Provider.serving(workspace, folder: "foreign") { foreign in
                for overlay in ["host: { base: \"\(foreign.address)\" }", "host: { path: \"//evil.example/\" }"] {
                    try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { \(overlay) } }"))
                    let tricked = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: own.environment)
                    #expect(tricked.exitCode == 65, "\(overlay): \(tricked.everything)")
                }
                try workspace.write(Campaigns.pictures(["cat"]))
                let plain = own.environment.merging(["FLOW_BASE_URL": "http://example.invalid"]) { $1 }
                let refused = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: plain)
                #expect(refused.exitCode == 78, "a key must not cross the network in the clear: \(refused.everything)")
                #expect(await own.requests == 0)
                // A key that is taken meets an empty account.
                let taken = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: own.environment)
                #expect(taken.exitCode == 4, "\(taken.everything)")
                #expect(await own.requests == 1)
                #expect(await foreign.requests == 0, "a key went to a host that nobody named")
            }
        }
    }

    /// The third of them: trusted once, used by every campaign, until it is taken back. The variable comes first.
    @Test(
        "A key is released only to the definition's own host, to `<NAME>_BASE_URL` from the environment, or to a host the user trusted once"
    )
    func keysGoToTheHostThatTheUserTrusted() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        let key = ["FLOW_API_KEY": Provider.key]
        func run(_ environment: [String: String]) async throws -> Flowbatch.Result {
            try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: environment)
        }
        func trust(_ more: [String]) async throws -> Flowbatch.Result {
            try await Flowbatch.run(["providers", "trust", "flow"] + more, in: workspace)
        }
        try await Provider.serving(workspace, { $0.credits = 0 }) { own in
            try await Provider.serving(workspace, folder: "other", { $0.credits = 0 }) { other in
                let unknown = try await run(key)
                #expect(unknown.exitCode == 78, "\(unknown.everything)")
                #expect(unknown.errors.contains("FLOW_BASE_URL") && unknown.errors.contains("flowbatch providers trust flow https://"))
                let trusted = try await trust([own.address])
                #expect(trusted.exitCode == 0 && trusted.output.contains(own.address), "\(trusted.everything)")
                let file = workspace.url("home/hosts.json")
                let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                #expect(try await run(key).exitCode == 4)
                #expect(await own.requests == 1)
                let shown = try await Flowbatch.run(["providers", "flow"], in: workspace)
                #expect(shown.output.contains("\(own.address) (trusted"), "\(shown.output)")
                // The variable comes first; the host of one account is no other account's.
                #expect(try await run(key.merging(["FLOW_BASE_URL": other.address]) { $1 }).exitCode == 4)
                #expect(await [own.requests, other.requests] == [1, 1])
                #expect(try await trust([other.address, "--account", "b"]).exitCode == 0)
                #expect(try await run(key).exitCode == 4)
                #expect(await [own.requests, other.requests] == [2, 1])
                try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { account: b } }"), to: "b.yaml")
                #expect(try await Flowbatch.run(["run", "b.yaml"], in: workspace, environment: key).exitCode == 4)
                #expect(await [own.requests, other.requests] == [2, 2])
                // Taken back.
                #expect(try await trust(["--forget"]).exitCode == 0)
                #expect(try await run(key).exitCode == 78)
                #expect(await [own.requests, other.requests] == [2, 2])
            }
        }
    }

    @Test func onlyAnAddressThatAKeyMayBeSentToIsTrusted() async throws {
        let workspace = try Workspace()
        for arguments in [
            ["flow", "http://example.com"], ["flow", "ftp://example.com"], ["flow", "https://user:word@example.com"],
            ["flow", "https://example.com/?to=evil"], ["flow", "https://example.com/../x"], ["flow", ""], ["flow"],
            ["flow", "https://example.com", "--forget"], ["flow", "--forget"], ["nobody", "https://example.com"],
            ["flow", "https://example.com", "--account", "sandbox"], ["flow", "https://example.com", "--account", "a b"],
        ] {
            let result = try await Flowbatch.run(["providers", "trust"] + arguments, in: workspace)
            #expect(result.exitCode == 64, "\(arguments): \(result.everything)")
            #expect(!FileManager.default.fileExists(atPath: workspace.url("home/hosts.json").path), "\(arguments)")
        }
    }

    @Test func trustGivenByManyAtOnceIsKeptFromAll() async throws {
        let workspace = try Workspace()
        let labels = (1...8).map { "label-\($0)" }
        let codes = try await withThrowingTaskGroup(of: Int32.self) { group in
            for label in labels {
                group.addTask {
                    try await Flowbatch.run(
                        ["providers", "trust", "flow", "https://\(label).example.com", "--account", label], in: workspace
                    ).exitCode
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == labels.map { _ in 0 })
        struct Kept: Decodable {
            struct Host: Decodable { let account: String? }
            let hosts: [Host]
        }
        let kept = try JSONDecoder().decode(Kept.self, from: Data(contentsOf: workspace.url("home/hosts.json")))
        #expect(kept.hosts.compactMap(\.account).sorted() == labels)
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.url("home").path) == ["hosts.json"])
    }

    @Test(arguments: ["", "{", #"{"version":2,"hosts":[]}"#, #"{"version":1,"hosts":[{"provider":"flow"}]}"#])
    func aFileOfTrustThatIsNotOursTrustsNobody(text: String) async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.pictures(["cat"]))
        try workspace.write(text, to: "home/hosts.json")
        let key = ["FLOW_API_KEY": Provider.key]
        let result = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: key)
        #expect(result.exitCode == 78 && result.errors.contains("home/hosts.json"), "\(result.everything)")
        // Who names the host himself needs none of it.
        try await Provider.serving(workspace, { $0.credits = 0 }) { provider in
            let named = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: provider.environment)
            #expect(named.exitCode == 4, "\(named.everything)")
        }
    }

    /// The first of them. Flow AI's definition has no host of its own, so this is one that has.
    @Test(
        "A key is released only to the definition's own host, to `<NAME>_BASE_URL` from the environment, or to a host the user trusted once"
    )
    func keysGoToTheDefinitionsOwnHost() throws {
        let definition = try definition(host: "https://own.example")
        var trusted = TrustedHosts()
        trusted.trust("https://trusted.example", provider: definition.name, account: nil)
        func host(_ environment: [String: String]) -> String? {
            ProviderAddress.find(definition, account: AccountID(provider: definition.name), environment: environment, trusted)?.text
        }
        #expect(host([:]) == "https://own.example", "a host of its own is not overruled by trust")
        #expect(host(["\(definition.name.uppercased())_BASE_URL": "https://variable.example"]) == "https://variable.example")
        let access = try ProviderAccess.find(
            definition, account: AccountID(provider: definition.name), environment: [definition.keyEnvironment: "sk-4711"])
        #expect(access.baseURL.absoluteString == "https://own.example")
    }

    /// Flow AI's definition with a host of its own.
    private func definition(host: String) throws -> ProviderDefinition {
        let file = CommandLinePage.repository.appending(path: "manifests/providers/flow.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        let changed = text.replacing("host: { base: null,", with: "host: { base: \"\(host)\",")
        try #require(changed != text)
        return try ProviderDefinition.read(changed, file: "own.yaml")
    }

    /// A value for every gap of Flow AI's definition, as a campaign would write it.
    private static let gaps: [String: String] = [
        "/plans/turbo/prices": "plans: { turbo: { prices: [{ when: { uses: upscale }, amount: 120 VND, per: image }] } }",
        "/limits/thread_is": "limits: { thread_is: output }",
        "/limits/requests": "limits: { requests: 100/hour }",
        "/limits/counts": "limits: { counts: [submit] }",
        "/limits/images_from": "limits: { images_from: [t2i] }",
        "/limits/day": "limits: { day: UTC }",
        "/prices/0": "prices: { upscale: 200 VND }",
        "/upload/lasts": "upload: { lasts: 2h }",
        "/operations/t2i/params/resolution": "operations: { t2i: { params: { resolution: { values: { 1K: 1k, 4K: 4k } } } } }",
        "/operations/t2i/request/json/resolution":
            "operations: { t2i: { request: { json: { resolution: \"{resolution}\" } }, params: { resolution: { values: { 1K: 1k } } } } }",
        "/operations/t2i/listed_as": "operations: { t2i: { listed_as: [image] } }",
        "/operations/r2i/params/references": "operations: { r2i: { params: { references: { max: 3 } } } }",
        "/operations/r2i/params/aspect_ratio/default": "operations: { r2i: { params: { aspect_ratio: { default: \"1:1\" } } } }",
        "/operations/r2i/params/count": "operations: { r2i: { params: { count: { max: 4 } } } }",
        "/operations/r2i/request/json/num_images":
            "operations: { r2i: { request: { json: { num_images: \"{count}\" } }, params: { count: { max: 4 } } } }",
        "/operations/r2i/listed_as": "operations: { r2i: { listed_as: [image] } }",
        "/operations/upscale": "operations: { upscale: { request: { post: enlarge } } }",
        "/operations/t2v/listed_as": "operations: { t2v: { listed_as: [video] } }",
        "/operations/i2v/params/aspect_ratio/default": "operations: { i2v: { params: { aspect_ratio: { default: \"16:9\" } } } }",
        "/operations/i2v/listed_as": "operations: { i2v: { listed_as: [video] } }",
        "/operations/r2v/params/references": "operations: { r2v: { params: { references: { max: 3 } } } }",
        "/operations/r2v/params/voice": "operations: { r2v: { params: { voice: { values: [mai, nam] } } } }",
        "/operations/r2v/listed_as": "operations: { r2v: { listed_as: [video] } }",
        "/jobs/job/states":
            "jobs: { job: { states: [{ running: { /status: working } }, { succeeded: { /status: completed } }, { failed: { /status: failed } }] } }",
        "/jobs/job/outputs": "jobs: { job: { outputs: { image: [{ get: \"jobs/{job}/picture\" }] } } }",
        "/jobs/job/batch": "jobs: { job: { batch: { get: my-jobs, items: [/jobs], id: [/id] } } }",
        "/jobs/job/refunded": "jobs: { job: { refunded: [failed] } }",
        "/jobs/job/lasts": "jobs: { job: { lasts: 24h } }",
        "/idempotency": "idempotency: { honoured: true, lasts: 24h }",
        "/reconcile": "reconcile: { listing: { settle: 90s } }",
        "/account": "account: { usage: { fields: { credits: [/left] } } }",
    ]

    @Test(
        "A campaign may overlay plan, limits, prices, poll, account and whatever a definition lists as a gap; never host, auth, upload hosts or signature checks"
    )
    func overlays() async throws {
        let workspace = try Workspace()
        let flow = try #require(try ProviderDefinition.builtIn("flow"))
        #expect(Set(Self.gaps.keys) == Set(flow.assumptions.map { "\($0.at)" }), "a gap without an overlay")
        let known = [
            "plan: turbo", "limits: { threads: 2, requests: 100/hour }", "prices: { video: 5000 VND }", "poll: { min: 3s }",
            "account: mine",
        ]
        var files: [String] = []
        for overlay in known + Self.gaps.values.sorted() {
            files.append("\(files.count).yaml")
            try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { \(overlay) } }"), to: files[files.count - 1])
        }
        let result = try await Flowbatch.run(["validate"] + files, in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        try await Provider.serving(workspace) { provider in
            let environmentOnly = "comes from the definition only"
            for (overlay, reason) in [
                ("host: { base: \"\(provider.address)\" }", "`host` \(environmentOnly)"),
                ("auth: { header: X }", "`auth` \(environmentOnly)"),
                ("host: { uploads: [\"*.evil.example\"] }", "`host` \(environmentOnly)"),
                ("upload: { steps: [{ put: \"{url}\", host: uploads }] }", "`upload.steps` can't be set in a campaign"),
                ("webhooks: { verify: { by: unsigned } }", "`webhooks` can't be set in a campaign"),
            ] {
                try workspace.write(Campaigns.pictures(["cat"], overlay: "providers: { flow: { \(overlay) } }"))
                let result = try await Flowbatch.run(["run", "campaign.yaml"], in: workspace, environment: provider.environment)
                #expect(result.exitCode == 65 && result.errors.contains("campaign.yaml:4:"), "\(overlay): \(result.everything)")
                #expect(result.errors.contains(reason), "\(overlay): \(result.errors)")
                #expect(!result.errors.contains("2 errors"), "only for that reason: \(result.errors)")
            }
            #expect(await provider.requests == 0)
        }
    }
}
