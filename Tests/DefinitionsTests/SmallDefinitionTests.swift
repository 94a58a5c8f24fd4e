import Pipeline
import Testing

@testable import Definitions

/// What Flow AI does not need and other providers do: models, variants, fills, routes, units.
@Suite struct SmallDefinitionTests {
    private let tiny: ProviderDefinition

    init() throws { tiny = try ProviderDefinition.read(SmallDefinition.text, file: "tiny.yaml") }

    private func value(_ text: String) -> LocatedArgument { LocatedArgument(argument: .value(.text(text))) }

    @Test func hostAndKey() {
        #expect(
            tiny.host
                == HostSettings(base: "https://api.tiny.example", path: "/v1", uploads: .listed(["*.store.example"]), results: .anyPublic))
        #expect(tiny.authentication == Authentication(header: "Authorization", prefix: "Bearer ", keyStarts: "tk_"))
        #expect(tiny.plans == ["small"])
    }

    @Test func aModelLaysItselfOverTheOperation() throws {
        let wide = try #require(tiny.operations[.t2i]?.models["wide"])
        #expect(wide.modelSent == "wide-1")
        #expect(wide.parameter("count") == nil)
        #expect(wide.parameter("size")?.maximum.map { "\($0)" } == "4096")
        #expect(wide.parameter("size")?.step == 8)
        #expect(wide.outputCount == .fixed(2))
        #expect(wide.request.fieldsBesideExtra == ["model", "prompt", "size"])

        let plan = tiny.plan(.t2i, arguments: ["model": value("wide"), "prompt": value("p"), "size": value("4096x64")], at: nil)
        #expect(plan.summary == "0..<2 image, 2 credits")
        let job = try #require(plan.jobs.first)
        let sent = try #require(tiny.requestArguments(.t2i, arguments: ["model": .value(.text("wide"))], job: job))
        #expect(sent.values["model"] == .value(.text("wide-1")))
    }

    @Test("Where a provider takes no upload (AceData: URLs only), the route is chosen at plan time or refused with what to configure")
    func routesOfPictures() throws {
        func plan(_ source: MediaSource, takes: String) throws -> OperationPlan {
            var text = SmallDefinition.text.replacing("takes: [data_uri, upload]", with: "takes: [\(takes)]")
            if !takes.contains("upload") { text = text.replacing(#/(?m)^upload:\n(?:  .*\n)+/#, with: "upload: none\n") }
            let definition = try ProviderDefinition.read(text, file: "tiny.yaml")
            return definition.plan(.edit, arguments: ["prompt": value("p"), "image": LocatedArgument(argument: .media(source))], at: nil)
        }
        let file = MediaSource.file(Fixtures.picture("a.png"))
        let output = MediaSource.output(OutputReference(instance: 0, output: 0))
        let address = MediaSource.url("https://pictures.example/a.png")
        #expect(try plan(address, takes: "url").diagnostics == [])
        #expect(try plan(file, takes: "data_uri").diagnostics == [])
        #expect(try plan(file, takes: "url, data_uri").uploads == [])
        #expect(try plan(file, takes: "url, upload").uploads == [file])
        for (source, words) in [(file, "a local file"), (output, "a step's output")] {
            let refused = try plan(source, takes: "url").diagnostics
            #expect(refused.map(\.message) == ["`image` can't be \(words) with Tiny's `edit`"])
            #expect(refused.map(\.suggestion) == ["put the file where the provider can fetch it, and write its `https` address"])
        }
        #expect(try plan(address, takes: "upload").diagnostics.map(\.suggestion) == ["download the file and write its path"])
    }

    @Test func aPriceByModel() {
        let plan = tiny.plan(.t2i, arguments: ["model": value("big"), "prompt": value("p")], at: nil)
        #expect(plan.summary == "0..<1 image, 3 credits")
    }

    @Test func aModelThatTakesNoCountSaysWhoDoes() {
        let arguments = ["model": value("wide"), "prompt": value("p"), "count": LocatedArgument(argument: .value(.int(2)))]
        #expect(tiny.plan(.t2i, arguments: arguments, at: nil).diagnostics.map(\.suggestion) == ["other models take it"])
    }

    @Test(arguments: [
        ("100x64", "100 in `size` is no multiple of 8"), ("32x64", "`size` is 32"), ("64", "`size` can't be `64`"),
        ("64x64x64", "`size` can't be `64x64x64`"),
        ("-8x64", "`size` can't be `-8x64`"), ("99999999999999999999x64", "`size` can't be `99999999999999999999x64`"),
    ])
    func sizes(_ size: String, _ message: String) {
        let plan = tiny.plan(.t2i, arguments: ["prompt": value("p"), "size": value(size)], at: nil)
        #expect(plan.diagnostics.map(\.message) == [message])
    }

    @Test func aLongPrompt() {
        let plan = tiny.plan(.t2i, arguments: ["prompt": value(String(repeating: "ộ", count: 101))], at: nil)
        #expect(plan.diagnostics.map(\.message) == ["`prompt` has 101 characters"])
        #expect(tiny.plan(.t2i, arguments: ["prompt": value(String(repeating: "ộ", count: 100))], at: nil).diagnostics.isEmpty)
    }

    @Test func smallPicturesAreInlinedAndLargeOnesUploaded() throws {
        let image = try #require(tiny.operations[.edit]?.parameter("image"))
        #expect(image.route(for: .file(Fixtures.picture("a", bytes: 256_000))) == .dataURI)
        #expect(image.route(for: .file(Fixtures.picture("a", bytes: 256_001))) == .upload)
        #expect(image.route(for: .url("https://x.example/a.png")) == nil)
        let large = MediaSource.file(Fixtures.picture("a", bytes: 300_000))
        let plan = tiny.plan(.edit, arguments: ["prompt": value("p"), "image": LocatedArgument(argument: .media(large))], at: nil)
        #expect(plan.uploads == [large])
    }

    @Test func aVariantChangesTheRequest() throws {
        let operation = try #require(tiny.operations[.t2i])
        let variant = try #require(operation.variants.first)
        #expect(!variant.condition.holds { _ in nil })
        #expect(variant.condition.holds { $0 == .parameter("webhook") ? .text("https://me.example") : nil })
        guard case .json(.map(let fields)) = variant.applied(to: operation.request).body else {
            Issue.record("no JSON body")
            return
        }
        #expect(fields["hook"] == .placeholder(Placeholder(name: "webhook")))
        #expect(fields["prompt"] == .placeholder(Placeholder(name: "prompt")))
    }

    @Test func statesAreToldByBodyAndStatus() throws {
        let job = try #require(tiny.jobProtocols["job"])
        func state(_ status: Int, _ body: Value) -> JobReport.State? {
            job.states.first { rule in
                rule.condition.holds { subject in
                    switch subject {
                    case .httpStatus: .int(status)
                    case .body(let pointer): pointer.first(in: body)
                    default: nil
                    }
                }
            }?.state
        }
        #expect(state(200, .map(["status": .text("queued")])) == .queued)
        #expect(state(200, .map(["status": .text("done"), "result": .list([])])) == .ended(.succeeded))
        #expect(state(200, .map(["status": .text("done"), "result": .null])) == nil)
        #expect(state(404, .map(["error": .text("x")])) == .ended(.failed))
        #expect(state(502, .map(["error": .text("x")])) == nil)
        #expect(job.refunded == [.failed])
        #expect(tiny.accountPlan(label: "default").refunded.contains(.failed))
        #expect(tiny.accountPlan(label: "default").recovery == RecoveryPlan(key: KeyPlan(lifetime: nil)))
    }

    @Test func assumptionsVanishWithWhatTheCampaignSets() {
        #expect(tiny.accountPlan(label: "x").assumptions == ["threads: 3 (guessed)"])
    }
}
