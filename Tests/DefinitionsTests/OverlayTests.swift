import Pipeline
import Testing
import YAML

@testable import Definitions

/// What a campaign may lay over a definition, and what it may not.
@Suite struct OverlayTests {
    private func overlaid(_ overlay: String) throws -> (definition: ProviderDefinition, account: String, diagnostics: [Diagnostic]) {
        let flow = try #require(try ProviderDefinition.builtIn("flow"))
        return flow.overlaid(with: try YAMLReader.read(overlay, file: "c.yaml"))
    }

    private func account(_ overlay: String) throws -> AccountPlan { try Fixtures.flow(overlay: overlay).accountPlan(label: "x") }

    @Test func theManifestsExample() throws {
        let result = try overlaid(
            """
            plan: turbo
            limits: { threads: 6, requests: 300/hour, images: 3000/day }
            prices: { video: 5000 VND }
            poll: { min: 4s }
            account: shop
            """)
        #expect(result.diagnostics.isEmpty)
        #expect(result.account == "shop")
        let plan = result.definition.accountPlan(label: result.account)
        #expect(plan.limits.threads == 6)
        #expect(plan.limits.requests.map(\.rate.description) == ["300/hour"])
        #expect(plan.limits.dailyImages == 3000)
        #expect(plan.poll.minInterval == .seconds(4) && plan.poll.maxInterval == .seconds(5))
        #expect(plan.id.description == "flow/shop")
        #expect(!plan.assumptions.contains { $0.hasPrefix("requests:") }, "the campaign set it")
    }

    @Test(
        arguments: [
            ("{ plan: prepaid }", 3, nil), ("{ plan: monthly }", 3, 3000), ("{ plan: turbo }", 6, nil),
            ("{ plan: [monthly, turbo] }", 6, 3000),
            ("{ plan: [turbo, monthly] }", 6, 3000), ("{ plan: [monthly, turbo], limits: { threads: 4, images: unlimited } }", 4, nil),
            ("{ limits: { thread_is: output } }", 1, nil), ("{ plan: turbo, limits: { threads: 8, thread_is: output } }", 2, nil),
            ("{ limits: { threads: ~ } }", 3, nil),
        ] as [(String, Int, Int?)])
    func threadsAndDailyImages(_ overlay: String, _ threads: Int, _ images: Int?) throws {
        let limits = try account(overlay).limits
        #expect(limits.threads == threads)
        #expect(limits.dailyImages == images)
    }

    @Test("`limits.requests: none` lifts it") func requestsCanBeLifted() throws {
        #expect(try account("{ limits: { requests: none } }").limits.requests.isEmpty)
        #expect(try account("{ limits: { counts: [submit] } }").limits.requests.map(\.calls) == [[.submit]])
        let several = try account(
            "{ limits: { requests: [{ rate: 10/minute, calls: [submit] }, { rate: 100/24s, calls: [poll, fetch] }] } }")
        #expect(several.limits.requests.map(\.rate.description) == ["10/minute", "100/24s"])
    }

    @Test func spendingIsOneAmountOrSeveralOrNone() throws {
        #expect(try account("{}").limits.spend.isEmpty)
        #expect(try account("{ limits: { spend: 500000 VND/day } }").limits.spend.map(\.description) == ["500,000 VND/day"])
        let several = try account("{ limits: { spend: [1.50 USD/hour, 400 credits/120s] } }").limits.spend
        #expect(several.map(\.description) == ["1.5 USD/hour", "400 credits/2m00s"])
        #expect(try account("{ limits: { spend: none } }").limits.spend.isEmpty)
    }

    @Test(arguments: ["500000 VND", "500000/day", "-1 VND/day", "1 VND/0s", "1 VND/fortnight", "1 VND/day/day", "{ a: 1 }"])
    func spendingThatIsNoAmountInAStretchOfTime(text: String) throws {
        let result = try overlaid("{ limits: { spend: \(text) } }")
        #expect(!result.diagnostics.isEmpty, "\(text)")
    }

