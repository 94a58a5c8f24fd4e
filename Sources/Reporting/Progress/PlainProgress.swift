package import Pipeline
import Synchronization

/// Progress as plain lines, for logs and terminals that can't redraw.
package final class PlainProgress: ProgressDisplay {
    private let transcript: Mutex<ProgressTranscript>
    private let write: @Sendable (String) -> Void

    /// - Parameter write: prints a text to standard error; what it gets ends with a line break.
    package init(
        outline: RunOutline, detail: ProgressTranscript.Detail, time: LocalTime, write: @escaping @Sendable (String) -> Void
    ) {
        transcript = Mutex(ProgressTranscript(outline: outline, detail: detail, time: time))
        self.write = write
    }

    /// Never throws: where standard error is gone there is nobody left to tell.
    package func consume(_ event: RunEvent) {
        transcript.withLock { transcript in
            let lines = transcript.lines(for: event)
            if !lines.isEmpty { write(lines.map { $0 + "\n" }.joined()) }
        }
    }

    package func message(_ text: String) { write(Printable.line(text) + "\n") }

    package func show(_ gauges: [AccountGauge]) { transcript.withLock { $0.show(gauges) } }

    /// Nothing moves between two lines.
    package func tick() {}

    /// Every line is complete when it is printed.
    package func finish() {}
}
