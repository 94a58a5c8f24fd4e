import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct RunSummaryFileTests {
    private let summary = RunSummary(
        campaign: "serum-summer", run: "01JRUN", status: "quota", startedAt: SampleCampaign.start,
        finishedAt: SampleCampaign.start + .seconds(60),
        totals: SampleCampaign.totals(
            spent: [CostLine(money: Money(43_200, "VND"), estimated: true)], makespan: SampleCampaign.makespan),
        steps: [
            RunSummary.Step(
                step: "scene", instance: SampleCampaign.scenes[1], identity: Identity(of: .int(1)).hex, uses: .r2i, provider: "flow",
                account: "default", status: .succeeded, reason: nil, cached: false, attempts: 1, jobs: ["gw-1", "gw-2"],
                cost: CostLine(money: Money(200, "VND"), estimated: true), artifacts: [SampleCampaign.artifact("scene/phòng/1.png")]),
            RunSummary.Step(
                step: "clip", instance: "clip[2]", identity: Identity(of: .int(2)).hex, uses: .i2v, provider: "flow", account: "default",
                status: .held, reason: "lost", cached: false, attempts: 1, jobs: [], cost: nil, artifacts: []),
        ])

    @Test func readsBackEqual() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "run.json")
            try RunSummaryFile.write(summary, to: file)
            #expect(try RunSummaryFile.read(from: file) == summary)
            let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            try GoldenFile.expect(text, is: "run.json.txt")
        }
    }

    @Test func replacesWhatWasThereAndLeavesNothingElse() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "run.json")
            try Data("older and much longer than it should be".utf8).write(to: file)
            try RunSummaryFile.write(summary, to: file)
            #expect(try RunSummaryFile.read(from: file) == summary)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()) == ["run.json"])
        }
    }

    @Test func aFailureNamesTheFileAndLeavesNothing() throws {
        try withTemporaryFolder { folder in
            // A folder stands where the file should be.
            let file = folder.appending(path: "run.json")
            try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
            #expect {
                try RunSummaryFile.write(summary, to: file)
            } throws: { error in
                guard case .cannotWrite(let path, _)? = error as? ReportingError else { return false }
                return path.hasSuffix("/run.json") || path.hasSuffix("/run.json/")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()) == ["run.json"])
        }
    }
}
