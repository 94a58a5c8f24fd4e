import Pipeline
import Testing

@testable import Definitions

/// Flow AI's definition as it comes with the program, against the provider's document.
@Suite struct FlowTests {
    @Test func namesOfTheEnvironment() throws {
        let flow = try Fixtures.flow()
        #expect(flow.keyEnvironment == "FLOW_API_KEY")
        #expect(flow.baseURLEnvironment == "FLOW_BASE_URL")
        #expect(ProviderDefinition.builtInNames == ["flow", "gptimage2", "acedata"])
        #expect(try ProviderDefinition.builtIn("flew") == nil)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let operation: Operation
        let with: String
        var overlay = "{}"
        let expected: String
        var testDescription: String { "\(operation.rawValue) \(with) \(overlay)" }
    }

    static let shapesAndPrices: [Case] = [
        Case(operation: .t2i, with: "{ prompt: A cute cat sleeping }", expected: "0..<1 image, 100 VND"),
        Case(
            operation: .t2i, with: "{ prompt: p, count: 4, aspect_ratio: 4:3 }", overlay: "{ plan: turbo }",
            expected: "0..<4 image, 800 VND"),
        Case(operation: .t2i, with: "{ prompt: p, count: 8 }", expected: "0..<4 4..<8 image, 400 VND"),
        Case(operation: .t2i, with: "{ prompt: p, count: 6 }", expected: "0..<4 4..<6 image, 200 VND | 400 VND"),
        Case(operation: .t2i, with: "{ prompt: p, count: \"3\" }", expected: "0..<3 image, 300 VND"),
        Case(
            operation: .r2i, with: "{ prompt: p, references: [a.png], aspect_ratio: 16:9, count: 2 }",
            expected: "0..<1 1..<2 image, 100 VND"),
        Case(operation: .r2i, with: "{ prompt: p, references: a.png }", expected: "0..<1 image, 100 VND"),
        Case(operation: .upscale, with: "{ image: a.png, resolution: 4K }", expected: "0..<1 image, 150 VND"),
        Case(operation: .upscale, with: "{ image: a.png }", overlay: "{ plan: [monthly, turbo] }", expected: "0..<1 image, 200 VND"),
        Case(operation: .t2v, with: "{ prompt: p, duration: 10s }", expected: "0..<1 video, unknown"),
        Case(
            operation: .t2v, with: "{ prompt: p, count: 3 }", overlay: "{ prices: { video: 5000 VND } }",
            expected: "0..<1 1..<2 2..<3 video, 5,000 VND"),
        Case(operation: .i2v, with: "{ image: a.png, prompt: p, aspect_ratio: 9:16 }", expected: "0..<1 video, unknown"),
        Case(operation: .r2v, with: "{ references: [a.png, b.png], prompt: p, voice: charon }", expected: "0..<1 video, unknown"),
        Case(operation: .t2i, with: "{ prompt: p, extra: { negative: x } }", expected: "0..<1 image, 100 VND"),
    ]

    @Test(arguments: shapesAndPrices)
    func shapeAndPrice(_ test: Case) throws {
        let plan = try Fixtures.plan(test.operation, test.with, overlay: test.overlay)
        #expect(plan.summary == test.expected)
        #expect(plan.outputCount == plan.jobs.last?.outputs.upperBound)
        #expect(plan.requests[.submit] == plan.jobs.count)
        #expect(plan.requests[.fetch] == plan.outputCount)
    }

