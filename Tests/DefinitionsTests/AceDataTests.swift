import Pipeline
import Testing

@testable import Definitions

/// Ace Data Cloud's definition as it comes with the program, against the provider's document.
@Suite struct AceDataTests {
    @Test(arguments: [
        (Operation.t2i, "{ prompt: p }", "0..<1 image, unknown"), (.t2i, "{ prompt: p, count: 6 }", "0..<4 4..<6 image, unknown"),
        (.t2i, "{ prompt: p, size: 1024x768 }", "0..<1 image, unknown"),
        (.t2i, "{ prompt: p, model: flux-kontext-max, aspect_ratio: 16:9 }", "0..<1 image, unknown"),
        (.edit, "{ prompt: p, image: https://cdn.example.com/a.png, count: 2 }", "0..<1 1..<2 image, unknown"),
        (
            .edit, "{ prompt: p, image: a.png }",
            "FB1309 21: `image` can't be a local file with Ace Data Cloud's `edit`; it takes an `https` address; put the file where the provider can fetch it, and write its `https` address"
        ),
        (
            .t2i, "{ prompt: p, model: flux-kontext-max, size: 1024x1024 }",
            "FB1302 39: `size` is not taken by Ace Data Cloud's `t2i`; it takes `model`, `prompt`, `count`, `aspect_ratio`; other models take it"
        ),
    ])
    func shapesAndRefusals(_ operation: Operation, _ with: String, _ expected: String) throws {
        #expect(try Fixtures.plan(operation, with, of: "acedata").summary == expected)
    }

    @Test(arguments: ["1000x1024", "128x512", "2048x1024", "16:9"])
    func sizesAreMultiplesOf32(size: String) throws {
        #expect(try !Fixtures.plan(.t2i, "{ prompt: p, size: \(size) }", of: "acedata").diagnostics.isEmpty)
    }

    @Test func manyTasksAreAskedForTogetherAndNothingIsFoundAgain() throws {
        let plan = try Fixtures.builtIn("acedata").accountPlan(label: "default")
        #expect(plan.poll.batch == BatchPlan(mostJobs: 50))
        #expect(plan.recovery == .none && plan.refunded.isEmpty)
    }
}
