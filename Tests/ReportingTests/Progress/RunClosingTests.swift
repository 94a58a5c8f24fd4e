import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct RunClosingTests {
    private func closing(_ code: ExitCode, zone: String = SampleCampaign.zone, stop: Bool = true) -> String {
        var transcript = ProgressTranscript(
            outline: SampleCampaign.outline(cached: []), detail: .problems, time: SampleCampaign.localTime(zone))
        var script = EventScript()
        script.after(
            0, .runStarted(campaign: "serum-summer", instances: 21, cached: 0),
            .stepSubmitted(instance: "hd[1]", step: "hd", job: 0, attempt: 1, price: .known(Money(150, "VND"))),
            .jobAccepted(instance: "hd[1]", job: 0, remoteID: "gw-1"))
        if stop { script.after(1, .runStopping(account: SampleCampaign.account, reason: "because", exitCode: code)) }
        // What was cut short has none.
        let makespan = [.done, .someFailed, .quota].contains(code) ? SampleCampaign.makespan : nil
        let spent = [CostLine(money: Money(150, "VND"), estimated: true)]
        script.after(5, .runFinished(exitCode: code, totals: SampleCampaign.totals(spent: spent, makespan: makespan)))
        return script.events.flatMap { transcript.lines(for: $0) }.joined(separator: "\n")
    }

    @Test func everyExitCodeSaysWhatToDo() throws {
        let text = ExitCode.precedence.map { "== \($0.rawValue)\n\(closing($0))\n" }.joined(separator: "\n")
        try GoldenFile.expect(text, is: "closing.txt")
    }

    @Test(arguments: [
        (ExitCode.quota, "run the same command again after 00:00 Asia/Ho_Chi_Minh"),
        (.interrupted, "1 job is still running at the provider"), (.keyRefused, "FLOW_API_KEY"), (.unreachable, "FLOW_BASE_URL"),
        (.credits, "top up the account at Flow AI"), (.held, "flowbatch resolve campaign.yaml"), (.budget, "--max-cost"),
    ])
    func names(code: ExitCode, what: String) {
        #expect(closing(code).contains(what))
        #expect(closing(code).contains("spent     150 VND (estimated)"))
    }

    @Test func elsewhereTheLocalTimeIsToldToo() {
        #expect(closing(.quota, zone: "Europe/Berlin").contains("after 00:00 Asia/Ho_Chi_Minh (19:00 here)"))
    }

    @Test func withoutAnAccountEveryoneIsMeant() {
        #expect(closing(.keyRefused, stop: false).contains("check FLOW_API_KEY"))
    }
}
