import Foundation
import Testing

/// `plan` says why: what changed since an earlier instance.
@Suite struct ChangeTests {
    private func reasons(_ workspace: Workspace, _ text: String) async throws -> [String: String] {
        try workspace.write(text)
        let result = try await Flowbatch.run(["plan", "campaign.yaml", "--sandbox=600", "--json"], in: workspace)
        #expect(result.exitCode == 0, "\(result.everything)")
        struct Plan: Decodable {
            struct Instance: Decodable {
                let instance, standing: String
                let reason: String?
            }

            let instances: [Instance]
        }
        let plan = try JSONDecoder().decode(Plan.self, from: Data(result.output.utf8))
        return Dictionary(
            plan.instances.filter { $0.standing != "done" }.map { ($0.instance, $0.reason ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    @Test func everyKindOfChangeIsNamed() async throws {
        let workspace = try Workspace()
        let campaign = Campaigns.chain(count: 1)
        try workspace.write(campaign)
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)

        // A parameter: changed, new, gone; more than one.
        let prompt = try await reasons(workspace, campaign.replacing("slow push-in", with: "slow pull-out"))
        #expect(
            prompt == [
                "clip[16:9]": "prompt changed: `slow push-in` → `slow pull-out`",
                "clip[9:16]": "prompt changed: `slow push-in` → `slow pull-out`",
            ])
        let gone = try await reasons(
            workspace,
            campaign.replacing("      aspect_ratio: ${{ each.ratio }}\n    save", with: "    save").replacing("slow push-in", with: "pan"))
        #expect(gone["clip[16:9]"] == "prompt changed: `slow push-in` → `pan`; aspect_ratio: gone", "\(gone)")
        let size = try await reasons(workspace, campaign.replacing("resolution: 4K", with: "resolution: 2K"))
        #expect(size["hd[16:9]"] == "resolution changed: `4K` → `2K`" && size["clip[9:16]"] == "input hd[9:16] runs again", "\(size)")
        // The count makes other names.
        let more = try await reasons(workspace, Campaigns.chain(count: 2))
        #expect(more["scene[16:9]"] == "count changed: `1` → `2`", "\(more)")
        // Renamed in the same breath.
        let renamed = try await reasons(
            workspace, campaign.replacing("clip:", with: "film:").replacing("slow push-in", with: "slow pull-out"))
        #expect(renamed["film[16:9]"] == "prompt changed: `slow push-in` → `slow pull-out`", "\(renamed)")
        // Another step is simply new.
        let new = try await reasons(workspace, campaign + "\n  extra:\n    uses: t2i\n    with: { prompt: a lamp }\n")
        #expect(new == ["extra": "new"])

        // A file's content, and its name.
        var picture = try Data(contentsOf: workspace.url("product.png"))
        picture.append(contentsOf: [0, 0, 0, 0])
        try picture.write(to: workspace.url("product.png"))
        let file = try await reasons(workspace, campaign)
        #expect(file["scene[16:9]"] == "file product.png changed" && file["hd[16:9]"] == "input scene[16:9] runs again", "\(file)")
        try picture.write(to: workspace.url("other.png"))
        let other = try await reasons(workspace, campaign.replacing("product.png", with: "other.png"))
        #expect(other["scene[9:16]"] == "references changed: `product.png` → `other.png`", "\(other)")
    }

    @Test func aLongPromptIsShownWhereItChanges() async throws {
        let workspace = try Workspace()
        let long = String(repeating: "soft light and ", count: 300)
        func campaign(_ end: String) -> String { Campaigns.pictures(["cat"]).replacing("a ${{ each.item }}", with: long + end) }
        try workspace.write(campaign("a red door"))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        let changed = try await reasons(workspace, campaign("a blue door"))
        // Beyond what is kept of a text, that it changed is all that can be said.
        #expect(changed["picture[cat]"]?.hasPrefix("prompt changed: ") == true, "\(changed)")
        let middle = try await reasons(
            workspace, campaign("a red door").replacing("soft light and soft light and soft", with: "soft light and hard light and soft"))
        #expect(
            middle["picture[cat]"]
                == "prompt changed: `soft light and soft light and soft light and so…` → `soft light and hard light and soft light and so…`",
            "\(middle)")
    }

    @Test func whatIsAlreadyMadeAnewIsSaidToBeSo() async throws {
        let workspace = try Workspace()
        try workspace.write(Campaigns.chain(count: 1))
        #expect(try await Flowbatch.runSandbox(workspace).exitCode == 0)
        #expect(try await Flowbatch.runSandbox(workspace, ["--rerun", "scene[16:9]", "--only", "scene"]).exitCode == 0)
        let reasons = try await reasons(workspace, Campaigns.chain(count: 1))
        #expect(reasons == ["hd[16:9]": "input scene[16:9] was made again", "clip[16:9]": "input hd[16:9] runs again"])
    }
}
