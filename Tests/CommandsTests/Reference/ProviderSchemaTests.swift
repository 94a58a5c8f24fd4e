import Definitions
import Foundation
import Manifest
import Pipeline
import Testing
import YAML

/// What a campaign's schema says of a provider's parameters, held against the check that the program makes.
@Suite struct ProviderSchemaTests {
    private static let studio = """
        definition: 1
        name: studio
        title: Studio
        host: { base: "https://api.studio.example", path: /v1 }
        auth: { header: Authorization, prefix: "Bearer " }
        limits: { threads: 3 }
        prices: [{ when: {}, amount: 1 credits, per: image }]
        durations: [{ when: {}, typical: 30s }]
        upload: none
        operations:
          t2i:
            request: { post: images, json: { model: "{model}", prompt: "{prompt}", size: "{size}", n: "{count}", seed: "{seed}",
              guidance: "{guidance}", safe: "{safe}", style: "{style}", finetune: "{finetune}" } }
            params:
              model:        { values: [small, big], default: small }
              prompt:       { type: text, required: true, max_length: 20 }
              size:         { type: size, min: 64, max: 2048 }
              aspect_ratio: { values: { "1:1": 512x512, "16:9": 1024x576 }, fills: size }
              count:        { type: int, min: 1, max: 4, default: 1 }
              seed:         { type: int, min: 0, max: 99 }
              guidance:     { type: number, min: 0.5, max: 20 }
              safe:         { type: bool }
              style:        { values: [photo, "3"], open: true }
              finetune:     { type: path }
            models:
              wide: { sends: wide-1, params: { count: null, aspect_ratio: { values: { "21:9": 1344x576 } } }, request: { json: { n: null } }, makes: { image: 1 } }
            makes: { image: "{count}" }
        jobs:
          job:
            id: /id
            poll: { get: "jobs/{job}", min: 3s, max: 5s }
            states: [{ succeeded: { /status: done } }, { failed: { /status: failed } }]
            outputs: { image: [{ url: "/images/*" }] }
            refunded: []
            lasts: unknown
        errors: [{ when: { http: 5xx }, is: server }]
        idempotency: { header: Idempotency-Key, honoured: false, lasts: unknown }
        gaps: []
        """

    private static let pool: [Value] = [
        .int(0), .int(1), .int(3), .int(4), .int(9), .int(100), .int(-1), .number(Decimal(string: "1.5") ?? 0), .bool(true), .text("true"),
        .text(""), .text(" "), .text("x"), .text("a text of more than twenty letters"), .text("3"), .text("16:9"), .text("21:9"),
        .text("5:4"),
        .text("512x512"), .text("5120x1"), .text("512"), .text("wide"), .text("small"), .text("photo"), .text("names/of/things"),
        .text("../up"),
        .list([.text("x")]), .map(["a": .int(1)]),
    ]

    private struct Case {
        let name: String
        let with: [String: Value]
    }

    private static func cases(_ definition: ProviderDefinition) throws -> [Case] {
        let operation = try #require(definition.operations[.t2i])
        var cases = [Case(name: "nothing", with: [:])]
        for model in [nil, "wide", "big"] as [String?] {
            var base: [String: Value] = ["prompt": .text("a bottle")]
            if let model { base["model"] = .text(model) }
            cases.append(Case(name: "\(model ?? "-")", with: base))
            for parameter in operation.parameters.map(\.name) + ["nonsense"] {
                for value in pool {
                    cases.append(
                        Case(
                            name: "\(model ?? "-") \(parameter) \(value.canonicalJSON)",
                            with: base.merging([parameter: value]) { _, new in new }))
                }
            }
            let both: [String: Value] = ["size": .text("512x512"), "aspect_ratio": .text("16:9")]
            cases.append(Case(name: "\(model ?? "-") both", with: base.merging(both) { _, new in new }))
        }
        return cases
    }

    /// Never refuses what the program takes, and tells nearly all that the program refuses.
    @Test func theSchemaAgreesWithTheProgram() throws {
        let definition = try ProviderDefinition.read(Self.studio, file: "studio.yaml")
        let cases = try Self.cases(definition)
        let documents = cases.map { test in
            SchemaValidator.Document(
                name: test.name, schema: "campaign",
                content: .map([
                    "flowbatch": .int(1), "name": .text("test"), "provider": .text("studio"),
                    "steps": .map(["a": .map(["uses": .text("t2i"), "with": .map(test.with)])]),
                ]))
        }
        let errors = try SchemaValidator.errors(in: documents, schemas: ["campaign": CampaignSchema.schema(of: [definition])])
        var told = 0
        var missed: [String] = []
        for test in cases {
            let plan = definition.plan(.t2i, arguments: test.with.mapValues { LocatedArgument(argument: .value($0)) }, at: nil)
            let refusals = plan.diagnostics.filter { $0.severity == .error }.map(\.message)
            let found = try #require(errors[test.name])
            if refusals.isEmpty {
                #expect(found == [], "\(test.name) is refused by the schema alone")
            } else if found.isEmpty {
                missed.append("\(test.name): \(refusals)")
            } else {
                told += 1
            }
        }
        #expect(cases.count > 800)
        // Ranges of a size's sides, of numbers in quotes, and `..` within a path are for the program to tell.
        #expect(told > 9 * missed.count, "\(told) told, missed: \(missed)")
    }

    @Test func everyParameterOfBuiltInProvidersHasWordsOfItsOwn() throws {
        for name in ProviderDefinition.builtInNames {
            let definition = try #require(try ProviderDefinition.builtIn(name))
            let schema = CampaignSchema.schema(of: [definition])
            for operation in definition.operations.values {
                let described = schema.map?["$defs"]?.map?["\(name).\(operation.operation.rawValue)"]?.map?["properties"]?.map ?? [:]
                for parameter in operation.parameters {
                    let words = described[parameter.name]?.map?["description"]?.text
                    #expect(words?.isEmpty == false && words?.contains("'s own") == false, "\(name) \(parameter.name): \(words ?? "-")")
                }
            }
        }
    }
}
