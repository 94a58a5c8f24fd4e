import Foundation
import Sandbox
import Testing

/// A finished campaign of 200 instances is edited as people edit; the sandbox's books say what was paid again.
@Suite struct TwoHundredTests {
    private struct Plan: Decodable {
        struct Change: Decodable, Equatable {
            let parameter: String
            let before, after: String?
        }

        struct Instance: Decodable {
            let instance, standing: String
            let reason: String?
            let changes: [Change]?
        }

        let instances: [Instance]
    }

    /// 50 scenes, each enlarged and turned into a clip, and 50 posters of two axes.
    private struct Manifest {
        var scenes = (1...50).map { "a green bottle on shelf \($0)" }
        var sizes = (1...10).map { "A\($0)" }
        var colours = ["red", "blue", "white", "black", "gold"]

        var text: String {
            """
            flowbatch: 1
            name: test
            provider: flow
            providers:
              flow:
                plan: turbo
                prices: { video: 5000 VND }
                limits: { threads: 40, requests: none }
            steps:
              scene:
                uses: t2i
                for_each: [\(scenes.joined(separator: ", "))]
                with: { prompt: "${{ each.item }}, product photo", aspect_ratio: "16:9" }
              hd:
                uses: upscale
                for_each: ${{ steps.scene.images }}
                with: { image: "${{ each.item }}", resolution: 4K }
              clip:
                uses: i2v
                for_each: ${{ steps.hd.images }}
                with:
                  image: ${{ each.item }}
                  prompt: slow push-in
                  aspect_ratio: "16:9"
                save: clips/${{ each.number }}.mp4
              poster:
                uses: t2i
                for_each:
                  size: [\(sizes.joined(separator: ", "))]
                  colour: [\(colours.joined(separator: ", "))]
                with: { prompt: "a ${{ each.colour }} poster, ${{ each.size }}" }
            """
        }
    }

    private func run(_ workspace: Workspace, _ text: String) async throws -> Summary {
        try workspace.write(text)
        let result = try await Flowbatch.runSandbox(workspace, speed: 3000, ["--progress", "none"])
        #expect(result.exitCode == 0, "\(result.everything)")
        return try workspace.summary()
    }

    private func plan(_ workspace: Workspace) async throws -> [Plan.Instance] {
        let result = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=3000", "--json"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        return try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8)).instances.filter { $0.standing != "done" }
    }

    private func charges(_ workspace: Workspace) async throws -> [SandboxLedger.Entry] { try await workspace.ledger(speed: 3000).entries }

    @Test func editsOfAFinishedCampaignRerunAndRepayNothingAndAChangedWordExactlyItself() async throws {
        let workspace = try Workspace()
        let original = Manifest()
        #expect(try await run(workspace, original.text).totals.done == 200)
        let paid = try await charges(workspace)
        #expect(paid.count == 200)

        var reordered = original
        reordered.scenes = Array(original.scenes[20...] + original.scenes[..<20].reversed())
        reordered.sizes.reverse()
        reordered.colours = ["gold", "black", "white", "blue", "red"]
        let renamed = original.text.replacing("scene", with: "view").replacing("hd", with: "large").replacing("clip:", with: "film:")
            .replacing("poster:", with: "print:").replacing("size", with: "edge").replacing("colour", with: "tint")
        let commented = original.text.split(separator: "\n").flatMap { line in
            let indent = String(line.prefix { $0 == " " })
            return ["\(indent)# about the next line", "", line + "   # and behind it"]
        }.joined(separator: "\n")
        let edits = [
            "comments and empty lines": commented,
            "scenes, axes and their values in another order": reordered.text,
            "axes trade places": swapped(original.text, "      size: [", "      colour: ["),
            "steps and axes have other names": renamed,
            "the file's own keys in another order": Self.otherKeyOrder(original.text),
            "back to the beginning": original.text,
        ]
        for (edit, text) in edits.sorted(by: { $0.key < $1.key }) {
            #expect(text != original.text || edit.hasPrefix("back"), "\(edit) changes the file")
            let summary = try await run(workspace, text)
            #expect(summary.totals.requests == 0 && summary.totals.cached == 200, "\(edit): \(summary.totals)")
            #expect(try await plan(workspace).isEmpty, "\(edit)")
            #expect(try await charges(workspace) == paid, "\(edit)")
        }

        // One more between the others is paid for alone.
        var longer = original
        longer.scenes.insert("a green bottle in the snow", at: 7)
        longer.colours.insert("silver", at: 0)
        let inserted = try await run(workspace, longer.text)
        #expect(inserted.totals.cached == 200 && inserted.totals.done == 213)
        #expect(try await charges(workspace).count == 213)
        #expect(try await charges(workspace).prefix(200) == paid[...])
    }

    @Test func oneChangedWordRerunsExactlyItsInstanceAndWhatHangsOnItAndThePlanSaysWhy() async throws {
        let workspace = try Workspace()
        var manifest = Manifest()
        #expect(try await run(workspace, manifest.text).totals.done == 200)
        let paid = try await charges(workspace)

        manifest.scenes[16] = "a brown bottle on shelf 17"
        try workspace.write(manifest.text)
        let planned = try await plan(workspace)
        #expect(planned.map(\.standing) == ["runs", "runs", "runs"])
        #expect(
            planned.map(\.reason) == [
                "prompt changed: `a green bottle on shelf 17, product photo` → `a brown bottle on shelf 17, product photo`",
                "input scene[a brown bottle on shelf 17] runs again", "input hd[a brown bottle on shelf 17] runs again",
            ])
        #expect(
            planned.first?.changes == [
                Plan.Change(
                    parameter: "prompt", before: "a green bottle on shelf 17, product photo",
                    after: "a brown bottle on shelf 17, product photo")
            ])
        #expect(planned.dropFirst().allSatisfy { $0.changes?.map(\.parameter) == ["image"] })
        let changed = try await run(workspace, manifest.text)
        #expect(changed.totals.cached == 197 && changed.totals.done == 200)
        let after = try await charges(workspace)
        #expect(after.prefix(200) == paid[...])
        #expect(Set(after.dropFirst(200).map(\.type)) == ["text-to-image", "upscale-image", "image-to-video"] && after.count == 203)
        // Taken back, the earlier ones come back.
        let back = try await run(workspace, Manifest().text)
        #expect(back.totals.requests == 0 && back.totals.cached == 200)
        #expect(try await charges(workspace) == after)
    }

    /// Two lines in each other's place.
    private func swapped(_ text: String, _ first: String, _ second: String) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let one = lines.firstIndex(where: { $0.contains(first.trimmingCharacters(in: .whitespaces)) }),
            let two = lines.firstIndex(where: { $0.contains(second.trimmingCharacters(in: .whitespaces)) })
        else { return text }
        lines.swapAt(one, two)
        return lines.joined(separator: "\n")
    }

    /// The manifest's own keys, the steps, and the keys of each, the last first.
    private static func otherKeyOrder(_ text: String) -> String {
        func reversed(_ lines: [Substring], indent: Int) -> [Substring] {
            var groups: [[Substring]] = []
            for line in lines {
                let own = line.prefix { $0 == " " }.count
                if own <= indent || groups.isEmpty { groups.append([line]) } else { groups[groups.count - 1].append(line) }
            }
            return groups.reversed().flatMap { group in
                group.prefix(1) + (group.count > 1 ? reversed(Array(group.dropFirst()), indent: indent + 2) : [])
            }
        }
        return reversed(text.split(separator: "\n"), indent: 0).joined(separator: "\n")
    }
}
