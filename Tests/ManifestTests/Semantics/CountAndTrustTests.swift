import Foundation
import Pipeline
import Testing

@testable import Manifest

/// "Count", and what "Trust" says of `env` and `extra`, as far as a plan shows it.
@Suite struct CountAndTrustTests {
    private func jobs(_ uses: String, _ with: String, overlay: String = "") throws -> [StepInstance] {
        try Campaigns.plan(Campaigns.steps("  a: { uses: \(uses), with: { prompt: x, \(with) } }", head: overlay)).instances
    }

    @Test(
        "Where a provider's operation takes no count (Flow's R2I, videos), `count` becomes that many sub-jobs, each with its own intent, key and ordinal"
    )
    func countBecomesJobs() throws {
        for (uses, with) in [
            ("r2i", "references: assets/a.png"), ("t2v", "duration: 8s"), ("i2v", "image: assets/a.png"),
            ("r2v", "references: assets/a.png"),
        ] {
            let instance = try #require(try jobs(uses, with + ", count: 3").first)
            #expect(instance.jobs.map(\.outputs) == [0..<1, 1..<2, 2..<3], "the ordinal is the job's position")
            #expect(instance.outputs.map(\.path).count == 3)
        }
        let priced = try #require(try jobs("r2i", "references: assets/a.png, count: 3").first)
        #expect(priced.jobs.map(\.price) == .init(repeating: .known(Money(100, "VND")), count: 3))
    }

    @Test("above the provider's maximum likewise")
    func aboveTheMaximum() throws {
        let instance = try #require(try jobs("t2i", "count: 10").first)
        #expect(instance.jobs.map(\.outputs) == [0..<4, 4..<8, 8..<10])
        #expect(instance.jobs.map(\.price) == [400, 400, 200].map { .known(Money($0, "VND")) })
        #expect(try jobs("t2i", "count: 4").first?.jobs.map(\.outputs) == [0..<4])
    }

    @Test func plannedCountsAreWhatWasAskedFor() throws {
        let compiled = Campaigns.compile(Campaigns.steps("  a: { uses: t2i, with: { prompt: x, count: 7 } }"))
        let summary = try #require(compiled.summary())
        #expect(summary.steps.map(\.outputs) == [7])
        #expect(summary.steps.map(\.jobs) == [2])
    }

