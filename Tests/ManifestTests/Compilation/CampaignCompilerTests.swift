import Foundation
import Pipeline
import Testing

@testable import Manifest

@Suite struct CampaignCompilerTests {
    @Test func variablesOfTheCommandLineReplaceThoseOfTheManifest() throws {
        let text = Campaigns.steps(
            "  a: { uses: t2i, for_each: '${{ vars.list }}', with: { prompt: '${{ vars.p }} ${{ vars.q }} ${{ each.item }}', count: '${{ vars.n }}' } }",
            head: "vars: { p: serum, n: 1, list: [x], q: null }")
        let plan = try Campaigns.plan(text, vars: ["p": "3", "n": "2", "list": "[y, z]", "q": "007"])
        #expect(plan.instances.map(\.prompt) == ["3 007 y", "3 007 z"])
        #expect(plan.instances[0].arguments["count"] == .value(.int(2)))
        #expect(Campaigns.codes(text, vars: ["p": "x", "q": "y", "lisst": "1"]) == ["FB1220"])
    }

    @Test func variablesMayBuildOnEarlierOnes() throws {
        let text = Campaigns.steps(
            "  a: { uses: t2i, with: { prompt: '${{ vars.line }}' } }",
            head: "env: [SEASON]\nvars: { p: serum, line: '${{ vars.p }} in ${{ env.SEASON }}' }")
        #expect(try Campaigns.plan(text, vars: ["p": "cream"], environment: ["SEASON": "summer"]).instances[0].prompt == "cream in summer")
        #expect(Campaigns.codes(text) == ["FB1207"])
        let backwards = Campaigns.steps("  a: { uses: t2i, with: { prompt: '${{ vars.b }}' } }", head: "vars: { b: '${{ vars.a }}', a: x }")
        #expect(Campaigns.codes(backwards) == ["FB1205"])
    }

    @Test func theEnvironmentIsReadOnlyWhereListedAndGiven() throws {
        let text = Campaigns.steps("  a: { uses: t2i, with: { prompt: '${{ env.SEASON }}' } }")
        #expect(Campaigns.codes(text, environment: ["SEASON": "summer"]) == ["FB1225", "FB1206"])
        #expect(Campaigns.codes(text.replacing("steps:", with: "env: [SEASON]\nsteps:")) == ["FB1207"])
    }

    @Test func settingsReachTheInstances() throws {
        let plan = try Campaigns.plan(
            Campaigns.steps(
                """
                  a: { uses: t2i, with: { prompt: x } }
                  b:
                    uses: t2i
                    with: { prompt: y }
                    timeout: 90s
                    on_failure: stop
                    retry: { attempts: 5, backoff: 1.5 }
                """, head: "defaults: { timeout: 1h, on_failure: continue, retry: { attempts: 2, initial_interval: 1s, max_interval: 1m } }"
            ))
        #expect(plan.instances.map(\.timeout) == [.seconds(3600), .seconds(90)])
        #expect(plan.instances.map(\.onFailure) == [.continue, .stop])
        #expect(plan.instances[0].retry == RetryPolicy(attempts: 2, initialInterval: .seconds(1), backoff: 2, maxInterval: .seconds(60)))
        #expect(plan.instances[1].retry == RetryPolicy(attempts: 5, initialInterval: .seconds(1), backoff: 1.5, maxInterval: .seconds(60)))
        #expect(try Campaigns.plan(Campaigns.steps("  a: { uses: t2i, with: { prompt: x } }")).instances[0].timeout == .seconds(900))
    }

    @Test func aParameterWithoutAValueIsLeftOut() throws {
        let text = Campaigns.steps(
            "  a: { uses: t2i, with: { prompt: x, aspect_ratio: '${{ vars.ratio }}' } }", head: "vars: { ratio: null }")
        #expect(try Campaigns.plan(text).instances[0].arguments.names == ["prompt"])
    }

