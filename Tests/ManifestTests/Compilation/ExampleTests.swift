import Foundation
import Pipeline
import Testing

@testable import Manifest

/// The manifest of the documentation, with a picture that exists.
@Suite struct ExampleTests {
    static let example = """
        flowbatch: 1                       # manifest version
        name: serum-summer                 # slug; names the campaign in the state store
        provider: flow                     # default provider of every step

        providers:                         # optional: settings laid over the built-in definition of the same name
          flow:
            plan: turbo                    # prepaid | monthly | bulk | turbo
            limits: { threads: 6, requests: 600/hour, images: 3000/day }
            prices: { video: 5000 VND }
            poll: { min: 3s }

        budget: 2000000 VND                # or one amount per provider

        vars:
          product: Lụa Serum

        defaults:
          timeout: 15m
          on_failure: skip_dependents      # stop | skip_dependents | continue
          retry: { attempts: 3, initial_interval: 5s, backoff: 2, max_interval: 2m }

        steps:
          product:
            uses: upload
            with: { file: assets/serum.png }

          scene:
            uses: r2i
            for_each:                      # every combination: 4 instances
              ratio: ["16:9", "9:16"]
              place: [sunlit bathroom shelf, beach at dawn]
            with:
              prompt: "${{ vars.product }} on a ${{ each.place }}, product photo, 85mm"
              references: ["${{ steps.product.file }}"]
              aspect_ratio: ${{ each.ratio }}
              count: 2                     # two jobs an instance here (Flow's R2I takes no count): 8 images

          hd:
            uses: upscale
            for_each: ${{ steps.scene.images }}          # one instance an image; the axes (ratio, place) come along
            with: { image: "${{ each.item }}", resolution: 4K }

          clip:
            uses: i2v
            for_each: ${{ steps.hd.images }}
            with:
              image: ${{ each.item }}
              prompt: slow push-in, soft morning light
              aspect_ratio: ${{ each.ratio }}
            save: clips/${{ each.ratio | slug }}-${{ each.number }}.mp4
        """

    /// A picture of one pixel.
    private static let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="

    private func compiled() throws -> Compiled {
        let folder = FileManager.default.temporaryDirectory.appending(path: "flowbatch-example-\(UUID().uuidString)")
        let assets = folder.appending(path: "assets")
        try FileManager.default.createDirectory(at: assets, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try #require(Data(base64Encoded: Self.png)).write(to: assets.appending(path: "serum.png"))
        return Self.compile(Self.example, in: folder)
    }

    /// Compiles against real files.
    private static func compile(_ text: String, in folder: URL) -> Compiled {
        CampaignCompiler.compile(
            CampaignSource(text: text, file: "campaign.yaml", directory: folder),
            options: CompileOptions { url in
                let data = try Data(contentsOf: url)
                let isPNG = data.starts(with: [0x89, 0x50, 0x4E, 0x47])
                return LocalFile(
                    path: url.path(percentEncoded: false), sha256: Identity(of: .text(data.base64EncodedString())).hex, bytes: data.count,
                    mediaType: isPNG ? "image/png" : "text/plain")
            })
    }

    /// The example that comes with the project: at least eight pictures and eight clips, for the price its comment names.
    @Test func theAdvertisingExampleCompiles() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.deletingLastPathComponent().appending(path: "examples/advertising")
        let text = try String(contentsOf: folder.appending(path: "campaign.yaml"), encoding: .utf8)
        let compiled = Self.compile(text, in: folder)
        #expect(compiled.diagnostics.map(\.code) == [], "\(Campaigns.rendered(compiled, text))")
        let plan = try #require(compiled.plan)
        #expect(plan.instances.count { $0.operation == .upscale } >= 8)
        #expect(plan.instances.count { $0.operation == .i2v } >= 8)
        #expect(compiled.summary()?.cost.all == [Money(42_000, "VND")])
    }

    @Test func compiles() throws {
        let compiled = try compiled()
        #expect(compiled.diagnostics.map(\.code) == [])
        let plan = try #require(compiled.plan, "\(Campaigns.rendered(compiled, Self.example))")
        #expect(plan.campaign == "serum-summer")
        #expect(
            plan.instances.map(\.step) == ["product"] + .init(repeating: "scene", count: 4) + .init(repeating: "hd", count: 8)
                + .init(repeating: "clip", count: 8))
        #expect(plan.instances.map(\.jobs.count) == [0] + .init(repeating: 2, count: 4) + .init(repeating: 1, count: 16))
        #expect(plan.accounts.map(\.id) == [AccountID(provider: "flow", label: "default")])
        #expect(plan.accounts.first?.limits.threads == 6)
        #expect(plan.budgets == [Budget(nil, limit: Money(2_000_000, "VND"))])
    }

    @Test func namesAndPathsTellTheInstancesApart() throws {
        let plan = try #require(try compiled().plan)
        #expect(
            plan.instances[1...4].map(\.name) == [
                "scene[16:9,sunlit bathroom shelf]", "scene[16:9,beach at dawn]", "scene[9:16,sunlit bathroom shelf]",
                "scene[9:16,beach at dawn]",
            ])
        #expect(plan.instances[2].outputs.map(\.path) == ["scene/16-9-beach-at-dawn-1.png", "scene/16-9-beach-at-dawn-2.png"])
        #expect(plan.instances[8].name == "hd[16:9,beach at dawn,2]")
        #expect(plan.instances[8].outputs.map(\.path) == ["hd/16-9-beach-at-dawn-2.png"])
        #expect(plan.instances.last?.outputs == [PlannedOutput(kind: .video, path: "clips/9-16-8.mp4")])
        #expect(plan.instances.last?.name == "clip[9:16,beach at dawn,2]")
    }

    @Test func everyStepHangsOnTheOneBefore() throws {
        let plan = try #require(try compiled().plan)
        #expect(plan.instances[1].dependencies == [0])
        #expect(plan.instances[5...12].map(\.dependencies) == [[1], [1], [2], [2], [3], [3], [4], [4]])
        #expect(plan.instances[6].arguments["image"] == .media(.output(OutputReference(instance: 1, output: 1))))
        #expect(plan.instances[13...20].map(\.dependencies) == (5...12).map { [$0] })
        #expect(plan.instances[1].prompt == "Lụa Serum on a sunlit bathroom shelf, product photo, 85mm")
    }

    /// The picture goes up once, each result once.
    @Test func transfersAreSharedByContent() throws {
        let plan = try #require(try compiled().plan)
        #expect(plan.transfers.count == 1 + 8 + 8)
        #expect(plan.instances[0...4].map(\.transfers) == .init(repeating: [0], count: 5))
    }

    @Test func summaryCountsMoneyAndRequests() throws {
        let summary = try #require(try compiled().summary())
        #expect(summary.steps.map(\.instances) == [1, 4, 8, 8])
        #expect(summary.steps.map(\.jobs) == [0, 8, 8, 8])
        #expect(summary.steps.map(\.outputs) == [0, 8, 8, 8])
        #expect(summary.unpricedJobs == 0)
        #expect(summary.cost.all == [Money(8 * 200 + 8 * 200 + 8 * 5000, "VND")])
        #expect(summary.requestCount == 24 * 3 + 17)
    }
}