    @Test func aJobOfImagesThatEachTakeAThreadIsNotLargerThanThePlan() throws {
        let plan = try Fixtures.plan(.t2i, "{ prompt: p, count: 4 }", overlay: "{ limits: { thread_is: output } }")
        #expect(plan.jobs.map(\.outputs.count) == [3, 1])
    }

    @Test func pricesShortAndLong() throws {
        func price(_ operation: Operation, _ with: String, _ overlay: String) throws -> String {
            try Fixtures.plan(operation, with, overlay: overlay).jobs.first?.price.money?.description ?? "unknown"
        }
        let short = "{ plan: turbo, prices: { image: 90 VND, upscale: 120 VND, video: 4999.50 VND } }"
        #expect(try price(.t2i, "{ prompt: p }", short) == "90 VND")
        #expect(try price(.upscale, "{ image: a }", short) == "120 VND")
        #expect(try price(.t2v, "{ prompt: p }", short) == "4,999.5 VND")
        #expect(try price(.upscale, "{ image: a }", "{ prices: { image: 90 VND } }") == "150 VND", "`image` is not the price of an upscale")
        let long = "{ prices: [{ when: { uses: upscale, resolution: 4k }, amount: 250 VND, per: image }] }"
        #expect(try price(.upscale, "{ image: a, resolution: 4K }", long) == "250 VND")
        #expect(try price(.upscale, "{ image: a, resolution: 2K }", long) == "150 VND")
        #expect(
            try price(.t2v, "{ prompt: p, duration: 10s }", "{ prices: [{ when: { makes: video }, amount: 700 VND, per: second }] }")
                == "7,000 VND")
    }

    @Test func theOtherReadingsOfUpscale() throws {
        let byJob = try Fixtures.flow(
            overlay: """
                operations: { upscale: { request: { json: { image_path: null, job_id: "{image.job}", index: "{image.index}" } }, params: { image: { takes: [job] } } } }
                """)
        #expect(
            byJob.operations[.upscale]?.request.body
                == .json(
                    .map([
                        "job_id": .placeholder(Placeholder(name: "image", field: "job")),
                        "index": .placeholder(Placeholder(name: "image", field: "index")),
                        "resolution": .placeholder(Placeholder(name: "resolution")),
                    ])))
        let output = MediaSource.output(OutputReference(instance: 0, output: 0))
        #expect(byJob.plan(.upscale, arguments: ["image": LocatedArgument(argument: .media(output))], at: nil).uploads.isEmpty)

        let option = """
            operations: { t2i: { request: { json: { resolution: "{resolution}" } }, params: { resolution: { values: { 1K: 1k, 2K: 2k, 4K: 4k } } } } }
            prices: [{ when: { resolution: [2k, 4k] }, amount: 150 VND, per: image }]
            """
        #expect(try Fixtures.plan(.t2i, "{ prompt: p, resolution: 4K }", overlay: option).summary == "0..<1 image, 150 VND")
        #expect(try Fixtures.plan(.t2i, "{ prompt: p, resolution: 1K }", overlay: option).summary == "0..<1 image, 100 VND")

        let download = try Fixtures.flow(
            overlay: """
                operations: { t2i: { params: { resolution: { values: { 4K: 4k } } } } }
                jobs: { job: { outputs: { image: [{ get: "jobs/{job}/image", query: { index: "{index}", resolution: "{resolution}" } }] } } }
                """)
        guard case .request(_, let query)? = download.jobProtocols["job"]?.outputs[.image]?.first else {
            Issue.record("no request for the image")
            return
        }
        #expect(query.keys.sorted() == ["index", "resolution"])
    }

    @Test func gapsOfRecovery() throws {
        #expect(
            try account("{ reconcile: { listing: { complete: false } } }").recovery
                == RecoveryPlan(listing: ListingPlan(complete: false, settle: .seconds(60), clockTolerance: .seconds(600))))
        #expect(
            try account("{ reconcile: { window: 30m, listing: { settle: 2m } } }").recovery
                == RecoveryPlan(listing: ListingPlan(complete: true, settle: .seconds(120), clockTolerance: .seconds(1800))))
        let flows = ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600))
        #expect(
            try account("{ idempotency: { honoured: true, lasts: 12h } }").recovery
                == RecoveryPlan(key: KeyPlan(lifetime: .seconds(43_200)), listing: flows))
        #expect(try account("{ idempotency: { honoured: true, lasts: forever } }").recovery.key == KeyPlan(lifetime: nil))
        #expect(try account("{ reconcile: null }").recovery == RecoveryPlan.none)
        #expect(try account("{ reconcile: }").recovery == RecoveryPlan(listing: flows), "nothing written is nothing said")
        let unstated = try account("{ idempotency: { honoured: true } }")
        #expect(unstated.recovery.key == KeyPlan(lifetime: .seconds(86_400)), "what nobody states is not for ever")
        #expect(unstated.assumptions.contains { $0.hasPrefix("idempotency key: honoured for ") }, "\(unstated.assumptions)")
        #expect(try account("{}").assumptions.allSatisfy { !$0.hasPrefix("idempotency") })
        #expect(try account("{ jobs: { job: { refunded: [failed] } } }").refunded == [.failed])
        #expect(try account("{ limits: { day: UTC } }").limits.dayZone == "UTC")
        #expect(
            try Fixtures.flow(overlay: "{ account: { usage: { fields: { credits: [/left] } } } }").accountRequests["usage"]?.fields[
                "credits"] == [JSONPointer("/left")].compactMap { $0 })
    }

    @Test func assumptionsAreThoseInUse() throws {
        func names(_ overlay: String) throws -> [String] {
            try account(overlay).assumptions.map { String($0.prefix { $0 != ":" }) }
        }
        let limits = ["thread_is", "requests", "counts", "images_from", "day"]
        #expect(try names("{}") == limits + ["price of upscale"])
        #expect(try names("{ plan: turbo }") == ["plan"] + limits)
        #expect(try names("{ plan: turbo, prices: { image: 1 VND } }") == ["plan"] + limits, "the upscale still has the plan's price")
        #expect(try names("{ plan: turbo, prices: { image: 1 VND, upscale: 2 VND } }") == limits)
        #expect(
            try names("{ prices: { upscale: 2 VND }, limits: { requests: none, day: UTC } }") == ["thread_is", "counts", "images_from"])
    }

    @Test func nothingSaidChangesNothing() throws {
        #expect(try account("~").limits == (try account("{}").limits))
    }

    static let refused: [(String, String)] = [
        ("host: { base: https://evil.example }", "FB1320 1:1 `host` comes from the definition only; set FLOW_BASE_URL in the environment"),
        ("auth: { header: X }", "FB1320 1:1 `auth` comes from the definition only; set FLOW_API_KEY in the environment"),
        ("name: x", "FB1320 1:1 `name` comes from the definition only; -"),
        (
            "webhooks: { verify: { by: unsigned } }",
            "FB2001 1:1 `webhooks` can't be set in a campaign; known here: `account`, `idempotency`, `jobs`, `limits`, `operations`, `plan`, `plans`, `poll`, `prices`, `reconcile`, `upload`"
        ),
        ("upload: { max: 900MB }", "FB1321 1:11 `upload.max` can't be set in a campaign; what it can set there: `upload.lasts`"),
        (
            "upload: { steps: [{ put: \"{url}\", host: uploads }] }",
            "FB1321 1:11 `upload.steps` can't be set in a campaign; what it can set there: `upload.lasts`"
        ),
        (
            "operations: { t2i: { params: { prompt: { required: false } } } }",
            "FB1321 1:32 `operations.t2i.params.prompt` can't be set in a campaign; what it can set there: `operations.t2i.params.resolution`"
        ),
        (
            "operations: { upscale: { request: { post: ../../admin } } }",
            "FB2008 1:43 `post` is no path below the provider's own; write it without a leading `/`, a host, or `..`"
        ),
        (
            "operations: { upscale: { request: { post: https://evil.example/x } } }",
            "FB2008 1:43 `post` is no path below the provider's own; write it without a leading `/`, a host, or `..`"
        ),
        ("operations: { upscale: { request: { json: { x: \"{imge}\" } } } }", "FB2006 1:48 nothing fills `{imge}`; did you mean `image`?"),
        (
            "operations: { upscale: { request: { headers: { Host: evil.example } } } }",
            "FB2004 1:48 `Host` is not a header's name that may be set; -"
        ),
        (
            "idempotency: { header: \"X-Key: a\" }",
            "FB2004 1:24 `header: X-Key: a` is not a header's name that may be set; -"
        ),
        ("plan: turbo2", "FB1322 1:7 there is no plan `turbo2`; did you mean `turbo`?"),
        ("plan: [monthly, bulk]", "FB1322 1:7 the plans `monthly` and `bulk` exclude each other; keep one of them"),
        ("plan: [turbo, turbo]", "FB1322 1:15 the plan `turbo` is chosen twice; delete one"),
        ("plan: { name: turbo }", "FB1322 1:7 `plan` is a mapping, not a plan's name or a list of them; -"),
        ("limits: { thread: 6 }", "FB2001 1:11 limits has no key `thread`; did you mean `threads`?"),
        (
            "limits: { requests: 600 per hour }",
            "FB2004 1:21 `requests: 600 per hour` is not a rate such as `600/hour` or `120/24s`, or `none`; -"
        ),
        (
            "limits: { images: 100/hour }",
            "FB2004 1:19 `images: 100/hour` is not a number of images a day such as `3000/day`, or `unlimited`; -"
        ),
        ("limits: 5", "FB2003 1:9 `limits` is a whole number, not a mapping; -"),
        ("prices: { video: 5000 }", "FB2004 1:18 `video: 5000` is not an amount such as `100 VND`, or `unknown`; -"),
        ("prices: { video: -1 VND }", "FB2004 1:18 `video: -1 VND` is not an amount such as `100 VND`, or `unknown`; -"),
        ("prices: { vidoe: 5000 VND }", "FB2001 1:11 prices has no key `vidoe`; did you mean `video`?"),
        ("poll: { min: 10ms }", "FB2004 1:14 `min: 10ms` is not a duration from `1s` to `1h`; -"),
        ("poll: { min: 10s, max: 5s }", "FB2011 1:7 `poll` has `min` above `max`; -"),
        ("account: a b", "FB1323 1:10 `a b` is no label for an account; write for example `second`"),
        ("account: sandbox", "FB1323 1:10 `sandbox` is no label for an account; write for example `second`"),
        ("limit: { threads: 6 }", "FB2001 1:1 `limit` can't be set in a campaign; did you mean `limits`?"),
        ("[turbo]", "FB2003 1:1 the settings of `flow` are a list, not a mapping; -"),
    ]

    @Test(arguments: refused)
    func isRefused(_ overlay: String, _ expected: String) throws {
        let found = try overlaid(overlay).diagnostics.map {
            "\($0.code) \($0.place?.start.line ?? 0):\($0.place?.start.column ?? 0) \($0.message); \($0.suggestion ?? "-")"
        }
        #expect(found == [expected])
        #expect(try overlaid(overlay).diagnostics.allSatisfy { $0.place?.file == "c.yaml" })
    }

    @Test func allProblemsInOnePass() throws {
        let found = try overlaid("plan: x\nlimits: { threads: 0 }\nhost: {}\npoll: { min: x }\naccount: \"\"\n").diagnostics
        #expect(found.map { $0.place?.start.line } == [1, 2, 3, 4, 5])
    }
}
