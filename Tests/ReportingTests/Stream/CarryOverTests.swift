import Foundation
import Pipeline
import Testing

@testable import Reporting

/// `run.json` of a run that had nothing to do, made of the one before.
@Suite struct CarryOverTests {
    private func step(_ number: Int, cached: Bool, text: String = "") -> RunSummary.Step {
        RunSummary.Step(
            step: "scene", instance: "scene[\(number)\(text)]", identity: Identity(of: .int(number)).hex, uses: .r2i, provider: "flow",
            account: "default", status: .succeeded, reason: nil, cached: cached, attempts: 1, jobs: ["gw-\(number)"],
            cost: CostLine(money: Money(200, "VND"), estimated: true), artifacts: [SampleCampaign.artifact("scene/\(number)\(text).png")],
            chosen: number == 1 ? ["scene/1.png"] : nil)
    }

    private func summary(_ steps: [RunSummary.Step]) -> RunSummary {
        let spent = [CostLine(money: Money(400, "VND"), estimated: true)]
        return RunSummary(
            campaign: "serum-summer", run: "01JRUN", status: "succeeded", startedAt: SampleCampaign.start,
            finishedAt: SampleCampaign.start + .seconds(60),
            totals: RunTotals(
                steps: steps.count, done: steps.count, cached: steps.count { $0.cached }, failed: 0, held: 0, requests: 118, cost: spent,
                spent: spent, makespan: SampleCampaign.makespan),
            steps: steps)
    }

    private let later = SampleCampaign.start + .seconds(86_400)

    /// Texts that look like what is looked for.
    private static let texts = ["", "\n      \"cached\" : false,\n", "\",\n  \"totals\" : {", "\n  \"steps\" : [", "phòng \\ /"]

    @Test(arguments: texts)
    func theFileIsWhatIsWrittenForTheRunItself(text: String) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "run.json")
            let first = summary((0..<3).map { step($0, cached: $0 == 1, text: text) })
            #expect(first.isComplete)
            try RunSummaryFile.write(first, to: file)
            let second = first.withoutSteps.repeated(run: "01JTWO", startedAt: later, finishedAt: later + .milliseconds(7))
            try #require(try RunSummaryFile.carryOver(file, from: first.withoutSteps, to: second)).write()
            #expect(try Data(contentsOf: file) == expected(second, text, folder))
            let inode = try FileManager.default.attributesOfItem(atPath: file.path)[.systemFileNumber] as? Int
            // Now only the beginning differs.
            let third = second.repeated(run: "01JTRE", startedAt: later + .seconds(9), finishedAt: later + .seconds(10))
            try #require(try RunSummaryFile.carryOver(file, from: second, to: third)).write()
            #expect(try Data(contentsOf: file) == expected(third, text, folder))
            #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.systemFileNumber] as? Int == inode)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted() == ["expected.json", "run.json"])
        }
    }

    private func expected(_ next: RunSummary, _ text: String, _ folder: URL) throws -> Data {
        var whole = summary((0..<3).map { step($0, cached: true, text: text) })
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        func time(_ text: String) throws -> Timestamp { Timestamp(try #require(formatter.date(from: text))) }
        whole = RunSummary(
            campaign: whole.campaign, run: next.run, status: "succeeded", startedAt: try time(next.startedAt),
            finishedAt: try time(next.finishedAt),
            totals: RunTotals(steps: 3, done: 3, cached: 3, failed: 0, held: 0, requests: 0, cost: whole.totals.cost), steps: whole.steps)
        let file = folder.appending(path: "expected.json")
        try RunSummaryFile.write(whole, to: file)
        return try Data(contentsOf: file)
    }

    @Test func aFileThatIsNotWhatWasWrittenIsLeftAlone() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "run.json")
            let first = summary((0..<3).map { step($0, cached: false) })
            let next = first.withoutSteps.repeated(run: "01JTWO", startedAt: later, finishedAt: later)
            #expect(try RunSummaryFile.carryOver(file, from: first.withoutSteps, to: next) == nil, "none")
            try RunSummaryFile.write(first, to: file)
            let bytes = try Data(contentsOf: file)
            for other in [bytes.dropLast(9), bytes.dropFirst(3), bytes + [10], bytes.prefix(20), Data()] {
                try Data(other).write(to: file)
                #expect(try RunSummaryFile.carryOver(file, from: first.withoutSteps, to: next) == nil)
                #expect(try Data(contentsOf: file) == other)
            }
        }
    }

    @Test func onlyWhatIsDoneToTheLastIsComplete() {
        let whole = summary([step(0, cached: true)])
        #expect(whole.isComplete)
        #expect(!whole.withoutSteps.isComplete)
        var left = whole
        left.left = [
            RunSummary.LeftJob(job: "gw-9", identity: "ab", account: "flow/default", instance: nil, stage: .accepted, cost: nil)
        ]
        #expect(!left.isComplete)
        for status in ["choice", "failed", "interrupted"] {
            let other = RunSummary(
                campaign: "c", run: "r", status: status, startedAt: later, finishedAt: later, totals: whole.totals, steps: whole.steps)
            #expect(!other.isComplete)
        }
    }
}
