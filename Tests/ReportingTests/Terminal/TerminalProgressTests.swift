import Pipeline
import Synchronization
import Testing

@testable import Reporting

@Suite struct TerminalProgressTests {
    /// What the display was given, and what came of it.
    private final class Bench: Sendable {
        let screen: Mutex<TestScreen>
        let writes = Mutex(0)
        let now = Mutex(SampleCampaign.start)
        let size: Mutex<TerminalSize>

        init(columns: Int, rows: Int) {
            screen = Mutex(TestScreen(columns: columns, rows: rows))
            size = Mutex(TerminalSize(columns: columns, rows: rows))
        }

        func display() -> TerminalProgress {
            TerminalProgress(
                outline: SampleCampaign.outline(), style: FrameStyle(isColoured: true, isUnicode: true), time: SampleCampaign.localTime(),
                write: { text in
                    self.writes.withLock { $0 += 1 }
                    self.screen.withLock { $0.write(text) }
                }, size: { self.size.withLock { $0 } }, now: { self.now.withLock { $0 } })
        }

        func play(_ events: [RunEvent], on display: TerminalProgress) {
            for event in events {
                now.withLock { $0 = event.time }
                display.consume(event)
                display.tick()
            }
        }

        var lines: [String] { screen.withLock { $0.lines } }
    }

    @Test(arguments: [(80, 24), (40, 10), (200, 60)])
    func onlyLinesRemainInTheEnd(columns: Int, rows: Int) {
        let bench = Bench(columns: columns, rows: rows)
        let display = bench.display()
        display.message("an older line")
        bench.play(EventScript.eventfulToItsEnd.events, on: display)
        var transcript = ProgressTranscript(outline: SampleCampaign.outline(), detail: .problems, time: SampleCampaign.localTime())
        var expected = TestScreen(columns: columns, rows: rows)
        expected.write("an older line\n")
        for line in EventScript.eventfulToItsEnd.events.flatMap({ transcript.lines(for: $0) }) {
            for part in TextWrap.lines(line, columns: columns) { expected.write(part + "\n") }
        }
        #expect(bench.lines == expected.lines)
        #expect(bench.screen.withLock { $0.unknown } == [])
    }

    @Test func aRunThatNeverEndsLeavesACleanScreen() {
        let bench = Bench(columns: 80, rows: 24)
        let display = bench.display()
        display.message("an older line")
        bench.play(Array(EventScript.eventful.events.prefix(12)), on: display)
        #expect(bench.lines.count > 5)
        display.finish()
        #expect(bench.lines == ["an older line", ""])
        display.tick()
        #expect(bench.lines == ["an older line", ""])
    }

    @Test func redrawsAtMostTenTimesASecond() {
        let bench = Bench(columns: 80, rows: 24)
        let display = bench.display()
        for millisecond in 0..<1000 {
            bench.now.withLock { $0 = SampleCampaign.start + .milliseconds(millisecond) }
            display.tick()
        }
        #expect(bench.writes.withLock { $0 } == 10)
    }

    @Test func aNarrowerTerminalIsClearedWhole() {
        let bench = Bench(columns: 80, rows: 40)
        let display = bench.display()
        display.message("kept")
        bench.play(Array(EventScript.eventful.events.prefix(20)), on: display)
        bench.screen.withLock { $0.narrow(to: 50) }
        bench.size.withLock { $0 = TerminalSize(columns: 50, rows: 40) }
        bench.now.withLock { $0 = $0 + .seconds(1) }
        display.tick()
        display.finish()
        #expect(bench.lines == ["kept", ""])
    }
}
