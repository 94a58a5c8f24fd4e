import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct ProgressTranscriptTests {
    private func transcript(_ events: [RunEvent], _ detail: ProgressTranscript.Detail, outline: RunOutline? = nil) -> String {
        var transcript = ProgressTranscript(
            outline: outline ?? SampleCampaign.outline(), detail: detail, time: SampleCampaign.localTime())
        return events.flatMap { transcript.lines(for: $0) }.map { $0 + "\n" }.joined()
    }

    @Test func everyFile() throws {
        try GoldenFile.expect(transcript(EventScript.eventfulToItsEnd.events, .files), is: "transcript-files.txt")
    }

    @Test func milestones() throws {
        try GoldenFile.expect(transcript(EventScript.eventfulToItsEnd.events, .milestones), is: "transcript-milestones.txt")
    }

    @Test func problems() throws {
        try GoldenFile.expect(transcript(EventScript.eventfulToItsEnd.events, .problems), is: "transcript-problems.txt")
    }

    @Test func aSmoothRunInTheSandbox() throws {
        var script = EventScript()
        script.after(0, .runStarted(campaign: "serum-summer", instances: 21, cached: 0))
        for instance in SampleCampaign.plan.instances {
            if !instance.jobs.isEmpty {
                script.after(
                    1, .stepSubmitted(instance: instance.name, step: instance.step, job: 0, attempt: 1, price: instance.jobs[0].price),
                    .jobAccepted(instance: instance.name, job: 0, remoteID: "gw-\(instance.identity.short)"),
                    .jobEnded(
                        instance: instance.name, remoteID: "gw-\(instance.identity.short)", outcome: .succeeded,
                        cost: CostLine(money: Money(100, "VND"), estimated: false)),
                    .artifactSaved(instance: instance.name, artifact: SampleCampaign.artifact(instance.outputs[0].path)))
            }
            script.after(1, .stepFinished(instance: instance.name, step: instance.step, status: .succeeded, reason: nil))
        }
        let cost = [CostLine(money: Money(2000, "VND"), estimated: false)]
        script.after(1, .runFinished(exitCode: .done, totals: SampleCampaign.totals(spent: cost)))
        let outline = SampleCampaign.outline(isSandbox: true, cached: [])
        try GoldenFile.expect(transcript(script.events, .files, outline: outline), is: "transcript-sandbox.txt")
    }

    @Test func aWaitIsToldOnceWhileItLasts() {
        var script = EventScript()
        let account = SampleCampaign.account
        for _ in 1...20 { script.after(1, .limitWaited(account: account, limit: .requests, until: SampleCampaign.start + .seconds(600))) }
        for _ in 1...20 { script.after(7, .limitWaited(account: account, limit: .requests, until: script.now + .seconds(6))) }
        for _ in 1...20 { script.after(1, .limitWaited(account: account, limit: .threads, until: nil)) }
        for _ in 1...20 { script.after(1, .limitWaited(account: account, limit: .throttled, until: nil)) }
        let lines = transcript(script.events, .files).split(separator: "\n")
        #expect(lines.count == 2, "\(lines)")
        #expect(lines.first?.contains("until 14:10:00") == true)
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max), 7])
    func tenThousandInstancesStayWithin200Lines(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let script = Self.longRun(instances: 10_000, numbers: &numbers)
        let outline = Self.longOutline(instances: 10_000)
        #expect(ProgressTranscript.Detail.fitting(instances: outline.instances, isCI: false) == .milestones)
        let lines = transcript(script.events, .milestones, outline: outline).split(separator: "\n")
        #expect(lines.count <= 200, "seed \(seed)")
        #expect(lines.count > 40, "seed \(seed)")
        #expect(lines.contains { $0.hasPrefix("… and ") }, "seed \(seed)")
        #expect(lines.contains { $0.contains("50%") }, "seed \(seed)")
    }

    @Test func whatFitsWhom() {
        #expect(ProgressTranscript.Detail.fitting(instances: 100, isCI: false) == .files)
        #expect(ProgressTranscript.Detail.fitting(instances: 101, isCI: false) == .milestones)
        #expect(ProgressTranscript.Detail.fitting(instances: 3, isCI: true) == .milestones)
    }

    private static func longOutline(instances: Int) -> RunOutline {
        let sample = SampleCampaign.plan.instances[1]
        let plan = Plan(
            campaign: "long", manifestPath: "long.yaml",
            instances: (1...instances).map { number in
                StepInstance(
                    step: "picture", name: "picture[\(number)]", place: nil, operation: .t2i, account: sample.account, arguments: [:],
                    identity: Identity(of: .int(number)), jobs: sample.jobs, outputs: sample.outputs, dependencies: [], needs: [],
                    transfers: [], retry: .standard, timeout: .seconds(900), onFailure: .continue, expectedDuration: .seconds(30))
            }, transfers: [], accounts: [SampleCampaign.accountPlan], budgets: [])
        return SampleCampaign.outline(plan: plan, cached: [])
    }

    /// As noisy as a run can be: waits, retries, failures with ever new reasons, long silences.
    private static func longRun(instances: Int, numbers: inout SeededNumbers) -> EventScript {
        var script = EventScript()
        script.after(0, .runStarted(campaign: "long", instances: instances, cached: 0))
        for number in 1...instances {
            let name = "picture[\(number)]"
            script.after(
                Int64.random(in: 1...400, using: &numbers),
                .stepSubmitted(instance: name, step: "picture", job: 0, attempt: 1, price: .known(Money(100, "VND"))),
                .jobAccepted(instance: name, job: 0, remoteID: "gw-\(number)"))
            script.after(
                30, .limitWaited(account: SampleCampaign.account, limit: .requests, until: script.now + .seconds(60)),
                .stepRetried(instance: name, reason: "HTTP 503", at: script.now + .seconds(5)),
                .jobReconciled(instance: name, job: 0, result: .notSubmitted, remoteID: nil),
                .jobEnded(instance: name, remoteID: "gw-\(number)", outcome: .succeeded, cost: nil),
                .artifactSaved(instance: name, artifact: SampleCampaign.artifact("\(name).png")))
            let fails = Int.random(in: 0..<3, using: &numbers) == 0
            script.after(
                0,
                .stepFinished(
                    instance: name, step: "picture", status: fails ? .failed : .succeeded,
                    reason: fails ? "reason \(Int.random(in: 0...2000, using: &numbers))" : nil))
        }
        for code in ExitCode.allCases { script.after(1, .runStopping(account: nil, reason: "\(code)", exitCode: code)) }
        script.after(1, .runFinished(exitCode: .quota, totals: SampleCampaign.totals()))
        return script
    }
}
