import Pipeline
import Testing

@testable import Manifest

/// "Fan-out order", sentence by sentence.
@Suite struct FanOutOrderTests {
    private func prompts(_ text: String, vars: [String: String] = [:]) throws -> [String?] {
        try Campaigns.plan(text, vars: vars).instances.map(\.prompt)
    }

    @Test("The first axis varies slowest")
    func firstAxis() throws {
        let text = Campaigns.fanOut("{ b: [1, 2], a: [x, y, z] }", prompt: "${{ each.b }}${{ each.a }}")
        #expect(try prompts(text) == ["1x", "1y", "1z", "2x", "2y", "2z"])
    }

    @Test("mapping order is file order")
    func mappingOrder() throws {
        let text = Campaigns.fanOut(
            "{ zebra: [1, 2], Äther: [a, b], apple: [x] }", prompt: "${{ each.zebra }}${{ each.Äther }}${{ each.apple }}")
        #expect(try prompts(text) == ["1ax", "1bx", "2ax", "2bx"])
        #expect(try Campaigns.plan(text).instances.map(\.name) == ["a[1,a,x]", "a[1,b,x]", "a[2,a,x]", "a[2,b,x]"])
    }

    @Test("`exclude` before `include`")
    func excludeBeforeInclude() throws {
        let text = Campaigns.fanOut(
            "{ include: [{ r: a, p: x }], exclude: [{ r: a }], r: [a, b], p: [x, y] }", prompt: "${{ each.r }}${{ each.p }}")
        #expect(try prompts(text) == ["bx", "by", "ax"], "what was excluded can be included again, at the end")
    }

    @Test("An axis may be an expression that yields a list")
    func axisOfExpression() throws {
        let text = Campaigns.steps(
            "  a: { uses: t2i, for_each: { p: '${{ vars.places }}', n: '${{ [vars.one, \"2\"] }}' }, with: { prompt: '${{ each.p }}${{ each.n }}' } }",
            head: "vars: { places: [x, y], one: '1' }")
        #expect(try prompts(text) == ["x1", "x2", "y1", "y2"])
        #expect(try prompts(text, vars: ["places": "[z]"]) == ["z1", "z2"])
        #expect(Campaigns.codes(text, vars: ["places": "z"]) == ["FB1403"])
    }

    private static let chain = """
          scene:
            uses: t2i
            for_each: { place: [beach, city], light: [soft, hard] }
            with: { prompt: "${{ each.place }} ${{ each.light }}", count: 2 }
          clip:
            uses: i2v
            for_each: ${{ steps.scene.images }}
            with: { image: "${{ each.item }}", prompt: "${{ each.place }} ${{ each.light }} ${{ each.number }}" }
        """

    @Test("Fan-out over a step's outputs runs in instance order, then output index")
    func outputOrder() throws {
        let clips = try Campaigns.plan(Campaigns.steps(Self.chain)).instances.filter { $0.step == "clip" }
        let taken = clips.flatMap { $0.arguments["image"]?.media ?? [] }
        let expected = (0..<4).flatMap { instance in
            (0..<2).map { MediaSource.output(OutputReference(instance: instance, output: $0)) }
        }
        #expect(taken == expected)
    }