    static let refused: [Case] = [
        Case(
            operation: .r2i, with: "{ prompt: p, references: [a], aspect_ratio: 4:3 }",
            expected: "FB1305 45: `aspect_ratio` can't be `4:3` in Flow AI's `r2i`; it takes `1:1`, `16:9`, `9:16`; the nearest is `1:1`"),
        Case(
            operation: .i2v, with: "{ image: a, prompt: p, duration: 8s }",
            expected:
                "FB1302 24: `duration` is not taken by Flow AI's `i2v`; it takes `image`, `prompt`, `aspect_ratio`, `count`; `t2v` takes it; delete it here"
        ),
        Case(
            operation: .t2i, with: "{ promt: p }",
            expected:
                "FB1302 3: `promt` is not taken by Flow AI's `t2i`; it takes `prompt`, `aspect_ratio`, `count`; did you mean `prompt`?"),
        Case(
            operation: .t2v, with: "{ prompt: p, duration: 7s }",
            expected: "FB1305 24: `duration` can't be `7s` in Flow AI's `t2v`; it takes `6s`, `8s`, `10s`; the nearest is `8s`"),
        Case(
            operation: .t2v, with: "{ prompt: p, duration: 8 }",
            expected: "FB1305 24: `duration` can't be `8` in Flow AI's `t2v`; it takes `6s`, `8s`, `10s`; did you mean `8s`?"),
        Case(
            operation: .upscale, with: "{ image: a, resolution: 4k }",
            expected: "FB1305 25: `resolution` can't be `4k` in Flow AI's `upscale`; it takes `2K`, `4K`; did you mean `4K`?"),
        Case(
            operation: .t2i, with: "{ prompt: p, count: 0 }",
            expected: "FB1306 21: `count` is 0; Flow AI's `t2i` takes from 1 to 1000; write `1`"),
        Case(
            operation: .t2i, with: "{ prompt: p, count: 1001 }",
            expected: "FB1306 21: `count` is 1001; Flow AI's `t2i` takes from 1 to 1000; write `1000`"),
        Case(
            operation: .t2i, with: "{ prompt: p, count: 2.5 }",
            expected: "FB1304 21: `count` is a number, not a whole number; -; write a whole number"),
        Case(
            operation: .t2i, with: "{ prompt: 2026 }",
            expected: "FB1304 11: `prompt` is a whole number, not text; -; put it in quotes where it is written"),
        Case(operation: .t2i, with: "{ prompt: \" \" }", expected: "FB1306 11: `prompt` is empty; -; write one"),
        Case(
            operation: .t2i, with: "{ prompt: p, aspect_ratio: [1:1] }",
            expected: "FB1304 28: `aspect_ratio` is a list, not a name; -; write one, or make an instance of each with `for_each`"),
        Case(
            operation: .r2i, with: "{ prompt: p, references: [] }",
            expected:
                "FB1306 26: `references` has 0 pictures; Flow AI's `r2i` takes at least 1; name one: a path, or `${{ steps.NAME.image }}`"),
        Case(
            operation: .r2i, with: "{ prompt: p, references: [https://x.example/a.png] }",
            expected:
                "FB1309 26: `references` can't be an address with Flow AI's `r2i`; it takes a file or a step's output; download the file and write its path"
        ),
        Case(
            operation: .upscale, with: "{ image: [a, b] }",
            expected: "FB1304 10: `image` is a list, not a picture; -; take one of them, or make an instance of each with `for_each`"),
        Case(
            operation: .upscale, with: "{ image: 5 }",
            expected: "FB1304 10: `image` is a whole number, not a picture; -; write a path or a step's output: `${{ steps.NAME.image }}`"),
        Case(
            operation: .r2v, with: "{ references: [a], prompt: p, voice: a b }",
            expected:
                "FB1307 38: `voice` can't be `a b`; it is one word of letters, digits and `._:/+-`, 128 at most; write it as the provider does"
        ),
        Case(
            operation: .t2i, with: "{ prompt: p, extra: { num_images: 4 } }",
            expected:
                "FB1312 21: `extra.num_images` is set by the definition; `extra` adds to Flow AI's `t2i`, it changes nothing of it; write `count:` beside `extra:`"
        ),
        Case(
            operation: .edit, with: "{ prompt: p }",
            expected: "FB1301 3: Flow AI has no `edit`; -; it has `t2i`, `r2i`, `upscale`, `t2v`, `i2v`, `r2v`"),
        Case(
            operation: .upload, with: "{ file: a.png, prompt: p }",
            expected: "FB1302 16: `prompt` is not taken by `upload`; it takes `file`; leave it out"),
        Case(operation: .upload, with: "{}", expected: "FB1303 3: `file` is missing: `upload` needs it; -; add `file:` under `with:`"),
    ]

