import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct GraphTextTests {
    private static let account = AccountID(provider: "flow")
    private static let second = AccountID(provider: "flow", label: "b")

    private static func instance(
        _ step: String, _ name: String, _ operation: Pipeline.Operation = .t2i, account: AccountID = account, outputs: Int = 1,
        from dependencies: [Int] = [], after needs: [Int] = []
    ) -> StepInstance {
        StepInstance(
            step: step, name: name, place: nil, operation: operation, account: account, arguments: [:], identity: Identity(of: .text(name)),
            jobs: [], outputs: (0..<outputs).map { PlannedOutput(kind: operation.outputKind, path: "\(step)/\($0).png") },
            dependencies: dependencies, needs: needs, transfers: [], retry: .standard, timeout: .seconds(900), onFailure: .skipDependents,
            expectedDuration: .seconds(30))
    }

    private static func plan(_ instances: [StepInstance]) -> Plan {
        Plan(
            campaign: "graph", manifestPath: "campaign.yaml", instances: instances, transfers: [], accounts: [SampleCampaign.accountPlan],
            budgets: [])
    }

    /// Names that mean something to Mermaid or dot, data and order, two accounts, a step taken from twice.
    private static let awkward = plan([
        instance("end", "end", .upload, outputs: 0),
        instance("cảnh", #"cảnh[16:9,"quoted" <b> & \n]"#, .r2i, outputs: 2, from: [0]),
        instance("cảnh", "cảnh[9:16,`code` *bold* #quot; %%{init}%%]", .r2i, outputs: 2, from: [0]),
        instance("style", "style[direction LR,16:9#a;,two\nlines]", .upscale, from: [1], after: [2]),
        instance("style", "style[classDef x:#fff;]", .upscale, from: [2]),
        instance("subgraph", "subgraph[(round) {curly} |pipe|]", .i2v, account: second, from: [3, 4]),
        instance("last", "last", .t2v, account: second, after: [5, 0]),
    ])

    @Test(arguments: GraphFormat.allCases)
    func stepsAreDrawnWithWhatTheyAreAndHowTheyHangTogether(format: GraphFormat) throws {
        try GoldenFile.expect(GraphText(GraphReport(stepsOf: Self.awkward)).text(as: format), is: "graph-steps.\(format.rawValue).txt")
    }

    @Test(arguments: GraphFormat.allCases)
    func instancesAreDrawnWithHowTheyStand(format: GraphFormat) throws {
        let statuses: [InstanceStatus] = [.succeeded, .succeeded, .partial, .running, .failed, .timedOut, .waiting]
        let report = GraphReport(instancesOf: Self.awkward) { statuses[$0] }
        try GoldenFile.expect(GraphText(report).text(as: format), is: "graph-instances.\(format.rawValue).txt")
        let unknown = try GraphText(GraphReport(instancesOf: Self.awkward) { _ in nil }).text(as: format)
        #expect(!unknown.contains("waiting") && !unknown.contains("#2e7d32"))
    }

    /// A label is one line of the text, whatever is in it, and closes where it should.
    @Test func noNameBreaksOutOfItsLabel() throws {
        for text in ["\"]; end", "a\nb\r\nc", "\u{202E}x", "\\", "\\\"", "`x`", "direction TB", "style a:#b;c"] {
            let plan = Self.plan([Self.instance("step", text)])
            let mermaid = try GraphText(GraphReport(instancesOf: plan) { _ in nil }).text(as: .mermaid)
            let lines = mermaid.split(separator: "\n")
            #expect(lines.count == 5, "\(mermaid)")
            #expect(lines[3].wholeMatch(of: #/        n0\["[^"`\n]*"\]/#) != nil, "\(mermaid)")
            #expect(!mermaid.contains(#/direction\s+TB|style.*:\S*#.*;/#))
            let dot = try GraphText(GraphReport(instancesOf: plan) { _ in nil }).text(as: .dot)
            #expect(dot.contains(#/        n0 \[label="(?:[^"\\\n]|\\[\\"n])*"\];\n/#), "\(dot)")
        }
    }

    @Test func whatNobodyCouldDrawIsRefusedWithAdvice() throws {
        let many = Self.plan([Self.instance("a", "a", .upload)] + (1...501).map { Self.instance("b", "b[\($0)]", from: [0]) })
        #expect {
            try GraphText(GraphReport(instancesOf: many) { _ in nil }).text(as: .mermaid)
        } throws: { error in
            (error as? GraphTooLarge)?.message
                == "the graph has 501 connections; Mermaid draws at most 500: leave --instances away to draw the 2 steps, or use --format dot"
        }
        #expect(try GraphText(GraphReport(instancesOf: many) { _ in nil }).text(as: .dot).contains("n0 -> n501;"))
        #expect(try GraphText(GraphReport(stepsOf: many)).text(as: .mermaid).contains("501 instances"))
        let long = Self.plan((1...400).map { Self.instance("b", "b[\($0) " + String(repeating: "x", count: 200) + "]") })
        #expect(throws: GraphTooLarge.self) { try GraphText(GraphReport(instancesOf: long) { _ in nil }).text(as: .mermaid) }
        let huge = Self.plan((1...2001).map { Self.instance("b", "b[\($0)]") })
        #expect(throws: GraphTooLarge.self) { try GraphText(GraphReport(instancesOf: huge) { _ in nil }).text(as: .dot) }
    }
}
