import Pipeline
import Testing

@testable import Definitions

/// gptimage2.plus's definition as it comes with the program, against the provider's document.
@Suite struct GptImage2Tests {
    private static let name = "gptimage2"

    @Test(arguments: [
        (Operation.t2i, "{ prompt: p, quality: low }", "0..<1 image, 1 credits"),
        (.t2i, "{ prompt: p, quality: low, count: 3 }", "0..<3 image, 3 credits"),
        (.t2i, "{ prompt: p }", "0..<1 image, unknown"),
        (.t2i, "{ prompt: p, aspect_ratio: 2:3, resolution: 2K, count: 4 }", "0..<4 image, unknown"),
        (.t2i, "{ prompt: p, count: 6 }", "0..<4 4..<6 image, unknown"),
        (.edit, "{ prompt: p, image: a.png, images: [b.png], quality: low }", "0..<1 image, 1 credits"),
        (.r2i, "{ prompt: p, references: [a.png, b.png], format: webp, quality: low }", "0..<1 image, 1 credits"),
        (
            .t2i, "{ prompt: p, aspect_ratio: 2:3, size: 1024x1024 }",
            "FB1308 14: `aspect_ratio` and `size` exclude each other; both set the provider's `size`; keep one of them"
        ),
        (
            .t2i, "{ prompt: p, aspect_ratio: 16:9 }",
            "FB1305 28: `aspect_ratio` can't be `16:9` in gptimage2.plus's `t2i`; it takes `1:1`, `2:3`, `3:2`; the nearest is `3:2`"
        ),
        (
            .t2i, "{ prompt: p, extra: { n: 4 } }",
            "FB1312 21: `extra.n` is set by the definition; `extra` adds to gptimage2.plus's `t2i`, it changes nothing of it; write `count:` beside `extra:`"
        ),
        (
            .r2i, "{ prompt: p, references: [a, b, c, d, e] }",
            "FB1306 26: `references` has 5 pictures; gptimage2.plus's `r2i` takes from 1 to 4; leave some out"
        ),
        (
            .t2v, "{ prompt: p }", "FB1301 3: gptimage2.plus has no `t2v`; -; it has `t2i`, `r2i`, `edit`"
        ),
    ])
    func shapesPricesAndRefusals(_ operation: Operation, _ with: String, _ expected: String) throws {
        #expect(try Fixtures.plan(operation, with, of: Self.name).summary == expected)
    }

    @Test func aPromptHasFourThousandCharacters() throws {
        func plan(_ length: Int) throws -> OperationPlan {
            try Fixtures.plan(.t2i, "{ prompt: \(String(repeating: "a", count: length)) }", of: Self.name)
        }
        #expect(try plan(4000).diagnostics.isEmpty)
        #expect(try plan(4001).diagnostics.map(\.code) == [CheckCode.outOfRange])
    }

    @Test func picturesOfTenMegabytesAreTaken() throws {
        let definition = try Fixtures.builtIn(Self.name)
        func codes(_ file: LocalFile) -> [String] {
            definition.plan(.upload, arguments: ["file": LocatedArgument(argument: .media(.file(file)))], at: nil).diagnostics.map(\.code)
        }
        #expect(codes(Fixtures.picture("a.webp", bytes: 10_000_000, type: "image/webp")).isEmpty)
        #expect(codes(Fixtures.picture("a.png", bytes: 10_000_001)).count == 1)
        #expect(codes(Fixtures.picture("a.gif", type: "image/gif")) == [CheckCode.fileType])
    }

    /// Which of an output's two files is fetched is no other request, and nothing to pay for again.
    @Test func theFormatChoosesARendition() throws {
        let plan = try Fixtures.plan(.t2i, "{ prompt: p, format: webp }", of: Self.name)
        #expect(plan.renditions == ["format"])
        let definition = try Fixtures.builtIn(Self.name)
        let arguments = try #require(
            definition.requestArguments(
                .t2i, arguments: ["prompt": .value(.text("p")), "resolution": .value(.text("2K"))],
                job: PlannedJob(outputs: 0..<2, price: .unknown)))
        #expect(
            arguments.values == [
                "prompt": .value(.text("p")), "size": .value(.text("1024x1024")), "quality": .value(.text("high")),
                "count": .value(.int(2)), "format": .value(.text("png")),
            ])
    }

    @Test func whatAnAccountMayDo() throws {
        let definition = try Fixtures.builtIn(Self.name)
        let plan = definition.accountPlan(label: "default")
        #expect(plan.limits.threads == 5 && definition.connections == 5)
        let limit = try #require(plan.limits.requests.first)
        #expect("\(limit.rate)" == "600/hour" && limit.calls == [.submit, .poll, .fetch, .upload, .account])
        #expect(plan.refunded == [.failed, .blocked])
        #expect(plan.recovery == RecoveryPlan(key: KeyPlan(lifetime: .seconds(86_400)), listing: nil))
        #expect(definition.keyEnvironment == "GPTIMAGE2_API_KEY" && definition.baseURLEnvironment == "GPTIMAGE2_BASE_URL")
        #expect(definition.fileHostsEnvironment == "GPTIMAGE2_FILE_HOSTS")
    }

    /// A price goes by what is sent, also where `resolution` stands for `quality`.
    @Test func aPriceGoesByWhatIsSent() throws {
        let rules = [("medium", 2), ("high", 4)].map { "{ when: { quality: \($0.0) }, amount: \($0.1) credits, per: image }" }
        for overlay in [rules, rules.reversed()].map({ "{ prices: [\($0.joined(separator: ", "))] }" }) {
            func summary(_ more: String) throws -> String {
                try Fixtures.plan(.t2i, "{ prompt: p\(more) }", of: Self.name, overlay: overlay).summary
            }
            #expect(try summary(", resolution: 2K") == "0..<1 image, 4 credits")
            #expect(try summary(", resolution: 1K") == "0..<1 image, 2 credits")
            #expect(try summary("") == "0..<1 image, 2 credits")
            #expect(try summary(", quality: low") == "0..<1 image, 1 credits")
        }
    }

    /// What the campaign knows better than the document.
    @Test func pricesMayBeLaidOver() throws {
        let overlay =
            "{ prices: [{ when: { quality: high }, amount: 4 credits, per: image }, { when: {}, amount: 2 credits, per: image }] }"
        #expect(
            try Fixtures.plan(.t2i, "{ prompt: p, resolution: 2K, count: 2 }", of: Self.name, overlay: overlay).summary
                == "0..<2 image, 8 credits")
        #expect(try Fixtures.plan(.t2i, "{ prompt: p }", of: Self.name, overlay: overlay).summary == "0..<1 image, 2 credits")
        #expect(
            try Fixtures.plan(.t2i, "{ prompt: p }", of: Self.name, overlay: "{ prices: { image: 3 credits } }").summary
                == "0..<1 image, 3 credits")
    }
}
