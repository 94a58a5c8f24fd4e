import Pipeline
import Testing

@testable import Manifest

/// `pick: manual`: what is planned before and after a person has chosen.
@Suite struct PickTests {
    private static let scene = """
          scene:
            uses: t2i
            for_each: [dawn, noon]
            with: { prompt: "${{ each.item }}", count: 2 }
            pick: manual

        """
    private static let campaign = Campaigns.steps(
        scene + """
              hd:
                uses: upscale
                for_each: ${{ steps.scene.images }}
                with: { image: "${{ each.item }}", resolution: 4K }
              film:
                uses: r2v
                with: { prompt: "all of them", references: "${{ steps.hd.images }}" }
              mix:
                uses: r2i
                with: { prompt: mix, references: "${{ steps.scene.images }}" }
              cover:
                uses: upscale
                with: { image: "${{ steps.scene.image }}", resolution: 2K }
              last:
                uses: t2i
                needs: [scene]
                with: { prompt: last }
            """)

    /// The plan with the chosen outputs of `scene`, counted over its instances.
    private func plan(_ text: String = campaign, choosing chosen: [Int]) throws -> Plan {
        let scenes = try Campaigns.plan(text).instances.filter(\.isPicked)
        let wanted = Set(chosen.map { Choice(identity: scenes[$0 / 2].identity, output: $0 % 2) })
        return try Campaigns.plan(text, isChosen: { wanted.contains(Choice(identity: $0, output: $1)) })
    }

    private struct Choice: Hashable {
        let identity: Identity
        let output: Int
    }

    private func instances(_ plan: Plan, _ step: String) -> [StepInstance] { plan.instances.filter { $0.step == step } }

    private func sources(_ instance: StepInstance?, _ parameter: String, _ plan: Plan) -> [String] {
        (instance?.arguments[parameter]?.media ?? []).compactMap { source in
            guard case .output(let output) = source else { return nil }
            return plan.instances[output.instance].outputs[output.output].path
        }
    }

    @Test func withNothingChosenEverythingIsPlannedAndWaits() throws {
        let plan = try plan(choosing: [])
        #expect(instances(plan, "hd").count == 4)
        for step in ["hd", "film", "mix", "cover", "last"] {
            #expect(instances(plan, step).allSatisfy { $0.awaits?.step == "scene" && $0.awaits?.isOpen == true }, "\(step)")
        }
        #expect(instances(plan, "scene").allSatisfy { $0.awaits == nil && $0.outputs.allSatisfy { $0.choice == .open } })
        #expect(instances(plan, "hd").first?.awaits?.reason == "waits for your choice among scene's pictures")
        #expect(instances(plan, "cover").first?.awaits?.reason == "waits until exactly one of scene's pictures is chosen")
        #expect(sources(instances(plan, "mix").first, "references", plan).count == 4, "an upper bound")
    }

    @Test func aListHoldsWhatIsChosenAndWhatIsMadeFromIt() throws {
        let plan = try plan(choosing: [0, 3])
        #expect(instances(plan, "hd").map { $0.awaits == nil } == [true, false, false, true])
        #expect(instances(plan, "hd")[1].awaits?.reason == "not chosen among scene's pictures so far")
        #expect(instances(plan, "hd")[1].awaits?.isOpen == false)
        let mix = try #require(instances(plan, "mix").first)
        #expect(mix.awaits == nil)
        #expect(sources(mix, "references", plan) == ["scene/dawn-1.png", "scene/noon-2.png"])
        let film = try #require(instances(plan, "film").first)
        #expect(film.awaits == nil)
        #expect(sources(film, "references", plan) == ["hd/dawn-1.png", "hd/noon-2.png"])
        #expect(film.dependencies.map { plan.instances[$0].name } == ["hd[dawn,1]", "hd[noon,2]"])
        #expect(instances(plan, "last").first?.awaits == nil)
    }

    @Test func theIdentityCoversWhatIsChosenAndChoosingRenamesNothing() throws {
        let plans = try [[], [0], [0, 3], [3, 0], [0, 1, 2, 3]].map { try plan(choosing: $0) }
        let mixes = plans.map { instances($0, "mix")[0].identity }
        #expect(mixes[2] == mixes[3] && Set(mixes[1...]).count == 3)
        for plan in plans {
            #expect(plan.instances.map(\.name) == plans[0].instances.map(\.name))
            #expect(plan.instances.map(\.outputs).map { $0.map(\.path) } == plans[0].instances.map(\.outputs).map { $0.map(\.path) })
            for step in ["scene", "hd", "last"] {
                #expect(instances(plan, step).map(\.identity) == instances(plans[0], step).map(\.identity))
            }
        }
    }

    @Test func aSingularReferenceTakesTheOneThatIsChosen() throws {
        let one = try plan(choosing: [2])
        let cover = try #require(instances(one, "cover").first)
        #expect(cover.awaits == nil)
        #expect(sources(cover, "image", one) == ["scene/noon-1.png"])
        let two = try plan(choosing: [2, 3])
        #expect(instances(two, "cover").first?.awaits?.reason == "waits until exactly one of scene's pictures is chosen: 2 are")
    }

    @Test func aWrittenListWaitsForEachOfItsElements() throws {
        let text = Campaigns.steps(
            Self.scene + """
                  pair:
                    uses: r2i
                    for_each: ${{ steps.scene.images }}
                    with: { prompt: p, references: ["${{ each.item }}", product.png] }
                  named:
                    uses: t2i
                    for_each: ${{ steps.scene.images }}
                    with: { prompt: "like ${{ each.item | stem }}" }
                """)
        let plan = try plan(text, choosing: [1])
        #expect(instances(plan, "pair").map { $0.awaits == nil } == [false, true, false, false])
        #expect(instances(plan, "pair").allSatisfy { $0.arguments["references"]?.media.count == 2 })
        #expect(instances(plan, "named").map { $0.awaits == nil } == [false, true, false, false])
    }

    @Test func aListBeforeTheChoiceIsNeverLongerThanTheProviderTakes() {
        let list = Evaluated.list((0..<5).map { .value(.int($0)) })
        #expect(list.cut(to: 3).elements?.count == 3)
        #expect(list.cut(to: nil) == list && list.cut(to: 9) == list && Evaluated.value(.int(1)).cut(to: 0) == .value(.int(1)))
    }

    @Test(arguments: ["auto", "manuel", "true", "[a]"])
    func anythingButManualIsRefused(value: String) {
        let text = Campaigns.steps("  a:\n    uses: t2i\n    with: { prompt: x }\n    pick: \(value)")
        let compiled = Campaigns.compile(text)
        #expect(compiled.plan == nil)
        #expect(Campaigns.rendered(compiled, text).contains("campaign.yaml:9:11"), "\(Campaigns.rendered(compiled, text))")
        if value != "[a]" { #expect(Campaigns.rendered(compiled, text).contains("`manual`")) }
    }

    @Test func anUploadLeavesNoChoice() {
        #expect(Campaigns.codes(Campaigns.steps("  a:\n    uses: upload\n    with: { file: a.png }\n    pick: manual")) == ["FB1215"])
    }
}