    @Test(arguments: refused)
    func isRefused(_ test: Case) throws {
        #expect(try Fixtures.plan(test.operation, test.with, overlay: test.overlay).summary == test.expected)
    }

    @Test func anUnknownVoiceIsAWarning() throws {
        let plan = try Fixtures.plan(.r2v, "{ references: [a], prompt: p, voice: charron }")
        #expect(plan.diagnostics.map(\.severity) == [.warning])
        #expect(plan.diagnostics.first?.suggestion == "did you mean `charon`?")
        #expect(plan.jobs.count == 1)
    }

    @Test func theThirtyVoices() throws {
        let voice = try #require(try Fixtures.flow().operations[.r2v]?.parameter("voice"))
        #expect(voice.choices.count == 30)
        #expect(Set(["achernar", "charon", "algieba", "alnilam"]).isSubset(of: voice.choices.map(\.written)))
    }

    @Test func durations() throws {
        #expect(try Fixtures.plan(.t2i, "{ prompt: p }").expectedDuration == .seconds(30))
        #expect(try Fixtures.plan(.upscale, "{ image: a }").expectedDuration == .seconds(60))
        #expect(try Fixtures.plan(.t2v, "{ prompt: p }").expectedDuration == .seconds(90))
    }

    @Test func uploadsAreNamedOnceAndInOrder() throws {
        let plan = try Fixtures.plan(.r2i, "{ prompt: p, references: [b.png, a.png, b.png] }")
        #expect(plan.uploads == [.file(Fixtures.picture("b.png")), .file(Fixtures.picture("a.png"))])
    }

    @Test func anUploadStepIsItsTransfer() throws {
        let plan = try Fixtures.plan(.upload, "{ file: a.png }")
        #expect(plan.diagnostics.isEmpty)
        #expect(plan.jobs.isEmpty)
        #expect(plan.outputCount == 1)
        #expect(plan.uploads == [.file(Fixtures.picture("a.png"))])
    }

    @Test func anOutputIsUploadedForTheNextStep() throws {
        let flow = try Fixtures.flow()
        let output = MediaSource.output(OutputReference(instance: 3, output: 1))
        let plan = flow.plan(.upscale, arguments: ["image": LocatedArgument(argument: .media(output))], at: nil)
        #expect(plan.uploads == [output])
    }

    @Test func filesTheProviderDoesNotTake() throws {
        let flow = try Fixtures.flow()
        func messages(_ file: LocalFile) -> [String] {
            flow.plan(.upscale, arguments: ["image": LocatedArgument(argument: .media(.file(file)))], at: nil).diagnostics.map {
                "\($0.code) \($0.message)"
            }
        }
        #expect(messages(Fixtures.picture("a.png", bytes: 20_000_000)).isEmpty)
        #expect(messages(Fixtures.picture("a.png", bytes: 24_080_000)) == ["FB1311 a.png is 24.1 MB, Flow AI takes at most 20 MB"])
        #expect(messages(Fixtures.picture("a.png", bytes: 20_000_001)) == ["FB1311 a.png is 20.1 MB, Flow AI takes at most 20 MB"])
        #expect(messages(Fixtures.picture("a.gif", type: "image/gif")) == ["FB1310 a.gif is image/gif, which Flow AI does not take"])
        let upload = flow.plan(
            .upload, arguments: ["file": LocatedArgument(argument: .media(.file(Fixtures.picture("a.mp4", type: "video/mp4"))))], at: nil)
        #expect(upload.diagnostics.map(\.code) == [CheckCode.fileType])
    }

