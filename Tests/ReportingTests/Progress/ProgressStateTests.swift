import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct ProgressStateTests {
    private func state(after events: [RunEvent]) -> ProgressState {
        var state = ProgressState(outline: SampleCampaign.outline())
        for event in events { state.apply(event) }
        return state
    }

    @Test func foldsARun() {
        let state = state(after: EventScript.eventful.events)
        #expect(state.steps.map(\.name) == ["product", "scene", "hd", "clip"])
        #expect(state.steps.map(\.done) == [1, 2, 0, 0])
        #expect(state.steps.map(\.running) == [0, 1, 0, 1])
        #expect(state.steps.map(\.unsuccessful) == [0, 1, 1, 1])
        #expect(state.steps.map(\.waiting) == [0, 0, 7, 6])
        #expect(state.ended == 6)
        // gw-10, gw-11, gw-19, gw-21 and gw-77 were accepted and not seen to end.
        #expect(state.jobsAtProviders == 5)
        #expect(state.jobsAtProvider(SampleCampaign.account) == 5)
        #expect(state.cost.lines == [CostLine(money: Money(600, "VND"), estimated: true)])
        #expect(state.cost.unknown == 1)
        #expect(state.lastPath == "outputs/serum-summer/scene/16-9-phong-tam-nang-2.png")
        #expect(state.waits.map(\.limit) == [.dailyImages])
        #expect(state.stops.map(\.exitCode) == [.quota])
    }

    @Test func waitsEndWithTheirTimeOrWithASubmission() {
        var script = EventScript()
        let account = SampleCampaign.account
        script.after(
            0, .limitWaited(account: account, limit: .requests, until: SampleCampaign.start + .seconds(30)),
            .limitWaited(account: account, limit: .throttled, until: nil))
        #expect(state(after: script.events).waits.count == 2)
        script.after(31, .transferFinished(source: "serum.png", account: account))
        #expect(state(after: script.events).waits.map(\.limit) == [.throttled])
        script.after(1, .stepSubmitted(instance: "hd[1]", step: "hd", job: 0, attempt: 1, price: .unknown))
        #expect(state(after: script.events).waits.isEmpty)
    }

    @Test func aCachedInstanceThatIsDoneAgainCountsOnce() {
        var script = EventScript()
        let scene = SampleCampaign.scenes[0]
        script.after(0, .stepSubmitted(instance: scene, step: "scene", job: 0, attempt: 1, price: .unknown))
        #expect(state(after: script.events).cached == 1)
        script.after(1, .stepFinished(instance: scene, step: "scene", status: .succeeded, reason: nil))
        let state = state(after: script.events)
        #expect(state.done == 2)
        #expect(state.instances == 21)
    }

    @Test func jobsOfEarlierRunsAreAtTheProviderToo() {
        var script = EventScript()
        script.after(0, .jobPolled(instance: "hd[1]", remoteID: "gw-old", state: "processing", progress: nil))
        #expect(state(after: script.events).jobsAtProviders == 1)
        #expect(state(after: script.events).cost.lines.isEmpty)
        script.after(1, .jobEnded(instance: "hd[1]", remoteID: "gw-old", outcome: .succeeded, cost: nil))
        #expect(state(after: script.events).jobsAtProviders == 0)
        #expect(state(after: script.events).jobs(of: "hd[1]") == ["gw-old"])
    }

    @Test func reportedCostReplacesThePlannedOne() {
        var script = EventScript()
        script.after(
            0, .stepSubmitted(instance: "hd[1]", step: "hd", job: 0, attempt: 1, price: .known(Money(150, "VND"))),
            .jobAccepted(instance: "hd[1]", job: 0, remoteID: "gw-1"))
        #expect(state(after: script.events).cost.lines == [CostLine(money: Money(150, "VND"), estimated: true)])
        script.after(
            1,
            .jobEnded(instance: "hd[1]", remoteID: "gw-1", outcome: .succeeded, cost: CostLine(money: Money(140, "VND"), estimated: false)))
        #expect(state(after: script.events).cost.lines == [CostLine(money: Money(140, "VND"), estimated: false)])
    }

    @Test func anUnknownStepIsShownAllTheSame() {
        var script = EventScript()
        script.after(0, .stepFinished(instance: "late[1]", step: "late", status: .succeeded, reason: nil))
        let state = state(after: script.events)
        #expect(state.steps.last?.name == "late")
        #expect(state.steps.last?.waiting == 0)
    }
}
