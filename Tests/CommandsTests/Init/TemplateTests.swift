import Foundation
import Sandbox
import Testing

/// Every template, started in an empty folder and run in the sandbox by the built program: counts, ratios and the price its comment names.
@Suite struct TemplateTests {
    struct Made: CustomTestStringConvertible, Sendable {
        let template: String
        /// By endpoint: accepted jobs.
        let jobs: [String: Int]
        /// By step: width and height as multiples of each other, one an artifact, sorted.
        let shapes: [String: [String]]
        var testDescription: String { template }
    }

    static let templates = [
        Made(
            template: "ecommerce", jobs: ["text-to-image": 6, "upscale-image": 12],
            shapes: [
                "picture": .init(repeating: "image 1:1", count: 12), "large": .init(repeating: "image 1:1 4K", count: 12),
            ]),
        Made(template: "social", jobs: ["text-to-video": 4], shapes: ["clip": .init(repeating: "video 9:16", count: 4)]),
        Made(
            template: "website", jobs: ["text-to-image": 3, "text-to-video": 2],
            shapes: ["banner": .init(repeating: "image 16:9", count: 6), "hero": .init(repeating: "video 16:9", count: 2)]),
        Made(
            template: "advertising", jobs: ["reference-to-image": 4, "upscale-image": 4, "image-to-video": 4],
            shapes: [
                "scene": ["image 16:9", "image 16:9", "image 9:16", "image 9:16"],
                "large": ["image 16:9 4K", "image 16:9 4K", "image 9:16 4K", "image 9:16 4K"],
                "clip": ["video 16:9", "video 16:9", "video 9:16", "video 9:16"],
            ]),
    ]

    @Test(arguments: templates)
    func everyTemplateRunsAsItIsForThePriceItNames(made: Made) async throws {
        let workspace = try Workspace()
        let start = try await Flowbatch.run(["init", "new", "--template", made.template], in: workspace)
        #expect(start.exitCode == 0, "\(start.everything)")
        let manifest = try String(contentsOf: workspace.url("new/campaign.yaml"), encoding: .utf8)
        let named = try #require(manifest.firstMatch(of: #/# Cost: ([\d,]+) VND = /#)?.1.replacing(",", with: ""))

        let plan = try await Flowbatch.run(["plan", "new/campaign.yaml", "--json"], in: workspace)
        #expect(plan.exitCode == 0 && plan.errors.isEmpty, "\(plan.everything)")
        let planned = try JSONDecoder().decode(Planned.self, from: Data(plan.output.utf8))
        #expect(planned.totals.cost.map { "\($0.amount) \($0.unit)" } == ["\(named) VND"])
        #expect(planned.budgets.map(\.verdict) == ["within"])

        let run = try await Flowbatch.run(["run", "new/campaign.yaml", "--sandbox=900", "--render", "none"], in: workspace)
        #expect(run.exitCode == 0, "\(run.everything)")
        let ledger = try await workspace.ledger(speed: 900, in: "new")
        #expect(ledger.totals.charged == String(named))
        #expect(Dictionary(ledger.entries.map { ($0.type, 1) }, uniquingKeysWith: +) == made.jobs)
        let summary = try workspace.summary("new/outputs/new-sandbox")
        #expect(summary.totals.cost.map(\.amount) == [String(named)])
        let shapes = Dictionary(grouping: summary.steps.flatMap { step in step.artifacts.map { (step.step, $0.shape) } }, by: \.0)
        #expect(shapes.mapValues { $0.map(\.1).sorted() } == made.shapes)
    }

    /// What `plan --json` says that these tests look at.
    private struct Planned: Decodable {
        struct Totals: Decodable { let cost: [Summary.Cost] }
        struct Budget: Decodable { let verdict: String }

        let totals: Totals
        let budgets: [Budget]
    }
}

extension Summary.Artifact {
    /// `image 16:9 4K`.
    fileprivate var shape: String {
        guard let width, let height, width > 0, height > 0 else { return "\(media_type) of unknown size" }
        // Sizes are whole pixels, so a ratio is near its name only.
        let ratios = [("1:1", 1.0), ("16:9", 16.0 / 9), ("9:16", 9.0 / 16), ("4:3", 4.0 / 3), ("3:4", 3.0 / 4)]
        let ratio = ratios.first { abs(Double(width) / Double(height) / $0.1 - 1) < 0.03 }?.0 ?? "\(width):\(height)"
        return "\(media_type.prefix { $0 != "/" }) \(ratio)" + (max(width, height) >= 3840 ? " 4K" : "")
    }
}