    @Test func wireValues() throws {
        let flow = try Fixtures.flow()
        func values(_ operation: Operation, _ with: String, outputs: Range<Int> = 0..<1) throws -> [String: Argument] {
            let arguments = try Fixtures.arguments(with, operation, flow).mapValues(\.argument)
            let job = PlannedJob(outputs: outputs, price: .unknown)
            return try #require(flow.requestArguments(operation, arguments: arguments, job: job)).values
        }
        #expect(
            try values(.t2i, "{ prompt: p }") == [
                "prompt": .value(.text("p")), "aspect_ratio": .value(.text("1:1")), "count": .value(.int(1)),
            ])
        #expect(try values(.t2i, "{ prompt: p, count: 6 }", outputs: 4..<6)["count"] == .value(.int(2)))
        #expect(try values(.t2v, "{ prompt: p, duration: 10s }")["duration"] == .value(.int(10)))
        #expect(try values(.t2v, "{ prompt: p }")["duration"] == .value(.int(8)))
        #expect(try values(.upscale, "{ image: a, resolution: 4K }")["resolution"] == .value(.text("4k")))
        #expect(try values(.r2i, "{ prompt: p, references: a, count: 3 }")["count"] == nil)
        #expect(try values(.r2i, "{ prompt: p, references: a }")["references"] == .list([.media(.file(Fixtures.picture("a")))]))
    }

    @Test func accountOfThePrepaidPlan() throws {
        let account = try Fixtures.flow().accountPlan(label: "default")
        #expect(account.id == AccountID(provider: "flow"))
        #expect(account.title == "Flow AI")
        #expect(account.limits.threads == 3)
        #expect(account.limits.requests.map(\.rate.description) == ["600/hour"])
        #expect(account.limits.requests.first?.calls == [.submit, .poll, .result, .fetch, .upload, .account, .cancel])
        #expect(account.limits.dailyImages == nil)
        #expect(account.limits.dayZone == "Asia/Ho_Chi_Minh")
        #expect(account.limits.imagesFrom == [.t2i, .r2i, .upscale])
        #expect(account.poll == PollPlan(minInterval: .seconds(3), maxInterval: .seconds(5), batch: BatchPlan(mostJobs: nil)))
        #expect(account.recovery == RecoveryPlan(listing: ListingPlan(complete: true, settle: .seconds(60), clockTolerance: .seconds(600))))
        #expect(account.refunded.isEmpty)
        #expect(
            account.assumptions == [
                "thread_is: job (not documented whether a job of four images takes one thread or four)",
                "requests: 600/hour (no hourly limit documented)",
                "counts: submit, poll, result, fetch, upload, account, cancel (not documented which calls a request limit would count)",
                "images_from: t2i, r2i, upscale (not documented whether upscales use up the daily images)",
                "day: Asia/Ho_Chi_Minh (resets daily, time zone not documented)",
                "price of upscale: 150 VND/image (150 ₫ for the upscale alone, or for image and upscale together)",
            ])
    }

    @Test func theRequests() throws {
        let flow = try Fixtures.flow()
        let paths: [Operation: String] = [
            .t2i: "text-to-image", .r2i: "reference-to-image", .upscale: "upscale-image", .t2v: "text-to-video", .i2v: "image-to-video",
            .r2v: "multi-ref-video",
        ]
        for (operation, path) in paths {
            #expect(flow.operations[operation]?.request.path.pieces == [.literal(path)])
            #expect(flow.operations[operation]?.request.method == .post)
        }
        #expect(flow.operations.count == 6)
        #expect(
            flow.operations[.i2v]?.request.body
                == .json(
                    .map([
                        "items": .list([
                            .map([
                                "image_path": .placeholder(Placeholder(name: "image")), "prompt": .placeholder(Placeholder(name: "prompt")),
                            ])
                        ]), "aspect_ratio": .placeholder(Placeholder(name: "aspect_ratio")),
                    ])))
        #expect(flow.uploads?.maxBytes == 20_000_000)
        #expect(flow.host.path == "/public/api/v1")
        #expect(flow.host.base == nil)
        #expect(flow.authentication.header == "X-API-Key")
    }
}
