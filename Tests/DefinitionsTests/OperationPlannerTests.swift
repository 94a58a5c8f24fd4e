import Pipeline
import Testing

@testable import Definitions

/// What is worked out once for many instances is what it would be for each by itself.
@Suite struct OperationPlannerTests {
    @Test(arguments: [Pipeline.Operation.t2i, .r2i, .upscale, .i2v, .t2v, .r2v])
    func everyInstanceIsPlannedAsIfItWereTheOnlyOne(operation: Pipeline.Operation) throws {
        let definition = try Fixtures.flow()
        var planner = OperationPlanner(operation, of: definition)
        let prompts = [Value.text("p"), .text(""), .null, .int(3)]
        let pictures = [Argument.media(.output(OutputReference(instance: 0, output: 0))), .value(.text("no picture"))]
        let values: [String: [Value]] = [
            "count": [.int(1), .int(2), .int(9), .text("3"), .text("x"), .int(-1)], "resolution": [.text("2K"), .text("4K"), .text("9K")],
            "duration": [.text("8s"), .text("5s"), .int(8)], "model": [.text("fast"), .text("another"), .null],
            "aspect_ratio": [.text("16:9"), .text("1:7")],
        ]
        var plans = 0
        for prompt in prompts {
            for picture in pictures {
                for (name, choices) in values.sorted(by: { $0.key < $1.key }) {
                    for choice in choices {
                        let arguments = [
                            "prompt": LocatedArgument(argument: .value(prompt)), "image": LocatedArgument(argument: picture),
                            "references": LocatedArgument(argument: .list([picture])), name: LocatedArgument(argument: .value(choice)),
                        ]
                        let alone = Unordered(definition.plan(operation, arguments: arguments, at: nil))
                        #expect(Unordered(planner.plan(arguments, at: nil)) == alone, "\(name): \(choice)")
                        plans += 1
                    }
                }
            }
        }
        #expect(plans == 4 * 2 * 17)
    }

    /// A plan whose problems have no places has them in any order.
    private struct Unordered: Equatable {
        let plan: OperationPlan
        let problems: Set<Diagnostic>

        init(_ plan: OperationPlan) {
            self.plan = OperationPlan(
                diagnostics: [], jobs: plan.jobs, outputKind: plan.outputKind, outputCount: plan.outputCount,
                expectedDuration: plan.expectedDuration, uploads: plan.uploads, requests: plan.requests, renditions: plan.renditions)
            problems = Set(plan.diagnostics)
        }
    }
}
