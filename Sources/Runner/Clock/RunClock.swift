import Foundation
package import Pipeline

/// Where a run gets the time and waits. Durations and limits are scaled before they come here, so it is always the wall clock's time.
package protocol RunClock: Sendable {
    func now() -> Timestamp
    /// Returns at `time`, or throws when the task is cancelled.
    func sleep(until time: Timestamp) async throws
}

/// The machine's clock: wall-clock time at the start, then the monotonic clock's progress, so that a clock that is set during a run neither
/// empties nor fills a window.
package struct SystemRunClock: RunClock {
    private let start: Timestamp
    private let origin: ContinuousClock.Instant

    /// - Parameter offset: how far the wall clock is taken to be set off; for tests of what a clock that was set does to later runs.
    package init(setOffBy offset: Duration = .zero) {
        start = Timestamp(Date()) + offset
        origin = ContinuousClock.now
    }

    package func now() -> Timestamp {
        start + .milliseconds((ContinuousClock.now - origin).wholeMilliseconds)
    }

    package func sleep(until time: Timestamp) async throws {
        try await ContinuousClock().sleep(until: origin + (time - start), tolerance: .zero)
    }
}
