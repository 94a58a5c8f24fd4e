import Pipeline
import Testing

@testable import Manifest

@Suite struct FanOutTests {
    private func prompts(_ text: String, vars: [String: String] = [:]) throws -> [String?] {
        try Campaigns.plan(text, vars: vars).instances.filter { $0.step == "a" }.map(\.prompt)
    }

    @Test func theFirstAxisVariesSlowest() throws {
        let text = Campaigns.fanOut(
            "{ z: [1, 2], a: [x, y], m: [true] }", prompt: "${{ each.z }}${{ each.a }}${{ each.m }} ${{ each.index }} ${{ each.number }}")
        #expect(try prompts(text) == ["1xtrue 0 1", "1ytrue 1 2", "2xtrue 2 3", "2ytrue 3 4"])
    }

    @Test func excludeComesBeforeInclude() throws {
        let text = Campaigns.fanOut(
            "{ r: [a, b], p: [x, y], exclude: [{ r: a, p: x }, { r: b }], include: [{ p: x, r: b }, { r: c, p: z }] }",
            prompt: "${{ each.r }}${{ each.p }}")
        #expect(try prompts(text) == ["ay", "bx", "cz"])
    }

    @Test func axesMayBeExpressions() throws {
        let text = Campaigns.steps(
            "  a:\n    uses: t2i\n    for_each: { s: '${{ vars.list }}', t: '${{ [1, vars.one] }}' }\n    with: { prompt: '${{ each.s }}${{ each.t }}' }",
            head: "vars: { list: [x, y], one: 2 }")
        #expect(try prompts(text) == ["x1", "x2", "y1", "y2"])
    }