    @Test("that step's axes come along, and a name clash is an error")
    func axesComeAlong() throws {
        let clips = try Campaigns.plan(Campaigns.steps(Self.chain)).instances.filter { $0.step == "clip" }
        #expect(
            clips.map(\.prompt) == [
                "beach soft 1", "beach soft 2", "beach hard 3", "beach hard 4", "city soft 5", "city soft 6", "city hard 7", "city hard 8",
            ])
        let clash = Self.chain.replacing(
            "for_each: ${{ steps.scene.images }}", with: "for_each: { item_of: '${{ steps.scene.images }}', light: [x] }"
        )
        .replacing("each.item }", with: "each.item_of }")
        let compiled = Campaigns.compile(Campaigns.steps(clash))
        #expect(compiled.diagnostics.map(\.code) == ["FB1405"])
        #expect(compiled.diagnostics.first?.message == "two axes are called `light`")
    }

    @Test("`index` and `number` count a step's instances before `if`, so `if` renames no file")
    func countersBeforeIf() throws {
        func plan(_ condition: String) throws -> Plan {
            try Campaigns.plan(
                Campaigns.fanOut(
                    "[x, y, x, z]", prompt: "${{ each.index }} ${{ each.number }}",
                    extra: "    if: \(condition)\n    save: p/${{ each.number }}"))
        }
        let all = try plan("true")
        let some = try plan("each.item != \"y\"")
        #expect(some.instances.map(\.prompt) == ["0 1", "2 3", "3 4"])
        #expect(some.instances.map { $0.outputs[0].path } == ["p/1.png", "p/3.png", "p/4.png"])
        #expect(Set(some.instances.map(\.identity)).isSubset(of: Set(all.instances.map(\.identity))))
        func defaults(_ condition: String) throws -> [String] {
            try Campaigns.plan(Campaigns.fanOut("[x, x, x]", prompt: "n${{ each.number }}", extra: "    if: \(condition)"))
                .instances.map { $0.outputs[0].path }
        }
        #expect(try defaults("true") == ["a/x-1.png", "a/x-2.png", "a/x-3.png"])
        #expect(try defaults("each.number == 3") == ["a/x-3.png"])
    }

    @Test("`if` sees vars, env and each")
    func conditionNames() throws {
        let text = Campaigns.fanOut(
            "[x, y]", prompt: "${{ each.item }}", extra: "    if: vars.hd && env.SEASON == \"summer\" && each.item == \"y\""
        )
        .replacing("\nsteps:", with: "\nvars: { hd: true }\nenv: [SEASON]\nsteps:")
        #expect(try Campaigns.plan(text, environment: ["SEASON": "summer"]).instances.map(\.prompt) == ["y"])
        #expect(try Campaigns.plan(text, environment: ["SEASON": "winter"]).instances.isEmpty)
        #expect(try Campaigns.plan(text, vars: ["hd": "false"], environment: ["SEASON": "summer"]).instances.isEmpty)
        let outputs = Campaigns.steps(
            "  a: { uses: t2i, with: { prompt: x } }\n  b: { uses: t2i, if: steps.a.image == \"x\", with: { prompt: x } }")
        #expect(Campaigns.codes(outputs) == ["FB1215"], "what exists only once a step ran decides nothing")
    }

    @Test("a dropped instance yields no outputs")
    func droppedInstances() throws {
        let text = Campaigns.steps(
            """
              a:
                uses: t2i
                for_each: [x, y]
                if: each.item == "y"
                with: { prompt: "${{ each.item }}", count: 2 }
              b:
                uses: r2i
                with: { prompt: z, references: "${{ steps.a.images }}" }
            """)
        let plan = try Campaigns.plan(text)
        #expect(plan.instances.map(\.name) == ["a[y]", "b"])
        #expect(plan.instances[1].arguments["references"]?.media.count == 2)
    }

    @Test("Singular `steps.X.image` needs exactly one output in all, otherwise the error suggests `for_each`")
    func singular() throws {
        func compiled(_ forEach: String, count: Int = 1, condition: Bool = true) -> Compiled {
            Campaigns.compile(
                Campaigns.steps(
                    """
                      a:
                        uses: t2i
                        for_each: \(forEach)
                        if: \(condition)
                        with: { prompt: "${{ each.item }}", count: \(count) }
                      b: { uses: upscale, with: { image: "${{ steps.a.image }}" } }
                    """))
        }
        #expect(compiled("[x]").plan?.instances.count == 2)
        for wrong in [compiled("[x, y]"), compiled("[x]", count: 2)] {
            #expect(wrong.diagnostics.map(\.code) == ["FB1214"])
            #expect(wrong.diagnostics.first?.suggestion?.contains("for_each: ${{ steps.a.images }}") == true)
        }
        #expect(compiled("[x]", condition: false).diagnostics.map(\.code) == ["FB1214"])
    }

    @Test("axes never join by themselves")
    func axesNeverJoin() throws {
        let text = Campaigns.steps(
            """
              a:
                uses: t2i
                for_each: { ratio: ["1:1", "16:9"] }
                with: { prompt: x, aspect_ratio: "${{ each.ratio }}" }
              b:
                uses: i2v
                for_each: { ratio: ["1:1", "16:9"] }
                with: { prompt: "${{ each.ratio }}", image: "${{ steps.a.image }}" }
            """)
        #expect(Campaigns.codes(text) == ["FB1214"], "the instance with the same ratio is not picked by itself")
        let crossed = text.replacing(
            "for_each: { ratio: [\"1:1\", \"16:9\"] }\n    with: { prompt: \"",
            with: "for_each: { shot: \"${{ steps.a.images }}\", size: [1, 2] }\n    with: { prompt: \""
        )
        .replacing("${{ steps.a.image }}", with: "${{ each.shot }}")
        #expect(try Campaigns.plan(crossed).instances.count == 2 + 4, "outputs and axes make every combination")
    }

    @Test("`needs` waits for every instance")
    func needs() throws {
        let text = Campaigns.steps(
            """
              late: { uses: t2i, needs: [a, none, a], with: { prompt: late } }
              a: { uses: t2i, for_each: [x, y, z], if: each.item != "y", with: { prompt: "${{ each.item }}" } }
              none: { uses: t2i, if: false, with: { prompt: x } }
            """)
        let plan = try Campaigns.plan(text)
        #expect(plan.instances.map(\.name) == ["a[x]", "a[z]", "late"])
        #expect(plan.instances[2].needs == [0, 1])
        #expect(plan.instances[2].dependencies.isEmpty)
    }
}