    @Test("`env` names must be listed in the manifest's `env:` and consented to with `--env NAME`")
    func environmentNeedsBoth() throws {
        let unlisted = Campaigns.steps("  a: { uses: t2i, with: { prompt: '${{ env.SEASON }}' } }")
        let listed = Campaigns.steps("  a: { uses: t2i, with: { prompt: '${{ env.SEASON }}' } }", head: "env: [SEASON]")
        let set = ["SEASON": "summer"]
        #expect(try Campaigns.plan(listed, environment: set).instances.map(\.prompt) == ["summer"])
        #expect(Campaigns.codes(listed, environment: set, allowed: []) == ["FB1207"], "listed, not consented")
        #expect(Campaigns.codes(unlisted, environment: set, allowed: []) == ["FB1206"], "neither")
        #expect(Campaigns.codes(unlisted, environment: set) == ["FB1225", "FB1206"], "consented, not listed")
        #expect(Campaigns.codes(listed, allowed: ["SEASON"]) == ["FB1224"], "both, and not set")
        let suggestions = Campaigns.compile(listed, environment: set, allowed: []).diagnostics.compactMap(\.suggestion)
        #expect(suggestions == ["add `--env SEASON` to the command"])
        let optional = listed.replacing("env.SEASON }}", with: "env.SEASON | default(\"winter\") }}")
        #expect(try Campaigns.plan(optional).instances.map(\.prompt) == ["winter"])
        #expect(try Campaigns.plan(optional, environment: set).instances.map(\.prompt) == ["summer"])
        let heldBack = Campaigns.compile(optional, environment: set, allowed: [])
        #expect(heldBack.plan?.instances.map(\.prompt) == ["winter"], "never read without")
        #expect(
            heldBack.diagnostics.map(\.code) == ["FB1227"] && heldBack.diagnostics.allSatisfy { $0.severity == .warning },
            "and not silently")
        #expect(heldBack.diagnostics.first?.suggestion == "add `--env SEASON` to the command, or unset it")
    }

    @Test("names that end in `_KEY`, `_SECRET`, `_TOKEN` are refused")
    func secretsAreRefused() throws {
        for name in ["FLOW_API_KEY", "flow_api_key", "Aws_Secret", "GITHUB_token", "_KEY"] {
            let text = Campaigns.steps("  a: { uses: t2i, with: { prompt: '${{ env.\(name) }}' } }", head: "env: [\(name)]")
            let compiled = Campaigns.compile(text, environment: [name: "hunter2"])
            #expect(Set(compiled.diagnostics.map(\.code)).isSuperset(of: ["FB1112"]), "\(name)")
            #expect(compiled.plan == nil)
            #expect(!Campaigns.rendered(compiled, text).contains("hunter2"))
            #expect(EnvironmentName.refusal(of: name) != nil, "on the command line too")
        }
        for name in ["KEYBOARD", "MY_KEYS", "SECRET", "TOKEN_NAME"] {
            let text = Campaigns.steps("  a: { uses: t2i, with: { prompt: '${{ env.\(name) }}' } }", head: "env: [\(name)]")
            #expect(Campaigns.compile(text, environment: [name: "x"]).plan != nil, "\(name)")
            #expect(EnvironmentName.refusal(of: name) == nil)
        }
        #expect(EnvironmentName.refusal(of: "SEASON=summer")?.contains("--var SEASON=") == true)
    }

    @Test("`extra` may not set what the definition's template sets")
    func extraAddsOnly() throws {
        func compiled(_ extra: String) -> Compiled {
            Campaigns.compile(Campaigns.steps("  a: { uses: t2i, with: { prompt: x, extra: { \(extra) } } }"))
        }
        for field in ["prompts: [y]", "aspect_ratio: \"1:1\"", "num_images: 4", "num_images: null"] {
            #expect(compiled(field).diagnostics.map(\.code) == ["FB1312"], "\(field)")
        }
        let added = try #require(compiled("watermark: false, style: { name: soft }").plan?.instances.first)
        #expect(added.arguments["extra"] == .value(.map(["watermark": .bool(false), "style": .map(["name": .text("soft")])])))
        let plain = try #require(compiled("watermark: true, style: { name: soft }").plan?.instances.first)
        #expect(plain.identity != added.identity, "what is asked for is part of what it is")
    }

    /// A picture fetched in two forms: `format` is in no submission, only in the request of the output.
    private static let renditions = """
        providers:
          flow:
            operations: { t2i: { params: { resolution: { values: { 1K: 1k, 2K: 2k, 4K: 4k } } } } }
            jobs: { job: { outputs: { image: [{ get: "jobs/{job}/image", query: { index: "{index}", resolution: "{resolution}" } }] } } }
        """

    @Test(
        "Hashed are the parameters as written, after expressions, without a definition's defaults and without what only chooses a rendition already paid for"
    )
    func renditionsAreNotHashed() throws {
        func identity(_ with: String, _ overlay: String = Self.renditions) throws -> Identity {
            try #require(try jobs("t2i", with, overlay: overlay).first?.identity)
        }
        let plain = try identity("count: 1")
        #expect(try identity("count: 1, resolution: 2K") == plain)
        #expect(try identity("resolution: 4K, count: 1") == plain)
        #expect(try identity("count: \"${{ 1 }}\"") == plain, "after expressions")
        #expect(try identity("count: 1, aspect_ratio: \"1:1\"") != plain, "a default written out is a parameter as written")
        let priced = Self.renditions + "\n    prices: [{ when: { resolution: [2k, 4k] }, amount: 150 VND, per: image }]"
        #expect(try identity("count: 1, resolution: 2K", priced) != identity("count: 1", priced), "another price is not paid already")
        let submitted = """
            providers:
              flow:
                operations:
                  t2i:
                    params: { resolution: { values: { 1K: 1k, 2K: 2k } } }
                    request: { json: { resolution: "{resolution}" } }
                jobs: { job: { outputs: { image: [{ get: "jobs/{job}/image", query: { index: "{index}", resolution: "{resolution}" } }] } } }
            """
        #expect(try identity("count: 1, resolution: 2K", submitted) != identity("count: 1", submitted), "what is submitted is made")
    }
}