    @Test func listsGiveItems() throws {
        #expect(try prompts(Campaigns.fanOut("[x, 2, true]", prompt: "${{ each.item }}-${{ each.number }}")) == ["x-1", "2-2", "true-3"])
        #expect(
            try prompts(
                Campaigns.fanOut("[{ sku: A, name: Serum }, { sku: B, name: Cream }]", prompt: "${{ each.item.name }} ${{ each.item.sku }}")
            ) == ["Serum A", "Cream B"])
    }

    /// `index` and `number` count before `if`, so `if` renames no file.
    @Test func ifDropsWithoutRenumbering() throws {
        let plan = try Campaigns.plan(Campaigns.fanOut("[x, x, y]", prompt: "n${{ each.number }}", extra: "    if: each.number != 2"))
        #expect(plan.instances.map(\.prompt) == ["n1", "n3"])
        #expect(plan.instances.map { $0.outputs[0].path } == ["a/x-1.png", "a/y.png"])
        let whole = try Campaigns.plan(Campaigns.fanOut("[x, x, y]", prompt: "n${{ each.number }}"))
        #expect(whole.instances.map { $0.outputs[0].path } == ["a/x-1.png", "a/x-2.png", "a/y.png"])
    }

    @Test func outputsComeInInstanceOrderThenByPosition() throws {
        let plan = try Campaigns.plan(
            Campaigns.steps(
                """
                  up:
                    uses: upscale
                    for_each: ${{ steps.a.images }}
                    with: { image: "${{ each.item }}" }
                  a:
                    uses: t2i
                    for_each: { p: [x, y] }
                    if: each.p == "y" || vars.all
                    with: { prompt: "${{ each.p }}", count: 2 }
                """, head: "vars: { all: true }"))
        let inputs = plan.instances.filter { $0.step == "up" }.flatMap { $0.arguments["image"]?.media ?? [] }
        let expected = [(0, 0), (0, 1), (1, 0), (1, 1)].map { MediaSource.output(OutputReference(instance: $0.0, output: $0.1)) }
        #expect(inputs == expected)
        #expect(plan.instances.map(\.name) == ["a[x]", "a[y]", "up[x,1]", "up[x,2]", "up[y,1]", "up[y,2]"])
    }

    @Test func aDroppedInstanceYieldsNoOutputs() throws {
        let text = Campaigns.steps(
            """
              a:
                uses: t2i
                for_each: [x, y]
                if: each.item == "x"
                with: { prompt: "${{ each.item }}" }
              one:
                uses: upscale
                with: { image: "${{ steps.a.image }}" }
              none:
                uses: t2i
                if: false
                with: { prompt: x }
              after:
                uses: upscale
                for_each: ${{ steps.none.images }}
                with: { image: "${{ each.item }}" }
            """)
        #expect(try Campaigns.plan(text).instances.map(\.name) == ["a[x]", "one"])
    }

    @Test func outputsCanBeAnAxis() throws {
        let plan = try Campaigns.plan(
            Campaigns.steps(
                """
                  a:
                    uses: t2i
                    for_each: { p: [x, y] }
                    with: { prompt: "${{ each.p }}" }
                  clip:
                    uses: i2v
                    for_each: { shot: "${{ steps.a.images }}", move: [in, out] }
                    with: { image: "${{ each.shot }}", prompt: "${{ each.move }} ${{ each.p }}" }
                """))
        #expect(plan.instances.dropFirst(2).map(\.prompt) == ["in x", "out x", "in y", "out y"])
        #expect(plan.instances.dropFirst(2).map(\.name) == ["clip[x,in]", "clip[x,out]", "clip[y,in]", "clip[y,out]"])
        #expect(plan.instances.dropFirst(2).map(\.dependencies) == [[0], [0], [1], [1]])
    }

    @Test func uploadsFanOutToo() throws {
        let plan = try Campaigns.plan(
            Campaigns.steps(
                """
                  product:
                    uses: upload
                    for_each: [assets/a.png, assets/b.png]
                    with: { file: "${{ each.item }}" }
                  scene:
                    uses: r2i
                    for_each: ${{ steps.product.images }}
                    with: { prompt: "${{ each.item | stem }}", references: "${{ each.item }}" }
                  both:
                    uses: r2i
                    with: { prompt: x, references: "${{ steps.product.images }}" }
                """))
        #expect(plan.instances.filter { $0.step == "scene" }.map(\.prompt) == ["a", "b"])
        #expect(plan.instances.last?.arguments["references"]?.media.count == 2)
        #expect(plan.instances.last?.dependencies == [0, 1])
        #expect(plan.transfers.count == 2)
        #expect(plan.instances.allSatisfy { $0.step != "product" || ($0.jobs.isEmpty && $0.outputs.isEmpty) })
    }

    @Test func needsWaitForEveryInstance() throws {
        let plan = try Campaigns.plan(
            Campaigns.steps(
                """
                  late:
                    uses: t2i
                    needs: [a, b]
                    with: { prompt: late }
                  a:
                    uses: t2i
                    for_each: [x, y]
                    with: { prompt: "${{ each.item }}" }
                  b:
                    uses: upscale
                    needs: a
                    for_each: ${{ steps.a.images }}
                    with: { image: "${{ each.item }}" }
                """))
        #expect(plan.instances.map(\.step) == ["a", "a", "b", "b", "late"])
        #expect(plan.instances[4].needs == [0, 1, 2, 3])
        #expect(plan.instances[4].dependencies == [])
        #expect(plan.instances[2].dependencies == [0])
        #expect(plan.instances[2].needs == [1])
    }

    @Test func everyEdgePointsBackwards() throws {
        let plan = try Campaigns.plan(ExampleTests.example)
        for (position, instance) in plan.instances.enumerated() {
            #expect((instance.dependencies + instance.needs).allSatisfy { $0 < position })
            #expect(Array(instance.dependencies) == instance.dependencies.sorted())
        }
    }

    @Test func hostileProductsAreRefusedQuickly() {
        let ten = "[\((0..<10).map(String.init).joined(separator: ","))]"
        let axes = (0..<40).map { "a\($0): \(ten)" }.joined(separator: ", ")
        #expect(Campaigns.codes(Campaigns.fanOut("{ \(axes) }")) == ["FB1402"])
        var limits = CompileLimits()
        limits.instances = 3
        #expect(Campaigns.compile(Campaigns.fanOut("[1, 2, 3, 4]"), limits: limits).diagnostics.map(\.code) == ["FB1402"])
        #expect(Campaigns.compile(Campaigns.fanOut("[1, 2, 3]"), limits: limits).plan?.instances.count == 3)
        limits = CompileLimits(outputs: 5)
        #expect(
            Campaigns.compile(Campaigns.fanOut("[1, 2, 3]").replacing("prompt: 'x'", with: "prompt: x, count: 4"), limits: limits)
                .diagnostics.map(\.code) == ["FB1402"])
        limits = CompileLimits(textBytes: 100)
        #expect(
            Campaigns.compile(Campaigns.fanOut("[1, 2, 3]", prompt: String(repeating: "x", count: 50)), limits: limits).diagnostics.map(
                \.code) == ["FB1701"])
        limits = CompileLimits(connections: 5)
        let joined = Campaigns.steps(
            """
              a: { uses: t2i, for_each: [1, 2, 3], with: { prompt: "x${{ each.item }}" } }
              b: { uses: t2i, for_each: [1, 2, 3], needs: a, with: { prompt: x } }
            """)
        #expect(Campaigns.compile(joined, limits: limits).diagnostics.map(\.code) == ["FB1408"])
    }
}
