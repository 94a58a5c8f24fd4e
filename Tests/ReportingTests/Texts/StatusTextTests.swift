import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct StatusTextTests {
    private let now = SampleCampaign.start + .seconds(300)

    private func report(_ activity: StatusReport.Activity) -> StatusReport {
        typealias Instance = StatusReport.Instance
        let waits: [(String, InstanceStatus, StatusReport.WaitReason)] = [
            (SampleCampaign.scenes[1], .running, .jobs(["gw-1", "gw-2"], progress: 40)), (SampleCampaign.scenes[2], .waiting, .slot),
            ("hd[1]", .waiting, .request(until: now + .seconds(72))), ("hd[2]", .waiting, .dependencies([SampleCampaign.scenes[1]])),
            ("hd[3]", .waiting, .dependencies(["a", "b", "c", "d", "e"])),
            ("hd[4]", .waiting, .dailyCap(until: Timestamp(milliseconds: 1_777_654_800_000))),
            ("hd[5]", .waiting, .retry(at: now + .seconds(5), reason: "the provider failed (HTTP 503).")),
            ("hd[6]", .waiting, .money("budget of 2,000,000 VND: 1,999,950 VND spent or reserved, 150 VND more needed; raise `budget`")),
            ("hd[7]", .waiting, .pause(until: now + .seconds(20))),
            ("hd[8]", .waiting, .twin), ("clip[1]", .waiting, .fetch(["gw-7"], reason: "its file clip/1.mp4 is gone")),
            ("clip[3]", .waiting, .run),
            ("clip[4]", .failed, .end("job gw-4 ended blocked: no such words; it may have been billed")),
            ("clip[5]", .timedOut, .end("past its timeout of 15m; the next run asks about gw-5 first")),
            ("clip[2]", .held, .decision("its reply was lost; the provider lists gw-8 and gw-9 like it")),
        ]
        var reserved = Reservation()
        reserved.add(Amounts([Money(5000, "VND")]), isUnknown: false, isHeld: true)
        return StatusReport(
            campaign: "serum-summer", manifest: "campaign.yaml", activity: activity,
            steps: [
                .init(name: "product", counts: [.succeeded: 1]), .init(name: "scene", counts: [.succeeded: 1, .running: 1, .waiting: 2]),
                .init(name: "hd", counts: [.waiting: 8]), .init(name: "clip", counts: [.waiting: 5, .held: 1, .timedOut: 1, .failed: 1]),
            ],
            instances: waits.map { Instance(name: $0.0, status: $0.1, waitsFor: $0.2) },
            accounts: [
                .init(
                    title: "Flow AI",
                    gauge: AccountGauge(
                        account: SampleCampaign.account, slotsInUse: 3, threads: 3,
                        windows: [.init(rate: Rate(count: 600, window: .seconds(3600)), used: 600, nextAt: now + .seconds(72))],
                        imagesToday: 120, imagesCap: 3000, pausedUntil: now + .seconds(20))),
                .init(
                    title: "Other",
                    gauge: AccountGauge(
                        account: AccountID(provider: "other"), slotsInUse: 1, threads: nil, windows: [], imagesToday: 0, imagesCap: nil,
                        pausedUntil: nil)),
            ], cost: [CostLine(money: Money(43_200, "VND"), estimated: true)], unknownPrices: 2, reserved: reserved)
    }

    @Test func whileItRuns() throws {
        let report = report(.running(run: "01JRUN", processID: 4711, since: SampleCampaign.start))
        try GoldenFile.expect(StatusText(report, time: SampleCampaign.localTime(), now: now).text, is: "status.txt")
    }

    @Test func listsAreBounded() {
        let text = StatusText(report(.never), time: SampleCampaign.localTime(), now: now, listed: 3).text
        #expect(text.contains("no run yet"))
        #expect(text.contains("… and 8 more"))
        let almost = StatusText(report(.never), time: SampleCampaign.localTime(), now: now, listed: 10).text
        #expect(!almost.contains("… and") && almost.contains("clip[3]"), "a single one more is named: \(almost)")
    }

    @Test func howTheLastRunEnded() {
        func text(_ activity: StatusReport.Activity) -> String {
            StatusText(report(activity), time: SampleCampaign.localTime(), now: now).text
        }
        #expect(text(.cutOff(run: "r", startedAt: now)).contains("run r of 2026-05-01 14:05:00 was cut off; the same command resumes it"))
        #expect(text(.ended(run: "r", at: now, exitCode: .quota)).contains("run r ended with exit code 5 at 2026-05-01 14:05:00"))
    }
}
