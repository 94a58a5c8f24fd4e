import Foundation
import Synchronization

/// A wall clock that only moves when a test says so.
final class HandClock: Sendable {
    private let time: Mutex<Date>

    /// 12:00 in Asia/Ho_Chi_Minh on a day of 2026, unless told otherwise.
    init(_ start: Date = Date(timeIntervalSince1970: 1_795_237_200)) { time = Mutex(start) }

    var now: Date { time.withLock { $0 } }
    var seconds: Double { now.timeIntervalSince1970 }

    func advance(by seconds: Double) { time.withLock { $0 += seconds } }
}
