import Pipeline
import Testing
import YAML

@testable import Definitions

/// Many instances planned one after the other are planned as each would be alone.
@Suite struct OperationPlannerTests {
    private static let cases: [Operation: [String]] = [
        .t2i: [
            "{ prompt: a }", "{ prompt: b }", "{ prompt: '' }", "{ prompt: 7 }", "{ prompt: c, aspect_ratio: '16:9' }",
            "{ prompt: c, aspect_ratio: '9:16' }", "{ prompt: c, aspect_ratio: '17:9' }", "{ prompt: d, count: 4 }",
            "{ prompt: d, count: 2 }",
            "{ prompt: d, count: 0 }", "{ aspect_ratio: '16:9' }", "{ prompt: e, colour: red }", "{ prompt: e, extra: { seed: 1 } }",
            "{ prompt: e, extra: { seed: 2 } }", "{ prompt: e, extra: 3 }", "{ prompt: e, model: nano }", "{ prompt: e, resolution: 2K }",
        ],
        .r2i: [
            "{ prompt: a, references: [a.png] }", "{ prompt: b, references: [b.png] }", "{ prompt: b, references: [b.png, b.png] }",
            "{ prompt: b, references: [] }", "{ prompt: b, references: b.png }", "{ prompt: b, references: ['https://a/b.png'] }",
            "{ prompt: b, references: 3 }", "{ prompt: b }",
            "{ prompt: c, references: [\((0..<40).map { "\($0).png" }.joined(separator: ", "))] }",
        ],
        .upscale: [
            "{ image: a.png }", "{ image: b.png }", "{ image: [a.png] }", "{ image: a.png, resolution: 4K }",
            "{ image: b.png, resolution: 2K }",
            "{ image: b.png, resolution: 3K }", "{ image: 'https://a/b.png' }", "{ resolution: 4K }",
        ],
        .i2v: ["{ image: a.png, prompt: x }", "{ image: b.png, prompt: y, duration: 8s }", "{ image: b.png, prompt: z, duration: 9h }"],
        .upload: ["{ file: a.png }", "{ file: b.png }", "{ image: b.png }", "{}"],
    ]

    @Test(arguments: [Operation.t2i, .r2i, .upscale, .i2v, .upload])
    func eachIsPlannedAsItWouldBeAlone(operation: Operation) throws {
        let flow = try Fixtures.flow()
        let cases = try #require(Self.cases[operation])
        var planner = OperationPlanner(operation, of: flow)
        // Every one after every other one.
        for first in cases {
            for second in cases {
                for with in [first, second, second] {
                    let located = try Fixtures.arguments(with, operation, flow)
                    let plan = planner.plan(Arguments(located.mapValues(\.argument)), at: Fixtures.step) { located }
                    #expect(plan == flow.plan(operation, arguments: located, at: Fixtures.step), "\(with)")
                }
            }
        }
    }

    /// What is like what was in order before is not looked at as a whole again.
    @Test func alikeInstancesAreLookedAtOnce() throws {
        let flow = try Fixtures.flow()
        for count in [10, 100] {
            var planner = OperationPlanner(.r2i, of: flow)
            var looked = 0
            for number in 0..<count {
                let arguments: Arguments = [
                    "prompt": .value(.text("picture \(number)")),
                    "references": .list([.media(.output(OutputReference(instance: number, output: 0)))]),
                ]
                let plan = planner.plan(arguments, at: nil) {
                    looked += 1
                    return arguments.dictionary.mapValues { LocatedArgument(argument: $0) }
                }
                #expect(plan.diagnostics.isEmpty && plan.uploads == [.output(OutputReference(instance: number, output: 0))])
            }
            #expect(looked == 1)
        }
    }
}
