import Foundation
import Pipeline
import Testing

@testable import Reporting

@Suite struct ProgressFrameTests {
    private let script = EventScript.eventful
    private let time = SampleCampaign.localTime()

    private func state(_ events: [RunEvent], outline: RunOutline = SampleCampaign.outline()) -> ProgressState {
        var state = ProgressState(outline: outline)
        for event in events { state.apply(event) }
        return state
    }

    private func gauge(now: Timestamp) -> AccountGauge {
        AccountGauge(
            account: SampleCampaign.account, slotsInUse: 5, threads: 6,
            windows: [.init(rate: Rate(count: 600, window: .seconds(3600)), used: 600, nextAt: now + .seconds(12))], imagesToday: 120,
            imagesCap: 3000, pausedUntil: nil)
    }

    private func frame(_ columns: Int, _ rows: Int, style: FrameStyle, events: [RunEvent]? = nil, gauges: Bool = true) -> String {
        var state = state(events ?? script.events)
        if gauges { state.show([gauge(now: script.now)]) }
        let lines = ProgressFrame(style: style, time: time)
            .render(state, size: TerminalSize(columns: columns, rows: rows), now: script.now + .seconds(2))
        return lines.map { $0 + "\n" }.joined()
    }

    private let plain = FrameStyle(isColoured: false, isUnicode: true)

    @Test func at80Columns() throws { try GoldenFile.expect(frame(80, 24, style: plain), is: "frame-80x24.txt") }

    @Test func at40Columns() throws { try GoldenFile.expect(frame(40, 10, style: plain), is: "frame-40x10.txt") }

    @Test func withColours() throws {
        let text = frame(80, 24, style: FrameStyle(isColoured: true, isUnicode: true))
        try GoldenFile.expect(text.replacing("\u{1B}", with: "␛"), is: "frame-80x24-colours.txt")
    }

    @Test func inASCII() throws {
        let text = frame(
            80, 24, style: FrameStyle(isColoured: false, isUnicode: false), events: Array(script.events.prefix(16)), gauges: false)
        try GoldenFile.expect(text, is: "frame-80x24-ascii.txt")
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
    }

    @Test func coloursNeverChangeTheText() {
        let coloured = frame(80, 24, style: FrameStyle(isColoured: true, isUnicode: true))
        #expect(coloured.replacing(#/\u{1B}\[\d+m/#, with: "") == frame(80, 24, style: plain))
    }

    @Test(arguments: [UInt64.random(in: 0...UInt64.max), 1, 2, 3])
    func noLineEverExceedsTheTerminal(seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        for round in 0..<60 {
            let outline = Self.randomOutline(&numbers)
            let state = state(Self.randomEvents(outline.names, &numbers), outline: outline.outline)
            let size = TerminalSize(columns: Int.random(in: 0...130, using: &numbers), rows: Int.random(in: 0...30, using: &numbers))
            let style = FrameStyle(isColoured: false, isUnicode: Bool.random(using: &numbers))
            let lines = ProgressFrame(style: style, time: time).lines(state, size: size, now: SampleCampaign.start + .seconds(100))
            #expect(lines.count <= max(1, size.rows - 1), "seed \(seed), round \(round)")
            for line in lines {
                #expect(DisplayWidth.of(line.text) <= size.columns, "seed \(seed), round \(round): \(line.text)")
                #expect(DisplayWidth.of(line.text) <= line.width, "seed \(seed), round \(round): \(line.text)")
                #expect(!line.text.contains(where: { $0.isNewline || $0 == "\u{1B}" }), "seed \(seed), round \(round)")
            }
        }
    }

    private static let words = ["scene", "phòng tắm nắng", "nă\u{301}ng", "日本語", "👨‍👩‍👧🇻🇳", "a\u{1B}[31m\nb", "x\u{202E}y", "1️⃣❤️", ""]

    private static func randomText(_ numbers: inout SeededNumbers) -> String {
        (0..<Int.random(in: 1...6, using: &numbers)).map { _ in words.randomElement(using: &numbers) ?? "" }.joined(separator: " ")
    }

    private static func randomOutline(_ numbers: inout SeededNumbers) -> (outline: RunOutline, names: [(step: String, name: String)]) {
        let sample = SampleCampaign.plan.instances[1]
        var names: [(step: String, name: String)] = []
        for step in 0..<Int.random(in: 0...40, using: &numbers) {
            let title = "\(step)\(randomText(&numbers))"
            for number in 0..<Int.random(in: 1...5, using: &numbers) { names.append((title, "\(title)[\(number)]")) }
        }
        let plan = Plan(
            campaign: randomText(&numbers), manifestPath: "c.yaml",
            instances: names.map {
                StepInstance(
                    step: $0.step, name: $0.name, place: nil, operation: .t2i, account: sample.account, arguments: [:],
                    identity: Identity(of: .text($0.name)), jobs: sample.jobs, outputs: sample.outputs, dependencies: [], needs: [],
                    transfers: [], retry: .standard, timeout: .seconds(900), onFailure: .continue, expectedDuration: .seconds(30))
            }, transfers: [], accounts: [SampleCampaign.accountPlan], budgets: [])
        return (SampleCampaign.outline(plan: plan, cached: []), names)
    }

    private static func randomEvents(_ names: [(step: String, name: String)], _ numbers: inout SeededNumbers) -> [RunEvent] {
        var script = EventScript()
        let account = SampleCampaign.account
        for position in 0..<60 {
            let instance = names.randomElement(using: &numbers) ?? ("none", "none")
            let (step, name) = (instance.step, instance.name)
            let id = "gw-\(position)"
            let price: Price = Bool.random(using: &numbers) ? .unknown : .known(Money(100, "VND"))
            let kinds: [RunEvent.Kind] = [
                .stepSubmitted(instance: name, step: step, job: 0, attempt: 1, price: price),
                .jobAccepted(instance: name, job: 0, remoteID: id),
                .artifactSaved(instance: name, artifact: SampleCampaign.artifact(randomText(&numbers))),
                .stepFinished(
                    instance: name, step: step, status: InstanceStatus.allCases.randomElement(using: &numbers) ?? .failed,
                    reason: randomText(&numbers)),
                .limitWaited(
                    account: account, limit: LimitName.allCases.randomElement(using: &numbers) ?? .requests,
                    until: Bool.random(using: &numbers) ? nil : .distantFuture),
                .runStopping(account: account, reason: randomText(&numbers), exitCode: .quota),
            ]
            if let kind = kinds.randomElement(using: &numbers) { script.after(1, kind) }
        }
        return script.events
    }
}