    @Test func filesOfOneContentGoUpOnce() throws {
        let text = Campaigns.steps(
            "  a: { uses: upscale, with: { image: assets/a.png } }\n  b: { uses: upscale, with: { image: assets/copy-of-a.png } }\n  c: { uses: upscale, with: { image: ./assets/a.png } }"
        )
        let plan = try Campaigns.plan(text)
        #expect(plan.transfers.count == 1)
        #expect(Set(plan.instances.flatMap { $0.arguments["image"]?.media ?? [] }).count == 1)
        guard case .file(let file) = plan.transfers[0].source else { return #expect(Bool(false), "no file") }
        #expect(file.path == "/campaigns/summer/assets/a.png")
    }

    @Test func missingFilesAreToldFromOtherProblems() {
        let missing = Campaigns.compile(Campaigns.steps("  a: { uses: upscale, with: { image: assets/missing.png } }"))
        #expect(missing.onlyFilesAreMissing)
        #expect(missing.plan == nil)
        let both = Campaigns.compile(Campaigns.steps("  a: { uses: upscale, with: { image: assets/missing.png, resolution: 9K } }"))
        #expect(!both.onlyFilesAreMissing)
        #expect(both.diagnostics.map(\.code) == ["FB1601", "FB1305"])
        #expect(!Campaigns.compile(Campaigns.steps("  a: { uses: t2i, with: { prompt: x } }")).onlyFilesAreMissing)
    }

    @Test func summaryOfAPart() throws {
        let compiled = Campaigns.compile(Campaigns.fanOut("[x, y]", extra: "  b: { uses: t2v, with: { prompt: x } }"))
        let all = try #require(compiled.summary())
        #expect(all.unpricedJobs == 1)
        #expect(all.cost.all == [Money(200, "VND")])
        #expect(all.requestCount == 9)
        let part = try #require(compiled.summary { $0 == 1 })
        #expect(part.steps.map(\.instances) == [1, 0])
        #expect(part.cost.all == [Money(100, "VND")])
        #expect(part.requestCount == 3)
        #expect(part.unpricedJobs == 0)
        #expect(Campaigns.compile("x").summary() == nil)
    }

    @Test func budgetsCoverTheAccountsOfTheirProvider() throws {
        let head = """
            providers:
              flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY }
            budget: { flow: 399 VND, flow-b: 500 VND }
            """
        let steps = "  a: { uses: t2i, with: { prompt: x } }\n  b: { uses: t2i, provider: flow-b, with: { prompt: x } }"
        let budgets = try #require(Campaigns.compile(Campaigns.steps(steps, head: head)).plan).budgets
        #expect(budgets.map(\.limit) == [Money(399, "VND"), Money(500, "VND")])
        let accounts = ["default", "b", "before it was renamed"].map { AccountID(provider: "flow", label: $0) }
        #expect(accounts.map { account in budgets.map { $0.covers(account) } } == [[true, false], [false, true], [true, true]])
        #expect(!budgets[0].covers(AccountID(provider: "other")))
    }

    @Test func longAndShortNamesAreOneOperation() throws {
        let text = Campaigns.steps("  a: { uses: text-to-image, with: { prompt: x } }")
        #expect(try Campaigns.plan(text).instances[0].operation == .t2i)
    }

    @Test func thousandsOfInstancesCompile() throws {
        let axis = "[\((0..<40).map(String.init).joined(separator: ", "))]"
        let text = Campaigns.steps(
            """
              a:
                uses: t2i
                for_each: { x: \(axis), y: \(axis) }
                with: { prompt: "${{ each.x }} and ${{ each.y }}" }
              b:
                uses: upscale
                for_each: ${{ steps.a.images }}
                with: { image: "${{ each.item }}" }
            """)
        let plan = try Campaigns.plan(text)
        #expect(plan.instances.count == 3200)
        #expect(Set(plan.instances.map(\.identity)).count == 3200)
    }

    /// Each step waits for the one below it in the file.
    @Test func longChainsOfStepsCompile() throws {
        let steps =
            (0..<1000).map { "  s\($0): { uses: t2i, needs: s\($0 + 1), with: { prompt: x } }" } + [
                "  s1000: { uses: t2i, with: { prompt: x } }"
            ]
        let plan = try Campaigns.plan(Campaigns.steps(steps.joined(separator: "\n")))
        #expect(plan.instances.map(\.step) == (0...1000).reversed().map { "s\($0)" })
        #expect(plan.instances[500].needs == [499])
    }

    /// Axes that come along would grow with every step of a chain.
    @Test func axesAreBounded() {
        let first = "  s0: { uses: upscale, for_each: { a0: [assets/x.png] }, with: { image: '${{ each.a0 }}' } }"
        let steps = (1..<80).map {
            "  s\($0): { uses: upscale, for_each: { a\($0): '${{ steps.s\($0 - 1).images }}' }, with: { image: '${{ each.a\($0) }}' } }"
        }
        #expect(Campaigns.codes(Campaigns.steps(([first] + steps).joined(separator: "\n"))) == ["FB1411"])
    }

    /// Random damage to a good manifest gives a plan or problems with places, never a crash.
    @Test func damagedManifestsAreSurvived() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let pieces = [
            "${{", "}}", ":", "- ", "[", "]", "{", "}", "\"", "'", "\n", "  ", "&a ", "*a", "|", "for_each", "each.item", "\u{0}", "đ",
            "9999999999",
        ]
        let original = Array(ExampleTests.example)
        for round in 0..<100 {
            var text = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let position = Int.random(in: 0..<text.count, using: &random)
                if Bool.random(using: &random) {
                    text.removeSubrange(position..<min(text.count, position + Int.random(in: 1...20, using: &random)))
                } else {
                    text.insert(contentsOf: pieces[Int.random(in: 0..<pieces.count, using: &random)], at: position)
                }
                if text.isEmpty { text = original }
            }
            let compiled = Campaigns.compile(String(text))
            #expect(
                compiled.plan != nil || compiled.diagnostics.contains { $0.severity == .error },
                "seed \(seed), round \(round): \(String(text))")
        }
    }
}
