package import Pipeline
import Synchronization

/// A small live block at the bottom of a terminal, redrawn in place at most ten times a second; what went wrong and the closing
/// summary are printed above it and stay.
package final class TerminalProgress: ProgressDisplay {
    private struct Display {
        var transcript: ProgressTranscript
        var screen = TerminalScreen()
        var drawnAt: Timestamp?
        var isFinished = false
    }

    private static let interval: Duration = .milliseconds(100)
    private let display: Mutex<Display>
    private let frame: ProgressFrame
    private let write: @Sendable (String) -> Void
    private let size: @Sendable () -> TerminalSize
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - write: prints a text to the terminal as it is.
    ///   - size: the terminal's size, asked for at each redraw.
    ///   - now: the wall clock.
    package init(
        outline: RunOutline, style: FrameStyle, time: LocalTime, write: @escaping @Sendable (String) -> Void,
        size: @escaping @Sendable () -> TerminalSize, now: @escaping @Sendable () -> Timestamp
    ) {
        display = Mutex(Display(transcript: ProgressTranscript(outline: outline, detail: .problems, time: time)))
        frame = ProgressFrame(style: style, time: time)
        self.write = write
        self.size = size
        self.now = now
    }

    /// Never throws: where the terminal is gone there is nobody left to tell.
    package func consume(_ event: RunEvent) {
        display.withLock { display in
            guard !display.isFinished else { return }
            let lines = display.transcript.lines(for: event)
            if case .runFinished = event.kind { display.isFinished = true }
            redraw(&display, above: lines)
        }
    }

    package func message(_ text: String) {
        display.withLock { redraw(&$0, above: [Printable.line(text)]) }
    }

    package func show(_ gauges: [AccountGauge]) {
        display.withLock { $0.transcript.show(gauges) }
    }

    package func tick() {
        display.withLock { display in
            guard !display.isFinished else { return }
            redraw(&display, above: [])
        }
    }

    package func finish() {
        display.withLock { display in
            display.isFinished = true
            redraw(&display, above: [])
        }
    }

    private func redraw(_ display: inout Display, above: [String]) {
        let now = now()
        let size = size()
        let above = above.flatMap { TextWrap.lines($0, columns: size.columns) }
        if display.isFinished {
            guard !display.screen.isEmpty || !above.isEmpty else { return }
            write(display.screen.replace(with: [], widths: [], above: above, columns: size.columns))
            return
        }
        let isDue = display.drawnAt.map { now - $0 >= Self.interval || now < $0 } ?? true
        guard isDue || !above.isEmpty else { return }
        let lines = frame.lines(display.transcript.state, size: size, now: now)
        write(display.screen.replace(with: lines.map(\.text), widths: lines.map(\.width), above: above, columns: size.columns))
        display.drawnAt = now
    }
}
